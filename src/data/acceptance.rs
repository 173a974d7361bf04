//! Acceptance of a competition's rules.

use sqlx::PgConnection;

use super::{DataError, model::CurrentRules, rules::Refusal, store};
use crate::kernel::{
    Timestamp,
    ids::{CompetitionId, UserId},
};

/// Refuses somebody who hands in where the rules must be accepted and has not accepted them as they are now.
pub async fn require(
    conn: &mut PgConnection,
    competition: CompetitionId,
    user: UserId,
) -> Result<(), DataError> {
    let rules = store::acceptances::rules(conn, competition).await?.ok_or(DataError::NotFound)?;
    if !rules.required || accepted_at(conn, &rules, user).await?.is_some() {
        return Ok(());
    }
    Err(DataError::Refused(Refusal::AcceptRules))
}

/// When somebody accepted the rules as they are now.
pub async fn accepted_at(
    conn: &mut PgConnection,
    rules: &CurrentRules,
    user: UserId,
) -> sqlx::Result<Option<Timestamp>> {
    match &rules.version {
        None => Ok(None),
        Some(version) => store::acceptances::find(conn, rules.competition, user, version).await,
    }
}
