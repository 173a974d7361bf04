//! Organizers' archives, unpacked once and kept by hash: hidden inputs, truths, programs.
//!
//! A container sees one of them only by a read-only mount of just that folder.

use std::{
    collections::HashMap,
    fs, io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
    time::SystemTime,
};

use futures::FutureExt;
use judge_core::protocol::Link;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Form, StageError, Unpacker, download};
use crate::{child::UnpackLimits, client::Client, data_dir::DataDir, single_flight::SingleFlight};

/// An organizer's archive is trusted to be large, not to be harmless.
const MOST_BYTES: u64 = 64 * 1024 * 1024 * 1024;
const MOST_FILES: u64 = 1_000_000;

/// An unpacked archive. It is kept on disk at least as long as somebody holds it.
#[derive(Debug)]
pub struct Tree {
    pub path: PathBuf,
    bytes: u64,
}

#[derive(Debug)]
struct Kept {
    tree: Arc<Tree>,
    last_used: SystemTime,
}

#[derive(Debug)]
pub struct TreeCache {
    root: PathBuf,
    incoming: PathBuf,
    limit_bytes: u64,
    reserve: u64,
    kept: Arc<Mutex<HashMap<String, Kept>>>,
    flights: SingleFlight<Result<Arc<Tree>, StageError>>,
}

/// Written beside each tree when it is complete.
#[derive(Debug, Serialize, Deserialize)]
struct Card {
    bytes: u64,
}

impl TreeCache {
    /// Finds what an earlier process left and drops what it left incomplete.
    pub fn open(data: &DataDir, limit_bytes: u64, reserve: u64) -> io::Result<Self> {
        let root = data.cache();
        let mut kept = HashMap::new();
        for entry in fs::read_dir(&root)? {
            let entry = entry?;
            let key = entry.file_name().to_string_lossy().into_owned();
            let card = fs::read(entry.path().join("card.json")).ok();
            match card.and_then(|bytes| serde_json::from_slice::<Card>(&bytes).ok()) {
                Some(card) => {
                    let tree = Arc::new(Tree { path: entry.path().join("tree"), bytes: card.bytes });
                    kept.insert(key, Kept { tree, last_used: entry.metadata()?.modified()? });
                }
                None => fs::remove_dir_all(entry.path())?,
            }
        }
        Ok(Self {
            root,
            incoming: data.incoming(),
            limit_bytes,
            reserve,
            kept: Arc::new(Mutex::new(kept)),
            flights: SingleFlight::new(),
        })
    }

    /// The unpacked archive, fetched if it is not there.
    pub async fn get(
        &self,
        client: &Client,
        unpacker: &Unpacker,
        link: &Link,
    ) -> Result<Arc<Tree>, StageError> {
        if let Some(tree) = self.find(&link.sha256) {
            return Ok(tree);
        }
        let fetch = Fetch {
            client: client.clone(),
            unpacker: unpacker.clone(),
            link: link.clone(),
            // Prepared elsewhere and renamed: a tree in the cache is whole.
            draft: self.incoming.join(Uuid::new_v4().simple().to_string()),
            place: self.root.join(&link.sha256),
            reserve: self.reserve,
        };
        let kept = Arc::clone(&self.kept);
        let key = link.sha256.clone();
        let work = async move {
            let tree = Arc::new(fetch.run().await?);
            let entry = Kept { tree: Arc::clone(&tree), last_used: SystemTime::now() };
            kept.lock().expect("no holder of this lock panics").insert(key, entry);
            Ok(tree)
        };
        self.flights.join(&link.sha256, work.boxed()).await
    }

    fn find(&self, key: &str) -> Option<Arc<Tree>> {
        let mut kept = self.kept.lock().expect("no holder of this lock panics");
        let entry = kept.get_mut(key)?;
        entry.last_used = SystemTime::now();
        Some(Arc::clone(&entry.tree))
    }

    /// Deletes the trees that were unused longest until the rest fits, or all unused ones.
    pub fn shrink(&self, to_nothing: bool) {
        let mut kept = self.kept.lock().expect("no holder of this lock panics");
        let limit = if to_nothing { 0 } else { self.limit_bytes };
        let mut total: u64 = kept.values().map(|entry| entry.tree.bytes).sum();
        while total > limit {
            let unused = kept.iter().filter(|(_, entry)| Arc::strong_count(&entry.tree) == 1);
            let Some(key) = unused.min_by_key(|(_, entry)| entry.last_used).map(|(key, _)| key.clone())
            else {
                return;
            };
            if let Some(entry) = kept.remove(&key) {
                total -= entry.tree.bytes;
            }
            if let Err(error) = fs::remove_dir_all(self.root.join(&key)) {
                tracing::warn!(key, %error, "an unused archive could not be deleted");
            }
        }
    }
}

struct Fetch {
    client: Client,
    unpacker: Unpacker,
    link: Link,
    draft: PathBuf,
    place: PathBuf,
    reserve: u64,
}

impl Fetch {
    async fn run(self) -> Result<Tree, StageError> {
        let result = self.prepare().await;
        // Nothing of a failed attempt stays; after a success the draft has become the tree.
        let _ = fs::remove_dir_all(&self.draft);
        result
    }

    async fn prepare(&self) -> Result<Tree, StageError> {
        let failed = |error: io::Error| StageError::local("an archive could not be kept", error);
        fs::create_dir(&self.draft).map_err(failed)?;
        let archive = self.draft.join("archive");
        download(&self.client, &self.link, &archive, self.reserve).await?;
        let free = crate::data_dir::free_bytes(&self.draft).map_err(failed)?;
        let limits = UnpackLimits {
            bytes: MOST_BYTES.min(free.saturating_sub(self.reserve)),
            files: MOST_FILES,
            required: Vec::new(),
        };
        let unpacked = self
            .unpacker
            .unpack(Form::Zip, &archive, &self.draft.join("tree"), limits)
            .await
            .map_err(by_organizer)?;
        fs::remove_file(&archive).map_err(failed)?;
        let card = serde_json::to_vec(&Card { bytes: unpacked.bytes }).expect("a card has only string keys");
        fs::write(self.draft.join("card.json"), card).map_err(failed)?;
        install(&self.draft, &self.place).map_err(failed)?;
        Ok(Tree { path: self.place.join("tree"), bytes: unpacked.bytes })
    }
}

/// A fault in an organizer's archive is nothing that a team could mend.
fn by_organizer(error: StageError) -> StageError {
    match error {
        StageError::Faults(_) => StageError::Local(format!("the organizer's archive: {error}")),
        other => other,
    }
}

fn install(draft: &Path, place: &Path) -> io::Result<()> {
    match fs::remove_dir_all(place) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => fs::rename(draft, place),
    }
}
