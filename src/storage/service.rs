//! The storage as the other rooms see it: one way of working above folder and bucket.

use std::{collections::HashMap, io, path::Path, sync::Arc};

use bytes::Bytes;
use futures::{Stream, StreamExt, TryStreamExt, stream, stream::BoxStream};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::{
    Blob, LocalCopy, Part, Range, StorageError, Stored,
    bucket::Bucket,
    folder::Folder,
    scratch::{self, Scratch},
    upkeep::Item,
};
use crate::{config, kernel::ids::BlobId};

#[derive(Debug, Clone)]
pub struct Storage {
    place: Place,
    /// Holds what is being written, and copies of what a bucket holds.
    scratch: Arc<Path>,
}

#[derive(Debug, Clone)]
enum Place {
    Folder(Folder),
    Bucket(Bucket),
}

impl Storage {
    /// Opens the folder or the bucket, and removes what a crash left half-written.
    pub async fn open(settings: &config::Storage) -> Result<Self, StorageError> {
        let storage = Self::attach(settings)?;
        scratch::clear(&storage.scratch).await?;
        if let Place::Folder(folder) = &storage.place {
            folder.prepare().await?;
        }
        Ok(storage)
    }

    /// The storage of a server that may be running: what it is just writing is left alone.
    pub fn attach(settings: &config::Storage) -> Result<Self, StorageError> {
        let place = match &settings.s3 {
            None => Place::Folder(Folder::new(settings.folder.clone())),
            Some(s3) => Place::Bucket(Bucket::open(s3)?),
        };
        Ok(Self { place, scratch: settings.folder.join("tmp").into() })
    }

    /// Whether it takes writes right now.
    pub async fn check(&self) -> Result<(), StorageError> {
        match &self.place {
            Place::Folder(_) => Ok(self.scratch().await?.try_out().await?),
            Place::Bucket(bucket) => bucket.check().await,
        }
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
        let blob = BlobId::new();
        let (key, mut source) = (blob_key(blob), scratch::whole(source));
        let (sha256, size) = match &self.place {
            Place::Folder(folder) => folder.put(&key, self.scratch().await?, &mut source, limit).await?,
            Place::Bucket(bucket) => bucket.put(&key, &self.scratch, &mut source, limit).await?,
        };
        let size = i64::try_from(size).expect("no file is that large");
        Ok(Stored { blob, sha256, size })
    }

    /// Writes a piece of an upload. A stream that breaks off is no error here: what arrived is kept, as tus asks.
    /// Stops after `limit` bytes; the rest of the stream stays with the caller. `None`: nothing arrived.
    pub async fn put_part<E>(
        &self,
        source: &mut (impl Stream<Item = Result<Bytes, E>> + Unpin),
        carry: &mut Option<Bytes>,
        limit: u64,
    ) -> Result<(Option<Part>, bool), StorageError> {
        let mut source = scratch::as_far_as_it_goes(source);
        let mut piece = self.scratch().await?;
        let open = piece.fill(&mut source, carry, limit, &mut Sha256::new()).await?;
        let size = piece.size;
        if size == 0 {
            return Ok((None, open));
        }
        let part = Part { key: Uuid::new_v4().simple().to_string(), size };
        match &self.place {
            Place::Folder(folder) => folder.keep(&part_key(&part.key), piece).await?,
            Place::Bucket(bucket) => bucket.keep(&part_key(&part.key), piece).await?,
        }
        Ok((Some(part), open))
    }

    /// Puts the pieces of an upload together, hashing while they are copied.
    pub async fn assemble(&self, parts: &[Part]) -> Result<Stored, StorageError> {
        let storage = self.clone();
        let pieces = stream::iter(parts.to_vec()).then(move |part| {
            let storage = storage.clone();
            async move { storage.open_key(&part_key(&part.key), None).await.map_err(io::Error::other) }
        });
        let pieces: BoxStream<'static, io::Result<Bytes>> = pieces.try_flatten().boxed();
        self.put(pieces, u64::MAX).await
    }

    pub async fn remove_parts(&self, parts: &[Part]) {
        if let Err(error) = self.remove_keys(parts.iter().map(|part| part_key(&part.key)).collect()).await {
            let cause = format!("{:#}", anyhow::Error::from(error));
            tracing::warn!(cause, "Pieces of an upload could not be removed.");
        }
    }

    /// Removes a blob's bytes; its row must be gone already.
    pub async fn remove(&self, blob: BlobId) -> Result<(), StorageError> {
        self.remove_keys(vec![blob_key(blob)]).await
    }

    /// Streams a blob, or a part of it.
    pub async fn read(
        &self,
        blob: BlobId,
        range: Option<Range>,
    ) -> Result<BoxStream<'static, io::Result<Bytes>>, StorageError> {
        self.open_key(&blob_key(blob), range).await
    }

    /// A blob as a file, for what reads files: a child process of ours, an archive's reader.
    pub async fn local(&self, blob: &Blob) -> Result<LocalCopy, StorageError> {
        if let Place::Folder(folder) = &self.place {
            return Ok(LocalCopy::Itself(folder.path(&blob_key(blob.id))));
        }
        let mut source = scratch::whole(self.read(blob.id, None).await?);
        let (mut copy, mut hash) = (self.scratch().await?, Sha256::new());
        copy.fill(&mut source, &mut None, u64::MAX, &mut hash).await?;
        copy.flush().await?;
        if hash.finalize()[..] != blob.sha256[..] {
            return Err(StorageError::Changed);
        }
        Ok(LocalCopy::Copy(copy))
    }

    /// Everything that is stored, by key.
    pub(super) async fn inventory(&self) -> Result<HashMap<String, Item>, StorageError> {
        match &self.place {
            Place::Folder(folder) => folder.inventory().await,
            Place::Bucket(bucket) => bucket.inventory().await,
        }
    }

    async fn open_key(
        &self,
        key: &str,
        range: Option<Range>,
    ) -> Result<BoxStream<'static, io::Result<Bytes>>, StorageError> {
        match &self.place {
            Place::Folder(folder) => folder.read(key, range).await,
            Place::Bucket(bucket) => bucket.read(key, range).await,
        }
    }

    pub(super) async fn remove_keys(&self, keys: Vec<String>) -> Result<(), StorageError> {
        match &self.place {
            Place::Folder(folder) => {
                for key in keys {
                    folder.remove(&key).await?;
                }
                Ok(())
            }
            Place::Bucket(bucket) => bucket.remove(keys).await,
        }
    }

    async fn scratch(&self) -> io::Result<Scratch> {
        Scratch::new_in(&self.scratch).await
    }
}

/// The last characters of a `UUIDv7` are random: they spread the files over 256 folders.
pub(super) fn blob_key(blob: BlobId) -> String {
    let name = blob.0.simple().to_string();
    format!("blobs/{}/{name}", &name[30..])
}

pub(super) fn part_key(key: &str) -> String {
    format!("parts/{key}")
}
