//! The words of rejudging.

use std::collections::BTreeMap;

use judge_core::verdict::Verdict;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    judging::rules::Level,
    kernel::{
        Timestamp,
        ids::{
            CompetitionId, EvaluationId, PhaseId, RejudgingId, SubmissionId, TaskId, TaskVersionId, TeamId,
        },
    },
    leaderboard::{Candidate, Origin, Placed},
};

/// Which submissions of a phase are judged once more. All conditions hold together; without any, all submissions
/// that are judged. Withdrawn, cancelled and disqualified ones are never chosen.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Choice {
    /// These, each of which must be there to be chosen.
    pub submissions: Option<Vec<SubmissionId>>,
    pub team: Option<TeamId>,
    /// Those of which some result that counts has one of these verdicts.
    pub verdicts: Vec<Verdict>,
    /// Accepted at this moment or later.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub since: Option<Timestamp>,
    /// Accepted before this moment.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub until: Option<Timestamp>,
    /// Those of which some result that counts was made by another version of its task than the newest.
    pub outdated: bool,
}

/// What an organizer asks for.
#[derive(Debug, Clone)]
pub struct Request {
    pub choice: Choice,
    /// Under the newest task versions, rather than those of the results that count.
    pub newest: bool,
    pub level: Level,
}

/// A finished evaluation of a submission that may be chosen.
#[derive(Debug, Clone)]
pub struct Judged {
    pub submission: SubmissionId,
    pub team: TeamId,
    pub task: TaskId,
    pub evaluation: EvaluationId,
    pub version: TaskVersionId,
    pub number: i32,
    pub runs_program: bool,
    pub rejudging: Option<RejudgingId>,
    pub origin: Origin,
    pub verdict: Option<Verdict>,
}

impl Judged {
    pub fn candidate(&self) -> Candidate {
        Candidate { origin: self.origin, version: self.number, verdict: self.verdict }
    }
}

/// A task of the phase with its newest version.
#[derive(Debug, Clone)]
pub struct Newest {
    pub task: TaskId,
    pub slug: String,
    pub version: TaskVersionId,
    pub number: i32,
    pub runs_program: bool,
}

/// A submission that is judged once more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chosen {
    pub submission: SubmissionId,
    pub team: TeamId,
    pub evaluations: Vec<Planned>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Planned {
    pub version: TaskVersionId,
    pub runs_program: bool,
    /// What counts now.
    pub replaces: Option<EvaluationId>,
}

/// How far a rejudging is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum State {
    Staged,
    Judging,
    Ready,
    Applied,
    Dropped,
}

impl State {
    /// From what is written down and how many of the evaluations wait for their first worker, or are not judged.
    pub fn of(written: &str, queued: i64, pending: i64, all: i64) -> Self {
        match written {
            "applied" => State::Applied,
            "dropped" => State::Dropped,
            _ if pending == 0 => State::Ready,
            _ if queued == all => State::Staged,
            _ => State::Judging,
        }
    }

    pub fn is_decided(self) -> bool {
        matches!(self, State::Applied | State::Dropped)
    }
}

#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct RejudgingView {
    pub id: RejudgingId,
    pub phase: PhaseId,
    #[serde(skip)]
    pub competition: CompetitionId,
    pub reason: String,
    /// Under the newest task versions.
    pub newest: bool,
    pub state: State,
    pub submissions: i64,
    pub evaluations: i64,
    /// Evaluations that are not judged yet.
    pub pending: i64,
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// When it was applied or dropped.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub decided_at: Option<Timestamp>,
}

/// One evaluation, as a difference shows it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Outcome {
    pub evaluation: EvaluationId,
    pub version: i32,
    /// Absent while it is not judged, or if it was cancelled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verdict: Option<Verdict>,
    pub public: BTreeMap<String, f64>,
    pub private: BTreeMap<String, f64>,
}

/// What becomes of a result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// Not judged yet.
    Pending,
    /// The same verdict and scores.
    Unchanged,
    /// The same verdict with other scores.
    Scores,
    /// Another verdict.
    Verdict,
    /// The earlier result goes on counting: the new judging failed through no fault of the team, or was cancelled.
    Kept,
}

impl Change {
    /// Whether a team sees another result than before.
    pub fn is_seen(self) -> bool {
        matches!(self, Change::Scores | Change::Verdict)
    }
}

/// Before and after, of one task of a submission.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SubmissionChange {
    pub submission: SubmissionId,
    pub team: TeamId,
    pub team_name: String,
    pub task: String,
    pub change: Change,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub old: Option<Outcome>,
    pub new: Outcome,
}

/// Before and after, of a team in its division.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct TeamChange {
    pub team: TeamId,
    pub name: String,
    pub division: String,
    pub split: crate::leaderboard::model::Split,
    /// Absent: not on the board.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub old: Option<Placed>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub new: Option<Placed>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
pub struct Counts {
    pub pending: usize,
    pub unchanged: usize,
    pub scores: usize,
    pub verdicts: usize,
    pub kept: usize,
    /// Teams whose rank or figures change on some board.
    pub teams: usize,
    /// Attempts that count again, because what gave them back no longer holds.
    pub charged: usize,
}

/// What a rejudging changes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Difference {
    pub counts: Counts,
    /// Without those that are unchanged.
    pub submissions: Vec<SubmissionChange>,
    /// Teams whose rank or figures change, in their division.
    pub teams: Vec<TeamChange>,
    /// Submissions whose attempt counts again.
    pub charged: Vec<SubmissionId>,
}

/// By which versions of a task the results of a phase were made that count.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct TaskVersions {
    pub task: String,
    /// The version under which new submissions are judged.
    pub newest: i32,
    pub versions: Vec<VersionCount>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct VersionCount {
    pub number: i32,
    pub submissions: usize,
}
