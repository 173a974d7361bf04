//! The words of a contest.

mod judging;

use judge_core::{retrieval::AnswerRules, text::Text};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub use judging::{HandedIn, Ingestion, Judging, Program, ScorerProgram, ScorerRules};

use super::visibility::Visibility;
use crate::kernel::{
    Timestamp,
    ids::{CompetitionId, DivisionId, PhaseId, TaskId, TrackId},
};

/// What teams hand in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema, ToSchema, sqlx::Type)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum TrackKind {
    /// Files with predictions.
    Result,
    /// An archive with a program, run on hidden inputs.
    Code,
}

impl TrackKind {
    pub fn as_str(self) -> &'static str {
        match self {
            TrackKind::Result => "result",
            TrackKind::Code => "code",
        }
    }
}

/// Which way is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Order {
    /// Higher is better.
    Desc,
    /// Lower is better.
    Asc,
}

/// A column of a leaderboard.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Column {
    pub metric: String,
    pub title: Text,
    pub order: Order,
    /// Decimals that are shown; ranks are decided on what is shown.
    #[serde(default = "default_precision")]
    pub precision: u8,
    /// Organizers alone see it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub hidden: bool,
    /// Made of other columns instead of reported by a scorer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub computed: Option<Computed>,
}

/// How a column is made of others. Those without a value take no part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Computed {
    pub how: Computation,
    /// Metrics of columns of the same board that scorers report.
    pub of: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Computation {
    Mean,
    Sum,
    Min,
    Max,
}

fn default_precision() -> u8 {
    4
}

/// Which of a team's submissions stands on the board.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Counts {
    /// The best on the public score.
    #[default]
    Best,
    /// The one handed in last.
    Last,
}

/// Who sees the private split.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PrivateBoard {
    /// Everybody, once the phase is over.
    #[default]
    AfterEnd,
    Organizers,
    Always,
}

/// What becomes of a file that the check before the hand-in finds wrong.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema, ToSchema, sqlx::Type,
)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum Malformed {
    /// It is refused with every fault, and no attempt is spent.
    #[default]
    Refuse,
    /// It is taken and judged: an attempt is spent, and the verdict is `wrong_format`.
    Charge,
}

impl Malformed {
    pub fn as_str(self) -> &'static str {
        match self {
            Malformed::Refuse => "refuse",
            Malformed::Charge => "charge",
        }
    }

    pub fn is_refuse(&self) -> bool {
        *self == Malformed::Refuse
    }
}

/// Whose submissions are judged first.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema, ToSchema, sqlx::Type,
)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum PhasePriority {
    Low,
    #[default]
    Normal,
    High,
}

impl PhasePriority {
    pub fn as_str(self) -> &'static str {
        match self {
            PhasePriority::Low => "low",
            PhasePriority::Normal => "normal",
            PhasePriority::High => "high",
        }
    }

    pub fn is_normal(&self) -> bool {
        *self == PhasePriority::Normal
    }
}

/// How the scores of several tasks become one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum OverTasks {
    #[default]
    Mean,
    Sum,
}

/// How a phase's leaderboard ranks. The first column is the primary one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct BoardRules {
    pub columns: Vec<Column>,
    pub counts: Counts,
    /// Metrics of the columns, `earliest`, or `fewest_entries`, in order of weight.
    pub tie_breakers: Vec<String>,
    pub private: PrivateBoard,
    pub over_tasks: OverTasks,
    /// So many submissions a team may choose for the final ranking; absent: the one on the public board counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub final_picks: Option<u16>,
}

impl BoardRules {
    /// The rules as others than organizers see them.
    #[must_use]
    pub fn visible(mut self) -> Self {
        let hidden: Vec<String> =
            self.columns.extract_if(.., |column| column.hidden).map(|column| column.metric).collect();
        self.tie_breakers.retain(|breaker| !hidden.contains(breaker));
        self
    }

    /// Metrics of the columns that organizers alone see.
    pub fn hidden(&self) -> impl Iterator<Item = &str> {
        self.columns.iter().filter(|column| column.hidden).map(|column| column.metric.as_str())
    }
}

#[derive(Debug, Clone)]
pub struct Competition {
    pub id: CompetitionId,
    pub slug: String,
    pub title: Text,
    pub summary: Text,
    pub timezone: String,
    pub source: String,
    pub licence: String,
    pub max_team_members: i32,
    pub created_at: Timestamp,
}

#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Division {
    pub id: DivisionId,
    pub slug: String,
    pub title: Text,
}

#[derive(Debug, Clone)]
pub struct Track {
    pub id: TrackId,
    pub slug: String,
    pub kind: TrackKind,
    pub title: Text,
    pub upload_max_bytes: i64,
}

#[derive(Debug, Clone)]
pub struct Phase {
    pub id: PhaseId,
    pub track_id: TrackId,
    pub slug: String,
    pub title: Text,
    pub starts_at: Timestamp,
    pub ends_at: Timestamp,
    pub attempts_daily: Option<i32>,
    pub attempts_total: Option<i32>,
    /// Submissions of a team that may wait or be judged at once.
    pub max_running: Option<i32>,
    pub malformed: Malformed,
    /// Open to teams that are not approved; never counts for advancement.
    pub practice: bool,
    pub visibility: Visibility,
    pub board: BoardRules,
    pub freeze_at: Option<Timestamp>,
    pub hand_ins_paused: Option<Pause>,
    pub judging_paused: Option<Pause>,
    pub requires: Option<Requirement>,
    /// When organizers decided who advances to this phase.
    pub advanced_at: Option<Timestamp>,
}

/// Teams hand in to a phase only if they advanced from another one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Requirement {
    pub phase: PhaseId,
    pub slug: String,
    /// So many of each division advance.
    pub top: i32,
}

/// Organizers stopped something for a while.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Pause {
    #[schema(value_type = String, format = DateTime)]
    pub since: Timestamp,
    pub reason: String,
}

/// A phase with what it belongs to.
#[derive(Debug, Clone)]
pub struct PhaseContext {
    pub phase: Phase,
    pub track_kind: TrackKind,
    pub upload_max_bytes: i64,
    pub competition_id: CompetitionId,
    pub competition_slug: String,
    /// IANA name of the zone in which days begin.
    pub timezone: String,
}

#[derive(Debug, Clone)]
pub struct Task {
    pub id: TaskId,
    pub track_id: TrackId,
    pub slug: String,
    pub title: Text,
    pub version: i32,
    /// When two answers to a question are the same; of ranked answers to event queries.
    pub answers: Option<AnswerRules>,
}

#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PublicFile {
    pub path: String,
    pub title: Text,
    pub size: i64,
    /// Lower-case hexadecimal.
    pub sha256: String,
}

#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct InfoPage {
    pub slug: String,
    pub title: Text,
    /// Markdown.
    pub body: Text,
}
