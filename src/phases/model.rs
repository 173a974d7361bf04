//! The words of a running phase.

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::{
    competitions::model::Phase,
    kernel::{
        Timestamp,
        ids::{PhaseChangeId, PhaseId},
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
        }
    }
}

/// New settings; what is absent stays, and `null` takes a limit or the freeze away.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(default)]
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
}

/// Tells `null` from absent.
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
    /// Times, limits, freeze.
    Settings,
    /// The same, by a new definition.
    Import,
    Pause,
    Resume,
}

impl ChangeKind {
    pub fn as_str(self) -> &'static str {
        match self {
            ChangeKind::Settings => "settings",
            ChangeKind::Import => "import",
            ChangeKind::Pause => "pause",
            ChangeKind::Resume => "resume",
        }
    }

    /// What the audit calls it.
    pub fn act(self) -> &'static str {
        match self {
            ChangeKind::Settings => "phase.changed",
            ChangeKind::Import => "phase.imported",
            ChangeKind::Pause => "phase.paused",
            ChangeKind::Resume => "phase.resumed",
        }
    }
}

/// One setting's old and new value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FieldChange {
    /// `starts_at`, `ends_at`, `freeze_at`, `attempts_daily`, `attempts_total`, `max_running`, `hand_ins_paused`,
    /// `judging_paused`
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
