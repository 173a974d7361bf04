use judge_core::text::Text;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    kernel::{
        Timestamp,
        ids::{CompetitionId, DataSetId, DataVersionId},
    },
    storage::Blob,
};

/// Who may read a set while it is visible.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Default,
    Serialize,
    Deserialize,
    JsonSchema,
    ToSchema,
    sqlx::Type,
)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum Access {
    /// Everybody.
    #[default]
    Public,
    /// Whoever has an account.
    LoggedIn,
    /// Whoever has accepted the competition's rules as they are now.
    Rules,
    /// Members of a team of the competition; where the rules must be accepted, they have done so too.
    Team,
}

impl Access {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::LoggedIn => "logged_in",
            Self::Rules => "rules",
            Self::Team => "team",
        }
    }
}

#[derive(Debug, Clone)]
pub struct DataSet {
    pub id: DataSetId,
    pub slug: String,
    pub title: Text,
    pub access: Access,
    /// A phase's start and end are looked up already.
    pub from: Option<Timestamp>,
    pub until: Option<Timestamp>,
    pub dropped: bool,
}

#[derive(Debug, Clone)]
pub struct Version {
    pub id: DataVersionId,
    pub set: DataSetId,
    pub number: i32,
    pub content_hash: Vec<u8>,
    pub withdrawn: bool,
    pub created_at: Timestamp,
    pub files: i64,
    pub bytes: i64,
}

/// A file of a version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DataFile {
    pub path: String,
    pub title: Option<Text>,
    pub size: i64,
    pub sha256: Vec<u8>,
    /// `None`: only its mirrors have it.
    pub blob: Option<Blob>,
    pub mirrors: Vec<String>,
}

/// What decides about a person and a competition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[expect(clippy::struct_excessive_bools, reason = "facts that hold or not, each by itself")]
pub struct Viewer {
    pub organizer: bool,
    pub logged_in: bool,
    pub accepted: bool,
    pub member: bool,
}

/// The rules of a competition as they are now.
#[derive(Debug, Clone)]
pub struct CurrentRules {
    pub competition: CompetitionId,
    /// Slug of their page.
    pub page: String,
    /// SHA-256 of the page's text in both languages; `None`: there is no such page.
    pub version: Option<Vec<u8>>,
    /// Handing in needs their acceptance.
    pub required: bool,
}

/// A moment that bounds when a set is visible.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Moment {
    At(Timestamp),
    /// Slugs of a track and its phase: the phase's start, or its end.
    Phase {
        track: String,
        phase: String,
    },
}

/// A set as an import writes it.
#[derive(Debug, Clone)]
pub struct NewSet {
    pub slug: String,
    pub title: Text,
    pub access: Access,
    pub from: Option<Moment>,
    pub until: Option<Moment>,
    /// Numbers of versions that contestants read no more.
    pub withdrawn: Vec<i32>,
    pub files: Vec<DataFile>,
}
