//! Evidence that somebody is a student or a pupil.

use bytes::Bytes;
use futures::{Stream, StreamExt};
use sqlx::{PgConnection, PgPool};

use crate::{
    accounts::{
        AccountError,
        model::Principal,
        profile::{Evidence, Need, Status},
        rules,
        store::{evidence, profiles, users},
    },
    kernel::ids::{BlobId, EvidenceId, UserId},
    storage::{self, Blob, Range, Storage, StorageError},
};

pub const LARGEST_FILE: u64 = 5 * 1024 * 1024;

/// Keeps evidence. Who may look at somebody else's is for `teams/` to say, which knows who takes part in what.
#[derive(Debug, Clone)]
pub struct Statuses {
    db: PgPool,
    pub storage: Storage,
}

/// A file of evidence.
#[derive(Debug)]
pub struct EvidenceFile {
    pub blob: Blob,
    pub media_type: String,
}

impl Statuses {
    pub fn new(db: PgPool, storage: Storage) -> Self {
        Self { db, storage }
    }

    /// Takes a file in place of the one before; it waits to be looked at.
    pub async fn hand_in<E: Into<anyhow::Error>>(
        &self,
        caller: &Principal,
        claim: Status,
        bytes: impl Stream<Item = Result<Bytes, E>> + Unpin,
    ) -> Result<Evidence, AccountError> {
        caller.session().ok_or(AccountError::SessionNeeded)?;
        let stored = match self.storage.put(bytes, LARGEST_FILE).await {
            Ok(stored) => stored,
            Err(StorageError::TooLarge { limit }) => return Err(AccountError::TooLarge { limit }),
            Err(StorageError::Source(_)) => return Err(AccountError::BrokenOff),
            Err(error) => return Err(error.into()),
        };
        let kept = self.keep(caller, claim, &stored).await;
        if kept.is_err() {
            self.forget(stored.blob).await;
        }
        kept
    }

    async fn keep(
        &self,
        caller: &Principal,
        claim: Status,
        stored: &storage::Stored,
    ) -> Result<Evidence, AccountError> {
        let head = self.head(stored).await?;
        let media_type = rules::evidence_type(&head).ok_or(AccountError::NoEvidence)?;
        let mut tx = self.db.begin().await?;
        if !users::lock(&mut tx, caller.user).await? {
            return Err(AccountError::NotFound);
        }
        if claim == Status::Pupil && profiles::find(&mut tx, caller.user).await?.birth_year.is_none() {
            return Err(AccountError::Missing(Need::BirthYear));
        }
        let before = evidence::delete(&mut tx, caller.user).await?;
        storage::insert(&mut tx, stored).await?;
        evidence::insert(&mut tx, caller.user, claim, media_type, stored.blob).await?;
        let now = evidence::of(&mut tx, caller.user).await?.ok_or(AccountError::NotFound)?;
        tx.commit().await?;
        if let Some(before) = before {
            self.forget(before).await;
        }
        Ok(now)
    }

    async fn head(&self, stored: &storage::Stored) -> Result<Vec<u8>, AccountError> {
        let end = u64::try_from(stored.size).unwrap_or(0).min(8);
        if end == 0 {
            return Ok(Vec::new());
        }
        let stream = self.storage.read(stored.blob, Some(Range { start: 0, end })).await?;
        tokio::pin!(stream);
        let mut head = Vec::new();
        while let Some(chunk) = stream.next().await {
            head.extend_from_slice(&chunk.map_err(StorageError::from)?);
        }
        Ok(head)
    }

    /// The caller's own file.
    pub async fn own_file(&self, caller: &Principal) -> Result<EvidenceFile, AccountError> {
        let mut conn = self.db.acquire().await?;
        let evidence = evidence::of(&mut conn, caller.user).await?.ok_or(AccountError::NotFound)?;
        file(&mut conn, evidence).await?.ok_or(AccountError::NotFound)
    }

    /// The caller takes their evidence back, and the status with it.
    pub async fn take_back(&self, caller: &Principal) -> Result<(), AccountError> {
        caller.session().ok_or(AccountError::SessionNeeded)?;
        let blob = evidence::delete(&mut *self.db.acquire().await?, caller.user).await?;
        self.forget(blob.ok_or(AccountError::NotFound)?).await;
        Ok(())
    }

    /// Removes the bytes that no evidence names any more, unless something else names them.
    pub async fn forget(&self, blob: BlobId) {
        let removed = async {
            let gone = evidence::delete_blob(&mut *self.db.acquire().await?, blob).await?;
            if gone {
                self.storage.remove(blob).await?;
            }
            Ok::<_, AccountError>(())
        };
        if let Err(error) = removed.await {
            tracing::warn!(%blob, error = &error as &dyn std::error::Error, "A file of evidence was not removed.");
        }
    }
}

/// Evidence by its id, for who may look at it.
pub async fn find(conn: &mut PgConnection, id: EvidenceId) -> sqlx::Result<Option<Evidence>> {
    evidence::find(conn, id).await
}

/// The file of evidence, for who may look at it.
pub async fn file(conn: &mut PgConnection, evidence: Evidence) -> sqlx::Result<Option<EvidenceFile>> {
    let blob = storage::find(conn, evidence.blob).await?;
    Ok(blob.map(|blob| EvidenceFile { blob, media_type: evidence.media_type }))
}

/// Accepts or refuses evidence; false where it is gone, or decided so already.
pub async fn decide(
    conn: &mut PgConnection,
    id: EvidenceId,
    accepted: bool,
    reason: &str,
) -> sqlx::Result<bool> {
    evidence::decide(conn, id, accepted, reason).await
}

/// Which of these people have shown that they are this.
pub async fn who_has(conn: &mut PgConnection, users: &[UserId], status: Status) -> sqlx::Result<Vec<UserId>> {
    profiles::who_has(conn, users, status).await
}

/// What accepted evidence shows of a person.
pub async fn status_of(conn: &mut PgConnection, user: UserId) -> sqlx::Result<Option<Status>> {
    profiles::status(conn, user).await
}
