//! What follows a team when it moves or merges: attempts, submissions, jobs and standings.

use std::fmt;

use futures::{FutureExt, future::BoxFuture};
use serde_json::json;
use sqlx::PgConnection;

use super::store::teams as store;
use crate::{
    competitions,
    events::{Bus, Topic},
    kernel::ids::{PhaseId, TeamId},
    leaderboard::{Change, Leaderboard},
    teams::{
        results::{AfterCommit, Results},
        rules::Used,
    },
};

#[derive(Clone)]
pub struct TeamResults {
    leaderboard: Leaderboard,
    bus: Bus,
}

impl fmt::Debug for TeamResults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TeamResults")
    }
}

impl TeamResults {
    pub fn new(leaderboard: Leaderboard, bus: Bus) -> Self {
        Self { leaderboard, bus }
    }

    /// Writes the teams' standings in these phases anew. The changes are held until the commit.
    async fn recompute(
        &self,
        conn: &mut PgConnection,
        phases: Vec<PhaseId>,
        teams: &[TeamId],
    ) -> sqlx::Result<AfterCommit> {
        let mut changes: Vec<(PhaseId, Change)> = Vec::with_capacity(phases.len());
        for id in phases {
            changes.push((id, self.leaderboard.begin_change(id)));
            let phase = competitions::store::phase(conn, id).await?.ok_or(sqlx::Error::RowNotFound)?;
            for team in teams {
                self.leaderboard.recompute(conn, &phase, *team).await?;
            }
        }
        let (leaderboard, bus, teams) = (self.leaderboard.clone(), self.bus.clone(), teams.to_vec());
        Ok(Box::new(move || {
            for (phase, change) in changes {
                drop(change);
                leaderboard.announce(phase);
            }
            for team in teams {
                bus.publish(Topic::Team(team), "team", json!({ "team": team }));
            }
        }))
    }
}

impl Results for TeamResults {
    fn follow<'a>(
        &'a self,
        conn: &'a mut PgConnection,
        team: TeamId,
    ) -> BoxFuture<'a, sqlx::Result<AfterCommit>> {
        async move {
            let phases = store::phases_of(conn, &[team]).await?;
            self.recompute(conn, phases, &[team]).await
        }
        .boxed()
    }

    fn used<'a>(
        &'a self,
        conn: &'a mut PgConnection,
        teams: [TeamId; 2],
    ) -> BoxFuture<'a, sqlx::Result<Vec<Used>>> {
        store::used(conn, teams).boxed()
    }

    fn merge<'a>(
        &'a self,
        conn: &'a mut PgConnection,
        from: TeamId,
        into: TeamId,
    ) -> BoxFuture<'a, sqlx::Result<AfterCommit>> {
        async move {
            let phases = store::phases_of(conn, &[from]).await?;
            // Jobs first, as reports do: whoever ends an evaluation of these teams is done or has not begun.
            store::move_jobs(conn, from, into).await?;
            store::move_submissions(conn, from, into).await?;
            store::move_attempts(conn, from, into).await?;
            store::move_choices(conn, from, into).await?;
            self.recompute(conn, phases, &[from.min(into), from.max(into)]).await
        }
        .boxed()
    }
}
