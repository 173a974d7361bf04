//! How a task is judged: programs, scorers, their images.

use judge_core::{
    limits::Limits,
    metrics::MetricSpec,
    protocol::{ProgramForm, RetrievalScorer, TableScorer},
    retrieval,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How a task is judged. Part of a task version, so it never changes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Judging {
    /// How a team's program is run; absent on `result` tracks.
    pub program: Option<Program>,
    pub scorer: ScorerRules,
}

/// How a team's program is run on the hidden inputs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Program {
    /// Name of a sandbox image that is stored on the server.
    pub image: String,
    /// Empty where the team's archive names it.
    #[serde(default)]
    pub command: Vec<String>,
    /// How the archive says what to run.
    #[serde(default, skip_serializing_if = "ProgramForm::is_fixed")]
    pub form: ProgramForm,
    /// Files that the archive must hold at its top.
    #[serde(default)]
    pub requires: Vec<String>,
    /// Files that the program must leave in its output folder.
    #[serde(default)]
    pub outputs: Vec<String>,
    /// The organizer's program that runs beside the team's and feeds it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ingestion: Option<Ingestion>,
    #[serde(default)]
    pub limits: Limits,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Ingestion {
    /// Folder of the program, relative to the definition.
    pub program: String,
    pub image: String,
    pub command: Vec<String>,
    /// Runs beside the scorer, with what the prediction step left, rather than beside the team's program.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub while_scoring: bool,
}

/// Who computes the scores.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum ScorerRules {
    /// Metrics of the platform on tables; needs no code of anyone.
    Builtin(TableScorer),
    /// Ranked answers to event queries, in the AI Challenge's preliminary format; needs no code of anyone.
    Retrieval(RetrievalScorer),
    /// The organizer's own program, in a container.
    Program(ScorerProgram),
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ScorerProgram {
    /// Folder of the program, relative to the definition.
    pub path: String,
    pub image: String,
    pub command: Vec<String>,
    /// Metrics that it must report.
    pub metrics: Vec<String>,
    /// Metrics that count when it reports them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub optional_metrics: Vec<String>,
    /// For `result` tracks: the name that a single uploaded file takes in the predictions folder.
    #[serde(default = "default_predictions_file")]
    pub predictions_file: String,
    #[serde(default)]
    pub limits: Limits,
}

fn default_predictions_file() -> String {
    "predictions.csv".to_owned()
}

impl ScorerRules {
    /// Names of the metrics that a result carries, or may carry.
    pub fn metrics(&self) -> Vec<String> {
        match self {
            ScorerRules::Builtin(table) => table.metrics.iter().map(MetricSpec::name).collect(),
            ScorerRules::Retrieval(_) => retrieval::METRICS.map(str::to_owned).into(),
            ScorerRules::Program(program) => {
                program.metrics.iter().chain(&program.optional_metrics).cloned().collect()
            }
        }
    }

    /// What a team's upload to a `result` track is, going by its name: on these tracks teams name their files.
    pub fn handed_in(&self, filename: &str) -> HandedIn<'_> {
        let name = match self {
            ScorerRules::Retrieval(_) => return HandedIn::Pack,
            ScorerRules::Builtin(table) => table.predictions_file.as_str(),
            ScorerRules::Program(program) => &program.predictions_file,
        };
        let is_zip =
            std::path::Path::new(filename).extension().is_some_and(|e| e.eq_ignore_ascii_case("zip"));
        if is_zip { HandedIn::Archive { holds: name } } else { HandedIn::File { name } }
    }
}

/// What an upload to a `result` track is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HandedIn<'a> {
    /// The predictions themselves, under this name.
    File { name: &'a str },
    /// A ZIP archive that holds the predictions under this name.
    Archive { holds: &'a str },
    /// A ZIP archive of ranked answers, whatever it is called.
    Pack,
}
