//! The words of a running phase.

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::{
    competitions::{
        model::{Phase, PrivateBoard},
        visibility::Visibility,
    },
    kernel::{
        Timestamp,
        ids::{PhaseChangeId, PhaseId, SubmissionId, TeamId},
    },
};

/// What of a phase may change while it runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Settings {
    pub starts_at: Timestamp,
    pub ends_at: Timestamp,
    pub freeze_at: Option<Timestamp>,
    pub attempts_daily: Option<i32>,
    pub attempts_total: Option<i32>,
    pub max_running: Option<i32>,
    pub visibility: Visibility,
    pub private_board: PrivateBoard,
}

impl From<&Phase> for Settings {
    fn from(phase: &Phase) -> Self {
        Self {
            starts_at: phase.starts_at,
            ends_at: phase.ends_at,
            freeze_at: phase.freeze_at,
            attempts_daily: phase.attempts_daily,
            attempts_total: phase.attempts_total,
            max_running: phase.max_running,
            visibility: phase.visibility,
            private_board: phase.board.private,
        }
    }
}

/// New settings; what is absent stays, and `null` takes a limit or the freeze away.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(default)]
#[expect(clippy::option_option, reason = "absent leaves as it is, null takes away")]
pub struct Wanted {
    #[schema(value_type = Option<String>, format = DateTime)]
    pub starts_at: Option<Timestamp>,
    #[schema(value_type = Option<String>, format = DateTime)]
    pub ends_at: Option<Timestamp>,
    #[serde(deserialize_with = "present")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub freeze_at: Option<Option<Timestamp>>,
    #[serde(deserialize_with = "present")]
    #[schema(value_type = Option<i32>)]
    pub attempts_daily: Option<Option<i32>>,
    #[serde(deserialize_with = "present")]
    #[schema(value_type = Option<i32>)]
    pub attempts_total: Option<Option<i32>>,
    #[serde(deserialize_with = "present")]
    #[schema(value_type = Option<i32>)]
    pub max_running: Option<Option<i32>>,
    /// The whole of it: what is absent in it has its default.
    pub visibility: Option<Visibility>,
    pub private_board: Option<PrivateBoard>,
}

/// Tells `null` from absent.
#[expect(clippy::option_option, reason = "absent leaves as it is, null takes away")]
fn present<'de, D: Deserializer<'de>, T: Deserialize<'de>>(from: D) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(from).map(Some)
}

/// How an organizer acts on a phase.
#[derive(Debug, Clone)]
pub struct Manner {
    /// Everybody may read it.
    pub reason: String,
    /// Whether the participants are told.
    pub notice: bool,
    /// Reopen a phase whose private board was public.
    pub force: bool,
}

/// What may be paused, each by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stops {
    pub hand_ins: bool,
    pub judging: bool,
}

/// Where a change came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema, sqlx::Type)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum ChangeKind {
    /// Times, limits, freeze, visibility.
    Settings,
    /// The same, by a new definition.
    Import,
    Pause,
    Resume,
    /// Who advances to the phase was decided.
    Advancement,
}

impl ChangeKind {
    pub fn as_str(self) -> &'static str {
        match self {
            ChangeKind::Settings => "settings",
            ChangeKind::Import => "import",
            ChangeKind::Pause => "pause",
            ChangeKind::Resume => "resume",
            ChangeKind::Advancement => "advancement",
        }
    }

    /// What the audit calls it.
    pub fn act(self) -> &'static str {
        match self {
            ChangeKind::Settings => "phase.changed",
            ChangeKind::Import => "phase.imported",
            ChangeKind::Pause => "phase.paused",
            ChangeKind::Resume => "phase.resumed",
            ChangeKind::Advancement => "phase.advancement_decided",
        }
    }
}

/// One setting's old and new value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FieldChange {
    /// `starts_at`, `ends_at`, `freeze_at`, `attempts_daily`, `attempts_total`, `max_running`, `visibility`,
    /// `private_board`, `hand_ins_paused`, `judging_paused`, `advanced_teams`
    pub field: String,
    /// `null`: there was none.
    #[schema(value_type = Object)]
    pub old: Value,
    #[schema(value_type = Object)]
    pub new: Value,
}

/// A change of a phase, as everybody may read it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PhaseChange {
    pub id: PhaseChangeId,
    pub phase: PhaseId,
    pub kind: ChangeKind,
    pub fields: Vec<FieldChange>,
    pub reason: String,
    #[schema(value_type = String, format = DateTime)]
    pub made_at: Timestamp,
}

/// How far the decision of who advances is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AdvancementState {
    /// The phase before is not over.
    Running,
    /// It is over, and something of it is still being judged.
    Judging,
    /// The ranking is final; organizers may decide.
    Ready,
    Decided,
}

/// Who advances to a phase.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Advancement {
    pub phase: PhaseId,
    /// The phase whose ranking counts.
    pub from: PhaseId,
    /// So many of each division advance; whoever ties with the last of them does too.
    pub top: i32,
    pub state: AdvancementState,
    /// Steps of that phase's evaluations that wait or run.
    pub left_to_judge: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub decided_at: Option<Timestamp>,
    /// Of the ranking as it stands; send it back to decide on this very ranking.
    pub fingerprint: String,
    /// By division and rank.
    pub teams: Vec<Candidate>,
}

/// A team that may advance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Candidate {
    pub team: TeamId,
    pub name: String,
    /// Slug of the division.
    pub division: String,
    /// In its division on the private split of the phase before; absent: an organizer let it in.
    pub rank: Option<i64>,
    pub advances: bool,
    /// Why an organizer decided otherwise than the ranking.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// An organizer's decision of a single team.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct Verdict {
    pub team: TeamId,
    pub advances: bool,
    /// 1 to 1,000 characters. The team is told.
    pub reason: String,
}

/// An organizer's decision of all.
#[derive(Debug, Clone)]
pub struct Decision {
    pub fingerprint: String,
    pub otherwise: Vec<Verdict>,
}

/// A team's final submissions.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Picks {
    /// So many may be chosen.
    pub limit: u16,
    pub picked: Vec<SubmissionId>,
    /// Those whose best private score ranks the team as things stand: what was picked, and for places that are
    /// left the best by public score.
    pub counting: Vec<SubmissionId>,
    /// The phase's end.
    #[schema(value_type = String, format = DateTime)]
    pub closes_at: Timestamp,
}
