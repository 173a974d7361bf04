//! One container's life: create, attach, start, wait, kill, look at the end.

use std::{pin::Pin, time::Duration};

use bollard::{
    container::LogOutput,
    errors::Error,
    models::ContainerState,
    query_parameters::{
        AttachContainerOptionsBuilder, CreateContainerOptionsBuilder, InspectContainerOptions,
        KillContainerOptionsBuilder, StartContainerOptions, WaitContainerOptionsBuilder,
    },
};
use futures::{Stream, StreamExt};

use super::{
    ContainerSpec, Engine, SandboxError,
    cgroup::Group,
    engine::{status, within},
};

/// A start that hangs is the platform's fault, not the program's.
const START_TIME: Duration = Duration::from_mins(1);
const CALL_TIME: Duration = Duration::from_secs(30);

pub type Printed = Pin<Box<dyn Stream<Item = Result<LogOutput, Error>> + Send>>;

/// A created container. Removing it is the job of whoever clears the job's place.
#[derive(Debug)]
pub struct Container<'a> {
    engine: &'a Engine,
    pub id: String,
    pub group: Group,
}

impl<'a> Container<'a> {
    pub async fn create(engine: &'a Engine, spec: &ContainerSpec) -> Result<Self, SandboxError> {
        let group = engine.cgroups.group(&spec.name);
        let options = CreateContainerOptionsBuilder::new().name(&spec.name).build();
        let creation = engine.docker.create_container(Some(options), spec.body(engine, &group.setting));
        match within("create a container", START_TIME, creation).await {
            Ok(created) => Ok(Self { engine, id: created.id, group }),
            Err(SandboxError::Engine { source, .. }) if status(&source) == Some(404) => {
                Err(SandboxError::NoImage(spec.image.clone()))
            }
            Err(error) => Err(error),
        }
    }

    /// Everything printed from now on. Called before the start, so that nothing is missed.
    pub async fn attach(&self) -> Result<Printed, SandboxError> {
        let options = AttachContainerOptionsBuilder::new().stdout(true).stderr(true).stream(true).build();
        let attaching = self.engine.docker.attach_container(&self.id, Some(options));
        Ok(within("attach to a container", CALL_TIME, attaching).await?.output)
    }

    pub async fn start(&self) -> Result<(), SandboxError> {
        let starting = self.engine.docker.start_container(&self.id, None::<StartContainerOptions>);
        within("start a container", START_TIME, starting).await
    }

    /// Returns when it no longer runs. The caller bounds the time.
    pub async fn wait(&self) -> Result<(), SandboxError> {
        let options = WaitContainerOptionsBuilder::new().condition("not-running").build();
        let mut answers = Box::pin(self.engine.docker.wait_container(&self.id, Some(options)));
        match answers.next().await {
            // The exit code is read with the rest of the end.
            Some(Ok(_) | Err(Error::DockerContainerWaitError { .. })) => Ok(()),
            Some(Err(source)) => Err(SandboxError::Engine { doing: "wait for a container", source }),
            None => Err(SandboxError::Lost),
        }
    }

    /// Ends every process in it. One that has just ended by itself is fine.
    pub async fn kill(&self) -> Result<(), SandboxError> {
        let options = KillContainerOptionsBuilder::new().signal("SIGKILL").build();
        let killing = self.engine.docker.kill_container(&self.id, Some(options));
        match within("kill a container", CALL_TIME, killing).await {
            Err(SandboxError::Engine { source, .. }) if matches!(status(&source), Some(404 | 409 | 500)) => {
                Ok(())
            }
            other => other,
        }
    }

    pub async fn state(&self) -> Result<ContainerState, SandboxError> {
        let looking = self.engine.docker.inspect_container(&self.id, None::<InspectContainerOptions>);
        within("inspect a container", CALL_TIME, looking).await?.state.ok_or(SandboxError::Lost)
    }
}
