//! The two steps of an evaluation, from plan to outcome.
//!
//! Invariants: a prediction never sees the truth; the predictions that are scored are the bytes that were hashed
//! when the team's program was gone; a team's fault never becomes the platform's, nor the reverse.
//! Neighbours: `stage` brings the files, `sandbox` and `score` do the work, `slot` reports the outcome.

mod by_metadata;
mod predict;
mod score;

use std::{path::PathBuf, sync::Arc};

use judge_core::{
    faults::Fault,
    limits::Limits,
    protocol::{ImageLink, Lease, Link, Outcome, Plan},
    verdict::Verdict,
};
use tokio_util::sync::CancellationToken;

use crate::{
    child::UnpackLimits,
    config::Uids,
    log::JobLog,
    place::Place,
    sandbox::{
        Blame, ContainerSpec, Ended, Engine, Identity, OutputFs, Role, Run, SandboxError, blame, verdict_of,
    },
    stage::{Form, StageError, Tree, download},
    usage::Meter,
    worker::Worker,
};

/// Why a step has no result.
#[derive(Debug)]
pub enum StepEnd {
    /// The evaluation ends with this verdict.
    Failed(Verdict, Vec<Fault>),
    /// This worker could not do it; another attempt may.
    Platform(String),
    /// The job was taken away or the worker stops.
    Cancelled,
}

impl From<StageError> for StepEnd {
    fn from(error: StageError) -> Self {
        match error {
            StageError::Faults(faults) => Self::Failed(Verdict::WrongFormat, faults),
            StageError::Stale => Self::Cancelled,
            other => Self::Platform(other.to_string()),
        }
    }
}

impl From<SandboxError> for StepEnd {
    fn from(error: SandboxError) -> Self {
        Self::Platform(error.to_string())
    }
}

impl From<std::io::Error> for StepEnd {
    fn from(error: std::io::Error) -> Self {
        Self::Platform(format!("this machine's disk: {error}"))
    }
}

/// One attempt at one job.
pub struct Attempt<'a> {
    pub worker: &'a Worker,
    pub lease: &'a Lease,
    pub slot: u16,
    pub place: &'a Place,
    pub log: Arc<JobLog>,
    pub cancel: &'a CancellationToken,
    pub meter: &'a Meter,
}

impl Attempt<'_> {
    pub async fn run(&self) -> Result<Outcome, StepEnd> {
        match &self.lease.plan {
            // Boxed: together the states of all stages are too large to be moved about on the stack.
            Plan::Predict(plan) => Box::pin(self.predict(plan)).await,
            Plan::Score(plan) => Box::pin(self.score(plan)).await,
        }
    }

    fn engine(&self) -> Result<&Arc<Engine>, StepEnd> {
        self.worker.engine.as_ref().ok_or_else(|| StepEnd::Platform("this worker has no engine".to_owned()))
    }

    fn uids(&self) -> Uids {
        self.worker.config.uids(self.slot)
    }

    /// Ends early when the job is taken away. Only for work that may be dropped at any point.
    async fn unless_cancelled<T, E: Into<StepEnd>>(
        &self,
        work: impl Future<Output = Result<T, E>>,
    ) -> Result<T, StepEnd> {
        tokio::select! {
            biased;
            () = self.cancel.cancelled() => Err(StepEnd::Cancelled),
            result = work => result.map_err(Into::into),
        }
    }

    async fn image(&self, image: &ImageLink) -> Result<(), StepEnd> {
        let ensuring = self.worker.images.ensure(self.engine()?, &self.worker.client, image);
        Ok(self.meter.stage("image", ensuring).await?)
    }

    /// An organizer's archive.
    async fn tree(&self, link: &Link) -> Result<Arc<Tree>, StepEnd> {
        let unpacker = self.worker.unpacker(self.slot);
        let getting = self.worker.cache.get(&self.worker.client, &unpacker, link);
        Ok(self.meter.stage("inputs", getting).await?)
    }

    /// A team's archive, unpacked in the job's place. Returns the folder that counts as its top.
    async fn unpacked(
        &self,
        name: &str,
        form: Form,
        link: &Link,
        limits: UnpackLimits,
    ) -> Result<PathBuf, StepEnd> {
        let archive = self.place.path(&format!("{name}.archive"));
        let reserve = self.worker.config.min_free_bytes / 2;
        let fetching = download(&self.worker.client, link, &archive, reserve);
        self.meter.stage("download", fetching).await?;
        let folder = self.place.path(name);
        let unpacker = self.worker.unpacker(self.slot);
        let unpacking = unpacker.unpack(form, &archive, &folder, limits);
        let root = self.meter.stage("unpack", unpacking).await?.root;
        std::fs::remove_file(&archive)?;
        Ok(folder.join(root))
    }

    /// Runs the containers and says whose failure ended them.
    async fn run_containers(
        &self,
        specs: Vec<ContainerSpec>,
        output: &OutputFs,
        limits: &Limits,
    ) -> Result<Vec<Ended>, StepEnd> {
        let engine = self.engine()?;
        let images: Vec<String> = specs.iter().map(|spec| spec.image.clone()).collect();
        let run =
            Run { engine, specs, output, sink: self.log.clone(), cancel: self.cancel, meter: self.meter };
        let ended = match Box::pin(crate::sandbox::run(run)).await {
            Err(error @ SandboxError::NoImage(_)) => {
                for image in &images {
                    self.worker.images.forget(image);
                }
                return Err(error.into());
            }
            other => other?,
        };
        self.meter.containers(&engine.runtime, &ended);
        if self.cancel.is_cancelled() {
            return Err(StepEnd::Cancelled);
        }
        match blame(&ended, limits) {
            Some(Blame { role, fault }) => {
                let (verdict, faults) = verdict_of(Blame { role, fault });
                Err(StepEnd::Failed(verdict, faults))
            }
            None => Ok(ended),
        }
    }

    fn spec(&self, role: Role, image: &ImageLink, command: &[String], limits: &Limits) -> ContainerSpec {
        let uids = self.uids();
        let uid = if role == Role::Ingestion { uids.companion } else { uids.program };
        ContainerSpec {
            name: self.place.container_name(role),
            job: self.place.name.clone(),
            role,
            image: self.worker.images.name_of(image),
            command: command.to_vec(),
            working_dir: "/app/program".to_owned(),
            identity: Identity { uid, gid: uids.program },
            binds: Vec::new(),
            limits: limits.clone(),
            lenient: false,
        }
    }
}

/// Limits of a team's archive.
fn archive_limits(limits: &Limits, required: &[String]) -> UnpackLimits {
    UnpackLimits {
        bytes: limits.unpacked_bytes,
        files: limits.unpacked_files.into(),
        required: required.to_vec(),
    }
}
