//! Scores a pack of ranked answers to event queries, as the AI Challenge's preliminary round asks for them.
//!
//! Purpose: reads a pack's CSV files, names every fault with file and line, and gives each query, and the pack,
//! its score.
//! Invariants: no input makes it panic or takes memory out of proportion to its size; what a check refuses and
//! what the scorer refuses are the same, for both read with [`check`]'s reader; a figure lies in 0 to 1.
//! Neighbours: [`crate::protocol::RetrievalScorer`] is the definition; the worker and the server's check hand
//! over the files of the archive, already unpacked in memory.
//!
//! # The pack
//!
//! An archive with a folder [`FOLDER`] that holds one CSV file for each query, named by the query: UTF-8 without
//! byte-order mark, without header, ranked best first, at most [`MOST_ROWS`] rows. Spaces around a field do not
//! count.
//!
//! | type | row | R-score |
//! | --- | --- | --- |
//! | `kis`, known-item search | `video,frame` | 1 if the video is the query's and the frame lies in one of its ranges, ends included; else 0 |
//! | `qa`, question | `video,frame,answer` | as `kis`, and the answer is one of those accepted under [`AnswerRules`] |
//! | `trake`, temporal alignment of key events | `video,f1,…,fN`, in time order | 0 in another video; else the fraction of the frames that lie in their own event's range |
//!
//! # The score
//!
//! `R@k` = the best R-score among the first k rows. A query's score = (R@1 + R@5 + R@20 + R@50 + R@100) / 5.
//! The pack's score = the mean over its queries; a query without a file scores 0. The public score is the mean
//! over the public queries, the private one the mean over **all** of them. Source: the published rules of the AI
//! Challenge's preliminary rounds, 2024 and later.

mod answers;
mod measure;
mod pack;
mod rows;
mod truth;

#[cfg(test)]
mod tests;

pub use answers::{AnswerRules, UnicodeForm};
pub use measure::{CUTOFFS, METRICS};
pub use pack::PackFile;
pub use truth::{MOST_QUERIES, Query, QueryType, Truth, TruthError};

use crate::{
    check::Findings,
    faults::{Fault, FaultKind},
    protocol::{Item, RetrievalScorer, Scores},
    verdict::Verdict,
};

/// The folder inside the archive.
pub const FOLDER: &str = "submission";
/// Ranked rows of one query.
pub const MOST_ROWS: u64 = 100;
/// Characters of an answer.
pub const LONGEST_ANSWER: u64 = 100;
/// What the files of a pack may take together, bytes: far more than [`MOST_QUERIES`] full files need.
pub const MOST_BYTES: u64 = 64 * 1024 * 1024;
/// Files and folders of a pack.
pub const MOST_FILES: u64 = 5_000;

/// A scored pack.
#[derive(Debug, Clone, PartialEq)]
pub struct Scored {
    pub scores: Scores,
    /// Each query once in the private split, public ones in the public split too. A split's score is the mean of
    /// its items' values.
    pub items: Vec<Item>,
}

/// Why there are no scores, and whose affair it is.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ScoreError {
    /// The team's pack.
    #[error("the pack has {} faults", .0.len())]
    Pack(Vec<Fault>),
    /// The organizer's truth. It may quote what teams must not see.
    #[error("the truth: {0}")]
    Truth(#[from] TruthError),
}

impl ScoreError {
    /// How the evaluation ends.
    pub fn verdict(&self) -> Verdict {
        match self {
            Self::Pack(_) => Verdict::WrongFormat,
            Self::Truth(_) => Verdict::ScorerFailed,
        }
    }

    /// What to report. Where the verdict is not about the team, it is for organizers only.
    pub fn faults(&self) -> Vec<Fault> {
        match self {
            Self::Pack(faults) => faults.clone(),
            Self::Truth(_) => vec![Fault::new(FaultKind::Platform { reason: self.to_string() })],
        }
    }
}

/// Everything that is wrong with a pack. Of the truth only the queries' names, types and numbers of events take
/// part: nothing that a team does not read in the queries themselves.
pub fn check(truth: &Truth, files: &[PackFile]) -> Findings {
    pack::read(truth, files).1
}

/// Scores a pack that has no fault.
pub fn score(spec: &RetrievalScorer, truth: &Truth, files: &[PackFile]) -> Result<Scored, ScoreError> {
    let (answers, findings) = pack::read(truth, files);
    if findings.faults.is_empty() {
        Ok(measure::measure(spec, truth, &answers))
    } else {
        Err(ScoreError::Pack(findings.faults))
    }
}
