//! On whose behalf a definition is written, and what is told once it is.

use crate::{accounts::Principal, kernel::ids::PhaseId, leaderboard::Change, phases::PhaseChange};

/// Who imports a definition, and why.
#[derive(Debug, Clone, Copy)]
pub struct Author<'a> {
    pub person: &'a Principal,
    /// For the public record of what changes in running phases.
    pub reason: &'a str,
}

/// Stands in the record where whoever imported gave no reason.
pub const WITHOUT_REASON: &str = "Định nghĩa mới / New definition";

/// What is told once a definition is committed.
#[derive(Debug, Default)]
pub struct Written {
    pub changes: Vec<Change>,
    pub made: Vec<PhaseChange>,
    /// Phases whose boards rank by other rules now.
    pub boards: Vec<PhaseId>,
}
