//! Who may act on a competition. The one place that decides it.

use sqlx::PgConnection;

use super::store;
use crate::{accounts::Principal, kernel::ids::CompetitionId};

/// Administrators organize everything; organizers what they are named for.
pub async fn is_organizer(
    conn: &mut PgConnection,
    principal: Option<&Principal>,
    competition: CompetitionId,
) -> sqlx::Result<bool> {
    match principal {
        Some(person) if person.is_admin() => Ok(true),
        Some(person) if person.is_organizer() => store::is_organizer(conn, competition, person.user).await,
        _ => Ok(false),
    }
}
