//! Turns a claimed job into the plan that its worker follows.

use judge_core::protocol::{
    ImageLink, IngestionPlan, Link, Plan, PredictPlan, Predictions, ScorePlan, Scorer,
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
        let input = match job.input {
            Some(blob) => Some(self.link(blob).await?),
            None => None,
        };
        let ingestion = match (&program.ingestion, job.ingestion) {
            (Some(ingestion), Some(blob)) => Some(IngestionPlan {
                image: self.image(job, &ingestion.image).await?,
                program: self.link(blob).await?,
                command: ingestion.command.clone(),
            }),
            _ => None,
        };
        Ok(PredictPlan {
            image: self.image(job, &program.image).await?,
            submission: self.link(job.submission_blob).await?,
            required_files: program.requires.clone(),
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
                },
                program.limits.clone(),
            ),
            (ScorerRules::Program(_), None) => {
                return Err(JudgingError::BadReport { reason: "the task has no scorer" });
            }
        };
        Ok(ScorePlan { predictions, truth: self.link(job.truth).await?, scorer, limits })
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
