//! What ends uploads: their owner, or time.

use std::time::Duration;

use sqlx::postgres::types::PgInterval;
use tokio_util::sync::CancellationToken;

use super::{
    UploadError, Uploads,
    store::{self, Remains},
};
use crate::kernel::ids::{UploadId, UserId};

/// How long the server can tell an upload that ended from one that never was.
const REMEMBERED: Duration = Duration::from_hours(24 * 7);

impl Uploads {
    /// Ends an upload at its owner's wish (tus: termination). One that became a submission, an image or a
    /// competition stays.
    pub async fn end(&self, user: UserId, id: UploadId) -> Result<(), UploadError> {
        // Says what is not there apart from what is not there any more.
        self.find(user, id).await?;
        let mut tx = self.db.begin().await?;
        let ended = store::end(&mut tx, user, id).await?.ok_or(UploadError::Gone)?;
        let remains = ended.map_err(|store::Used| UploadError::Kept)?;
        tx.commit().await?;
        self.remove(remains).await
    }

    /// Removes expired uploads until cancelled.
    pub async fn watch(&self, stop: CancellationToken) {
        let mut ticks = tokio::time::interval(Duration::from_mins(10));
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                _ = ticks.tick() => {}
            }
            if let Err(error) = self.remove_expired().await {
                tracing::error!(
                    cause = format!("{error:#}"),
                    "Expired uploads could not be removed; trying again."
                );
            }
        }
    }

    /// Removes every expired upload: first the rows, then the bytes, so that a crash between leaves no row
    /// that names bytes which are gone.
    pub async fn remove_expired(&self) -> Result<u32, UploadError> {
        let mut removed = 0;
        loop {
            let mut tx = self.db.begin().await?;
            let Some(remains) = store::end_expired(&mut tx).await? else { break };
            tx.commit().await?;
            self.remove(remains).await?;
            removed += 1;
        }
        let age = PgInterval::try_from(REMEMBERED).expect("a week fits");
        store::forget_ended(&mut *self.db.acquire().await?, age).await?;
        Ok(removed)
    }

    async fn remove(&self, remains: Remains) -> Result<(), UploadError> {
        self.storage.remove_parts(&remains.parts).await;
        if let Some(blob) = remains.blob {
            self.storage.remove(blob).await?;
        }
        Ok(())
    }
}
