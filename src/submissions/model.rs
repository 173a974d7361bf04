use std::collections::BTreeMap;

use judge_core::{faults::Fault, text::Text, verdict::Verdict};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    competitions::model::Judging,
    judging::model::{Ended, QueuePlace, Refund},
    kernel::{
        Timestamp,
        ids::{BlobId, EvaluationId, PhaseId, RejudgingId, SubmissionId, TeamId},
    },
    leaderboard::{Candidate, Origin},
};

/// Attempts of a team in a phase.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct Attempts {
    pub used_today: i32,
    /// Absent: no limit.
    pub per_day: Option<i32>,
    pub used_total: i32,
    pub total: Option<i32>,
    /// Submissions of the team that wait or are being judged.
    pub running: i64,
    /// So many may wait or be judged at once; absent: no limit.
    pub max_running: Option<i32>,
    /// When the attempts of a day are there again; absent where none will be.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub returns_at: Option<Timestamp>,
}

impl Attempts {
    /// Says when attempts come back, from when the competition's next day begins and when the phase ends.
    #[must_use]
    pub fn returning(mut self, next_day: Timestamp, ends_at: Timestamp) -> Self {
        let some_left = self.total.is_none_or(|total| self.used_total < total);
        let returns = self.per_day.is_some() && some_left && next_day < ends_at;
        self.returns_at = returns.then_some(next_day);
        self
    }
}

/// What keeps a team from handing in besides its attempts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gate {
    /// By the database's clock.
    pub open: bool,
    /// The phase requires no other one, or the team advanced from it.
    pub advanced: bool,
    /// Why organizers take nothing for now.
    pub paused: Option<String>,
}

/// Where a submission is on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum State {
    Queued,
    Judging,
    Done,
    /// Taken back by its team before it was begun.
    Withdrawn,
    /// Stopped before it was judged: by an organizer, or because it or its team is disqualified.
    Cancelled,
}

/// What an organizer decided, and why.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Ruling {
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// Absent where a team withdrew its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// Why the attempt does not count.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct RefundView {
    pub cause: Refund,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SubmissionView {
    pub id: SubmissionId,
    pub phase: PhaseId,
    pub team: TeamId,
    pub team_name: String,
    pub filename: String,
    pub size: i64,
    /// Lower-case hexadecimal.
    pub sha256: String,
    #[schema(value_type = String, format = DateTime)]
    pub accepted_at: Timestamp,
    pub state: State,
    /// Whether it counts as an attempt; `false` once the attempt was given back.
    pub charged: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refund: Option<RefundView>,
    /// When and why it was withdrawn or cancelled.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended: Option<Ruling>,
    /// It, or its team, does not count on any board.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub disqualified: Option<Ruling>,
    /// Over all tasks of the phase, as the board counts them; absent until every task is scored.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scores: Option<ScoresView>,
    /// Those that count, one for each task.
    pub evaluations: Vec<EvaluationView>,
    /// Those that counted before a rejudging took their place, oldest first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub superseded: Vec<EvaluationView>,
}

#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct EvaluationView {
    pub id: EvaluationId,
    /// Slug of the task.
    pub task: String,
    pub task_version: i32,
    /// `queued`, `predicting`, `scoring`, `done` or `cancelled`
    pub state: String,
    /// Where it stands while it waits; only where one submission is shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub queue: Option<QueuePlace>,
    /// The rejudging that made it; absent for the judging that followed the hand-in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rejudging: Option<RejudgingId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verdict: Option<Verdict>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verdict_text: Option<Text>,
    pub faults: Vec<FaultView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scores: Option<ScoresView>,
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    #[schema(value_type = Option<String>, format = DateTime)]
    pub finished_at: Option<Timestamp>,
}

/// A fault in words.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct FaultView {
    pub code: String,
    pub file: Option<String>,
    pub line: Option<u64>,
    pub vi: String,
    pub en: String,
}

impl From<&Fault> for FaultView {
    fn from(fault: &Fault) -> Self {
        let Text { vi, en } = fault.sentence();
        let code = serde_json::to_value(&fault.kind).ok();
        let code = code.as_ref().and_then(|v| v.get("code")).and_then(|c| c.as_str()).unwrap_or("unknown");
        Self { code: code.to_owned(), file: fault.file.clone(), line: fault.line, vi, en }
    }
}

/// Metric → value. The private split is there only when the reader may see it.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct ScoresView {
    pub public: BTreeMap<String, f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub private: Option<BTreeMap<String, f64>>,
}

/// A task under its newest version, by which a submission would be judged now.
#[derive(Debug, Clone)]
pub struct CheckedTask {
    pub judging: Judging,
    pub truth: BlobId,
}

/// What came of handing in.
#[derive(Debug)]
pub struct Taken {
    /// It was made now, not before.
    pub made: bool,
    pub submission: SubmissionView,
    pub attempts: Attempts,
    /// What the check noticed that is no fault.
    pub warnings: Vec<Fault>,
}

/// A submission's row.
#[derive(Debug)]
pub struct SubmissionRow {
    pub id: SubmissionId,
    pub phase: PhaseId,
    pub team: TeamId,
    pub team_name: String,
    pub filename: String,
    pub blob: BlobId,
    pub size: i64,
    pub sha256: Vec<u8>,
    pub accepted_at: Timestamp,
    pub charged: bool,
    pub refund: Option<Refund>,
    pub refund_reason: Option<String>,
    pub ended: Option<Ended>,
    pub ended_at: Option<Timestamp>,
    pub ended_reason: Option<String>,
    /// Its own, or else its team's.
    pub disqualified_at: Option<Timestamp>,
    pub disqualified_reason: Option<String>,
}

/// An evaluation's row.
#[derive(Debug)]
pub struct EvaluationRow {
    pub id: EvaluationId,
    pub submission: SubmissionId,
    pub task: String,
    pub task_version: i32,
    pub state: String,
    pub verdict: Option<String>,
    pub rejudging: Option<RejudgingId>,
    pub origin: Origin,
    pub faults: Vec<Fault>,
    pub created_at: Timestamp,
    pub finished_at: Option<Timestamp>,
}

impl EvaluationRow {
    pub fn candidate(&self) -> Candidate {
        let verdict = self.verdict.as_ref().and_then(|verdict| verdict.parse().ok());
        Candidate { origin: self.origin, version: self.task_version, verdict }
    }
}

#[derive(Debug)]
pub struct ScoreRow {
    pub evaluation: EvaluationId,
    pub split: String,
    pub metric: String,
    pub value: f64,
}

/// A piece of an evaluation's log.
#[derive(Debug, Serialize, ToSchema)]
pub struct LogPiece {
    /// Ask for what comes `after` the last one.
    pub position: i64,
    /// `predict` or `score`
    pub step: String,
    pub text: String,
}
