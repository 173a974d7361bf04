//! The folder behind the storage.
//!
//! `blobs/ab/<id>` holds finished blobs, `parts/<id>` pieces of uploads, `tmp/` what is being written.

use std::{
    io,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use bytes::Bytes;
use futures::{Stream, StreamExt, TryStreamExt};
use sha2::{Digest, Sha256};
use tokio::{
    fs::{self, File},
    io::{AsyncReadExt, AsyncSeekExt, AsyncWriteExt},
};
use tokio_util::io::ReaderStream;
use uuid::Uuid;

use crate::kernel::ids::BlobId;

const READ_CHUNK: usize = 256 * 1024;
/// How long a sender may say nothing.
const SILENCE: Duration = Duration::from_mins(1);

#[derive(Debug, thiserror::Error)]
pub enum StorageError {
    #[error("the storage folder failed")]
    Io(#[from] io::Error),
    #[error("more than {limit} bytes arrived")]
    TooLarge { limit: u64 },
    /// The sender went away; what came before was not kept.
    #[error("the sender's stream broke off")]
    Source(#[source] anyhow::Error),
}

/// A blob that is durable on disk.
#[derive(Debug, Clone)]
pub struct Stored {
    pub blob: BlobId,
    pub sha256: [u8; 32],
    pub size: i64,
}

/// A durable piece of an upload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    pub key: String,
    pub size: u64,
}

/// Bytes `start..end` of a blob.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Range {
    pub start: u64,
    pub end: u64,
}

#[derive(Debug, Clone)]
pub struct Storage {
    root: Arc<Path>,
}

impl Storage {
    /// Opens the folder, making what is missing, and removes what a crash left half-written.
    pub async fn open(root: PathBuf) -> Result<Self, StorageError> {
        for name in ["blobs", "parts", "tmp"] {
            fs::create_dir_all(root.join(name)).await?;
        }
        let mut leftovers = fs::read_dir(root.join("tmp")).await?;
        while let Some(entry) = leftovers.next_entry().await? {
            fs::remove_file(entry.path()).await?;
        }
        Ok(Self { root: root.into() })
    }

    /// Whether the folder takes writes right now.
    pub async fn check(&self) -> Result<(), StorageError> {
        let path = self.temporary();
        let mut file = File::create(&path).await?;
        file.write_all(b"ok").await?;
        file.sync_all().await?;
        fs::remove_file(&path).await?;
        Ok(())
    }

    /// Writes a whole blob from a stream of at most `limit` bytes.
    pub async fn put<E>(
        &self,
        source: impl Stream<Item = Result<Bytes, E>> + Unpin,
        limit: u64,
    ) -> Result<Stored, StorageError>
    where
        E: Into<anyhow::Error>,
    {
        let mut source = source.map_err(|e| StorageError::Source(e.into()));
        let mut writer = Writer::create(self.temporary()).await?;
        while let Some(chunk) = source.next().await {
            writer.write(&chunk?, limit).await?;
        }
        self.keep(writer).await
    }

    /// Writes a piece of an upload. A stream that breaks off is no error here: what arrived is kept, as tus asks.
    /// Stops after `limit` bytes; the rest of the stream stays with the caller.
    pub async fn put_part<E>(
        &self,
        source: &mut (impl Stream<Item = Result<Bytes, E>> + Unpin),
        carry: &mut Option<Bytes>,
        limit: u64,
    ) -> Result<(Part, bool), StorageError> {
        let mut writer = Writer::create(self.temporary()).await?;
        let mut open = true;
        while writer.size < limit {
            let Some(chunk) = next_chunk(source, carry).await else {
                open = false;
                break;
            };
            let room = usize::try_from(limit - writer.size).unwrap_or(usize::MAX).min(chunk.len());
            writer.write(&chunk[..room], limit).await?;
            if room < chunk.len() {
                *carry = Some(chunk.slice(room..));
            }
        }
        let key = Uuid::new_v4().simple().to_string();
        let size = writer.size;
        let path = self.part_path(&key);
        writer.finish(&path).await?;
        sync_folder(&self.root.join("parts")).await?;
        Ok((Part { key, size }, open))
    }

    /// Puts the pieces of an upload together, hashing while they are copied.
    pub async fn assemble(&self, parts: &[Part]) -> Result<Stored, StorageError> {
        let mut writer = Writer::create(self.temporary()).await?;
        for part in parts {
            let mut file = File::open(self.part_path(&part.key)).await?;
            let mut buffer = vec![0; READ_CHUNK];
            loop {
                let read = file.read(&mut buffer).await?;
                if read == 0 {
                    break;
                }
                writer.write(&buffer[..read], u64::MAX).await?;
            }
        }
        self.keep(writer).await
    }

    pub async fn remove_parts(&self, parts: &[Part]) {
        for part in parts {
            if let Err(error) = fs::remove_file(self.part_path(&part.key)).await
                && error.kind() != io::ErrorKind::NotFound
            {
                tracing::warn!(%error, "A piece of a finished upload could not be removed.");
            }
        }
    }

    /// Removes a blob's bytes; its row must be gone already.
    pub async fn remove(&self, blob: BlobId) -> Result<(), StorageError> {
        match fs::remove_file(self.blob_path(blob)).await {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error.into()),
            _ => Ok(()),
        }
    }

    /// Streams a blob, or a part of it.
    pub async fn read(
        &self,
        blob: BlobId,
        range: Option<Range>,
    ) -> Result<impl Stream<Item = io::Result<Bytes>> + Send + use<>, StorageError> {
        let mut file = File::open(self.blob_path(blob)).await?;
        let (start, length) = range.map_or((0, u64::MAX), |r| (r.start, r.end - r.start));
        if start > 0 {
            file.seek(io::SeekFrom::Start(start)).await?;
        }
        Ok(ReaderStream::with_capacity(file.take(length), READ_CHUNK))
    }

    /// The file behind a blob, for what must be handed to a child process of ours.
    pub fn blob_path(&self, blob: BlobId) -> PathBuf {
        // The last characters of a UUIDv7 are random: they spread the files over 256 folders.
        let name = blob.0.simple().to_string();
        self.root.join("blobs").join(&name[30..]).join(&name)
    }

    async fn keep(&self, writer: Writer) -> Result<Stored, StorageError> {
        let blob = BlobId::new();
        let path = self.blob_path(blob);
        let folder = path.parent().expect("a blob lies in a folder").to_owned();
        if !fs::try_exists(&folder).await? {
            fs::create_dir_all(&folder).await?;
            sync_folder(&self.root.join("blobs")).await?;
        }
        let size = i64::try_from(writer.size).expect("no file is that large");
        let sha256 = writer.finish(&path).await?;
        sync_folder(&folder).await?;
        Ok(Stored { blob, sha256, size })
    }

    fn temporary(&self) -> PathBuf {
        self.root.join("tmp").join(Uuid::new_v4().simple().to_string())
    }

    fn part_path(&self, key: &str) -> PathBuf {
        self.root.join("parts").join(key)
    }
}

/// What was left over, or else the next that the sender says; `None` once it is gone.
async fn next_chunk<E>(
    source: &mut (impl Stream<Item = Result<Bytes, E>> + Unpin),
    carry: &mut Option<Bytes>,
) -> Option<Bytes> {
    if let Some(chunk) = carry.take() {
        return Some(chunk);
    }
    // A sender that says nothing for so long is gone, though its connection may not know.
    let next = tokio::time::timeout(SILENCE, source.next()).await;
    next.ok().flatten()?.ok()
}

/// Renames are durable only once their folder is synced.
async fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder).await?.sync_all().await
}

/// A temporary file that vanishes unless it is finished.
struct Writer {
    file: File,
    path: PathBuf,
    hash: Sha256,
    size: u64,
    finished: bool,
}

impl Writer {
    async fn create(path: PathBuf) -> io::Result<Self> {
        Ok(Self { file: File::create_new(&path).await?, path, hash: Sha256::new(), size: 0, finished: false })
    }

    async fn write(&mut self, bytes: &[u8], limit: u64) -> Result<(), StorageError> {
        self.size += bytes.len() as u64;
        if self.size > limit {
            return Err(StorageError::TooLarge { limit });
        }
        self.hash.update(bytes);
        self.file.write_all(bytes).await?;
        Ok(())
    }

    async fn finish(mut self, to: &Path) -> io::Result<[u8; 32]> {
        self.file.flush().await?;
        self.file.sync_all().await?;
        fs::rename(&self.path, to).await?;
        self.finished = true;
        Ok(std::mem::take(&mut self.hash).finalize().into())
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        if !self.finished {
            // Drop cannot wait, and a leftover is removed at the next start at the latest.
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use futures::stream;

    use super::*;

    async fn fresh() -> (tempfile::TempDir, Storage) {
        let folder = tempfile::tempdir().unwrap();
        let storage = Storage::open(folder.path().to_owned()).await.unwrap();
        (folder, storage)
    }

    fn chunks(parts: &[&'static str]) -> impl Stream<Item = Result<Bytes, Infallible>> + Unpin + use<> {
        stream::iter(parts.iter().map(|p| Ok(Bytes::from_static(p.as_bytes()))).collect::<Vec<_>>())
    }

    async fn text(storage: &Storage, blob: BlobId, range: Option<Range>) -> String {
        let chunks: Vec<Bytes> = storage.read(blob, range).await.unwrap().try_collect().await.unwrap();
        String::from_utf8(chunks.concat()).unwrap()
    }

    #[tokio::test]
    async fn a_blob_comes_back_as_it_went_in_with_its_hash() {
        let (_folder, storage) = fresh().await;
        let stored = storage.put(chunks(&["đấu ", "trí"]), 100).await.unwrap();
        assert_eq!(stored.size, 11);
        assert_eq!(stored.sha256, <[u8; 32]>::from(Sha256::digest("đấu trí")));
        assert_eq!(text(&storage, stored.blob, None).await, "đấu trí");
        assert_eq!(text(&storage, stored.blob, Some(Range { start: 7, end: 9 })).await, "tr");
    }

    #[tokio::test]
    async fn too_many_bytes_leave_nothing_behind() {
        let (folder, storage) = fresh().await;
        let refused = storage.put(chunks(&["1234", "5678"]), 7).await;
        assert!(matches!(refused, Err(StorageError::TooLarge { limit: 7 })));
        assert_eq!(std::fs::read_dir(folder.path().join("tmp")).unwrap().count(), 0);
        assert_eq!(std::fs::read_dir(folder.path().join("blobs")).unwrap().count(), 0);
    }

    #[tokio::test]
    async fn parts_split_a_stream_at_the_limit_and_assemble_to_the_whole() {
        let (folder, storage) = fresh().await;
        let mut source = chunks(&["abcde", "fgh"]);
        let mut carry = None;
        let (first, open) = storage.put_part(&mut source, &mut carry, 4).await.unwrap();
        assert!((first.size, open) == (4, true));
        let (second, open) = storage.put_part(&mut source, &mut carry, 100).await.unwrap();
        assert!((second.size, open) == (4, false));
        let parts = [first, second];
        let stored = storage.assemble(&parts).await.unwrap();
        assert_eq!(text(&storage, stored.blob, None).await, "abcdefgh");
        storage.remove_parts(&parts).await;
        assert_eq!(std::fs::read_dir(folder.path().join("parts")).unwrap().count(), 0);
    }

    #[tokio::test]
    async fn what_a_crash_left_half_written_is_removed_at_the_next_start() {
        let (folder, storage) = fresh().await;
        drop(storage);
        std::fs::write(folder.path().join("tmp/half"), "x").unwrap();
        Storage::open(folder.path().to_owned()).await.unwrap();
        assert_eq!(std::fs::read_dir(folder.path().join("tmp")).unwrap().count(), 0);
    }
}
