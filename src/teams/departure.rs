//! A person who is erased leaves their teams.

use sqlx::{Acquire, PgConnection};

use super::{
    rules::{self, Leaving},
    store::{members, teams},
};
use crate::kernel::ids::{TeamId, UserId};

/// Leaves every team: the leader's place passes on. A team that nobody is left in ends, or, where it has handed
/// something in, stays on the boards without the name that its last member gave it.
pub async fn let_go(conn: &mut PgConnection, user: UserId) -> sqlx::Result<()> {
    for team in teams::list_of(conn, user).await? {
        if teams::lock(conn, team.id).await? {
            leave(conn, team.id, user).await?;
        }
    }
    Ok(())
}

async fn leave(conn: &mut PgConnection, team: TeamId, user: UserId) -> sqlx::Result<()> {
    let list = members::list(conn, team).await?;
    match rules::leaving(&list, user) {
        Leaving::Last => {
            // Whether something refers to the team is for the database to say; the transaction goes on either way.
            let mut attempt = conn.begin().await?;
            if teams::delete(&mut attempt, team).await? {
                return attempt.commit().await;
            }
            attempt.rollback().await?;
            members::delete(conn, team, user).await?;
            teams::make_nameless(conn, team).await
        }
        Leaving::Succession(next) => {
            members::delete(conn, team, user).await?;
            members::make_leader(conn, team, next).await
        }
        Leaving::Plain => members::delete(conn, team, user).await,
    }
}
