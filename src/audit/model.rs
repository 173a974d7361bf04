//! Acts, and the seals over them.

use serde_json::Value;
use uuid::Uuid;

use crate::kernel::{
    Timestamp,
    ids::{CompetitionId, UserId},
};

/// One act of an organizer or an administrator.
///
/// ```ignore
/// audit::record(&mut tx, Act::new("team.approved", "team", team).by(caller.user).in_competition(id)).await?;
/// ```
#[derive(Debug, Clone)]
pub struct Act<'a> {
    pub actor: Option<UserId>,
    /// `<thing>.<verb in the past>`, such as `team.approved`.
    pub verb: &'static str,
    pub competition: Option<CompetitionId>,
    pub subject_kind: &'static str,
    pub subject: String,
    /// What the actor gave as the reason; empty where none is asked for.
    pub reason: &'a str,
    /// Opaque ids and figures; never a name, an address or a secret.
    pub facts: Value,
}

impl<'a> Act<'a> {
    /// An act of the platform itself or of its operator, until `by` names somebody.
    pub fn new(verb: &'static str, subject_kind: &'static str, subject: impl std::fmt::Display) -> Self {
        Self {
            actor: None,
            verb,
            competition: None,
            subject_kind,
            subject: subject.to_string(),
            reason: "",
            facts: Value::Object(serde_json::Map::new()),
        }
    }

    #[must_use]
    pub fn by(mut self, actor: UserId) -> Self {
        self.actor = Some(actor);
        self
    }

    #[must_use]
    pub fn in_competition(mut self, competition: CompetitionId) -> Self {
        self.competition = Some(competition);
        self
    }

    #[must_use]
    pub fn because(mut self, reason: &'a str) -> Self {
        self.reason = reason;
        self
    }

    #[must_use]
    pub fn with(mut self, facts: Value) -> Self {
        self.facts = facts;
        self
    }
}

/// An act as the log holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordedAct {
    pub id: i64,
    pub at: Timestamp,
    pub actor: Option<Uuid>,
    pub verb: String,
    pub competition: Option<Uuid>,
    pub subject_kind: String,
    pub subject: String,
    pub reason: String,
    /// JSON, exactly as the database writes it: hashes are taken over this text.
    pub facts: String,
}

/// A seal with the act under it; the act is absent where somebody removed it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seal {
    pub number: i64,
    pub hash: Vec<u8>,
    pub act_id: i64,
    pub act: Option<RecordedAct>,
}
