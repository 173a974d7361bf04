//! What rooms above keep for a team. `submissions/` implements it; `app` brings both together.

use std::fmt;

use futures::future::BoxFuture;
use sqlx::PgConnection;

use super::rules::Used;
use crate::kernel::ids::TeamId;

/// To be called when the transaction is committed: caches are let go, browsers are told.
pub type AfterCommit = Box<dyn FnOnce() + Send>;

/// A team's submissions, attempts, jobs and standings.
pub trait Results: fmt::Debug + Send + Sync {
    /// The team's standings follow its division, and boards its name.
    fn follow<'a>(
        &'a self,
        conn: &'a mut PgConnection,
        team: TeamId,
    ) -> BoxFuture<'a, sqlx::Result<AfterCommit>>;

    /// Attempts that the teams together used, in each phase that limits them.
    fn used<'a>(
        &'a self,
        conn: &'a mut PgConnection,
        teams: [TeamId; 2],
    ) -> BoxFuture<'a, sqlx::Result<Vec<Used>>>;

    /// Everything of one team is the other one's from now on. Both rows must be held.
    fn merge<'a>(
        &'a self,
        conn: &'a mut PgConnection,
        from: TeamId,
        into: TeamId,
    ) -> BoxFuture<'a, sqlx::Result<AfterCommit>>;
}
