//! Turns a claimed job into the plan that its worker follows.

use judge_core::protocol::{
    BesidePlan, ImageLink, IngestionPlan, Link, Plan, PredictPlan, Predictions, ScorePlan, Scorer,
};
use sqlx::PgConnection;

use super::{
    JudgingError, Signer,
    model::{Claimed, Step},
    store,
};
use crate::{
    competitions::model::{HandedIn, Program, ScorerRules},
    kernel::ids::{BlobId, WorkerId},
    storage,
};

/// Makes plans for one worker; every link is signed for it.
#[derive(Debug)]
pub struct Planner<'a> {
    pub conn: &'a mut PgConnection,
    pub signer: &'a Signer,
    pub worker: WorkerId,
}

impl Planner<'_> {
    pub async fn plan(&mut self, job: &Claimed) -> Result<Plan, JudgingError> {
        match (job.step, &job.judging.program) {
            (Step::Predict, Some(program)) => Ok(Plan::Predict(self.predict(job, program).await?)),
            // A prediction job without a program cannot be made: evaluations::insert_for looks at the same field.
            (Step::Predict, None) => Err(JudgingError::BadReport { reason: "the task runs no program" }),
            (Step::Score, _) => Ok(Plan::Score(self.score(job).await?)),
        }
    }

    /// Truth has no part in this plan, and no link to it is ever made here.
    async fn predict(&mut self, job: &Claimed, program: &Program) -> Result<PredictPlan, JudgingError> {
        let input = self.optional_link(job.input).await?;
        let ingestion = self.ingestion(job, program, false).await?;
        Ok(PredictPlan {
            image: self.image(job, &program.image).await?,
            submission: self.link(job.submission_blob).await?,
            required_files: program.requires.clone(),
            form: program.form,
            command: program.command.clone(),
            input,
            ingestion,
            required_outputs: program.outputs.clone(),
            limits: program.limits.clone(),
        })
    }

    async fn score(&mut self, job: &Claimed) -> Result<ScorePlan, JudgingError> {
        let rules = &job.judging.scorer;
        let predictions = match (&job.judging.program, job.artifact) {
            (Some(_), Some(artifact)) => Predictions::Artifact { link: self.link(artifact).await? },
            (Some(_), None) => {
                return Err(JudgingError::BadReport { reason: "the prediction step left no artifact" });
            }
            (None, _) => {
                let link = self.link(job.submission_blob).await?;
                match rules.handed_in(&job.filename) {
                    HandedIn::File { name } => Predictions::File { link, name: name.to_owned() },
                    HandedIn::Archive { holds } => {
                        Predictions::Zip { link, required_files: vec![holds.to_owned()] }
                    }
                    HandedIn::Pack => Predictions::Zip { link, required_files: Vec::new() },
                }
            }
        };
        let (scorer, limits) = match (rules, job.scorer) {
            (ScorerRules::Builtin(table), _) => {
                (Scorer::Builtin(table.clone()), judge_core::limits::Limits::default())
            }
            (ScorerRules::Retrieval(spec), _) => {
                (Scorer::Retrieval(spec.clone()), judge_core::limits::Limits::default())
            }
            (ScorerRules::Program(program), Some(blob)) => (
                Scorer::Program {
                    image: self.image(job, &program.image).await?,
                    program: self.link(blob).await?,
                    command: program.command.clone(),
                    metrics: program.metrics.clone(),
                    optional: program.optional_metrics.clone(),
                },
                program.limits.clone(),
            ),
            (ScorerRules::Program(_), None) => {
                return Err(JudgingError::BadReport { reason: "the task has no scorer" });
            }
        };
        let truth = self.link(job.truth).await?;
        let beside = match &job.judging.program {
            Some(program) => self.beside(job, program).await?,
            None => None,
        };
        Ok(ScorePlan { predictions, truth, scorer, beside, limits })
    }

    /// The organizer's program that runs beside the scorer.
    async fn beside(&mut self, job: &Claimed, program: &Program) -> Result<Option<BesidePlan>, JudgingError> {
        let Some(program) = self.ingestion(job, program, true).await? else { return Ok(None) };
        Ok(Some(BesidePlan { program, input: self.optional_link(job.input).await? }))
    }

    /// The ingestion, in the step that it belongs to.
    async fn ingestion(
        &mut self,
        job: &Claimed,
        program: &Program,
        scoring: bool,
    ) -> Result<Option<IngestionPlan>, JudgingError> {
        let (Some(ingestion), Some(blob)) = (&program.ingestion, job.ingestion) else { return Ok(None) };
        if ingestion.while_scoring != scoring {
            return Ok(None);
        }
        Ok(Some(IngestionPlan {
            image: self.image(job, &ingestion.image).await?,
            program: self.link(blob).await?,
            command: ingestion.command.clone(),
        }))
    }

    async fn optional_link(&mut self, blob: Option<BlobId>) -> Result<Option<Link>, JudgingError> {
        match blob {
            Some(blob) => Ok(Some(self.link(blob).await?)),
            None => Ok(None),
        }
    }

    async fn link(&mut self, blob: BlobId) -> Result<Link, JudgingError> {
        let blob = storage::find(self.conn, blob).await?.ok_or(sqlx::Error::RowNotFound)?;
        Ok(self.signer.link(self.worker, &blob))
    }

    /// The image as it was when the task version was made.
    async fn image(&mut self, job: &Claimed, name: &str) -> Result<ImageLink, JudgingError> {
        let (image_id, blob) = store::images::pinned(self.conn, job.version, name)
            .await?
            .ok_or_else(|| JudgingError::UnknownImage { name: name.to_owned() })?;
        Ok(ImageLink { image_id, archive: self.signer.link(self.worker, &blob) })
    }
}
