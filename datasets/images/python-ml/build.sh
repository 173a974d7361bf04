#!/bin/sh
# Builds the sandbox image python-ml from Debian's and PyPI's packages, without a container engine or an image
# registry, as an archive that `docker load` takes.
#
#   build.sh OUT.tar         writes OUT.tar, and OUT.json with the image's id, hashes, recipe and packages
#   build.sh --recipe-hash   prints the hash of this recipe: another hash means another image
#
# SOURCE_DATE_EPOCH sets the time stamp of every file in the image.
set -eu
umask 022

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
name=python-ml
suite=bookworm
python=3.11
epoch=${SOURCE_DATE_EPOCH:-1767200400}

fail() {
    echo "build.sh: $*" >&2
    exit 1
}

recipe_hash() {
    machine=$(uname -m)
    (cd "$here" && { echo "$machine $epoch"; sha256sum build.sh slim.sh archive.py requirements.txt; }) |
        sha256sum | cut -d' ' -f1
}

need_tools() {
    [ "$(id -u)" -eq 0 ] || fail "the image is built in a chroot, which needs root: run it with sudo."
    command -v mmdebstrap >/dev/null || fail "mmdebstrap is missing: run 'apt-get install mmdebstrap'."
    command -v python3 >/dev/null || fail "Python 3 is missing: run 'apt-get install python3 python3-venv'."
    case $(uname -m) in
    x86_64 | aarch64) ;;
    *) fail "the pinned packages exist for x86_64 and aarch64 only, not for $(uname -m): build on such a machine." ;;
    esac
}

need_space() {
    free=$(df -Pk "$1" | awk 'NR == 2 { print int($4 / 1024) }')
    [ "$free" -ge "$2" ] || fail "$1 has $free MB free and $2 MB are needed: free some space$3."
}

# Debian splits pip off; a virtual environment brings its own.
find_pip() {
    if python3 -m pip --version >/dev/null 2>&1; then
        echo python3
    elif python3 -m venv "$work/venv" >/dev/null 2>&1; then
        echo "$work/venv/bin/python3"
    else
        fail "pip is missing: run 'apt-get install python3-pip' or 'apt-get install python3-venv'."
    fi
}

make_root() {
    # The variant `essential` is minbase without apt, which a sandbox has no use for.
    mmdebstrap --quiet --mode=root --variant=essential --components=main \
        --include=python3,libstdc++6 --aptopt='Acquire::Retries "3"' "$suite" "$work/root" >&2 ||
        fail "mmdebstrap could not install Debian $suite: its messages stand above; check that this machine reaches a Debian mirror and try again."
}

install_packages() {
    machine=$(uname -m)
    "$1" -m pip install --quiet --disable-pip-version-check --no-cache-dir --no-compile --no-warn-script-location \
        --root-user-action=ignore --no-deps --require-hashes --only-binary=:all: --implementation cp --python-version "$python" \
        --platform "manylinux_2_28_$machine" --platform "manylinux_2_27_$machine" \
        --platform "manylinux_2_17_$machine" --platform "manylinux2014_$machine" \
        --target "$work/root/usr/local/lib/python$python/dist-packages" \
        --requirement "$here/requirements.txt" >&2 ||
        fail "pip could not install requirements.txt: its messages stand above; check that this machine reaches a Python package index and try again."
}

build() {
    out=$1
    folder=$(dirname -- "$out")
    need_tools
    mkdir -p "$folder" || fail "$folder cannot be created: choose another place for the archive."
    work=$(mktemp -d "${TMPDIR:-/var/tmp}/dautri-image.XXXXXX") ||
        fail "no folder could be made in ${TMPDIR:-/var/tmp}: set TMPDIR to a folder on a disk with 2 GB free."
    trap 'rm -rf --one-file-system "$work"' EXIT
    trap 'exit 130' HUP INT TERM
    # mmdebstrap's steps run as _apt, which must pass through.
    chmod 755 "$work"
    need_space "$work" 2000 ", or set TMPDIR to a folder on another disk"
    need_space "$folder" 600 ""

    export SOURCE_DATE_EPOCH="$epoch" LC_ALL=C.UTF-8 PYTHONHASHSEED=0
    with_pip=$(find_pip)
    echo "build.sh: Debian $suite with Python $python …" >&2
    make_root
    echo "build.sh: Python packages …" >&2
    install_packages "$with_pip"
    echo "build.sh: removing what a sandbox does not need, compiling …" >&2
    sh "$here/slim.sh" "$work/root" ||
        fail "the root file system could not be slimmed: the message above says which step failed."
    echo "build.sh: archive …" >&2
    python3 "$here/archive.py" --name "$name" --recipe "$(recipe_hash)" --epoch "$epoch" "$work/root" "$out" ||
        fail "$out could not be written: the message above says why."
}

case ${1:-} in
--recipe-hash) recipe_hash ;;
'' | -*) fail "say where the archive goes: build.sh OUT.tar (or --recipe-hash)." ;;
*.tar) build "$1" ;;
*) fail "the archive's name must end in .tar: build.sh OUT.tar." ;;
esac
