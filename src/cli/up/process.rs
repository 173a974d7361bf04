//! Child processes: spawned so that they cannot outlive the supervisor, and known again after it was killed.

use std::{
    os::unix::process::ExitStatusExt as _,
    path::{Path, PathBuf},
    process::{ExitStatus, Output, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context as _, bail};
use rustix::process::{Pid, Signal, kill_process, kill_process_group};
use tokio::{
    io::AsyncWriteExt as _,
    process::{Child, Command},
    time::timeout,
};

use super::site::Site;

/// The supervisor's own settings are not its children's.
const OWN_VARIABLES: [&str; 9] = [
    "DAUTRI_DATA",
    "DAUTRI_LISTEN",
    "DAUTRI_PG_BIN",
    "DAUTRI_SLOTS",
    "DAUTRI_DEMO",
    "DAUTRI_ONCE",
    "DAUTRI_JSON",
    "DAUTRI_DATASETS",
    "DAUTRI_IMAGE",
];

/// A command whose process gets `death_signal` when the supervisor dies, also by kill -9.
///
/// It leads a process group of its own: Ctrl-C reaches the supervisor alone, which stops the children in order.
pub fn command(program: &Path, death_signal: Signal) -> Command {
    let mut command = Command::new(program);
    command.process_group(0).current_dir("/").stdin(Stdio::null());
    for name in OWN_VARIABLES {
        command.env_remove(name);
    }
    let supervisor = rustix::process::getpid();
    let tie = move || {
        rustix::process::set_parent_process_death_signal(Some(death_signal))?;
        // The supervisor may have died before the line above, and then no signal comes.
        if rustix::process::getppid() == Some(supervisor) {
            Ok(())
        } else {
            Err(rustix::io::Errno::SRCH.into())
        }
    };
    // SAFETY: the closure makes two system calls and allocates nothing. It runs after the change of user, which
    // would undo the death signal.
    unsafe { command.pre_exec(tie) };
    command
}

/// Runs a command to its end; its standard output, or a sentence with what it wrote to standard error.
pub async fn run(
    mut command: Command,
    input: Option<&str>,
    deadline: Duration,
    what: &str,
) -> anyhow::Result<String> {
    command.stdin(if input.is_some() { Stdio::piped() } else { Stdio::null() });
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    let mut child = command.spawn().with_context(|| format!("{what} cannot be started"))?;
    let work = async {
        if let (Some(text), Some(mut pipe)) = (input, child.stdin.take()) {
            // A child that ends without reading is judged by its exit code.
            let _ = pipe.write_all(text.as_bytes()).await;
        }
        child.wait_with_output().await
    };
    let Output { status, stdout, stderr } = timeout(deadline, work)
        .await
        .with_context(|| format!("{what} took over {} s", deadline.as_secs()))??;
    if !status.success() {
        let said = String::from_utf8_lossy(&stderr);
        bail!("{what} failed ({}): {}", describe(status), said.trim());
    }
    Ok(String::from_utf8_lossy(&stdout).into_owned())
}

/// Asks a child to end, and ends it when it has not done so in time.
pub async fn stop(child: &mut Child, signal: Signal, deadline: Duration) -> Option<ExitStatus> {
    if let Ok(Some(status)) = child.try_wait() {
        return Some(status);
    }
    let pid = child.id().and_then(|pid| Pid::from_raw(i32::try_from(pid).ok()?))?;
    let _ = kill_process(pid, signal);
    if let Ok(Ok(status)) = timeout(deadline, child.wait()).await {
        return Some(status);
    }
    // Its whole group, for its own children may be what keeps it.
    let _ = kill_process_group(pid, Signal::KILL);
    child.wait().await.ok()
}

pub fn describe(status: ExitStatus) -> String {
    match (status.code(), status.signal()) {
        (Some(code), _) => format!("exit code {code}"),
        (None, Some(signal)) => format!("signal {signal}"),
        (None, None) => status.to_string(),
    }
}

/// A process as the kernel tells it from all others: its id, and when it started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Identity {
    pub pid: Pid,
    started: u64,
}

impl Identity {
    pub fn of(pid: Pid) -> Option<Self> {
        let facts = std::fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_pid())).ok()?;
        // The second field, the program's name, may hold spaces and parentheses.
        let mut fields = facts.rsplit_once(')')?.1.split_whitespace();
        let ended = fields.next()? == "Z";
        let started = fields.nth(18)?.parse().ok()?;
        (!ended).then_some(Self { pid, started })
    }

    pub fn lives(self) -> bool {
        Self::of(self.pid) == Some(self)
    }

    pub fn signal(self, signal: Signal) {
        if self.lives() {
            let _ = kill_process(self.pid, signal);
        }
    }

    fn parse(text: &str) -> Option<Self> {
        let (pid, started) = text.trim().split_once(' ')?;
        Some(Self { pid: Pid::from_raw(pid.parse().ok()?)?, started: started.parse().ok()? })
    }
}

fn record_path(site: &Site, name: &str) -> PathBuf {
    site.runtime.join(format!("{name}.process"))
}

/// Notes a child for the next run, should this one be killed.
pub fn record(site: &Site, name: &str, child: &Child) -> anyhow::Result<()> {
    let pid = child.id().and_then(|pid| Pid::from_raw(i32::try_from(pid).ok()?));
    let Some(identity) = pid.and_then(Identity::of) else {
        return Ok(());
    };
    let line = format!("{} {}\n", identity.pid.as_raw_pid(), identity.started);
    std::fs::write(record_path(site, name), line)
        .with_context(|| format!("cannot write to {}", site.runtime.display()))
}

/// The process that was noted under this name, if it still runs.
pub fn recorded(site: &Site, name: &str) -> Option<Identity> {
    let text = std::fs::read_to_string(record_path(site, name)).ok()?;
    Identity::parse(&text).filter(|identity| identity.lives())
}

/// All processes of the machine.
pub fn all() -> impl Iterator<Item = Pid> {
    std::fs::read_dir("/proc")
        .into_iter()
        .flatten()
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .filter_map(Pid::from_raw)
}

/// Waits without the event loop, where nothing else may go on: before the first child and after the last.
pub fn wait_until(patience: Duration, mut done: impl FnMut() -> bool) -> bool {
    const STEP: Duration = Duration::from_millis(20);
    let deadline = Instant::now() + patience;
    while !done() {
        if Instant::now() > deadline {
            return false;
        }
        std::thread::sleep(STEP);
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_is_told_from_a_later_one_with_the_same_id() {
        let me = Identity::of(rustix::process::getpid()).unwrap();
        assert!(me.lives());
        assert!(!Identity { started: me.started + 1, ..me }.lives());
        assert_eq!(Identity::parse(&format!("{} {}\n", me.pid.as_raw_pid(), me.started)), Some(me));
        assert_eq!(Identity::parse("0 1"), None);
    }

    #[tokio::test]
    async fn a_child_that_ignores_the_request_is_ended() {
        let mut shell = command(Path::new("/bin/sh"), Signal::KILL);
        let mut child = shell.args(["-c", "trap '' TERM; while :; do sleep 0.05; done"]).spawn().unwrap();
        tokio::time::sleep(Duration::from_millis(200)).await;
        let status = stop(&mut child, Signal::TERM, Duration::from_millis(300)).await.unwrap();
        assert_eq!(describe(status), "signal 9");
    }

    #[tokio::test]
    async fn a_failed_command_says_what_it_said() {
        let mut shell = command(Path::new("/bin/sh"), Signal::KILL);
        shell.args(["-c", "cat >/dev/null; echo no room >&2; exit 3"]);
        let fault = run(shell, Some("text"), Duration::from_secs(5), "the test").await.unwrap_err();
        assert_eq!(fault.to_string(), "the test failed (exit code 3): no room");
    }
}
