# shellcheck shell=bash
# What the scripts of this folder share: packages, a private PostgreSQL, a private Docker engine, the sandbox
# image and the Python environment. Sourced, never run; the script that sources it has set -euo pipefail.

repo=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
kept=$repo/.dautri
image=$kept/images/python-ml.tar
python=$kept/venv/bin/python
export PATH=$PATH:/usr/sbin:/sbin

say() { printf '%s\n' "$*" >&2; }

die() {
    printf 'error: %s\n' "$*" >&2
    exit 1
}

# As root, or by sudo.
as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo "$@"
    else
        die "this needs root for: $*. Become root, or install sudo"
    fi
}

# ---- Packages -------------------------------------------------------------------------------------------

# Prints `package  reason` for each Debian package that is missing.
missing_packages() {
    command -v dockerd >/dev/null || echo "docker.io  runs the sandboxes"
    compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || echo "postgresql  keeps the data"
    command -v mmdebstrap >/dev/null || echo "mmdebstrap  builds the sandbox image"
    python3 -c 'import ensurepip' 2>/dev/null || echo "python3-venv  builds the sandbox image"
    python3 -m pip --version >/dev/null 2>&1 || echo "python3-pip  builds the sandbox image"
    command -v setpriv >/dev/null || echo "util-linux  runs programs as another user"
    command -v cc >/dev/null || echo "build-essential  links Rust programs"
    if ! grep -q ' - cgroup' /proc/self/mountinfo; then echo "cgroupfs-mount  limits the sandboxes"; fi
}

# Installs what is missing from Debian's packages; elsewhere names it and ends.
need_packages() {
    local missing names
    missing=$(missing_packages)
    [ -n "$missing" ] || return 0
    say "Missing on this machine:"
    say "$missing"
    mapfile -t names < <(cut -d' ' -f1 <<<"$missing" | sort -u)
    command -v apt-get >/dev/null ||
        die "this system has no apt-get; install what Debian calls ${names[*]} and run the same command again"
    say "Installing: apt-get install ${names[*]}"
    install_quietly "${names[@]}" >&2 || die "apt-get could not install ${names[*]}; its messages stand above"
    missing=$(missing_packages)
    [ -z "$missing" ] || die "still missing after the installation: $missing"
}

# Installs packages without starting their services: ours are private ones.
install_quietly() {
    local guard=/usr/sbin/policy-rc.d clusters=/etc/postgresql-common/createcluster.conf status=0
    local apt=(env DEBIAN_FRONTEND=noninteractive UCF_FORCE_CONFFOLD=1 apt-get -q -y)
    if [ -e "$guard" ]; then guard=; else printf '#!/bin/sh\nexit 101\n' | as_root install -m 755 /dev/stdin "$guard"; fi
    if [ ! -e "$clusters" ]; then
        echo 'create_main_cluster = false' | as_root install -D -m 644 /dev/stdin "$clusters"
    fi
    {
        as_root "${apt[@]}" update &&
            as_root "${apt[@]}" -o Dpkg::Options::=--force-confold install --no-install-recommends "$@"
    } </dev/null || status=$?
    if [ -n "$guard" ]; then as_root rm -f "$guard"; fi
    return "$status"
}

need_rust() {
    command -v cargo >/dev/null || export PATH=$PATH:$HOME/.cargo/bin
    command -v cargo >/dev/null || die "Rust is missing: install it from https://rustup.rs and run the same command again"
}

# ---- Sandbox image and Python ---------------------------------------------------------------------------

# Builds the sandbox image if there is none or its recipe changed.
need_image() {
    local recipe=$repo/datasets/images/python-ml/build.sh
    if [ -s "$image" ] && grep -q "\"recipe\": *\"$("$recipe" --recipe-hash)\"" "${image%.tar}.json" 2>/dev/null; then
        return
    fi
    say "Building the sandbox image (some minutes, once)"
    mkdir -p "$(dirname "$image")"
    as_root "$recipe" "$image" >&2 || die "the sandbox image could not be built; the messages above say why"
}

# Makes the Python environment of generators and tests if there is none or its list changed.
need_python() {
    local lists=$repo/datasets/images/python-ml stamp=$kept/venv/requirements.sha256 wanted base
    wanted=$(cat "$lists/requirements.txt" "$lists/requirements-dev.txt" | sha256sum)
    if [ -x "$python" ] && [ "$(cat "$stamp" 2>/dev/null)" = "$wanted" ]; then return; fi
    base=$(command -v python3.11 || command -v python3)
    say "Making the Python environment $kept/venv"
    "$base" -m venv --clear "$kept/venv" >&2 || die "python3 -m venv failed; apt-get install python3-venv"
    "$python" -m pip install --quiet --disable-pip-version-check --only-binary=:all: -r "$lists/requirements-dev.txt" >&2 ||
        die "pip could not install $lists/requirements-dev.txt; the messages above say why"
    echo "$wanted" >"$stamp"
}

# ---- Private PostgreSQL ---------------------------------------------------------------------------------

# Folder of the newest PostgreSQL programs of this machine.
postgres_bin() {
    local newest
    newest=$(printf '%s\n' /usr/lib/postgresql/*/bin/initdb | sort --version-sort | tail -n 1)
    [ -x "$newest" ] || die "no PostgreSQL under /usr/lib/postgresql: apt-get install postgresql"
    dirname "$newest"
}

# Goes before a PostgreSQL program: it refuses root, and it shuts down (SIGINT) if this shell dies.
as_postgres=(setpriv --pdeathsig INT)
if [ "$(id -u)" = 0 ]; then
    as_postgres=(setpriv --reuid postgres --regid postgres --init-groups --pdeathsig INT)
fi

# prepare_postgres DIR DATABASE: makes a cluster in DIR/data, once; its socket lies in DIR.
# Nothing is synced to disk: for tests and development.
prepare_postgres() {
    local dir=$1 database=$2 bin
    bin=$(postgres_bin)
    [ "${#dir}" -le 80 ] || die "the path $dir is too long for a Unix socket; set TMPDIR to a shorter one"
    mkdir -p "$dir"
    if [ "$(id -u)" = 0 ]; then chown postgres: "$dir"; fi
    chmod 0700 "$dir"
    if [ -f "$dir/ready" ]; then return; fi
    rm -rf "$dir/data"
    "${as_postgres[@]}" "$bin/initdb" --pgdata "$dir/data" --username postgres --auth trust --encoding UTF8 \
        --locale C --no-sync >"$dir/initdb.log" 2>&1 || die "initdb failed, see $dir/initdb.log"
    cat >>"$dir/data/postgresql.conf" <<CONF
listen_addresses = ''
unix_socket_directories = '$dir'
max_connections = 200
shared_buffers = 64MB
fsync = off
synchronous_commit = off
full_page_writes = off
timezone = 'UTC'
CONF
    "${as_postgres[@]}" "$bin/postgres" --single -c exit_on_error=on -D "$dir/data" postgres \
        <<<"CREATE DATABASE $database" >>"$dir/initdb.log" 2>&1 || die "no database, see $dir/initdb.log"
    touch "$dir/ready"
}

database_url() { printf 'postgres://postgres@localhost/%s?host=%s' "$2" "$1"; }

# start_postgres DIR: as a child of this shell; sets postgres_pid.
start_postgres() {
    local deadline=$((SECONDS + 60)) bin
    bin=$(postgres_bin)
    "${as_postgres[@]}" "$bin/postgres" -D "$1/data" >"$1/postgres.log" 2>&1 </dev/null &
    postgres_pid=$!
    until "$bin/pg_isready" --quiet --host "$1"; do
        kill -0 "$postgres_pid" 2>/dev/null || die "PostgreSQL ended: $(tail -n 3 "$1/postgres.log")"
        [ "$SECONDS" -lt "$deadline" ] || die "PostgreSQL was not ready within 60 s, see $1/postgres.log"
        sleep 0.05
    done
}

# ---- Private Docker engine ------------------------------------------------------------------------------

# start_engine DIR CGROUP: as a child of this shell; sets engine_pid. Its socket is DIR/docker.sock.
start_engine() {
    local dir=$1 group=$2 deadline=$((SECONDS + 60))
    grep -q ' - cgroup' /proc/self/mountinfo || die "no cgroup is mounted, so no container can be limited"
    mkdir -p "$dir"
    echo '{}' >"$dir/daemon.json"
    setpriv --pdeathsig TERM dockerd --config-file="$dir/daemon.json" --host="unix://$dir/docker.sock" \
        --data-root="$dir/data" --exec-root="$dir/exec" --pidfile="$dir/docker.pid" --cgroup-parent="/$group" \
        --containerd-namespace="$group" --containerd-plugins-namespace="$group-plugins" \
        --exec-opt=native.cgroupdriver=cgroupfs --shutdown-timeout=3 --log-level=warn --userland-proxy=false \
        --bridge=none --iptables=false --ip6tables=false --ip-masq=false --ip-forward=false \
        >"$dir/dockerd.log" 2>&1 </dev/null &
    engine_pid=$!
    until python3 - "$dir/docker.sock" 2>/dev/null <<'PING'; do
import socket, sys
engine = socket.socket(socket.AF_UNIX)
engine.settimeout(2)
engine.connect(sys.argv[1])
engine.sendall(b"GET /_ping HTTP/1.0\r\n\r\n")
sys.exit(b" 200 " not in engine.recv(64))
PING
        kill -0 "$engine_pid" 2>/dev/null || die "the Docker engine ended: $(tail -n 3 "$dir/dockerd.log")"
        [ "$SECONDS" -lt "$deadline" ] || die "the Docker engine was not ready within 60 s, see $dir/dockerd.log"
        sleep 0.1
    done
}

# stop_process PID SIGNAL SECONDS: asks a child of this shell to end; after the deadline ends it.
stop_process() {
    local deadline=$((SECONDS + $3))
    kill -s "$2" "$1" 2>/dev/null || return 0
    while kill -0 "$1" 2>/dev/null; do
        if [ "$SECONDS" -ge "$deadline" ]; then kill -s KILL "$1" 2>/dev/null || true; fi
        sleep 0.05
    done
    wait "$1" 2>/dev/null || true
}

# end_group CGROUP: ends the processes of a cgroup in every hierarchy, and removes it.
end_group() {
    local root group member
    while read -r root; do
        [ -d "$root/$1" ] || continue
        while read -r group; do
            for _ in {1..50}; do
                # A group may be removed by the engine at the same time.
                while read -r member; do kill -s KILL "$member" 2>/dev/null || true; done \
                    < <(cat "$group/cgroup.procs" 2>/dev/null)
                rmdir "$group" 2>/dev/null || [ ! -d "$group" ] && break
                sleep 0.1
            done
        done < <(find "$root/$1" -depth -type d)
    done < <(awk '$0 ~ / - cgroup2? / { print $5 }' /proc/self/mountinfo)
}

# stop_engine DIR CGROUP: after its containers, so that it has none to wait for.
stop_engine() {
    end_group "$2"
    stop_process "$engine_pid" TERM 20
    end_group "$2"
    unmount_below "$1"
}

unmount_below() {
    local point
    while read -r point; do umount --lazy "$point" || true; done \
        < <(awk -v dir="$1/" 'index($5, dir) == 1 { print $5 }' /proc/self/mountinfo | sort -r)
}

# remove_folder DIR: never through a mount.
remove_folder() {
    if awk -v dir="$1/" 'index($5, dir) == 1 { found = 1 } END { exit !found }' /proc/self/mountinfo; then
        say "something is still mounted below $1; the folder stays"
    else
        rm -rf "$1"
    fi
}
