//! The prediction step: the team's program on the hidden inputs.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use judge_core::{
    codabench,
    limits::Limits,
    protocol::{Outcome, PredictPlan, ProgramForm},
};

use super::{Attempt, StepEnd, archive_limits};
use crate::{
    client::ClientError,
    collect::{CollectError, Collected, Own, collect},
    sandbox::{Bind, ContainerSpec, OutputFs, PrintSink, Role},
    stage::{Form, Tree},
};

/// Everything that is mounted.
pub(super) struct Staged {
    pub program: PathBuf,
    pub input: Option<Arc<Tree>>,
    pub ingestion: Option<Arc<Tree>>,
}

impl Attempt<'_> {
    pub(super) async fn predict(&self, plan: &PredictPlan) -> Result<Outcome, StepEnd> {
        let staged = self.unless_cancelled(self.stage_prediction(plan)).await?;
        let collected = match plan.form {
            ProgramForm::Fixed => {
                let output = self.run_prediction(plan, &staged).await?;
                let collecting = self.collect_output(plan, output.path().to_owned(), None, &plan.limits);
                self.meter.stage("collect", collecting).await?
            }
            ProgramForm::Codabench => self.predict_by_metadata(plan, staged).await?,
        };
        if !collected.skipped.is_empty() {
            let note = format!("\n[left out of the output: {}]\n", collected.skipped.join(", "));
            self.log.print(Role::Team, note.as_bytes());
        }
        self.meter.stage("upload", self.unless_cancelled(self.upload(&collected))).await?;
        Ok(Outcome::Predicted { artifact_sha256: collected.sha256 })
    }

    /// All at the same time; the first that fails ends it.
    async fn stage_prediction(&self, plan: &PredictPlan) -> Result<Staged, StepEnd> {
        let limits = archive_limits(&plan.limits, &plan.required_files);
        let input = async {
            match &plan.input {
                Some(link) => self.tree(link).await.map(Some),
                None => Ok(None),
            }
        };
        let ingestion = async {
            match &plan.ingestion {
                Some(ingestion) => {
                    tokio::try_join!(self.image(&ingestion.image), self.tree(&ingestion.program))
                        .map(|((), tree)| Some(tree))
                }
                None => Ok(None),
            }
        };
        let (program, (), input, ingestion) = tokio::try_join!(
            self.unpacked("submission", Form::Zip, &plan.submission, limits),
            self.image(&plan.image),
            input,
            ingestion
        )?;
        Ok(Staged { program, input, ingestion })
    }

    async fn run_prediction(&self, plan: &PredictPlan, staged: &Staged) -> Result<OutputFs, StepEnd> {
        let uids = self.uids();
        let mut team = self.team(plan, staged, &plan.command);
        let Some(mut companion) = self.companion(plan, staged) else {
            let output = self.place.output(&plan.limits, uids)?;
            team.binds.push(Bind::writable(output.path(), "/app/output"));
            self.run_containers(vec![team], &output, &plan.limits).await?;
            return Ok(output);
        };
        let (output, shared) = self.place.output_and_shared(&plan.limits, uids)?;
        for spec in [&mut team, &mut companion] {
            spec.binds.push(Bind::writable(output.path(), "/app/output"));
            spec.binds.push(Bind::writable(shared.path(), "/app/shared"));
        }
        self.run_containers(vec![team, companion], &output, &plan.limits).await?;
        Ok(output)
    }

    /// The team's container, without a place to write to.
    pub(super) fn team(&self, plan: &PredictPlan, staged: &Staged, command: &[String]) -> ContainerSpec {
        let mut team = self.spec(Role::Team, &plan.image, command, &plan.limits);
        team.binds.push(Bind::read_only(&staged.program, "/app/program"));
        team.binds.extend(staged.input.as_ref().map(|tree| Bind::read_only(&tree.path, "/app/input_data")));
        team
    }

    /// The ingestion's container, likewise; `None` where the plan has none.
    pub(super) fn companion(&self, plan: &PredictPlan, staged: &Staged) -> Option<ContainerSpec> {
        let (ingestion, own) = (plan.ingestion.as_ref()?, staged.ingestion.as_ref()?);
        let mut companion = self.spec(Role::Ingestion, &ingestion.image, &ingestion.command, &plan.limits);
        companion.binds.push(Bind::read_only(&own.path, "/app/program"));
        companion.binds.push(Bind::read_only(&staged.program, "/app/ingested_program"));
        companion
            .binds
            .extend(staged.input.as_ref().map(|tree| Bind::read_only(&tree.path, "/app/input_data")));
        Some(companion)
    }

    /// `status`: the text of Codabench's status file, which takes the place of any file of that name.
    pub(super) async fn collect_output(
        &self,
        plan: &PredictPlan,
        folder: PathBuf,
        status: Option<String>,
        limits: &Limits,
    ) -> Result<Collected, StepEnd> {
        let archive = self.place.path("artifact.tar");
        let (required, limits) = (plan.required_outputs.clone(), limits.clone());
        let work = move || {
            let own =
                status.as_ref().map(|text| Own { name: codabench::STATUS_FILE, bytes: text.as_bytes() });
            collect(&folder, &required, own, &limits, archive)
        };
        match tokio::task::spawn_blocking(work).await.expect("collecting does not panic") {
            Ok(collected) => Ok(collected),
            Err(CollectError::Faults(verdict, faults)) => Err(StepEnd::Failed(verdict, faults)),
            Err(error) => Err(StepEnd::Platform(error.to_string())),
        }
    }

    async fn upload(&self, collected: &Collected) -> Result<(), StepEnd> {
        let mut pause = std::time::Duration::from_millis(200);
        loop {
            match self.upload_once(&collected.archive, &collected.sha256).await {
                // The lease decides how long it is worth trying: losing it cancels this.
                Err(error) if error.is_passing() => {
                    tracing::warn!(job = %self.lease.job, %error, "an upload failed and is tried again");
                    tokio::time::sleep(pause).await;
                    pause = (pause * 2).min(std::time::Duration::from_secs(5));
                }
                Err(ClientError::Stale) => return Err(StepEnd::Cancelled),
                Err(error) => {
                    return Err(StepEnd::Platform(format!("the output could not be uploaded: {error}")));
                }
                Ok(()) => return Ok(()),
            }
        }
    }

    async fn upload_once(&self, archive: &Path, sha256: &str) -> Result<(), ClientError> {
        let (job, fence) = (self.lease.job, self.lease.fence);
        let kept = self.worker.client.upload_artifact(job, fence, sha256, archive).await?;
        if kept.sha256 == sha256 {
            return Ok(());
        }
        Err(ClientError::Garbled(format!("it keeps {} instead of {sha256}", kept.sha256)))
    }
}
