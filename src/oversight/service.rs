//! Who may look back at what.

use serde::Serialize;
use sqlx::PgPool;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    accounts::Principal,
    audit::{self, RecordedAct},
    competitions::{self, access},
    kernel::Timestamp,
    web::Problem,
};

#[derive(Debug, Clone)]
pub struct Oversight {
    db: PgPool,
}

/// An act as its reader gets it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ActView {
    pub id: i64,
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// Who did it; absent where the platform or its operator did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub actor: Option<Uuid>,
    /// What was done: `team.approved`.
    pub verb: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub competition: Option<Uuid>,
    pub subject_kind: String,
    pub subject: String,
    pub reason: String,
    #[schema(value_type = Object)]
    pub facts: serde_json::Value,
}

/// The last seal of the chain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ChainHead {
    /// Seals in the chain; 0 where nothing was done yet.
    pub number: i64,
    /// Lower-case hexadecimal.
    pub hash: String,
}

impl From<RecordedAct> for ActView {
    fn from(act: RecordedAct) -> Self {
        Self {
            id: act.id,
            at: act.at,
            actor: act.actor,
            verb: act.verb,
            competition: act.competition,
            subject_kind: act.subject_kind,
            subject: act.subject,
            reason: act.reason,
            facts: serde_json::from_str(&act.facts).expect("the database keeps facts as JSON"),
        }
    }
}

impl Oversight {
    pub fn new(db: PgPool) -> Self {
        Self { db }
    }

    /// Acts before `before`, newest first: of one competition for its organizers, of all for administrators.
    pub async fn acts(
        &self,
        caller: &Principal,
        slug: Option<&str>,
        before: i64,
        fetch: i64,
    ) -> Result<Vec<ActView>, Problem> {
        let mut conn = self.db.acquire().await?;
        let competition = match slug {
            None if caller.is_admin() => None,
            None => return Err(Problem::forbidden()),
            Some(slug) => {
                let found = competitions::store::find(&mut conn, slug).await?;
                let id = found.ok_or_else(Problem::not_found)?.id;
                if !access::is_organizer(&mut conn, Some(caller), id).await? {
                    return Err(Problem::forbidden());
                }
                Some(id)
            }
        };
        let acts = audit::store::list(&mut conn, competition, before, fetch).await?;
        Ok(acts.into_iter().map(ActView::from).collect())
    }

    pub async fn head(&self) -> Result<ChainHead, Problem> {
        let head = audit::store::head(&mut *self.db.acquire().await?).await?;
        let (number, hash) = head.unwrap_or_default();
        Ok(ChainHead { number, hash: hex::encode(hash) })
    }
}
