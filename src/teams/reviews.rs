//! Organizers look at the evidence of people who take part in their competitions.

use sqlx::{PgConnection, PgPool};

use super::{rules, store};
use crate::{
    accounts::{
        Principal, Statuses,
        rules::{Invalid, line},
        statuses::{self, EvidenceFile},
    },
    audit::{self, Act},
    competitions::{self, access},
    kernel::{
        ids::{EvidenceId, UserId},
        paging::Cursor,
    },
    notifications::{self, Notice},
    web::{Problem, internal},
};

pub use store::reviews::Case;

#[derive(Debug, Clone)]
pub struct Reviews {
    db: PgPool,
    pub(super) statuses: Statuses,
}

#[derive(Debug, thiserror::Error)]
pub enum ReviewError {
    #[error("unknown, or not for the caller to see")]
    NotFound,
    #[error("the reason: {0}")]
    Reason(Invalid),
    #[error(transparent)]
    Database(#[from] sqlx::Error),
}

impl From<ReviewError> for Problem {
    fn from(error: ReviewError) -> Self {
        match error {
            ReviewError::NotFound => Problem::not_found(),
            ReviewError::Reason(cause) => cause.problem("reason"),
            ReviewError::Database(error) => internal(error),
        }
    }
}

impl Reviews {
    pub fn new(db: PgPool, statuses: Statuses) -> Self {
        Self { db, statuses }
    }

    /// Evidence of people in the competition's teams, newest first.
    pub async fn list(
        &self,
        caller: &Principal,
        competition: &str,
        waiting: bool,
        before: Cursor,
        fetch: i64,
    ) -> Result<Vec<Case>, ReviewError> {
        if !rules::is_slug(competition) {
            return Err(ReviewError::NotFound);
        }
        let mut conn = self.db.acquire().await?;
        let competition = competitions::store::find(&mut conn, competition).await?;
        let competition = competition.ok_or(ReviewError::NotFound)?.id;
        if !access::is_organizer(&mut conn, Some(caller), competition).await? {
            return Err(ReviewError::NotFound);
        }
        Ok(store::reviews::list(&mut conn, competition, waiting, before, fetch).await?)
    }

    /// A file of evidence. Each look is recorded.
    pub async fn look(&self, caller: &Principal, id: EvidenceId) -> Result<EvidenceFile, ReviewError> {
        let mut tx = self.db.begin().await?;
        let evidence = statuses::find(&mut tx, id).await?.ok_or(ReviewError::NotFound)?;
        let act = permitted(&mut tx, caller, id, evidence.user, "evidence.seen").await?;
        let file = statuses::file(&mut tx, evidence).await?.ok_or(ReviewError::NotFound)?;
        audit::record(&mut tx, act).await?;
        tx.commit().await?;
        Ok(file)
    }

    /// Accepts or refuses evidence, and tells its owner; a refusal says why.
    pub async fn decide(
        &self,
        caller: &Principal,
        id: EvidenceId,
        accepted: bool,
        reason: &str,
    ) -> Result<(), ReviewError> {
        let reason = match reason.trim() {
            "" if accepted => String::new(),
            text => line(text, 5, 500).map_err(ReviewError::Reason)?,
        };
        let mut tx = self.db.begin().await?;
        let evidence = statuses::find(&mut tx, id).await?.ok_or(ReviewError::NotFound)?;
        let verb = if accepted { "evidence.accepted" } else { "evidence.refused" };
        let act = permitted(&mut tx, caller, id, evidence.user, verb).await?;
        // The same decision once more changes nothing.
        if statuses::decide(&mut tx, id, accepted, &reason).await? {
            audit::record(&mut tx, act.because(&reason)).await?;
            let notice = if accepted {
                Notice::EvidenceAccepted
            } else {
                Notice::EvidenceRefused { reason: reason.clone() }
            };
            notifications::notify(&mut tx, &[evidence.user], &notice).await?;
        }
        tx.commit().await?;
        Ok(())
    }
}

/// The act as it is recorded, where the caller organizes a competition that the person takes part in.
async fn permitted(
    conn: &mut PgConnection,
    caller: &Principal,
    id: EvidenceId,
    person: UserId,
    verb: &'static str,
) -> Result<Act<'static>, ReviewError> {
    let act = Act::new(verb, "evidence", id).by(caller.user);
    for competition in store::reviews::competitions_of(conn, person).await? {
        if access::is_organizer(conn, Some(caller), competition).await? {
            return Ok(act.in_competition(competition));
        }
    }
    if caller.is_admin() { Ok(act) } else { Err(ReviewError::NotFound) }
}
