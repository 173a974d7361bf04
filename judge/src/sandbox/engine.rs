//! The Docker engine: connection, facts, and what of ours it holds.

use std::{collections::HashMap, time::Duration};

use bollard::{
    API_DEFAULT_VERSION, Docker,
    query_parameters::{ListContainersOptionsBuilder, RemoveContainerOptionsBuilder},
};

use super::{
    SandboxError,
    cgroup::{Cgroups, Group},
};

/// The label that names the worker's data folder, and so tells one worker's containers from another's.
pub const WORKER_LABEL: &str = "dautri.worker";
pub const JOB_LABEL: &str = "dautri.job";

const DEFAULT_SOCKET: &str = "unix:///var/run/docker.sock";

/// A connected engine.
#[derive(Debug)]
pub struct Engine {
    pub(crate) docker: Docker,
    pub(crate) cgroups: Cgroups,
    /// `Docker 20.10.24`
    pub version: String,
    /// `runc`, `runsc`
    pub runtime: String,
    /// The engine was told to use this one; `None` leaves it its default.
    pub(crate) runtime_setting: Option<String>,
    /// The worker whose containers these are.
    pub(crate) worker: String,
}

impl Engine {
    pub async fn connect(
        docker_host: Option<&str>,
        runtime: Option<&str>,
        worker: &str,
        cgroup_parent: Option<&str>,
    ) -> Result<Self, SandboxError> {
        let docker = dial(docker_host).await?;
        let facts = within("answer", Duration::from_secs(10), docker.info()).await?;
        let default = facts.default_runtime.unwrap_or_else(|| "runc".to_owned());
        let systemd = facts.cgroup_driver.is_some_and(|driver| driver.to_string() == "systemd");
        Ok(Self {
            docker,
            cgroups: Cgroups::discover(systemd, cgroup_parent, worker),
            version: format!("Docker {}", facts.server_version.unwrap_or_default()),
            runtime: runtime.map_or(default, ToOwned::to_owned),
            runtime_setting: runtime.map(ToOwned::to_owned),
            worker: worker.to_owned(),
        })
    }

    /// `Docker 20.10.24, runc, cgroup v1`
    pub fn describe(&self) -> String {
        format!("{}, {}, cgroup v{}", self.version, self.runtime, self.cgroups.version())
    }

    /// 1 or 2.
    pub fn cgroup_version(&self) -> u8 {
        self.cgroups.version()
    }

    /// Whether the kernel's counters can be read on this machine.
    pub fn counts_cpu_time(&self) -> bool {
        self.cgroups.has_counters()
    }

    /// Removes every container of this worker, or of one job of it.
    pub async fn remove_containers(&self, job: Option<&str>) -> Result<usize, SandboxError> {
        let mut labels = vec![format!("{WORKER_LABEL}={}", self.worker)];
        labels.extend(job.map(|job| format!("{JOB_LABEL}={job}")));
        let filters = HashMap::from([("label", labels)]);
        let options = ListContainersOptionsBuilder::new().all(true).filters(&filters).build();
        let listing = self.docker.list_containers(Some(options));
        let found = within("list containers", Duration::from_secs(30), listing).await?;
        let ids: Vec<String> = found.into_iter().filter_map(|container| container.id).collect();
        for id in &ids {
            self.remove_container(id).await?;
        }
        Ok(ids.len())
    }

    /// Removes one container, running or not; one that is already gone is fine.
    pub async fn remove_container(&self, name: &str) -> Result<(), SandboxError> {
        let options = RemoveContainerOptionsBuilder::new().force(true).v(true).build();
        let removal = self.docker.remove_container(name, Some(options));
        match within("remove a container", Duration::from_mins(1), removal).await {
            // 409: another request is removing it.
            Err(SandboxError::Engine { source, .. }) if matches!(status(&source), Some(404 | 409)) => Ok(()),
            other => other,
        }
    }

    /// Removes the parent cgroups of containers that are gone.
    pub async fn remove_cgroups_of(&self, containers: &[String]) {
        let groups: Vec<_> = containers.iter().map(|name| self.cgroups.group(name)).collect();
        until_gone(|| groups.iter().all(Group::remove)).await;
    }

    /// Removes the cgroup of the whole worker, when nothing runs in it any more.
    pub async fn remove_cgroups(&self) {
        until_gone(|| self.cgroups.remove_all()).await;
    }
}

/// The kernel counts the dead in a cgroup for a moment longer, and refuses to remove it.
async fn until_gone(remove: impl Fn() -> bool) {
    const TRIES: u32 = 40;
    for _ in 0..TRIES {
        if remove() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    tracing::warn!("a cgroup is still busy; the next start removes it");
}

async fn dial(docker_host: Option<&str>) -> Result<Docker, SandboxError> {
    const REQUEST_SECONDS: u64 = 120;
    let doing = "answer";
    let host = match docker_host {
        Some(host) => host.to_owned(),
        None => std::env::var("DOCKER_HOST").unwrap_or_else(|_| DEFAULT_SOCKET.to_owned()),
    };
    let path = if host.contains("://") { host } else { format!("unix://{host}") };
    let docker = if path.starts_with("unix://") {
        Docker::connect_with_unix(&path, REQUEST_SECONDS, API_DEFAULT_VERSION)
    } else {
        Docker::connect_with_host(&path)
    }
    .map_err(|source| SandboxError::Engine { doing, source })?;
    within(doing, Duration::from_secs(10), docker.negotiate_version()).await
}

/// One call to the engine, with its deadline.
pub(crate) async fn within<T>(
    doing: &'static str,
    time: Duration,
    call: impl Future<Output = Result<T, bollard::errors::Error>>,
) -> Result<T, SandboxError> {
    match tokio::time::timeout(time, call).await {
        Ok(result) => result.map_err(|source| SandboxError::Engine { doing, source }),
        Err(_) => Err(SandboxError::Slow(doing)),
    }
}

/// The HTTP status that the engine answered with, if it answered.
pub(crate) fn status(error: &bollard::errors::Error) -> Option<u16> {
    match error {
        bollard::errors::Error::DockerResponseServerError { status_code, .. } => Some(*status_code),
        _ => None,
    }
}
