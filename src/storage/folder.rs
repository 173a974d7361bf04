//! A folder that holds blobs.
//!
//! A key is a path below it. What is kept was written under a temporary name, synced, then renamed.

use std::{
    collections::HashMap,
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

use bytes::Bytes;
use futures::{Stream, StreamExt, stream::BoxStream};
use sha2::{Digest, Sha256};
use tokio::{
    fs::{self, File},
    io::{AsyncReadExt, AsyncSeekExt},
};
use tokio_util::io::ReaderStream;

use super::{Range, StorageError, scratch::Scratch, upkeep::Item};

const READ_CHUNK: usize = 256 * 1024;

#[derive(Debug, Clone)]
pub struct Folder {
    root: Arc<Path>,
}

impl Folder {
    pub fn new(root: PathBuf) -> Self {
        Self { root: root.into() }
    }

    /// Makes the folders that it needs.
    pub async fn prepare(&self) -> Result<(), StorageError> {
        for name in ["blobs", "parts"] {
            fs::create_dir_all(self.root.join(name)).await?;
        }
        Ok(())
    }

    /// Writes a whole blob from a stream of at most `limit` bytes.
    pub async fn put(
        &self,
        key: &str,
        mut scratch: Scratch,
        source: &mut (impl Stream<Item = Result<Bytes, StorageError>> + Unpin),
        limit: u64,
    ) -> Result<([u8; 32], u64), StorageError> {
        let mut hash = Sha256::new();
        scratch.fill(source, &mut None, limit.saturating_add(1), &mut hash).await?;
        let size = scratch.size;
        if size > limit {
            return Err(StorageError::TooLarge { limit });
        }
        self.keep(key, scratch).await?;
        Ok((hash.finalize().into(), size))
    }

    /// Makes a written file durable under its key.
    pub async fn keep(&self, key: &str, scratch: Scratch) -> Result<(), StorageError> {
        let path = self.path(key);
        let folder = path.parent().expect("a key has a folder");
        if !fs::try_exists(folder).await? {
            fs::create_dir_all(folder).await?;
            sync_folder(folder.parent().expect("the root is above")).await?;
        }
        scratch.keep(&path).await?;
        sync_folder(folder).await?;
        Ok(())
    }

    pub async fn read(
        &self,
        key: &str,
        range: Option<Range>,
    ) -> Result<BoxStream<'static, io::Result<Bytes>>, StorageError> {
        let mut file = File::open(self.path(key)).await?;
        let (start, length) = range.map_or((0, u64::MAX), |r| (r.start, r.end - r.start));
        if start > 0 {
            file.seek(io::SeekFrom::Start(start)).await?;
        }
        Ok(ReaderStream::with_capacity(file.take(length), READ_CHUNK).boxed())
    }

    pub async fn remove(&self, key: &str) -> Result<(), StorageError> {
        match fs::remove_file(self.path(key)).await {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error.into()),
            _ => Ok(()),
        }
    }

    /// Every kept file, by key.
    pub async fn inventory(&self) -> Result<HashMap<String, Item>, StorageError> {
        let mut found = HashMap::new();
        let mut folders = vec!["blobs".to_owned(), "parts".to_owned()];
        while let Some(folder) = folders.pop() {
            let mut entries = fs::read_dir(self.path(&folder)).await?;
            while let Some(entry) = entries.next_entry().await? {
                let key = format!("{folder}/{}", entry.file_name().to_string_lossy());
                // A file may be removed while the folder is read.
                let facts = match fs::metadata(entry.path()).await {
                    Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                    facts => facts?,
                };
                if facts.is_dir() {
                    folders.push(key);
                } else {
                    let written_at = facts.modified()?.into();
                    found.insert(key, Item { size: facts.len(), written_at });
                }
            }
        }
        Ok(found)
    }

    pub fn path(&self, key: &str) -> PathBuf {
        self.root.join(key)
    }
}

/// Renames are durable only once their folder is synced.
async fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder).await?.sync_all().await
}
