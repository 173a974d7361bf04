//! A container's settings: each line is a wall. See the table in the operators' documentation.

use std::{collections::HashMap, path::PathBuf};

use bollard::models::{
    ContainerCreateBody, HealthConfig, HostConfig, HostConfigLogConfig, Mount, MountBindOptions, MountType,
    ResourcesUlimits,
};
use judge_core::limits::Limits;

use super::{
    Engine,
    engine::{JOB_LABEL, WORKER_LABEL},
};

/// Whose program a container runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    Team,
    Ingestion,
    Scorer,
}

impl Role {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Team => "program",
            Self::Ingestion => "ingestion",
            Self::Scorer => "scorer",
        }
    }
}

#[derive(Debug, Clone, Copy)]
pub struct Identity {
    pub uid: u32,
    pub gid: u32,
}

/// A folder of the host inside the container.
#[derive(Debug, Clone)]
pub struct Bind {
    pub source: PathBuf,
    pub target: &'static str,
    pub writable: bool,
}

impl Bind {
    pub fn read_only(source: impl Into<PathBuf>, target: &'static str) -> Self {
        Self { source: source.into(), target, writable: false }
    }

    pub fn writable(source: impl Into<PathBuf>, target: &'static str) -> Self {
        Self { source: source.into(), target, writable: true }
    }
}

/// One container to run.
#[derive(Debug, Clone)]
pub struct ContainerSpec {
    /// Unique on the engine; also names the cgroup.
    pub name: String,
    pub job: String,
    pub role: Role,
    /// The engine's id of the image.
    pub image: String,
    pub command: Vec<String>,
    pub working_dir: String,
    pub identity: Identity,
    pub binds: Vec<Bind>,
    pub limits: Limits,
    /// As on Codabench: an exit code other than 0 is no failure, and whatever else goes wrong is the team's doing,
    /// because the container runs the team's code, be it within the organizer's program.
    pub lenient: bool,
}

/// Files that one program may hold open.
pub const OPEN_FILES: i64 = 1024;
/// Files under `/tmp`.
pub const SCRATCH_FILES: u64 = 10_000;
const SHM_BYTES: i64 = 4 * 1024 * 1024;

impl ContainerSpec {
    pub(super) fn body(&self, engine: &Engine, cgroup_parent: &str) -> ContainerCreateBody {
        let (entrypoint, arguments) = self
            .command
            .split_first()
            .map_or_else(Default::default, |(first, rest)| (vec![first.clone()], rest.to_vec()));
        ContainerCreateBody {
            image: Some(self.image.clone()),
            hostname: Some("sandbox".to_owned()),
            user: Some(format!("{}:{}", self.identity.uid, self.identity.gid)),
            // Both together: the image's own ENTRYPOINT and CMD never take part.
            entrypoint: Some(entrypoint),
            cmd: Some(arguments),
            env: Some(self.environment()),
            working_dir: Some(self.working_dir.clone()),
            attach_stdout: Some(true),
            attach_stderr: Some(true),
            attach_stdin: Some(false),
            network_disabled: Some(true),
            // An image's health check would run beside the program.
            healthcheck: Some(HealthConfig { test: Some(vec!["NONE".to_owned()]), ..Default::default() }),
            labels: Some(HashMap::from([
                (WORKER_LABEL.to_owned(), engine.worker.clone()),
                (JOB_LABEL.to_owned(), self.job.clone()),
            ])),
            host_config: Some(self.host_config(engine.runtime_setting.clone(), cgroup_parent)),
            ..Default::default()
        }
    }

    fn host_config(&self, runtime: Option<String>, cgroup_parent: &str) -> HostConfig {
        let limits = &self.limits;
        HostConfig {
            network_mode: Some("none".to_owned()),
            readonly_rootfs: Some(true),
            cap_drop: Some(vec!["ALL".to_owned()]),
            security_opt: Some(vec!["no-new-privileges".to_owned()]),
            privileged: Some(false),
            ipc_mode: Some("private".to_owned()),
            shm_size: Some(SHM_BYTES),
            // Equal: no swap on top. The pages of the output and scratch file systems count here too.
            memory: Some(signed(limits.memory_bytes)),
            memory_swap: Some(signed(limits.memory_bytes)),
            nano_cpus: Some(i64::from(limits.cpu_milli) * 1_000_000),
            pids_limit: Some(limits.pids.into()),
            init: Some(true),
            ulimits: Some(self.ulimits()),
            tmpfs: Some(HashMap::from([("/tmp".to_owned(), self.scratch())])),
            mounts: Some(self.binds.iter().map(mount).collect()),
            // What is printed is read by attaching; nothing is written to the engine's disk.
            log_config: Some(HostConfigLogConfig { typ: Some("none".to_owned()), config: None }),
            cgroup_parent: Some(cgroup_parent.to_owned()),
            runtime,
            ..Default::default()
        }
    }

    fn ulimits(&self) -> Vec<ResourcesUlimits> {
        let limit = |name: &str, value: i64| ResourcesUlimits {
            name: Some(name.to_owned()),
            soft: Some(value),
            hard: Some(value),
        };
        vec![
            limit("core", 0),
            limit("nofile", OPEN_FILES),
            limit("fsize", signed(file_size_limit(&self.limits))),
        ]
    }

    fn scratch(&self) -> String {
        let Identity { uid, gid } = self.identity;
        format!(
            "rw,nosuid,nodev,size={},nr_inodes={SCRATCH_FILES},mode=0700,uid={uid},gid={gid}",
            self.limits.scratch_bytes
        )
    }

    fn environment(&self) -> Vec<String> {
        // Numeric libraries start one thread for each processor of the machine unless told otherwise.
        let threads = self.limits.cpu_milli.div_ceil(1000).max(1);
        let mut env: Vec<String> =
            ["HOME=/tmp", "TMPDIR=/tmp", "LANG=C.UTF-8", "PYTHONUNBUFFERED=1"].map(ToOwned::to_owned).into();
        env.push("PYTHONDONTWRITEBYTECODE=1".to_owned());
        for name in ["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"] {
            env.push(format!("{name}={threads}"));
        }
        env
    }
}

/// One page above the budget: who fills the output or the scratch space is stopped by that file system's own
/// limit, which can be told from other failures. This one bounds sparse files.
pub fn file_size_limit(limits: &Limits) -> u64 {
    limits.output_bytes.max(limits.scratch_bytes) + 4096
}

fn mount(bind: &Bind) -> Mount {
    Mount {
        typ: Some(MountType::BIND),
        source: Some(bind.source.to_string_lossy().into_owned()),
        target: Some(bind.target.to_owned()),
        read_only: Some(!bind.writable),
        bind_options: Some(MountBindOptions { non_recursive: Some(true), ..Default::default() }),
        ..Default::default()
    }
}

fn signed(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec() -> ContainerSpec {
        ContainerSpec {
            name: "n".into(),
            job: "j".into(),
            role: Role::Team,
            image: "sha256:0".into(),
            command: vec!["python3".into(), "predict.py".into()],
            working_dir: "/app/program".into(),
            identity: Identity { uid: 64_100, gid: 64_100 },
            binds: vec![Bind::read_only("/host", "/app/program")],
            limits: Limits::default(),
            lenient: false,
        }
    }

    #[test]
    fn the_walls_stand() {
        let host = spec().host_config(None, "/dautri/x");
        assert_eq!(host.network_mode.as_deref(), Some("none"));
        assert_eq!(host.readonly_rootfs, Some(true));
        assert_eq!(host.cap_drop, Some(vec!["ALL".to_owned()]));
        assert_eq!(host.memory, host.memory_swap);
        assert_eq!(host.oom_kill_disable, None);
        assert!(host.mounts.unwrap().iter().all(|mount| mount.read_only == Some(true)));
    }

    #[test]
    fn scratch_is_sized_and_owned_by_the_slots_user() {
        assert_eq!(
            spec().scratch(),
            "rw,nosuid,nodev,size=67108864,nr_inodes=10000,mode=0700,uid=64100,gid=64100"
        );
    }
}
