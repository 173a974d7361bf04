//! Making uploads, appending to them, finishing them.

use std::time::Duration;

use bytes::Bytes;
use futures::{Stream, StreamExt};
use sqlx::{PgConnection, PgPool, postgres::types::PgInterval};
use tokio_util::sync::CancellationToken;

use super::{
    UploadError,
    model::{Finished, Upload},
    rules, store,
};
use crate::{
    accounts::Principal,
    competitions,
    kernel::{
        Clock,
        ids::{BlobId, UploadId, UserId},
    },
    storage::{self, Blob, Storage},
};

/// An upload that is neither finished nor used for so long is removed.
const LIFETIME: Duration = Duration::from_hours(24);
/// Unfinished or unused uploads of one person.
const MOST_OPEN: i64 = 10;
/// Pieces are made durable and acknowledged in this size at the most: what a crash can cost.
const PIECE: u64 = 8 * 1024 * 1024;
/// What organizers may upload: data sets and images.
const LARGEST_ORGANIZER_UPLOAD: u64 = 64 * 1024 * 1024 * 1024;

#[derive(Debug, Clone)]
pub struct Uploads {
    db: PgPool,
    storage: Storage,
    clock: Clock,
}

impl Uploads {
    pub fn new(db: PgPool, storage: Storage, clock: Clock) -> Self {
        Self { db, storage, clock }
    }

    /// Begins an upload. The phase that it names sets the limit; without one the person must be an organizer.
    pub async fn create(
        &self,
        person: &Principal,
        length: u64,
        metadata: rules::Metadata,
    ) -> Result<UploadId, UploadError> {
        let mut conn = self.db.acquire().await?;
        let limit = match metadata.phase {
            None if person.is_organizer() => LARGEST_ORGANIZER_UPLOAD,
            None => return Err(UploadError::PhaseNeeded),
            Some(id) => {
                let phase = competitions::store::phase(&mut conn, id).await?.ok_or(UploadError::NotFound)?;
                let now = self.clock.now();
                // A courtesy that saves a transfer; what counts is the database's clock when it is handed in.
                if now < phase.phase.starts_at || now >= phase.phase.ends_at {
                    return Err(UploadError::PhaseClosed);
                }
                u64::try_from(phase.upload_max_bytes).expect("the database checks that limits are positive")
            }
        };
        if length > limit {
            return Err(UploadError::TooLarge { length, limit });
        }
        // What was refused for its content is of no more use, and must not lock its sender out.
        if store::count_open(&mut conn, person.user).await? >= MOST_OPEN
            && !store::give_up_refused(&mut conn, person.user).await?
        {
            return Err(UploadError::TooMany { limit: MOST_OPEN });
        }
        let length = i64::try_from(length).map_err(|_| UploadError::BadHeader("Upload-Length"))?;
        let lifetime = PgInterval::try_from(LIFETIME).expect("a day fits");
        let (user, phase) = (person.user, metadata.phase);
        Ok(store::insert(&mut conn, user, phase, &metadata.filename, length, lifetime).await?)
    }

    pub async fn find(&self, user: UserId, id: UploadId) -> Result<Upload, UploadError> {
        store::find(&mut *self.db.acquire().await?, user, id).await?.ok_or(UploadError::NotFound)
    }

    /// Appends a stream at `offset`, piece by piece; returns where the upload stands then. A stream that breaks
    /// off leaves what came of it.
    pub async fn append<E>(
        &self,
        user: UserId,
        id: UploadId,
        offset: i64,
        mut bytes: impl Stream<Item = Result<Bytes, E>> + Unpin,
    ) -> Result<i64, UploadError> {
        let upload = self.find(user, id).await?;
        if upload.received != offset {
            return Err(UploadError::WrongOffset { expected: upload.received });
        }
        let mut at = offset;
        let mut carry = None;
        loop {
            let room = u64::try_from(upload.length - at).expect("the database keeps received below length");
            if room == 0 {
                let surplus = carry.is_some_and(|b: Bytes| !b.is_empty()) || any_bytes(&mut bytes).await;
                return if surplus { Err(UploadError::TooManyBytes) } else { Ok(at) };
            }
            let (part, open) = self.storage.put_part(&mut bytes, &mut carry, room.min(PIECE)).await?;
            let size = i64::try_from(part.size).expect("a piece is at most 8 MB");
            let kept = size > 0 && store::append(&mut *self.db.acquire().await?, id, at, size, &part).await?;
            if !kept {
                self.storage.remove_parts(&[part]).await;
                if size > 0 {
                    let expected = self.find(user, id).await?.received;
                    return Err(UploadError::WrongOffset { expected });
                }
            }
            at += size;
            if !open {
                return Ok(at);
            }
        }
    }

    /// The blob of a complete upload; the first call assembles it. Safe to repeat after a crash.
    pub async fn finish(&self, user: UserId, id: UploadId) -> Result<Finished, UploadError> {
        let upload = self.find(user, id).await?;
        if upload.received < upload.length {
            return Err(UploadError::Incomplete { received: upload.received, length: upload.length });
        }
        let blob = match upload.blob {
            Some(blob) => blob,
            None => self.assemble(id).await?,
        };
        let blob = storage::find(&mut *self.db.acquire().await?, blob).await?.ok_or(UploadError::NotFound)?;
        Ok(Finished { id, phase: upload.phase, filename: upload.filename, blob })
    }

    async fn assemble(&self, id: UploadId) -> Result<BlobId, UploadError> {
        let parts = store::parts(&mut *self.db.acquire().await?, id).await?;
        let stored = match self.storage.assemble(&parts).await {
            Ok(stored) => stored,
            // Another request was quicker and has removed the pieces already.
            Err(error) => {
                let first = store::blob(&mut *self.db.acquire().await?, id).await?;
                return first.ok_or(error.into());
            }
        };
        let mut tx = self.db.begin().await?;
        storage::insert(&mut tx, &stored).await?;
        if store::set_blob(&mut tx, id, stored.blob).await? {
            tx.commit().await?;
            self.storage.remove_parts(&parts).await;
            return Ok(stored.blob);
        }
        // Two requests finished the same upload at once; the first one's blob counts.
        drop(tx);
        self.storage.remove(stored.blob).await?;
        let first = sqlx::Error::RowNotFound;
        store::blob(&mut *self.db.acquire().await?, id).await?.ok_or(UploadError::Database(first))
    }

    /// Marks an upload as used, in the transaction that uses it. Whoever comes second is refused.
    pub async fn mark_used(&self, conn: &mut PgConnection, id: UploadId) -> Result<(), UploadError> {
        if store::mark_used(conn, id).await? { Ok(()) } else { Err(UploadError::AlreadyUsed) }
    }

    /// Streams a finished upload.
    pub fn path(&self, blob: &Blob) -> std::path::PathBuf {
        self.storage.blob_path(blob.id)
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
            let Some((parts, blob)) = store::remove_expired(&mut tx).await? else { return Ok(removed) };
            tx.commit().await?;
            self.storage.remove_parts(&parts).await;
            if let Some(blob) = blob {
                self.storage.remove(blob).await?;
            }
            removed += 1;
        }
    }
}

/// Whether a stream goes on. One that neither goes on nor ends in time has nothing more to say.
async fn any_bytes<E>(bytes: &mut (impl Stream<Item = Result<Bytes, E>> + Unpin)) -> bool {
    const PATIENCE: Duration = Duration::from_secs(10);
    let goes_on = async {
        while let Some(Ok(chunk)) = bytes.next().await {
            if !chunk.is_empty() {
                return true;
            }
        }
        false
    };
    tokio::time::timeout(PATIENCE, goes_on).await.unwrap_or(false)
}
