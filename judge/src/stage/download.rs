//! Fetches one blob to a file, checking size and hash on the way.

use std::{path::Path, time::Duration};

use judge_core::protocol::Link;
use sha2::{Digest, Sha256};
use tokio::{fs::File, io::AsyncWriteExt};

use super::{StageError, short};
use crate::{client::Client, data_dir};

const TRIES: u32 = 4;
/// Longest silence within a download.
const SILENCE: Duration = Duration::from_secs(30);

/// Fetches a blob to `path`. What is there afterwards is the blob.
pub async fn download(client: &Client, link: &Link, path: &Path, reserve: u64) -> Result<(), StageError> {
    let folder = path.parent().unwrap_or(path);
    let free = data_dir::free_bytes(folder).map_err(|error| StageError::local("free disk", error))?;
    if free < link.size.saturating_add(reserve) {
        return Err(StageError::NoRoom { bytes: link.size });
    }
    let mut pause = Duration::from_millis(200);
    for _ in 1..TRIES {
        match fetch(client, link, path).await {
            Err(error @ (StageError::Download { .. } | StageError::Mismatch { .. })) => {
                tracing::warn!(%error, "a download failed and is tried again");
                tokio::time::sleep(pause).await;
                pause *= 4;
            }
            other => return other,
        }
    }
    fetch(client, link, path).await
}

async fn fetch(client: &Client, link: &Link, path: &Path) -> Result<(), StageError> {
    let local = |error: std::io::Error| StageError::local("a download could not be written", error);
    let mut answer =
        client.open(&link.path).await.map_err(|error| StageError::of_download(&link.path, error))?;
    let mut file = File::create(path).await.map_err(local)?;
    let mut hash = Sha256::new();
    let mut size = 0_u64;
    while let Some(chunk) = next_chunk(&mut answer, &link.path).await? {
        size += chunk.len() as u64;
        if size > link.size {
            return Err(mismatch(link));
        }
        hash.update(&chunk);
        file.write_all(&chunk).await.map_err(local)?;
    }
    file.flush().await.map_err(local)?;
    if size == link.size && hex::encode(hash.finalize()) == link.sha256 {
        Ok(())
    } else {
        Err(mismatch(link))
    }
}

async fn next_chunk(answer: &mut reqwest::Response, path: &str) -> Result<Option<bytes::Bytes>, StageError> {
    match tokio::time::timeout(SILENCE, answer.chunk()).await {
        Ok(chunk) => chunk.map_err(|error| StageError::of_download(path, error.into())),
        Err(_) => {
            Err(StageError::Download { path: short(path), reason: "the server fell silent".to_owned() })
        }
    }
}

fn mismatch(link: &Link) -> StageError {
    StageError::Mismatch { path: short(&link.path) }
}
