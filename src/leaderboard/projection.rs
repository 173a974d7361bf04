//! Where teams would stand, in their divisions.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sqlx::PgConnection;
use utoipa::ToSchema;

use super::{
    entries,
    model::{Split, View},
    rules, store,
};
use crate::{
    competitions::model::PhaseContext,
    kernel::ids::{RejudgingId, TeamId},
};

/// A team's place in its division.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Placed {
    /// Ties share a rank: 1, 2, 2, 4.
    pub rank: i64,
    /// Metric → value, as the board shows it.
    pub values: BTreeMap<String, f64>,
}

/// A team that a board may rank.
#[derive(Debug, Clone)]
pub struct Ranked {
    pub id: TeamId,
    pub name: String,
    /// Slug of the division.
    pub division: String,
}

/// The live standings of a phase.
#[derive(Debug, Clone, Default)]
pub struct Standings {
    pub teams: BTreeMap<TeamId, Ranked>,
    pub places: BTreeMap<(TeamId, Split), Placed>,
}

/// A team with its ranking key and what is shown of it.
type Contender = (TeamId, Vec<f64>, BTreeMap<String, f64>);

/// Computes the standings of a phase from its results; writes nothing. `as_if`: as they would be were this rejudging
/// applied.
pub async fn standings(
    conn: &mut PgConnection,
    phase: &PhaseContext,
    as_if: Option<RejudgingId>,
) -> sqlx::Result<Standings> {
    let teams = store::ranked(conn, phase.phase.id).await?;
    let ids: Vec<TeamId> = teams.iter().map(|team| team.id).collect();
    let entries = entries::of_teams(conn, phase, &ids, as_if).await?;
    let mut standings = Standings::default();
    for split in Split::ALL {
        let mut divisions: BTreeMap<&str, Vec<Contender>> = BTreeMap::new();
        for team in &teams {
            let entries = entries.get(&team.id).map_or(&[][..], Vec::as_slice);
            if let Some(s) = rules::stand(&phase.phase.board, entries, None, split, View::Live) {
                divisions.entry(&team.division).or_default().push((team.id, s.ranking_key, s.shown));
            }
        }
        for mut rows in divisions.into_values() {
            rows.sort_by(|a, b| rules::compare(&b.1, &a.1));
            for (team, rank, values) in ranks(rows) {
                standings.places.insert((team, split), Placed { rank, values });
            }
        }
    }
    standings.teams = teams.into_iter().map(|team| (team.id, team)).collect();
    Ok(standings)
}

/// Ranks of rows that are sorted, best first.
fn ranks<T>(rows: Vec<(TeamId, Vec<f64>, T)>) -> Vec<(TeamId, i64, T)> {
    let mut ranked: Vec<(TeamId, i64, T)> = Vec::with_capacity(rows.len());
    let mut last: Option<(i64, Vec<f64>)> = None;
    for (place, (team, key, row)) in (1..).zip(rows) {
        let rank = match &last {
            Some((rank, before)) if rules::compare(before, &key).is_eq() => *rank,
            _ => place,
        };
        ranked.push((team, rank, row));
        last = Some((rank, key));
    }
    ranked
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_keys_share_a_rank_and_the_next_one_counts_on() {
        let row = |value: f64| (TeamId::new(), vec![value], ());
        let ranks = ranks(vec![row(0.9), row(0.5), row(0.5), row(0.1)]);
        assert_eq!(ranks.iter().map(|r| r.1).collect::<Vec<_>>(), [1, 2, 2, 4]);
    }
}
