//! Files that are being written, and the streams that fill them.

use std::{
    io,
    path::{Path, PathBuf},
    time::Duration,
};

use bytes::Bytes;
use futures::{Stream, StreamExt, stream};
use sha2::{Digest, Sha256};
use tokio::{
    fs::{self, File},
    io::{AsyncReadExt, AsyncSeekExt, AsyncWriteExt},
};
use uuid::Uuid;

use super::StorageError;

/// How long a sender may say nothing.
const SILENCE: Duration = Duration::from_mins(1);

/// A temporary file that vanishes unless it is kept.
#[derive(Debug)]
pub struct Scratch {
    file: File,
    path: PathBuf,
    pub size: u64,
    kept: bool,
}

impl Scratch {
    /// A new, empty file of a name of its own.
    pub async fn new_in(folder: &Path) -> io::Result<Self> {
        let path = folder.join(Uuid::new_v4().simple().to_string());
        let file = File::options().create_new(true).read(true).write(true).open(&path).await?;
        Ok(Self { file, path, size: 0, kept: false })
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Takes bytes from a stream until it ends or `limit` is reached; what is too much stays in `carry`, what was
    /// taken is hashed. `false`: the stream has ended.
    pub async fn fill(
        &mut self,
        source: &mut (impl Stream<Item = Result<Bytes, StorageError>> + Unpin),
        carry: &mut Option<Bytes>,
        limit: u64,
        hash: &mut Sha256,
    ) -> Result<bool, StorageError> {
        while self.size < limit {
            let chunk = match carry.take() {
                Some(chunk) => chunk,
                None => match source.next().await {
                    Some(chunk) => chunk?,
                    None => return Ok(false),
                },
            };
            let room = usize::try_from(limit - self.size).unwrap_or(usize::MAX).min(chunk.len());
            hash.update(&chunk[..room]);
            self.file.write_all(&chunk[..room]).await?;
            self.size += room as u64;
            if room < chunk.len() {
                *carry = Some(chunk.slice(room..));
            }
        }
        Ok(true)
    }

    /// All that was written, for a piece small enough to be held in memory.
    pub async fn bytes(mut self) -> io::Result<Bytes> {
        self.flush().await?;
        self.file.rewind().await?;
        let mut bytes = Vec::with_capacity(usize::try_from(self.size).unwrap_or(0));
        self.file.read_to_end(&mut bytes).await?;
        Ok(bytes.into())
    }

    /// Makes what was written visible to whoever opens the file.
    pub async fn flush(&mut self) -> io::Result<()> {
        self.file.flush().await
    }

    /// Writes something and makes it durable.
    pub async fn try_out(mut self) -> io::Result<()> {
        self.file.write_all(b"ok").await?;
        self.file.sync_all().await
    }

    /// Makes the file durable and gives it its name.
    pub async fn keep(mut self, to: &Path) -> io::Result<()> {
        self.file.flush().await?;
        self.file.sync_all().await?;
        fs::rename(&self.path, to).await?;
        self.kept = true;
        Ok(())
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if !self.kept {
            // Drop cannot wait, and a leftover is removed at the next start at the latest.
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

/// A sender's stream whose end must be its end: one that breaks off or falls silent is an error.
pub fn whole<E: Into<anyhow::Error>>(
    source: impl Stream<Item = Result<Bytes, E>> + Unpin,
) -> impl Stream<Item = Result<Bytes, StorageError>> + Unpin {
    Box::pin(stream::unfold(source, |mut source| async move {
        let next = match tokio::time::timeout(SILENCE, source.next()).await {
            Ok(next) => next?.map_err(|error| StorageError::Source(error.into())),
            Err(_) => Err(StorageError::Source(anyhow::anyhow!("nothing came for a minute"))),
        };
        Some((next, source))
    }))
}

/// A sender's stream that is over when the sender is gone, however it went.
pub fn as_far_as_it_goes<E>(
    source: &mut (impl Stream<Item = Result<Bytes, E>> + Unpin),
) -> impl Stream<Item = Result<Bytes, StorageError>> + Unpin {
    Box::pin(stream::unfold(source, |source| async move {
        // A sender that says nothing for so long is gone, though its connection may not know.
        let next = tokio::time::timeout(SILENCE, source.next()).await;
        let chunk = next.ok().flatten()?.ok()?;
        Some((Ok(chunk), source))
    }))
}

/// Removes what a crash left half-written.
pub async fn clear(folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder).await?;
    let mut leftovers = fs::read_dir(folder).await?;
    while let Some(entry) = leftovers.next_entry().await? {
        fs::remove_file(entry.path()).await?;
    }
    Ok(())
}
