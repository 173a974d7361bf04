//! The worker beside the server. It reaches the engine, and no database.

use std::{fs::File, os::fd::AsFd as _, path::PathBuf, time::Duration};

use anyhow::Context as _;
use rustix::process::Signal;
use tokio::process::Command;

use super::{mounts, process, server::Server, site::Site};

/// A worker that is asked to end removes its containers and hands its jobs back first.
pub const STOP_DEADLINE: Duration = Duration::from_secs(20);

#[derive(Debug)]
pub struct Worker {
    pub slots: u16,
    pub docker_host: String,
    /// Parent cgroup of the containers, where the engine is our own.
    pub cgroup_parent: Option<String>,
    /// The machine's mount namespace, where the engine is the machine's.
    pub namespace: Option<File>,
    /// This program by its own path, which holds in both namespaces.
    pub program: PathBuf,
}

impl Worker {
    /// The command that runs the worker, with an invitation if it has never enrolled.
    pub async fn judge(&self, site: &Site, server: &Server) -> anyhow::Result<Command> {
        let folder = site.data.join("worker");
        let mut command = process::command(&self.program, Signal::TERM);
        command
            .arg("judge")
            .env_remove("DATABASE_URL")
            .env("DOCKER_HOST", &self.docker_host)
            .env("DAUTRI_SERVER", server.url())
            .env("DAUTRI_WORKER_DATA", &folder)
            .env("DAUTRI_WORKER_SLOTS", self.slots.to_string());
        if let Some(parent) = &self.cgroup_parent {
            command.env("DAUTRI_WORKER_CGROUP_PARENT", parent);
        }
        if !folder.join("token").exists() {
            command.env("DAUTRI_WORKER_ENROLMENT", server.invite_worker(site).await?);
        }
        if let Some(namespace) = &self.namespace {
            let namespace =
                namespace.as_fd().try_clone_to_owned().map(File::from).context("too many open files")?;
            // SAFETY: the closure makes one system call and allocates nothing.
            unsafe { command.pre_exec(move || mounts::join(&namespace)) };
        }
        Ok(command)
    }
}
