//! Teams' scored submissions, by the evaluations that count.

use std::collections::BTreeMap;

use judge_core::verdict::Verdict;
use sqlx::PgConnection;

use super::{
    counting::{Candidate, counting},
    model::{Entry, Split},
    rules,
    store::{self, ResultRow},
};
use crate::{
    competitions::model::PhaseContext,
    kernel::ids::{RejudgingId, TeamId},
};

/// Each team's scored submissions with their tasks combined. `as_if`: as it would be were this rejudging applied.
pub async fn of_teams(
    conn: &mut PgConnection,
    phase: &PhaseContext,
    teams: &[TeamId],
    as_if: Option<RejudgingId>,
) -> sqlx::Result<BTreeMap<TeamId, Vec<Entry>>> {
    let id = phase.phase.id;
    let expected = usize::try_from(store::task_count(conn, id).await?).unwrap_or(usize::MAX);
    let results = store::results(conn, id, teams, as_if).await?;
    let picks = match phase.phase.board.final_picks {
        Some(_) => store::picks(conn, id, teams).await?,
        None => Vec::new(),
    };
    let mut entries: BTreeMap<TeamId, Vec<Entry>> = BTreeMap::new();
    for submission in results.chunk_by(|a, b| a.submission == b.submission) {
        if let Some(mut entry) = entry(submission, phase, expected) {
            entry.picked = picks.contains(&entry.submission);
            entries.entry(submission[0].team).or_default().push(entry);
        }
    }
    Ok(entries)
}

/// A submission's results as one, unless some task has no score that counts.
fn entry(results: &[ResultRow], phase: &PhaseContext, expected: usize) -> Option<Entry> {
    let mut versions = BTreeMap::new();
    let mut counted = Vec::new();
    for task in results.chunk_by(|a, b| a.task == b.task) {
        let evaluations: Vec<&[ResultRow]> = task.chunk_by(|a, b| a.evaluation == b.evaluation).collect();
        let candidate = |rows: &&[ResultRow]| Candidate {
            origin: rows[0].origin,
            version: rows[0].version,
            verdict: Some(rows[0].verdict),
        };
        let rows = counting(&evaluations, candidate)?;
        if rows[0].verdict != Verdict::Scored {
            return None;
        }
        versions.insert(rows[0].task_slug.clone(), rows[0].version);
        counted.push(*rows);
    }
    let combined = |split: Split| {
        let of_split = |rows: &&[ResultRow]| {
            let scores = rows.iter().filter_map(|row| row.score.as_ref());
            scores.filter(|s| s.split == split.as_str()).map(|s| (s.metric.clone(), s.value)).collect()
        };
        let tasks: Vec<BTreeMap<String, f64>> = counted.iter().map(of_split).collect();
        rules::combine(&phase.phase.board, &tasks, expected)
    };
    Some(Entry {
        submission: results[0].submission,
        accepted_at: results[0].accepted_at,
        public: combined(Split::Public)?,
        private: combined(Split::Private)?,
        versions,
        picked: false,
    })
}
