//! The live event stream of a browser.
//!
//! Purpose: one multiplexed stream for each browser; decides which topics its reader may follow.
//! Invariants: a reader gets a topic only if the same reader could read the object itself; a revoked credential
//! ends the stream within seconds.
//! Neighbours: topics come from `events/`; the rooms below say who may see what.

pub mod http;

use std::time::Duration;

use sqlx::PgPool;

use crate::{
    accounts::{Accounts, Principal},
    competitions,
    events::{Bus, Topic},
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
    recheck: Duration,
}

impl Follow {
    pub fn new(
        db: PgPool,
        bus: Bus,
        accounts: Accounts,
        submissions: Submissions,
        recheck: Duration,
    ) -> Self {
        Self { db, bus, accounts, submissions, recheck }
    }

    /// Whether the reader may follow the topic.
    async fn may_follow(&self, reader: Option<&Principal>, topic: Topic) -> Result<bool, Problem> {
        match (topic, reader) {
            (Topic::Board(phase) | Topic::Phase(phase), _) => {
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
