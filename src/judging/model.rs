//! The words of the queue.

use judge_core::{faults::Fault, protocol::Plan, verdict::Verdict};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{JudgingError, rules::Level};
use crate::{
    competitions::model::Judging as JudgingRules,
    kernel::{
        Timestamp,
        ids::{
            AlertId, BlobId, CompetitionId, EvaluationId, JobId, PhaseId, RejudgingId, SubmissionId,
            TaskVersionId, TeamId, WorkerId,
        },
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
    pub version: TaskVersionId,
    pub rejudging: Option<RejudgingId>,
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
    pub rejudging: Option<RejudgingId>,
    pub step: Step,
    pub priority: i16,
    pub state: String,
    pub fence: i64,
    pub worker: Option<WorkerId>,
    pub turn: i64,
    pub report: Option<serde_json::Value>,
    pub artifact: Option<BlobId>,
}

/// How a submission ended before it was judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema, sqlx::Type)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum Ended {
    /// By its team, before it was begun.
    Withdrawn,
    /// By an organizer.
    Cancelled,
}

impl Ended {
    pub fn as_str(self) -> &'static str {
        match self {
            Ended::Withdrawn => "withdrawn",
            Ended::Cancelled => "cancelled",
        }
    }
}

/// Why an attempt was given back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema, sqlx::Type)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum Refund {
    /// The judging failed through no fault of the team.
    Fault,
    Withdrawn,
    /// An organizer gave it back.
    Organizer,
}

impl Refund {
    pub fn as_str(self) -> &'static str {
        match self {
            Refund::Fault => "fault",
            Refund::Withdrawn => "withdrawn",
            Refund::Organizer => "organizer",
        }
    }
}

/// What deciding about a submission needs to know of it.
#[derive(Debug, Clone)]
pub struct Submitted {
    pub id: SubmissionId,
    pub phase: PhaseId,
    pub team: TeamId,
    pub team_name: String,
    pub competition: CompetitionId,
    pub charged: bool,
    pub ended: Option<Ended>,
    pub is_disqualified: bool,
}

/// Why an organizer acts: one line that the team reads, and the log keeps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason(String);

impl Reason {
    const LONGEST: usize = 1000;

    /// White space becomes single spaces, so that the reason fits into a letter's subject.
    pub fn read(text: &str) -> Result<Self, JudgingError> {
        let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let right = !line.is_empty() && line.chars().count() <= Self::LONGEST;
        if right && !line.chars().any(char::is_control) {
            Ok(Self(line))
        } else {
            Err(JudgingError::NoReason)
        }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// How an evaluation ended.
#[derive(Debug, Clone)]
pub struct Ending {
    pub verdict: Verdict,
    pub faults: Vec<Fault>,
}

/// How fast the queue moved of late.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// Jobs that the workers which are there run side by side.
    pub slots: i64,
    /// How long a prediction held its slot, on average.
    pub predict_seconds: Option<f64>,
    pub score_seconds: Option<f64>,
}

/// Where a job stands in the queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct QueuePlace {
    /// 1: it is claimed next.
    pub place: i64,
    /// Until it is begun, estimated from the jobs of late; absent where no worker is there or nothing is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wait_seconds: Option<i64>,
    /// The judging of its phase is paused; it is begun when organizers resume it.
    pub is_paused: bool,
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
    pub level: Level,
    /// The rejudging that it is part of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rejudging: Option<RejudgingId>,
    /// Where it stands; only of jobs that wait.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub queue: Option<QueuePlace>,
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
