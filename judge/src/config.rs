//! What an operator tells a worker.

use std::{path::PathBuf, time::Duration};

/// A token. It must not reach a log line by way of `{:?}`.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// Answers every job at once instead of running it. For measuring the queue only; reachable through a hidden
/// flag, never through a settings file.
#[derive(Debug, Clone, Default)]
pub struct Stub {
    /// How long each job pretends to run.
    pub job_time: Duration,
}

/// Settings of one worker process.
#[derive(Debug, Clone)]
pub struct WorkerConfig {
    /// The server's address, e.g. `https://contest.example.vn`.
    pub server: String,
    /// What the operator calls this worker.
    pub name: String,
    /// The worker's credential. Without it `token_file`, then the data folder, then an enrolment is tried.
    pub token: Option<Secret>,
    pub token_file: Option<PathBuf>,
    /// Exchanged once for a credential, which is then kept in the data folder.
    pub enrolment_token: Option<Secret>,
    /// Jobs side by side.
    pub slots: u16,
    pub tags: Vec<String>,
    /// The engine's socket, e.g. `unix:///run/docker.sock`; without it `DOCKER_HOST`, then Docker's default.
    pub docker_host: Option<String>,
    /// The engine's runtime, e.g. `runsc`; without it the engine's default.
    pub runtime: Option<String>,
    /// Everything that the worker writes lies here. Two workers never share it.
    pub data_dir: PathBuf,
    /// Below it the worker makes a cgroup for itself and in it one for each container. Without it the worker's
    /// own stands at the top; with systemd as the engine's cgroup driver this is a slice, e.g. `dautri.slice`.
    pub cgroup_parent: Option<String>,
    /// The executable with the hidden subcommands `child` and `probe`.
    pub child_exe: PathBuf,
    /// First of the user ids that containers and child processes take, [`Self::UIDS_PER_SLOT`] for each slot.
    pub uid_base: u32,
    /// How long a claim waits at the server for a job, seconds; at most 30.
    pub claim_wait_seconds: u16,
    /// How long running jobs may go on after a stop was asked for; then they are handed back.
    pub stop_grace: Duration,
    /// With less free disk than this no job is taken.
    pub min_free_bytes: u64,
    /// What unpacked organizers' archives may take on disk before the oldest unused are deleted.
    pub cache_bytes: u64,
    pub stub: Option<Stub>,
}

impl WorkerConfig {
    pub const UIDS_PER_SLOT: u32 = 4;
    const MOST_SLOTS: u16 = 256;

    /// Sensible settings for everything that has one.
    pub fn new(server: impl Into<String>, data_dir: impl Into<PathBuf>) -> std::io::Result<Self> {
        const GIB: u64 = 1024 * 1024 * 1024;
        Ok(Self {
            server: server.into(),
            name: "worker".to_owned(),
            token: None,
            token_file: None,
            enrolment_token: None,
            slots: 1,
            tags: Vec::new(),
            docker_host: None,
            runtime: None,
            data_dir: data_dir.into(),
            cgroup_parent: None,
            child_exe: std::env::current_exe()?,
            uid_base: 64_100,
            claim_wait_seconds: 20,
            stop_grace: Duration::from_secs(10),
            min_free_bytes: GIB,
            cache_bytes: 20 * GIB,
            stub: None,
        })
    }

    /// What is wrong with the settings, in a sentence.
    pub(crate) fn check(&self) -> Result<(), String> {
        if self.slots == 0 || self.slots > Self::MOST_SLOTS {
            return Err(format!("slots must lie between 1 and {}", Self::MOST_SLOTS));
        }
        if !self.server.starts_with("http://") && !self.server.starts_with("https://") {
            return Err(format!(
                "the server's address {:?} must begin with http:// or https://",
                self.server
            ));
        }
        let last = self.uid_base.saturating_add(u32::from(self.slots) * Self::UIDS_PER_SLOT);
        // 65534 is nobody, the owner of everything that cannot be mapped.
        if self.uid_base < 1_000 || (self.uid_base..last).contains(&65_534) {
            return Err(format!(
                "user ids {} to {last} must be above 1000 and leave out 65534",
                self.uid_base
            ));
        }
        Ok(())
    }

    pub(crate) fn uids(&self, slot: u16) -> Uids {
        let first = self.uid_base + u32::from(slot) * Self::UIDS_PER_SLOT;
        Uids { program: first, companion: first + 1, child: first + 2 }
    }
}

/// The user ids of one slot. Both containers share the group `program`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Uids {
    pub program: u32,
    /// The organizer's program beside the team's.
    pub companion: u32,
    /// Child processes that read archives and tables.
    pub child: u32,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_never_shows_in_debug_output() {
        let mut config = WorkerConfig::new("http://localhost", "/tmp/x").unwrap();
        config.token = Some(Secret::new("hush"));
        assert!(!format!("{config:?}").contains("hush"));
    }

    #[test]
    fn slots_never_reach_the_uid_of_nobody() {
        let mut config = WorkerConfig::new("http://localhost", "/tmp/x").unwrap();
        config.slots = 256;
        assert_eq!(config.check(), Ok(()));
        config.uid_base = 65_530;
        assert!(config.check().is_err());
    }

    #[test]
    fn no_two_slots_share_a_uid() {
        let config = WorkerConfig::new("http://localhost", "/tmp/x").unwrap();
        let mut seen = std::collections::BTreeSet::new();
        for slot in 0..64 {
            let uids = config.uids(slot);
            assert!([uids.program, uids.companion, uids.child].into_iter().all(|uid| seen.insert(uid)));
        }
    }
}
