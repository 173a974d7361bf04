//! The words of a board.

use std::collections::BTreeMap;

use judge_core::text::Text;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    competitions::model::Column,
    kernel::{
        Timestamp,
        ids::{PhaseId, SubmissionId, TeamId},
    },
};

/// Half of the hidden test set.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Split {
    #[default]
    Public,
    Private,
}

impl Split {
    pub const ALL: [Split; 2] = [Split::Public, Split::Private];

    pub fn as_str(self) -> &'static str {
        match self {
            Split::Public => "public",
            Split::Private => "private",
        }
    }
}

/// What of a phase counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum View {
    /// Everything handed in.
    Live,
    /// Only what was handed in before the freeze.
    Frozen,
}

impl View {
    pub const ALL: [View; 2] = [View::Live, View::Frozen];

    pub fn as_str(self) -> &'static str {
        match self {
            View::Live => "live",
            View::Frozen => "frozen",
        }
    }
}

/// A scored submission, its tasks combined.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    pub submission: SubmissionId,
    pub accepted_at: Timestamp,
    /// Metric → value.
    pub public: BTreeMap<String, f64>,
    pub private: BTreeMap<String, f64>,
    /// Slug of the task → number of the version that made the score.
    pub versions: BTreeMap<String, i32>,
    /// The team chose it for the final ranking.
    pub picked: bool,
}

impl Entry {
    pub fn values(&self, split: Split) -> &BTreeMap<String, f64> {
        match split {
            Split::Public => &self.public,
            Split::Private => &self.private,
        }
    }
}

/// Where a team stands in one split and view.
#[derive(Debug, Clone, PartialEq)]
pub struct Standing {
    pub submission: SubmissionId,
    /// Larger is better, element by element; equal keys share a rank.
    pub ranking_key: Vec<f64>,
    /// Metric → value of the counting submission.
    pub shown: BTreeMap<String, f64>,
    /// Scored submissions of the team.
    pub entries: i32,
    /// When the counting submission was accepted.
    pub last_at: Timestamp,
    /// Slug of the task → number of the version that made the counting submission's score.
    pub versions: BTreeMap<String, i32>,
}

/// The board as people get it.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Board {
    pub phase: PhaseId,
    pub split: Split,
    /// The board stands still; only what came before this moment counts.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub frozen_at: Option<Timestamp>,
    pub columns: Vec<Column>,
    /// Best first; teams that share a rank are ordered by name.
    pub rows: Vec<Row>,
}

#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Row {
    /// Ties share a rank: 1, 2, 2, 4.
    pub rank: i64,
    pub team: RowTeam,
    /// Metric → value.
    pub values: BTreeMap<String, f64>,
    pub entries: i32,
    #[schema(value_type = String, format = DateTime)]
    pub last_at: Timestamp,
    /// Slug of the task → number of the version that made the score.
    #[serde(default)]
    pub versions: BTreeMap<String, i32>,
}

#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct RowTeam {
    pub id: TeamId,
    pub name: String,
    pub division: RowDivision,
}

#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct RowDivision {
    pub slug: String,
    pub title: Text,
}
