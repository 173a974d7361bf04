//! The words of the queue.

use judge_core::{faults::Fault, protocol::Plan, verdict::Verdict};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    competitions::model::Judging as JudgingRules,
    kernel::{
        Timestamp,
        ids::{AlertId, BlobId, CompetitionId, EvaluationId, JobId, PhaseId, SubmissionId, TeamId, WorkerId},
    },
};

/// What an evaluation is waiting for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    Predict,
    Score,
}

impl Step {
    pub fn as_str(self) -> &'static str {
        match self {
            Step::Predict => "predict",
            Step::Score => "score",
        }
    }

    /// The evaluation's state while a worker holds this step.
    pub fn running_state(self) -> &'static str {
        match self {
            Step::Predict => "predicting",
            Step::Score => "scoring",
        }
    }
}

/// An authenticated worker.
#[derive(Debug, Clone)]
pub struct Worker {
    pub id: WorkerId,
    pub name: String,
    pub boot: Option<uuid::Uuid>,
}

/// A job that a worker has just claimed, with what its plan is made of.
#[derive(Debug)]
pub struct Claimed {
    pub job: JobId,
    pub fence: i64,
    pub evaluation: EvaluationId,
    pub submission: SubmissionId,
    pub team: TeamId,
    pub step: Step,
    pub judging: JudgingRules,
    pub submission_blob: BlobId,
    pub filename: String,
    pub input: Option<BlobId>,
    pub truth: BlobId,
    pub scorer: Option<BlobId>,
    pub ingestion: Option<BlobId>,
    pub artifact: Option<BlobId>,
}

/// A claimed job with its plan.
#[derive(Debug)]
pub struct Leased {
    pub claimed: Claimed,
    pub plan: Plan,
}

/// A job row under lock, while its report is committed.
#[derive(Debug)]
pub struct Held {
    pub job: JobId,
    pub evaluation: EvaluationId,
    pub submission: SubmissionId,
    pub phase: PhaseId,
    pub team: TeamId,
    pub competition: CompetitionId,
    pub step: Step,
    pub state: String,
    pub fence: i64,
    pub worker: Option<WorkerId>,
    pub turn: i64,
    pub report: Option<serde_json::Value>,
    pub artifact: Option<BlobId>,
}

/// How an evaluation ended.
#[derive(Debug, Clone)]
pub struct Ending {
    pub verdict: Verdict,
    pub faults: Vec<Fault>,
}

/// A step of an evaluation as organizers see it in the queue.
#[derive(Debug, Serialize, ToSchema)]
pub struct QueueItem {
    pub job: JobId,
    pub evaluation: EvaluationId,
    pub submission: SubmissionId,
    pub team: String,
    pub competition: String,
    pub step: String,
    /// `ready`, `leased` or `quarantined`
    pub state: String,
    #[schema(value_type = String, format = DateTime)]
    pub queued_at: Timestamp,
    #[schema(value_type = Option<String>, format = DateTime)]
    pub started_at: Option<Timestamp>,
    pub worker: Option<String>,
    /// Workers that died while they held it.
    pub deaths: i16,
}

/// A worker as organizers see it.
#[derive(Debug, Serialize, ToSchema)]
pub struct WorkerItem {
    pub id: WorkerId,
    pub name: String,
    #[schema(value_type = String, format = DateTime)]
    pub enrolled_at: Timestamp,
    #[schema(value_type = Option<String>, format = DateTime)]
    pub revoked_at: Option<Timestamp>,
    #[schema(value_type = Option<String>, format = DateTime)]
    pub last_seen_at: Option<Timestamp>,
    pub slots: i32,
    /// Jobs that it holds now.
    pub busy: i64,
    pub version: String,
    /// Engine and runtime.
    pub sandbox: String,
    /// What its self-probe found: limit → enforced.
    #[schema(value_type = Object)]
    pub probe: serde_json::Value,
}

/// Something that an organizer must look at.
#[derive(Debug, Serialize, ToSchema)]
pub struct AlertItem {
    pub id: AlertId,
    pub competition: String,
    pub evaluation: EvaluationId,
    pub submission: SubmissionId,
    pub team: String,
    /// `scorer_failed`, `platform_fault` or `quarantined`
    pub kind: String,
    pub detail: String,
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
}

/// A sandbox image.
#[derive(Debug, Serialize, ToSchema)]
pub struct ImageItem {
    pub name: String,
    /// The engine's id, `sha256:…`.
    pub image_id: String,
    pub archive_sha256: String,
    /// Bytes of the archive.
    pub size: i64,
}
