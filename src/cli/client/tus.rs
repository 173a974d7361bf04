//! Uploads by tus 1.0: create, append, and after a cut ask how much arrived and go on from there.

use std::{io::SeekFrom, path::Path, time::Duration};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use reqwest::{Method, RequestBuilder, StatusCode, header};
use tokio::{
    fs::File,
    io::{AsyncReadExt as _, AsyncSeekExt as _},
    time::sleep,
};

use super::{Client, ClientError, Result};

/// The most that one request carries, as the server stores it.
const CHUNK_BYTES: u64 = 8 << 20;
const FIRST_PAUSE: Duration = Duration::from_millis(300);
/// Attempts in a row that move nothing; their pauses sum up to about two minutes.
const FRUITLESS_ATTEMPTS: u32 = 9;

/// Told after each chunk: bytes that arrived, bytes in all.
pub type Progress<'a> = &'a (dyn Fn(u64, u64) + Sync);

/// What is uploaded.
#[derive(Debug)]
pub struct Source<'a> {
    pub file: &'a Path,
    /// The name that the server keeps.
    pub name: &'a str,
    /// The phase that a contestant's upload is for.
    pub phase: Option<&'a str>,
}

impl Client {
    /// Uploads a file; the upload's id.
    pub async fn upload(&self, source: &Source<'_>, progress: Progress<'_>) -> Result<String> {
        let unreadable = |cause| ClientError::File { file: source.file.display().to_string(), cause };
        let mut file = File::open(source.file).await.map_err(unreadable)?;
        let size = file.metadata().await.map_err(unreadable)?.len();
        let id = self.create_upload(source, size).await?;
        let mut sent = 0;
        let mut fruitless = 0;
        while sent < size {
            file.seek(SeekFrom::Start(sent)).await.map_err(unreadable)?;
            let mut chunk = Vec::new();
            (&mut file).take(CHUNK_BYTES).read_to_end(&mut chunk).await.map_err(unreadable)?;
            match self.append(&id, sent, chunk).await {
                Ok(offset) => (sent, fruitless) = (offset, 0),
                Err(cause) => {
                    let at = self.resume(&id, cause, fruitless, sent, size).await?;
                    fruitless = if at > sent { 0 } else { fruitless + 1 };
                    sent = at;
                }
            }
            progress(sent, size);
        }
        Ok(id)
    }

    async fn create_upload(&self, source: &Source<'_>, size: u64) -> Result<String> {
        let phase = source.phase.map(|phase| format!(",phase {}", STANDARD.encode(phase)));
        let metadata = format!("filename {}{}", STANDARD.encode(source.name), phase.unwrap_or_default());
        let request = self
            .tus(Method::POST, "/uploads")
            .header("Upload-Length", size)
            .header("Upload-Metadata", metadata);
        let answer = self.send(request).await?;
        let location = answer.headers().get(header::LOCATION).and_then(|value| value.to_str().ok());
        let id = location.and_then(|location| location.trim_end_matches('/').rsplit('/').next());
        id.map(str::to_owned).ok_or_else(|| ClientError::Refused {
            status: answer.status(),
            code: "no-location".to_owned(),
            en: "The server did not say where the upload goes.".to_owned(),
            faults: Vec::new(),
        })
    }

    /// Sends one chunk; how much the server has now.
    async fn append(&self, id: &str, offset: u64, chunk: Vec<u8>) -> Result<u64> {
        let end = offset + chunk.len() as u64;
        let request = self
            .tus(Method::PATCH, &format!("/uploads/{id}"))
            .header("Upload-Offset", offset)
            .header(header::CONTENT_TYPE, "application/offset+octet-stream")
            .body(chunk);
        let answer = self.send(request).await?;
        Ok(offset_of(&answer).unwrap_or(end))
    }

    /// Waits a little and asks how much arrived, or gives up with the cause of the cut.
    async fn resume(
        &self,
        id: &str,
        cause: ClientError,
        fruitless: u32,
        sent: u64,
        size: u64,
    ) -> Result<u64> {
        // The server knows another offset: a part arrived although its answer did not.
        let moved = matches!(&cause, ClientError::Refused { status: StatusCode::CONFLICT, .. });
        if !cause.is_passing() && !moved {
            return Err(cause);
        }
        if fruitless >= FRUITLESS_ATTEMPTS {
            return Err(ClientError::Cut { sent, size, cause: Box::new(cause) });
        }
        sleep(FIRST_PAUSE * 2_u32.pow(fruitless)).await;
        match self.send(self.tus(Method::HEAD, &format!("/uploads/{id}"))).await {
            Ok(answer) => Ok(offset_of(&answer).unwrap_or(sent)),
            Err(fault) if fault.is_passing() => Ok(sent),
            Err(fault) => Err(fault),
        }
    }

    fn tus(&self, method: Method, path: &str) -> RequestBuilder {
        self.request(method, path).header("Tus-Resumable", "1.0.0")
    }
}

fn offset_of(answer: &reqwest::Response) -> Option<u64> {
    answer.headers().get("upload-offset")?.to_str().ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use axum::{
        Router,
        body::Bytes,
        extract::State,
        http::HeaderMap,
        routing::{patch, post},
    };

    use super::*;

    /// An upload as a server sees it that fails now and then.
    #[derive(Default)]
    struct Upload {
        bytes: Vec<u8>,
        requests: u32,
    }

    type Shared = Arc<Mutex<Upload>>;

    /// Every second request keeps half of its chunk and then fails.
    async fn append(
        State(upload): State<Shared>,
        headers: HeaderMap,
        chunk: Bytes,
    ) -> (StatusCode, HeaderMap) {
        let mut upload = upload.lock().unwrap();
        let offset: usize = headers["upload-offset"].to_str().unwrap().parse().unwrap();
        if offset != upload.bytes.len() {
            return (StatusCode::CONFLICT, HeaderMap::new());
        }
        upload.requests += 1;
        if upload.requests % 2 == 1 {
            upload.bytes.extend_from_slice(&chunk[..chunk.len() / 2]);
            return (StatusCode::BAD_GATEWAY, HeaderMap::new());
        }
        upload.bytes.extend_from_slice(&chunk);
        (StatusCode::NO_CONTENT, offset_header(upload.bytes.len()))
    }

    async fn head(State(upload): State<Shared>) -> (StatusCode, HeaderMap) {
        (StatusCode::OK, offset_header(upload.lock().unwrap().bytes.len()))
    }

    fn offset_header(offset: usize) -> HeaderMap {
        [("upload-offset".parse().unwrap(), offset.to_string().parse().unwrap())].into_iter().collect()
    }

    #[tokio::test]
    async fn an_upload_that_is_cut_again_and_again_arrives_whole() {
        let upload = Shared::default();
        let create = || async { (StatusCode::CREATED, [("location", "/api/v1/uploads/u1")]) };
        let router = Router::new()
            .route("/api/v1/uploads", post(create))
            .route("/api/v1/uploads/u1", patch(append).head(head))
            .layer(axum::extract::DefaultBodyLimit::disable())
            .with_state(upload.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async { axum::serve(listener, router).await });

        let bytes: Vec<u8> = (0..20_000_000_u32).map(|n| (n % 251) as u8).collect();
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), &bytes).unwrap();
        let client = Client::new(&format!("http://{address}"), None).unwrap();
        let source = Source { file: file.path(), name: "bài nộp.zip", phase: None };
        assert_eq!(client.upload(&source, &|_, _| ()).await.unwrap(), "u1");
        assert!(upload.lock().unwrap().bytes == bytes);
    }
}
