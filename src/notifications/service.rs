//! A person's notices and what of them is mailed.

use axum::http::StatusCode;
use sqlx::PgPool;

use super::{
    model::{KINDS, Notification, Preference},
    store,
};
use crate::{
    kernel::{
        ids::{NotificationId, UserId},
        paging::Cursor,
    },
    web::Problem,
};

#[derive(Debug, Clone)]
pub struct Notifications {
    db: PgPool,
}

#[derive(Debug, thiserror::Error)]
pub enum NotificationError {
    #[error("no kind of notice is called {kind:?}")]
    UnknownKind { kind: String },
    #[error(transparent)]
    Database(#[from] sqlx::Error),
}

impl From<NotificationError> for Problem {
    fn from(error: NotificationError) -> Self {
        match error {
            NotificationError::UnknownKind { kind } => Problem::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "unknown-notice-kind",
                "Không có loại thông báo này. Hãy chọn một loại có trong danh sách.",
                "There is no such kind of notice. Choose one of the list.",
            )
            .with("kind", kind.chars().take(60).collect::<String>()),
            NotificationError::Database(error) => error.into(),
        }
    }
}

impl Notifications {
    pub fn new(db: PgPool) -> Self {
        Self { db }
    }

    /// The person's notices, newest first, and how many are unread in all.
    pub async fn list(
        &self,
        user: UserId,
        unread_only: bool,
        before: Cursor,
        fetch: i64,
    ) -> sqlx::Result<(Vec<Notification>, i64)> {
        let mut conn = self.db.acquire().await?;
        let unread = store::count_unread(&mut conn, user).await?;
        Ok((store::list(&mut conn, user, unread_only, before, fetch).await?, unread))
    }

    /// Marks notices as read, or all of them; those of others are left alone. Returns how many remain unread.
    pub async fn mark_read(&self, user: UserId, ids: Option<&[NotificationId]>) -> sqlx::Result<i64> {
        let mut conn = self.db.acquire().await?;
        store::mark_read(&mut conn, user, ids).await?;
        store::count_unread(&mut conn, user).await
    }

    pub async fn preferences(&self, user: UserId) -> sqlx::Result<Vec<Preference>> {
        let said = store::preferences(&mut *self.db.acquire().await?, user).await?;
        let preference = |&(kind, default): &(&'static str, bool)| {
            let by_mail = said.iter().find(|(name, _)| name == kind).map_or(default, |(_, by_mail)| *by_mail);
            Preference { kind, by_mail, default }
        };
        Ok(KINDS.iter().map(preference).collect())
    }

    pub async fn prefer(&self, user: UserId, kind: &str, by_mail: bool) -> Result<(), NotificationError> {
        if !KINDS.iter().any(|(known, _)| *known == kind) {
            return Err(NotificationError::UnknownKind { kind: kind.to_owned() });
        }
        store::prefer(&mut *self.db.acquire().await?, user, kind, by_mail).await?;
        Ok(())
    }
}
