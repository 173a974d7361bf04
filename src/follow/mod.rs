//! The live event stream of a browser.
//!
//! Purpose: one multiplexed stream for each browser; decides which topics its reader may follow.
//! Invariants: a reader gets a topic only if the same reader could read the object itself; a revoked credential,
//! or a topic that is hidden since, ends the stream within seconds.
//! Neighbours: topics come from `events/`; the rooms below say who may see what.

pub mod http;

use std::time::Duration;

use sqlx::PgPool;

use crate::{
    accounts::{Accounts, Principal},
    competitions,
    events::{Bus, Topic},
    leaderboard::Leaderboard,
    submissions::Submissions,
    teams,
    web::{Problem, internal},
};

#[derive(Debug, Clone)]
pub struct Follow {
    db: PgPool,
    bus: Bus,
    accounts: Accounts,
    submissions: Submissions,
    leaderboard: Leaderboard,
    recheck: Duration,
}

impl Follow {
    pub fn new(
        db: PgPool,
        bus: Bus,
        accounts: Accounts,
        submissions: Submissions,
        leaderboard: Leaderboard,
        recheck: Duration,
    ) -> Self {
        Self { db, bus, accounts, submissions, leaderboard, recheck }
    }

    async fn may_follow_all(&self, reader: Option<&Principal>, topics: &[Topic]) -> Result<bool, Problem> {
        for topic in topics {
            if !self.may_follow(reader, *topic).await? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Whether the reader may follow the topic.
    async fn may_follow(&self, reader: Option<&Principal>, topic: Topic) -> Result<bool, Problem> {
        match (topic, reader) {
            (Topic::Board(phase), _) => self.leaderboard.may_see(reader, phase).await.map_err(Problem::from),
            (Topic::Phase(phase), _) => {
                let mut conn = self.db.acquire().await?;
                Ok(competitions::store::phase(&mut conn, phase).await?.is_some())
            }
            (_, None) => Ok(false),
            (Topic::Submission(id), Some(person)) => {
                self.submissions.may_see(person, id).await.map_err(Problem::from)
            }
            (Topic::Team(team), Some(person)) => {
                let mut conn = self.db.acquire().await?;
                teams::store::is_member(&mut conn, team, person.user).await.map_err(internal)
            }
            (Topic::Operations, Some(person)) => Ok(person.is_organizer()),
        }
    }
}
