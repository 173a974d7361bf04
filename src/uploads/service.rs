//! Making uploads, appending to them, finishing them.

use std::time::Duration;

use bytes::Bytes;
use futures::{Stream, StreamExt, TryStreamExt};
use sqlx::{PgConnection, PgPool, postgres::types::PgInterval};

use super::{
    UploadError,
    checksum::Checksum,
    model::{Finished, Piece, Place, Upload},
    rules, store,
};
use crate::{
    accounts::Principal,
    competitions,
    kernel::{
        Clock,
        ids::{BlobId, UploadId, UserId},
    },
    storage::{self, Part, Storage},
};

/// An upload is kept for so long after the last that was done with it.
const LIFETIME: Duration = Duration::from_hours(24);
/// Unfinished or unused uploads of one person.
const MOST_OPEN: i64 = 10;
/// Pieces are made durable and acknowledged in this size at the most: what a crash can cost.
const PIECE: u64 = 8 * 1024 * 1024;
/// What organizers may upload: data sets and images.
const LARGEST_ORGANIZER_UPLOAD: u64 = 64 * 1024 * 1024 * 1024;

#[derive(Debug, Clone)]
pub struct Uploads {
    pub(super) db: PgPool,
    pub(super) storage: Storage,
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
        metadata: &rules::Metadata,
    ) -> Result<(UploadId, Place), UploadError> {
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
        let id = UploadId::new();
        let expires_at = store::insert(&mut conn, id, person.user, metadata, length, lifetime()).await?;
        Ok((id, Place { offset: 0, expires_at }))
    }

    /// An upload of this person that can be gone on with.
    pub async fn find(&self, user: UserId, id: UploadId) -> Result<Upload, UploadError> {
        let mut conn = self.db.acquire().await?;
        match store::find(&mut conn, user, id).await? {
            Some(upload) if upload.expired => Err(UploadError::Gone),
            Some(upload) => Ok(upload),
            None if store::has_ended(&mut conn, user, id).await? => Err(UploadError::Gone),
            None => Err(UploadError::NotFound),
        }
    }

    /// Appends a stream at an offset; returns where the upload stands then. A stream that breaks off leaves what
    /// came of it, unless a checksum was to prove the whole.
    pub async fn append<E>(
        &self,
        user: UserId,
        id: UploadId,
        piece: Piece,
        bytes: impl Stream<Item = Result<Bytes, E>> + Unpin,
    ) -> Result<Place, UploadError> {
        let upload = self.find(user, id).await?;
        if upload.received != piece.offset {
            return Err(UploadError::WrongOffset { expected: upload.received });
        }
        match piece.checksum {
            None => self.append_as_it_comes(&upload, bytes).await,
            Some(checksum) => self.append_checked(&upload, &checksum, bytes).await,
        }
    }

    /// Each piece counts as soon as it is durable.
    async fn append_as_it_comes<E>(
        &self,
        upload: &Upload,
        mut bytes: impl Stream<Item = Result<Bytes, E>> + Unpin,
    ) -> Result<Place, UploadError> {
        let mut place = Place { offset: upload.received, expires_at: upload.expires_at };
        let mut carry = None;
        loop {
            let room = room(upload, place.offset);
            if room == 0 {
                let surplus = carry.is_some_and(|b: Bytes| !b.is_empty()) || any_bytes(&mut bytes).await;
                return if surplus { Err(UploadError::TooManyBytes) } else { Ok(place) };
            }
            let (part, open) = self.storage.put_part(&mut bytes, &mut carry, room.min(PIECE)).await?;
            if let Some(part) = part {
                let pending = Pending { storage: &self.storage, parts: vec![part] };
                place = self.count(upload, place.offset, pending).await?;
            }
            if !open {
                return Ok(place);
            }
        }
    }

    /// Nothing counts before all of the request is here and has the right hash.
    async fn append_checked<E>(
        &self,
        upload: &Upload,
        checksum: &Checksum,
        bytes: impl Stream<Item = Result<Bytes, E>> + Unpin,
    ) -> Result<Place, UploadError> {
        let mut pending = Pending { storage: &self.storage, parts: Vec::new() };
        let mut running = checksum.begin();
        let mut bytes = bytes.inspect_ok(|chunk| running.update(chunk));
        let (mut at, mut carry, mut open) = (upload.received, None, true);
        while open {
            let room = room(upload, at);
            if room == 0 {
                if carry.is_some_and(|b: Bytes| !b.is_empty()) || any_bytes(&mut bytes).await {
                    return Err(UploadError::TooManyBytes);
                }
                break;
            }
            let (part, more) = self.storage.put_part(&mut bytes, &mut carry, room.min(PIECE)).await?;
            at += part.as_ref().map_or(0, Part::length);
            open = more;
            pending.parts.extend(part);
        }
        drop(bytes);
        if !checksum.fits(running) {
            pending.discard().await;
            return Err(UploadError::ChecksumMismatch);
        }
        if pending.parts.is_empty() {
            return Ok(Place { offset: at, expires_at: upload.expires_at });
        }
        self.count(upload, upload.received, pending).await
    }

    /// Counts durable pieces; they are removed if the upload does not stand where they begin.
    async fn count(
        &self,
        upload: &Upload,
        start: i64,
        mut pending: Pending<'_>,
    ) -> Result<Place, UploadError> {
        let mut conn = self.db.acquire().await?;
        let counted = store::append(&mut conn, upload.id, start, &pending.parts, lifetime()).await?;
        drop(conn);
        let Some(expires_at) = counted else {
            pending.discard().await;
            let expected = self.find(upload.user, upload.id).await?.received;
            return Err(UploadError::WrongOffset { expected });
        };
        let size: i64 = std::mem::take(&mut pending.parts).iter().map(Part::length).sum();
        Ok(Place { offset: start + size, expires_at })
    }

    /// The blob of a complete upload; the first call assembles it. Safe to repeat after a crash. From here on the
    /// upload is kept for as long as a new one, so that it cannot be swept before it is used.
    pub async fn finish(&self, user: UserId, id: UploadId) -> Result<Finished, UploadError> {
        let upload = self.find(user, id).await?;
        if upload.received < upload.length {
            return Err(UploadError::Incomplete { received: upload.received, length: upload.length });
        }
        let held = upload.used_at.is_some()
            || store::hold(&mut *self.db.acquire().await?, id, lifetime()).await?
            // It was used or ended between two statements.
            || self.find(user, id).await?.used_at.is_some();
        if !held {
            return Err(UploadError::Gone);
        }
        let blob = match upload.blob {
            Some(blob) => blob,
            None => self.assemble(user, id).await?,
        };
        let blob = storage::find(&mut *self.db.acquire().await?, blob).await?.ok_or(UploadError::Gone)?;
        Ok(Finished { id, phase: upload.phase, filename: upload.filename, blob })
    }

    async fn assemble(&self, user: UserId, id: UploadId) -> Result<BlobId, UploadError> {
        let parts = store::parts(&mut *self.db.acquire().await?, id).await?;
        let stored = match self.storage.assemble(&parts).await {
            Ok(stored) => stored,
            // Another request was quicker and has removed the pieces already, or the owner ended the upload.
            Err(error) => return self.find(user, id).await?.blob.ok_or(error.into()),
        };
        let mut tx = self.db.begin().await?;
        storage::insert(&mut tx, &stored).await?;
        if store::set_blob(&mut tx, id, stored.blob).await? {
            tx.commit().await?;
            self.storage.remove_parts(&parts).await;
            return Ok(stored.blob);
        }
        // Two requests finished the same upload at once, and the first one's blob counts; or it was ended.
        drop(tx);
        self.storage.remove(stored.blob).await?;
        self.find(user, id).await?.blob.ok_or(UploadError::Gone)
    }

    /// Marks an upload as used, in the transaction that uses it and before anything there names its blob: the
    /// upload is locked from then on. Whoever comes second is refused.
    pub async fn mark_used(&self, conn: &mut PgConnection, id: UploadId) -> Result<(), UploadError> {
        match store::mark_used(conn, id).await? {
            Some(true) => Ok(()),
            Some(false) => Err(UploadError::AlreadyUsed),
            None => Err(UploadError::Gone),
        }
    }
}

/// Durable pieces that no row names yet; they go unless they are taken out.
struct Pending<'a> {
    storage: &'a Storage,
    parts: Vec<Part>,
}

impl Pending<'_> {
    async fn discard(mut self) {
        self.storage.remove_parts(&std::mem::take(&mut self.parts)).await;
    }
}

impl Drop for Pending<'_> {
    fn drop(&mut self) {
        if self.parts.is_empty() {
            return;
        }
        let (storage, parts) = (self.storage.clone(), std::mem::take(&mut self.parts));
        // The request may be over because its connection is: nobody is left to wait for this.
        tokio::spawn(async move { storage.remove_parts(&parts).await });
    }
}

fn lifetime() -> PgInterval {
    PgInterval::try_from(LIFETIME).expect("a day fits")
}

/// How many bytes an upload that stands here still lacks.
fn room(upload: &Upload, at: i64) -> u64 {
    u64::try_from(upload.length - at).expect("the database keeps received below length")
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
