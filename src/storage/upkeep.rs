//! Comparing what is stored with what the database knows, and removing what nobody needs.

use std::{collections::HashMap, time::Duration};

use sqlx::PgPool;

use super::{Storage, StorageError, service, store};
use crate::kernel::{Timestamp, ids::BlobId};

/// Something that is stored under a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Item {
    pub size: u64,
    pub written_at: Timestamp,
}

/// What does not fit together.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Findings {
    /// Blobs of which the database knows and whose bytes are gone.
    pub missing: Vec<BlobId>,
    /// Blobs whose bytes have another length.
    pub damaged: Vec<BlobId>,
    /// Blobs that no row of any other table names.
    pub unused: Vec<BlobId>,
    /// Keys that no row names: what a crash left between file and row.
    pub strays: Vec<String>,
    /// What `unused` and `strays` take, bytes.
    pub reclaimable: u64,
}

/// Checks the storage against the database.
#[derive(Debug, Clone)]
pub struct Upkeep {
    db: PgPool,
    storage: Storage,
}

impl Upkeep {
    pub fn new(db: PgPool, storage: Storage) -> Self {
        Self { db, storage }
    }

    /// Looks at everything; changes nothing. What is younger than `grace` may still be in use by a request that
    /// runs, and counts neither as stray nor as unused.
    pub async fn check(&self, grace: Duration) -> Result<Findings, StorageError> {
        let mut conn = self.db.acquire().await?;
        let now = store::now(&mut conn).await?;
        let young = now - grace;
        let mut stored: HashMap<String, Item> = self.storage.inventory().await?;
        let mut findings = Findings::default();
        let mut last = BlobId(uuid::Uuid::nil());
        loop {
            let rows = store::page(&mut conn, last, now).await?;
            let Some(end) = rows.last() else { break };
            last = end.id;
            for row in rows {
                match stored.remove(&service::blob_key(row.id)) {
                    None => findings.missing.push(row.id),
                    Some(item) if i64::try_from(item.size) != Ok(row.size) => findings.damaged.push(row.id),
                    Some(_) => {}
                }
                if row.created_at < young && store::is_unused(&mut conn, row.id).await? {
                    findings.reclaimable += u64::try_from(row.size).unwrap_or_default();
                    findings.unused.push(row.id);
                }
            }
        }
        for key in store::part_keys(&mut conn).await? {
            stored.remove(&service::part_key(&key));
        }
        let strays = stored.into_iter().filter(|(_, item)| item.written_at < young);
        for (key, item) in strays {
            findings.reclaimable += item.size;
            findings.strays.push(key);
        }
        findings.strays.sort();
        Ok(findings)
    }

    /// Removes what was found to be unused or stray. A blob that came into use meanwhile stays.
    pub async fn remove(&self, findings: &Findings) -> Result<u64, StorageError> {
        let mut removed = 0;
        for &blob in &findings.unused {
            // First the row, then the bytes: a crash between leaves a stray, which the next check finds.
            if store::delete_unused(&mut *self.db.acquire().await?, blob).await? {
                self.storage.remove(blob).await?;
                removed += 1;
            }
        }
        self.storage.remove_keys(findings.strays.clone()).await?;
        Ok(removed + findings.strays.len() as u64)
    }
}
