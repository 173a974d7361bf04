//! `dautri.yaml`, version 1. The JSON Schema in `datasets/dautri.schema.json` is made from these types.

use chrono::{DateTime, FixedOffset};
use judge_core::text::Text;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::data::{DataSetDefinition, RulesDefinition};
use crate::{
    competitions::{
        model::{
            BoardRules, Column, Counts, Malformed, OverTasks, PhasePriority, PrivateBoard, Program,
            ScorerRules, TrackKind,
        },
        visibility::Visibility,
    },
    teams::{
        form::Field,
        model::{Approval, Status},
    },
};

/// A competition.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Definition {
    /// Version of this format: 1.
    pub version: u32,
    /// Name in addresses: lower-case letters, digits and hyphens.
    pub slug: String,
    pub title: Text,
    /// One sentence.
    pub summary: Text,
    /// IANA name of the zone in which days begin.
    #[serde(default = "default_timezone")]
    pub timezone: String,
    /// Where the data comes from.
    #[serde(default)]
    pub source: String,
    /// The data's licence.
    #[serde(default)]
    pub licence: String,
    #[serde(default)]
    pub pages: Vec<PageDefinition>,
    pub divisions: Vec<DivisionDefinition>,
    #[serde(default)]
    pub teams: TeamRules,
    #[serde(default, skip_serializing_if = "RegistrationRules::is_default")]
    pub registration: RegistrationRules,
    /// What contestants may download. A folder is packed as a ZIP archive.
    #[serde(default)]
    pub files: Vec<FileDefinition>,
    /// Data sets in versions, with their readers and their time. Their files are not packed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub data: Vec<DataSetDefinition>,
    #[serde(default, skip_serializing_if = "RulesDefinition::is_default")]
    pub rules: RulesDefinition,
    pub tracks: Vec<TrackDefinition>,
}

fn default_timezone() -> String {
    "Asia/Ho_Chi_Minh".to_owned()
}

/// A page of text, Markdown in both languages.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PageDefinition {
    pub slug: String,
    pub title: Text,
    /// File with the Vietnamese text.
    pub vi: String,
    /// File with the English text.
    pub en: String,
}

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DivisionDefinition {
    pub slug: String,
    pub title: Text,
    /// The status that every member of a team must have proved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requires: Option<Status>,
    /// As `teams` says where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_members: Option<i32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_members: Option<i32>,
}

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TeamRules {
    /// The fewest members with which a team may hand in.
    #[serde(default = "default_min_members", skip_serializing_if = "is_one")]
    pub min_members: i32,
    #[serde(default = "default_max_members")]
    pub max_members: i32,
    /// Until when two teams may merge; where absent they do not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub merge_until: Option<DateTime<FixedOffset>>,
}

impl Default for TeamRules {
    fn default() -> Self {
        Self { min_members: 1, max_members: default_max_members(), merge_until: None }
    }
}

fn default_min_members() -> i32 {
    1
}

fn default_max_members() -> i32 {
    5
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands it over so")]
fn is_one(number: &i32) -> bool {
    *number == 1
}

/// When and how teams register, and what they are asked.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RegistrationRules {
    /// From when on teams may be made and joined; from the start where absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub opens: Option<DateTime<FixedOffset>>,
    /// Until when; without an end where absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub closes: Option<DateTime<FixedOffset>>,
    pub approval: Approval,
    /// The form.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<Field>,
}

impl RegistrationRules {
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FileDefinition {
    pub path: String,
    pub title: Text,
}

/// One problem of the competition.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TrackDefinition {
    pub slug: String,
    pub kind: TrackKind,
    pub title: Text,
    #[serde(default)]
    pub upload: UploadRules,
    pub tasks: Vec<TaskDefinition>,
    pub phases: Vec<PhaseDefinition>,
}

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UploadRules {
    pub max_bytes: i64,
}

impl Default for UploadRules {
    fn default() -> Self {
        Self { max_bytes: 50 * 1024 * 1024 }
    }
}

/// Inputs, truth and scorer.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TaskDefinition {
    pub slug: String,
    pub title: Text,
    /// Hidden inputs: a folder or a file, seen in the prediction step.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input: Option<String>,
    /// Truth: a folder or a file, seen in the scoring step only.
    pub truth: String,
    /// How a team's program is run; on `code` tracks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub program: Option<Program>,
    pub scorer: ScorerRules,
}

impl TaskDefinition {
    /// Files and folders that the task names. All of them are hidden from contestants.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.parts().into_iter().flatten()
    }

    /// The same by what they are: truth, input, ingestion, scorer.
    pub fn parts(&self) -> [Option<&str>; 4] {
        let ingestion = self.program.as_ref().and_then(|p| p.ingestion.as_ref());
        let scorer = match &self.scorer {
            ScorerRules::Program(program) => Some(program.path.as_str()),
            ScorerRules::Builtin(_) | ScorerRules::Retrieval(_) => None,
        };
        [Some(self.truth.as_str()), self.input.as_deref(), ingestion.map(|i| i.program.as_str()), scorer]
    }

    /// Names of the sandbox images that the task's programs run in.
    pub fn images(&self) -> impl Iterator<Item = &str> {
        let program = self.program.as_ref();
        let ingestion = program.and_then(|p| p.ingestion.as_ref());
        let scorer = match &self.scorer {
            ScorerRules::Program(program) => Some(program.image.as_str()),
            ScorerRules::Builtin(_) | ScorerRules::Retrieval(_) => None,
        };
        [program.map(|p| p.image.as_str()), ingestion.map(|i| i.image.as_str()), scorer].into_iter().flatten()
    }
}

/// A window of time in which teams hand in.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PhaseDefinition {
    pub slug: String,
    pub title: Text,
    pub starts: DateTime<FixedOffset>,
    pub ends: DateTime<FixedOffset>,
    /// Slugs of the track's tasks.
    pub tasks: Vec<String>,
    #[serde(default)]
    pub attempts: AttemptRules,
    /// What becomes of a file that the check before the hand-in finds wrong.
    #[serde(default, skip_serializing_if = "Malformed::is_refuse")]
    pub malformed: Malformed,
    /// Whose submissions are judged first where several phases wait: `low`, `normal` or `high`.
    #[serde(default, skip_serializing_if = "PhasePriority::is_normal")]
    pub priority: PhasePriority,
    /// Open to every team, approved or not; never counts for advancement.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub practice: bool,
    /// Only teams that advanced from another phase of the track hand in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requires: Option<RequirementDefinition>,
    /// Who sees the board, scores and logs.
    #[serde(default, skip_serializing_if = "Visibility::is_default")]
    pub visibility: Visibility,
    pub board: BoardDefinition,
}

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RequirementDefinition {
    /// Slug of a phase of the same track.
    pub phase: String,
    /// So many teams of each division advance, and whoever ties with the last of them.
    pub top: i32,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct AttemptRules {
    /// Attempts of a team each day; no limit where absent.
    pub per_day: Option<i32>,
    /// Attempts of a team in the phase; no limit where absent.
    pub total: Option<i32>,
    /// Submissions of a team that may wait or be judged at once; no limit where absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_running: Option<i32>,
}

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BoardDefinition {
    /// The first is the primary one.
    pub columns: Vec<Column>,
    #[serde(default)]
    pub counts: Counts,
    /// Metrics of the columns, `earliest`, or `fewest_entries`.
    #[serde(default)]
    pub tie_breakers: Vec<String>,
    #[serde(default)]
    pub private: PrivateBoard,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub freeze: Option<DateTime<FixedOffset>>,
    #[serde(default)]
    pub over_tasks: OverTasks,
    /// So many submissions a team may choose for the final ranking.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub final_picks: Option<u16>,
}

impl BoardDefinition {
    pub fn rules(&self) -> BoardRules {
        BoardRules {
            columns: self.columns.clone(),
            counts: self.counts,
            tie_breakers: self.tie_breakers.clone(),
            private: self.private,
            over_tasks: self.over_tasks,
            final_picks: self.final_picks,
        }
    }
}

/// The JSON Schema of `dautri.yaml`.
pub fn schema() -> serde_json::Value {
    schemars::schema_for!(Definition).to_value()
}
