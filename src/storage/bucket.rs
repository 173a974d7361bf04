//! An S3 bucket that holds blobs.
//!
//! A key is an object's name behind the prefix. An object appears when its last byte is there, so nothing is
//! renamed. Pieces of at most 8 MB pass through memory, a few at a time; what a slow sender has said so far waits on
//! the disk.

use std::{collections::HashMap, io, sync::Arc, time::Duration};

use bytes::Bytes;
use futures::{Stream, StreamExt, TryStreamExt, stream, stream::BoxStream};
use object_store::{
    ClientOptions, GetOptions, GetRange, MultipartUpload, ObjectStore, ObjectStoreExt, RetryConfig,
    aws::{AmazonS3, AmazonS3Builder},
    client::{HttpClient, HttpConnector},
    path::Path,
};
use sha2::{Digest, Sha256};
use tokio::{sync::Semaphore, time::timeout};

use super::{Range, StorageError, scratch::Scratch, upkeep::Item};
use crate::config;

/// The size of the parts in which a large object is sent; S3 wants at least 5 MB and at most 10,000 parts.
const PART: u64 = 8 * 1024 * 1024;
/// Parts in memory at once.
const PARTS_AT_ONCE: usize = 8;
const CONNECT_DEADLINE: Duration = Duration::from_secs(5);
/// How long the bucket may say nothing while it is read.
const SILENCE: Duration = Duration::from_secs(30);
/// One request with its repetitions.
const DEADLINE: Duration = Duration::from_mins(2);
const RETRIES: usize = 4;
const RETRY_WITHIN: Duration = Duration::from_secs(30);

#[derive(Debug, Clone)]
pub struct Bucket {
    store: Arc<AmazonS3>,
    prefix: Arc<str>,
    memory: Arc<Semaphore>,
}

impl Bucket {
    pub fn open(settings: &config::S3) -> Result<Self, StorageError> {
        let mut builder = AmazonS3Builder::new()
            .with_bucket_name(&settings.bucket)
            .with_region(&settings.region)
            .with_access_key_id(&settings.access_key)
            .with_secret_access_key(&settings.secret_key)
            .with_virtual_hosted_style_request(!settings.path_style)
            .with_retry(RetryConfig {
                max_retries: RETRIES,
                retry_timeout: RETRY_WITHIN,
                ..RetryConfig::default()
            });
        let mut beside = false;
        if let Some(endpoint) = &settings.endpoint {
            builder = builder.with_endpoint(endpoint).with_allow_http(endpoint.starts_with("http://"));
            beside = ["://localhost", "://127.", "://[::1]"].iter().any(|host| endpoint.contains(host));
        }
        let store = builder.with_http_connector(Connector { beside }).build()?;
        Ok(Self {
            store: Arc::new(store),
            prefix: settings.prefix.as_str().into(),
            memory: Arc::new(Semaphore::new(PARTS_AT_ONCE)),
        })
    }

    /// Whether the bucket takes writes right now.
    pub async fn check(&self) -> Result<(), StorageError> {
        in_time(self.store.put(&self.name("check"), Bytes::from_static(b"ok").into())).await?;
        Ok(())
    }

    /// Writes a whole blob from a stream of at most `limit` bytes.
    pub async fn put(
        &self,
        key: &str,
        scratch: &std::path::Path,
        source: &mut (impl Stream<Item = Result<Bytes, StorageError>> + Unpin),
        limit: u64,
    ) -> Result<([u8; 32], u64), StorageError> {
        let (mut hash, mut size, mut carry) = (Sha256::new(), 0, None);
        let mut sending: Option<Sending> = None;
        loop {
            let mut part = Scratch::new_in(scratch).await?;
            let open = part.fill(source, &mut carry, PART, &mut hash).await?;
            size += part.size;
            if size > limit {
                return Err(StorageError::TooLarge { limit });
            }
            if !open && sending.is_none() {
                self.keep(key, part).await?;
                break;
            }
            let upload = match &mut sending {
                Some(upload) => upload,
                None => sending.insert(Sending::begin(&self.store, &self.name(key)).await?),
            };
            if part.size > 0 {
                let _permit = self.permit().await;
                upload.part(part.bytes().await?).await?;
            }
            if !open {
                sending.take().expect("begun above").end().await?;
                break;
            }
        }
        Ok((hash.finalize().into(), size))
    }

    /// Stores a piece of at most 8 MB under its key.
    pub async fn keep(&self, key: &str, piece: Scratch) -> Result<(), StorageError> {
        let _permit = self.permit().await;
        let bytes = piece.bytes().await?;
        in_time(self.store.put(&self.name(key), bytes.into())).await?;
        Ok(())
    }

    pub async fn read(
        &self,
        key: &str,
        range: Option<Range>,
    ) -> Result<BoxStream<'static, io::Result<Bytes>>, StorageError> {
        if range.is_some_and(|r| r.start >= r.end) {
            return Ok(stream::empty().boxed());
        }
        let range = range.map(|r| GetRange::Bounded(r.start..r.end));
        let options = GetOptions { range, ..GetOptions::default() };
        let found = in_time(self.store.get_opts(&self.name(key), options)).await?;
        Ok(found.into_stream().map_err(io::Error::other).boxed())
    }

    /// Removes objects; one that is not there is no fault.
    pub async fn remove(&self, keys: Vec<String>) -> Result<(), StorageError> {
        let names: Vec<_> = keys.into_iter().map(|key| Ok(self.name(&key))).collect();
        let removed = self.store.delete_stream(stream::iter(names).boxed());
        let all = removed.try_for_each(|_| async { Ok(()) });
        match in_time(all).await {
            Err(StorageError::Bucket(object_store::Error::NotFound { .. })) => Ok(()),
            other => other,
        }
    }

    /// Every object of ours, by key.
    pub async fn inventory(&self) -> Result<HashMap<String, Item>, StorageError> {
        let mut found = HashMap::new();
        for folder in ["blobs", "parts"] {
            let mut objects = self.store.list(Some(&self.name(folder)));
            while let Some(object) = in_time(objects.try_next()).await? {
                let name = object.location.to_string();
                let key = name.strip_prefix(self.prefix.trim_start_matches('/')).unwrap_or(&name).to_owned();
                found.insert(key, Item { size: object.size, written_at: object.last_modified });
            }
        }
        Ok(found)
    }

    fn name(&self, key: &str) -> Path {
        Path::from(format!("{}{key}", self.prefix))
    }

    async fn permit(&self) -> tokio::sync::SemaphorePermit<'_> {
        self.memory.acquire().await.expect("the semaphore is never closed")
    }
}

async fn in_time<T>(request: impl Future<Output = object_store::Result<T>>) -> Result<T, StorageError> {
    Ok(timeout(DEADLINE, request).await.map_err(|_| StorageError::Silent)??)
}

/// An object that is sent in parts. Dropped before its end, it leaves no parts behind.
struct Sending(Option<Box<dyn MultipartUpload>>);

impl Sending {
    async fn begin(store: &AmazonS3, name: &Path) -> Result<Self, StorageError> {
        Ok(Self(Some(in_time(store.put_multipart(name)).await?)))
    }

    async fn part(&mut self, bytes: Bytes) -> Result<(), StorageError> {
        let upload = self.0.as_mut().expect("it lasts until its end");
        in_time(upload.put_part(bytes.into())).await
    }

    async fn end(mut self) -> Result<(), StorageError> {
        let upload = self.0.as_mut().expect("it lasts until its end");
        in_time(upload.complete()).await?;
        self.0 = None;
        Ok(())
    }
}

impl Drop for Sending {
    fn drop(&mut self) {
        if let Some(mut upload) = self.0.take() {
            tokio::spawn(async move {
                if let Err(error) = in_time(upload.abort()).await {
                    let cause = format!("{error:#}");
                    tracing::warn!(cause, "Parts of an object that was given up stay in the bucket.");
                }
            });
        }
    }
}

/// Makes the HTTP client: no limit on a whole transfer, which may be long, but on every silence.
#[derive(Debug)]
struct Connector {
    /// A proxy that the environment names would look for this machine's bucket on its own.
    beside: bool,
}

impl HttpConnector for Connector {
    fn connect(&self, _: &ClientOptions) -> object_store::Result<HttpClient> {
        let mut client = reqwest::Client::builder().connect_timeout(CONNECT_DEADLINE).read_timeout(SILENCE);
        if self.beside {
            client = client.no_proxy();
        }
        let client = client
            .build()
            .map_err(|error| object_store::Error::Generic { store: "S3", source: Box::new(error) })?;
        Ok(HttpClient::new(client))
    }
}
