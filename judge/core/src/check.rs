//! Checking what a team sent before it costs an attempt.
//!
//! Purpose: what is looked at, and what was found, as plain data between the server and its confined child.
//! Invariants: a check reads with the scorers' own readers, so what it lets pass the scorer can read; what it
//! finds tells nothing of the truth but ids, labels and names of queries that exist.
//! Neighbours: [`crate::tables`] and [`crate::retrieval`] read; the worker's package runs the child.

use serde::{Deserialize, Serialize};

use crate::{
    faults::Fault,
    protocol::{RetrievalScorer, TableScorer},
};

/// What is looked at.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Check {
    /// The file is the predictions' table, or with `zipped` an archive that holds it. Header, ids, and whether
    /// numbers are numbers and labels are the task's.
    Table { spec: TableScorer, zipped: bool, limits: ArchiveLimits },
    /// The file is an archive of ranked answers.
    Pack { spec: RetrievalScorer },
    /// The file is an archive that is whole, harmless, and holds these files.
    Archive { required_files: Vec<String>, limits: ArchiveLimits },
}

impl Check {
    /// Whether the task's truth takes part.
    pub fn needs_truth(&self) -> bool {
        matches!(self, Self::Table { .. } | Self::Pack { .. })
    }
}

/// What an archive may unpack to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArchiveLimits {
    pub bytes: u64,
    pub files: u64,
}

/// What a check found.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Findings {
    /// The file would not be scored.
    pub faults: Vec<Fault>,
    /// It would be scored, and perhaps not as meant.
    pub warnings: Vec<Fault>,
    /// The check ended before it had read everything: too large a file, or a task whose truth cannot be read.
    #[serde(default)]
    pub incomplete: bool,
}

impl Findings {
    /// A check that could not come to an end.
    pub fn incomplete() -> Self {
        Self { incomplete: true, ..Self::default() }
    }

    /// Adds what another check of the same file found; the same fault is there once.
    pub fn merge(&mut self, other: Self) {
        for (mine, theirs) in [(&mut self.faults, other.faults), (&mut self.warnings, other.warnings)] {
            for fault in theirs {
                if !mine.contains(&fault) {
                    mine.push(fault);
                }
            }
        }
        self.incomplete |= other.incomplete;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::faults::FaultKind;

    #[test]
    fn two_tasks_that_find_the_same_name_it_once() {
        let fault = |line| Fault::at_line("p.csv", line, FaultKind::EmptyFile);
        let of = |lines: &[u64], incomplete| Findings {
            faults: lines.iter().map(|line| fault(*line)).collect(),
            warnings: Vec::new(),
            incomplete,
        };
        let mut found = of(&[1, 2], false);
        found.merge(of(&[2, 3], true));
        assert_eq!(found, of(&[1, 2, 3], true));
    }
}
