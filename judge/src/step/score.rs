//! The scoring step: predictions against the truth.

use std::path::{Path, PathBuf};

use judge_core::{
    limits::Limits,
    protocol::{
        BesidePlan, ImageLink, Item, Link, Outcome, Predictions, RetrievalScorer, ScorePlan, Scorer, Scores,
        TableScorer,
    },
    verdict::Verdict,
};

use super::{Attempt, StepEnd, archive_limits};
use crate::{
    child::UnpackLimits,
    sandbox::{Bind, ContainerSpec, Role},
    score::{self, Measuring},
    stage::{Form, StageError, download},
};

impl Attempt<'_> {
    pub(super) async fn score(&self, plan: &ScorePlan) -> Result<Outcome, StepEnd> {
        let (scores, items) = match &plan.scorer {
            Scorer::Builtin(spec) => self.unless_cancelled(self.score_tables(plan, spec)).await?,
            Scorer::Retrieval(spec) => self.unless_cancelled(self.score_pack(plan, spec)).await?,
            Scorer::Program { image, program, command, metrics, optional } => {
                self.score_by_program(plan, image, program, command).await?;
                let folder = self.place.path("output");
                let scores = score::read_scores(&folder, metrics, optional)
                    .map_err(|faults| StepEnd::Failed(Verdict::InvalidScores, faults))?;
                (scores, Vec::new())
            }
        };
        Ok(Outcome::Scored { scores, items })
    }

    async fn score_tables(
        &self,
        plan: &ScorePlan,
        spec: &TableScorer,
    ) -> Result<(Scores, Vec<Item>), StepEnd> {
        let (predictions, truth) =
            tokio::try_join!(self.predictions(&plan.predictions, &plan.limits), self.tree(&plan.truth))?;
        self.measure(plan, Measuring::Table { spec, predictions: &predictions }, &truth.path).await
    }

    /// The archive is read where it is scored: nothing of it becomes a file.
    async fn score_pack(
        &self,
        plan: &ScorePlan,
        spec: &RetrievalScorer,
    ) -> Result<(Scores, Vec<Item>), StepEnd> {
        let Predictions::Zip { link, .. } = &plan.predictions else {
            return Err(StepEnd::Platform("ranked answers come as a ZIP archive".to_owned()));
        };
        let archive = self.place.path("pack.zip");
        let reserve = self.worker.config.min_free_bytes / 2;
        let fetching = async { Ok(download(&self.worker.client, link, &archive, reserve).await?) };
        let ((), truth) = tokio::try_join!(self.meter.stage("download", fetching), self.tree(&plan.truth))?;
        self.measure(plan, Measuring::Pack { spec, archive: &archive }, &truth.path).await
    }

    async fn measure(
        &self,
        plan: &ScorePlan,
        measuring: Measuring<'_>,
        truth: &Path,
    ) -> Result<(Scores, Vec<Item>), StepEnd> {
        let (worker, uid) = (self.worker, self.uids().child);
        let scoring = score::score(&worker.caller, worker.data.empty(), uid, measuring, truth, &plan.limits);
        self.meter.stage("score", scoring).await
    }

    async fn score_by_program(
        &self,
        plan: &ScorePlan,
        image: &ImageLink,
        program: &Link,
        command: &[String],
    ) -> Result<(), StepEnd> {
        let staging = async {
            tokio::try_join!(
                self.predictions(&plan.predictions, &plan.limits),
                self.tree(&plan.truth),
                self.tree(program),
                self.image(image)
            )
        };
        let (predictions, truth, program, ()) = self.unless_cancelled(staging).await?;
        let mut scorer = self.spec(Role::Scorer, image, command, &plan.limits);
        scorer.binds = vec![
            Bind::read_only(&program.path, "/app/program"),
            Bind::read_only(&truth.path, "/app/input/ref"),
            Bind::read_only(&predictions, "/app/input/res"),
        ];
        if let Some(beside) = &plan.beside {
            return self.score_together(plan, scorer, beside, &predictions).await;
        }
        let output = self.place.output(&plan.limits, self.uids())?;
        scorer.binds.push(Bind::writable(output.path(), "/app/output"));
        self.run_containers(vec![scorer], &output, &plan.limits).await.map(drop)
    }

    /// The scorer beside the program that runs the team's code. That code never sees the truth, nor can it write
    /// where the scores are read.
    async fn score_together(
        &self,
        plan: &ScorePlan,
        mut scorer: ContainerSpec,
        beside: &BesidePlan,
        predictions: &Path,
    ) -> Result<(), StepEnd> {
        let BesidePlan { program: ingestion, input } = beside;
        let input = async {
            match input {
                Some(link) => self.tree(link).await.map(Some),
                None => Ok(None),
            }
        };
        let staging =
            async { tokio::try_join!(self.image(&ingestion.image), self.tree(&ingestion.program), input) };
        let ((), own, input) = self.unless_cancelled(staging).await?;
        let [output, aside, shared] = self.place.outputs_beside(&plan.limits, self.uids())?;
        scorer.binds.push(Bind::writable(output.path(), "/app/output"));
        scorer.binds.push(Bind::writable(shared.path(), "/app/shared"));
        let mut companion = self.spec(Role::Ingestion, &ingestion.image, &ingestion.command, &plan.limits);
        companion.lenient = true;
        companion.binds = vec![
            Bind::read_only(&own.path, "/app/program"),
            Bind::read_only(predictions, "/app/ingested_program"),
            Bind::read_only(predictions, "/app/input/res"),
            Bind::writable(aside.path(), "/app/output"),
            Bind::writable(shared.path(), "/app/shared"),
        ];
        companion.binds.extend(input.as_ref().map(|tree| Bind::read_only(&tree.path, "/app/input_data")));
        self.run_containers(vec![scorer, companion], &output, &plan.limits).await.map(drop)
    }

    /// The folder with the team's results.
    async fn predictions(&self, predictions: &Predictions, limits: &Limits) -> Result<PathBuf, StepEnd> {
        match predictions {
            Predictions::File { link, name } => self.single_file(link, name).await,
            Predictions::Zip { link, required_files } => {
                self.unpacked("predictions", Form::Zip, link, archive_limits(limits, required_files)).await
            }
            Predictions::Artifact { link } => {
                // The prediction step has held its own limits; these only bound what a broken archive could do.
                let own = UnpackLimits {
                    bytes: limits.unpacked_bytes.max(link.size),
                    files: u64::from(limits.unpacked_files).max(link.size / 512),
                    required: Vec::new(),
                };
                match self.unpacked("predictions", Form::Tar, link, own).await {
                    Err(StepEnd::Failed(_, faults)) => {
                        Err(StepEnd::Platform(StageError::Faults(faults).to_string()))
                    }
                    other => other,
                }
            }
        }
    }

    async fn single_file(&self, link: &Link, name: &str) -> Result<PathBuf, StepEnd> {
        if !crate::child::is_safe_name(name) || name.contains('/') {
            return Err(StepEnd::Platform(format!("the plan names a file {name:?}")));
        }
        let folder = self.place.folder("predictions")?;
        readable(&folder, 0o755)?;
        let file = folder.join(name);
        let reserve = self.worker.config.min_free_bytes / 2;
        self.meter.stage("download", download(&self.worker.client, link, &file, reserve)).await?;
        readable(&file, 0o644)?;
        Ok(folder)
    }
}

/// A container's user reads it by the mode for others.
fn readable(path: &Path, mode: u32) -> std::io::Result<()> {
    std::fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(mode))
}
