//! The answers' parts that our programs read.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// A text in both languages.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
pub struct Text {
    pub vi: String,
    pub en: String,
}

#[derive(Debug, Clone, Deserialize)]
pub struct Page<T> {
    pub items: Vec<T>,
}

#[derive(Debug, Clone, Deserialize)]
pub struct Competition {
    pub slug: String,
    pub title: Text,
    pub divisions: Vec<Division>,
    pub tracks: Vec<Track>,
}

impl Competition {
    pub fn phase(&self, track: &str, phase: &str) -> Option<&Phase> {
        let track = self.tracks.iter().find(|found| found.slug == track)?;
        track.phases.iter().find(|found| found.slug == phase)
    }
}

#[derive(Debug, Clone, Deserialize)]
pub struct Division {
    pub slug: String,
    pub title: Text,
}

#[derive(Debug, Clone, Deserialize)]
pub struct Track {
    pub slug: String,
    pub title: Text,
    pub phases: Vec<Phase>,
}

#[derive(Debug, Clone, Deserialize)]
pub struct Phase {
    pub id: String,
    pub slug: String,
    pub title: Text,
}

#[derive(Debug, Clone, Deserialize)]
pub struct Team {
    pub name: String,
    pub competition: TeamCompetition,
}

#[derive(Debug, Clone, Deserialize)]
pub struct TeamCompetition {
    pub slug: String,
}

#[derive(Debug, Clone, Deserialize)]
pub struct Image {
    pub name: String,
    pub archive_sha256: String,
}

/// What an import did.
#[derive(Debug, Clone, Deserialize)]
pub struct Import {
    pub slug: String,
    /// `created`, `updated` or `unchanged`.
    pub result: String,
    /// What of a bundle is not taken over, or taken over differently.
    #[serde(default)]
    pub notes: Vec<Text>,
}

#[derive(Debug, Clone, Deserialize)]
pub struct Submission {
    pub id: String,
    /// `queued`, `judging`, `done`, `withdrawn` or `cancelled`.
    pub state: String,
    /// Over all tasks of the phase; absent until every task is scored.
    pub scores: Option<Scores>,
    #[serde(default)]
    pub evaluations: Vec<Evaluation>,
    /// What the check noticed when it was handed in.
    #[serde(default)]
    pub warnings: Vec<Fault>,
}

impl Submission {
    /// Nothing more happens to it by itself.
    pub fn is_done(&self) -> bool {
        ["done", "withdrawn", "cancelled"].contains(&self.state.as_str())
    }
}

#[derive(Debug, Clone, Deserialize)]
pub struct Evaluation {
    pub task: String,
    pub verdict: Option<String>,
    pub verdict_text: Option<Text>,
    #[serde(default)]
    pub faults: Vec<Fault>,
    pub scores: Option<Scores>,
}

#[derive(Debug, Clone, Deserialize)]
pub struct Fault {
    pub file: Option<String>,
    pub line: Option<u64>,
    pub en: String,
}

impl Fault {
    /// `file:line: what is wrong`, as editors and terminals read places.
    pub fn line(&self) -> String {
        let (place, said) = match (&self.file, self.line) {
            (Some(file), Some(line)) => (format!("{file}:{line}: "), format!("{file}, line {line}: ")),
            (Some(file), None) => (format!("{file}: "), format!("{file}: ")),
            (None, _) => (String::new(), String::new()),
        };
        // The sentence names the place too, in words.
        format!("{place}{}", self.en.strip_prefix(&said).unwrap_or(&self.en))
    }
}

/// What a check found.
#[derive(Debug, Clone, Deserialize)]
pub struct Check {
    pub ok: bool,
    /// Whether everything was read.
    pub complete: bool,
    pub faults: Vec<Fault>,
    pub warnings: Vec<Fault>,
}

/// Metric → value.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
pub struct Scores {
    #[serde(default)]
    pub public: BTreeMap<String, f64>,
    /// Absent where the caller may not see it.
    pub private: Option<BTreeMap<String, f64>>,
}

#[derive(Debug, Clone, Deserialize, Serialize)]
pub struct Board {
    pub columns: Vec<Column>,
    pub rows: Vec<Row>,
}

#[derive(Debug, Clone, Deserialize, Serialize)]
pub struct Column {
    pub metric: String,
    pub title: Text,
    /// Decimals that are shown.
    pub precision: usize,
}

#[derive(Debug, Clone, Deserialize, Serialize)]
pub struct Row {
    pub rank: i64,
    pub team: RowTeam,
    pub values: BTreeMap<String, f64>,
    pub entries: i64,
}

#[derive(Debug, Clone, Deserialize, Serialize)]
pub struct RowTeam {
    pub name: String,
}
