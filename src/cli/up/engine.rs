//! The Docker engine: the operator's, the machine's, or one of our own.

use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context as _, bail, ensure};
use rustix::process::{Pid, Signal};
use tokio::process::Command;

use super::{
    cgroups, mounts, probe,
    process::{self, Identity, wait_until},
    site::{Site, make_folder},
};

const MACHINE_SOCKET: &str = "/var/run/docker.sock";
const PROGRAM_FOLDERS: [&str; 4] = ["/usr/sbin", "/usr/bin", "/usr/local/sbin", "/usr/local/bin"];
/// Containers that still run at a stop are ended after so many seconds.
const CONTAINER_SECONDS: u32 = 3;

#[derive(Debug)]
pub enum Engine {
    /// Runs already, at this address.
    Running { address: String },
    /// Is started by us, from this program.
    Own { program: PathBuf, overlay: bool },
}

impl Engine {
    pub fn choose(site: &Site, asked: Option<&str>) -> anyhow::Result<Self> {
        if let Some(address) = asked.filter(|address| !address.is_empty()) {
            if let Some(socket) = address.strip_prefix("unix://") {
                ensure!(
                    probe::get_unix(Path::new(socket), "/_ping").is_some(),
                    "no Docker engine answers at {address}; start it, or leave --docker-host and DOCKER_HOST away \
                     and dautri up runs an engine of its own"
                );
            }
            return Ok(Self::Running { address: address.to_owned() });
        }
        if probe::get_unix(Path::new(MACHINE_SOCKET), "/_ping").is_some() {
            return Ok(Self::Running { address: format!("unix://{MACHINE_SOCKET}") });
        }
        Self::own(site)
    }

    fn own(site: &Site) -> anyhow::Result<Self> {
        let program = find_program("dockerd").context(
            "no Docker engine answers and dockerd is not installed; install it (apt-get install docker.io) or \
             name a running engine with --docker-host",
        )?;
        if cgroups::hierarchies().is_empty() {
            bail!(
                "this machine has no cgroup mounted, so containers cannot be limited; mount them (apt-get install \
                 cgroupfs-mount) or name an engine elsewhere with --docker-host"
            );
        }
        make_folder(&site.data.join("docker"), 0o711).context("the engine's data folder cannot be made")?;
        let kinds = fs::read_to_string("/proc/filesystems").unwrap_or_default();
        let overlay = kinds.lines().any(|line| line.split_whitespace().last() == Some("overlay"));
        Ok(Self::Own { program, overlay })
    }

    pub fn is_own(&self) -> bool {
        matches!(self, Self::Own { .. })
    }

    /// What `DOCKER_HOST` says to whoever uses it.
    pub fn address(&self, site: &Site) -> String {
        match self {
            Self::Running { address } => address.clone(),
            Self::Own { .. } => format!("unix://{}", socket(site).display()),
        }
    }

    /// Sentence about a machine where it will work, but badly.
    pub fn warning(&self) -> Option<&'static str> {
        matches!(self, Self::Own { overlay: false, .. }).then_some(
            "The kernel shows no overlay file system; Docker may copy whole images for each container, which is \
             slow and needs much disk",
        )
    }
}

/// The engine's socket, pid file, and containerd's state.
pub fn runtime_folder(site: &Site) -> PathBuf {
    site.runtime.join("docker")
}

fn socket(site: &Site) -> PathBuf {
    runtime_folder(site).join("docker.sock")
}

/// The command that runs our own engine.
pub fn command(site: &Site, program: &Path) -> anyhow::Result<Command> {
    end_leftovers(site)?;
    let runtime = runtime_folder(site);
    make_folder(&runtime, 0o711).context("the engine's runtime folder cannot be made")?;
    // The settings of the machine's own engine are not ours.
    let settings = runtime.join("daemon.json");
    fs::write(&settings, "{}").context("the engine's settings cannot be written")?;
    let mut command = process::command(program, Signal::TERM);
    command
        .arg(format!("--config-file={}", settings.display()))
        .arg(format!("--host=unix://{}", socket(site).display()))
        .arg(format!("--data-root={}", site.data.join("docker").display()))
        .arg(format!("--exec-root={}", runtime.join("exec").display()))
        .arg(format!("--pidfile={}", runtime.join("docker.pid").display()))
        .arg(format!("--cgroup-parent=/{}", site.name))
        .arg(format!("--shutdown-timeout={CONTAINER_SECONDS}"))
        .args(["--exec-opt=native.cgroupdriver=cgroupfs", "--log-level=warn"])
        // Containers have no network at all, so nothing of the machine's network is touched.
        .args([
            "--bridge=none",
            "--iptables=false",
            "--ip6tables=false",
            "--ip-masq=false",
            "--ip-forward=false",
        ])
        .args(["--userland-proxy=false"]);
    Ok(command)
}

/// The engine's version once it answers.
pub fn version(site: &Site) -> Option<String> {
    let answer = probe::get_unix(&socket(site), "/version")?;
    let facts: serde_json::Value = serde_json::from_str(&answer).ok()?;
    Some(facts["Version"].as_str()?.to_owned())
}

const LEFTOVERS_DEADLINE: Duration = Duration::from_secs(20);
/// The most that a clean stop takes: containers end, then containerd.
pub const STOP_DEADLINE: Duration = Duration::from_secs(15);

/// Ends what an engine of ours that died left: containers, their shims, containerd, their groups and sockets.
pub fn end_leftovers(site: &Site) -> anyhow::Result<()> {
    let orphans: Vec<Identity> =
        process::all().filter(|&pid| serves_site(pid, &site.runtime)).filter_map(Identity::of).collect();
    for identity in &orphans {
        identity.signal(Signal::KILL);
    }
    let gone = wait_until(LEFTOVERS_DEADLINE, || {
        cgroups::kill_all(&site.name);
        cgroups::remove(&site.name) && orphans.iter().all(|identity| !identity.lives())
    });
    ensure!(
        gone,
        "containers of {} do not end; look for processes in the cgroup /{}",
        site.data.display(),
        site.name
    );
    let runtime = runtime_folder(site);
    mounts::unmount_below(&runtime);
    mounts::unmount_below(&site.data.join("docker"));
    if mounts::mount_points_below(&runtime).is_empty() {
        let _ = fs::remove_dir_all(runtime);
    }
    Ok(())
}

/// Whether a process is containerd or one of its shims that serve the engine of this runtime folder. They say
/// so themselves: the path of their socket or settings is one of their arguments.
fn serves_site(pid: Pid, runtime: &Path) -> bool {
    let process = PathBuf::from(format!("/proc/{}", pid.as_raw_pid()));
    let Ok(name) = fs::read_to_string(process.join("comm")) else {
        return false;
    };
    if !name.starts_with("containerd") && !name.starts_with("dockerd") {
        return false;
    }
    let arguments = fs::read(process.join("cmdline")).unwrap_or_default();
    names_folder(&arguments, runtime)
}

fn names_folder(arguments: &[u8], runtime: &Path) -> bool {
    arguments.split(|byte| *byte == 0).any(|argument| {
        let argument = String::from_utf8_lossy(argument);
        let path = argument.rsplit_once('=').map_or(argument.as_ref(), |(_, value)| value);
        Path::new(path.strip_prefix("unix://").unwrap_or(path)).starts_with(runtime)
    })
}

fn find_program(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let usual = PROGRAM_FOLDERS.iter().map(PathBuf::from);
    std::env::split_paths(&path)
        .chain(usual)
        .map(|folder| folder.join(name))
        .find(|program| program.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shim_of_another_engine_is_not_ours() {
        let runtime = Path::new("/run/dautri-aa");
        let shim =
            b"containerd-shim-runc-v2\0-address\0/run/dautri-aa/docker/exec/containerd/containerd.sock";
        assert!(names_folder(shim, runtime));
        assert!(names_folder(b"dockerd\0--host=unix:///run/dautri-aa/docker/docker.sock", runtime));
        assert!(!names_folder(b"containerd-shim-runc-v2\0-address\0/run/dautri-aab/c.sock", runtime));
        assert!(!names_folder(b"containerd\0--config\0/etc/run/dautri-aa/c.toml", runtime));
    }
}
