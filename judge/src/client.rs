//! The server's worker API, called.

use std::{path::Path, time::Duration};

use judge_core::protocol::{
    Artifact, Claim, Enrolled, Enrolment, HandBack, Heartbeat, HeartbeatAnswer, Hello, Lease, LogChunk,
    Report, Welcome,
};
use reqwest::{Method, RequestBuilder, Response, StatusCode};
use serde::{Serialize, de::DeserializeOwned};
use tokio_util::io::ReaderStream;
use uuid::Uuid;

use crate::config::Secret;

const CALL_TIME: Duration = Duration::from_secs(15);

#[derive(Debug, Clone, thiserror::Error)]
pub enum ClientError {
    #[error("the server cannot be reached: {0}")]
    Unreachable(String),
    /// The claim is no longer ours.
    #[error("the job was taken away")]
    Stale,
    #[error("the server refuses the token")]
    Unauthorized,
    #[error("the server answered {status}: {body}")]
    Refused { status: u16, body: String },
    #[error("the server's answer cannot be read: {0}")]
    Garbled(String),
    #[error("{0}")]
    Local(String),
}

impl ClientError {
    /// Whether the same call may succeed later.
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Unreachable(_) => true,
            Self::Refused { status, .. } => *status >= 500 || *status == 429 || *status == 408,
            Self::Stale | Self::Unauthorized | Self::Garbled(_) | Self::Local(_) => false,
        }
    }
}

impl From<reqwest::Error> for ClientError {
    fn from(error: reqwest::Error) -> Self {
        if error.is_decode() { Self::Garbled(chain(&error)) } else { Self::Unreachable(chain(&error)) }
    }
}

/// reqwest's own text leaves out the cause, which is what an operator needs.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}

/// One server, with or without a credential. Clones share the connections.
#[derive(Debug, Clone)]
pub struct Client {
    http: reqwest::Client,
    server: String,
    token: Option<Secret>,
}

impl Client {
    pub fn new(server: &str) -> Result<Self, ClientError> {
        let server = server.trim_end_matches('/').to_owned();
        let mut http = reqwest::Client::builder()
            .connect_timeout(Duration::from_secs(5))
            .tcp_nodelay(true)
            .user_agent(concat!("dautri-judge/", env!("CARGO_PKG_VERSION")));
        if is_loopback(&server) {
            http = http.no_proxy();
        }
        Ok(Self { http: http.build()?, server, token: None })
    }

    pub fn with_token(&self, token: Secret) -> Self {
        Self { token: Some(token), ..self.clone() }
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.http.request(method, format!("{}{path}", self.server));
        match &self.token {
            Some(token) => request.bearer_auth(token.reveal()),
            None => request,
        }
    }

    async fn post(
        &self,
        path: &str,
        body: &(impl Serialize + Sync),
        time: Duration,
    ) -> Result<Response, ClientError> {
        accepted(self.request(Method::POST, path).json(body).timeout(time).send().await?).await
    }

    pub async fn enrol(&self, token: &Secret, name: &str) -> Result<Enrolled, ClientError> {
        let body = Enrolment { name: name.to_owned() };
        json(self.with_token(token.clone()).post("/api/worker/v1/enrolment", &body, CALL_TIME).await?).await
    }

    pub async fn hello(&self, hello: &Hello) -> Result<Welcome, ClientError> {
        json(self.post("/api/worker/v1/hello", hello, CALL_TIME).await?).await
    }

    /// `None` when no job came in time.
    pub async fn claim(&self, claim: &Claim) -> Result<Option<Lease>, ClientError> {
        let time = CALL_TIME + Duration::from_secs(claim.wait_seconds.into());
        let answer = self.post("/api/worker/v1/claim", claim, time).await?;
        if answer.status() == StatusCode::NO_CONTENT { Ok(None) } else { json(answer).await.map(Some) }
    }

    pub async fn heartbeat(
        &self,
        job: Uuid,
        fence: i64,
        time: Duration,
    ) -> Result<HeartbeatAnswer, ClientError> {
        json(self.post(&path(job, "heartbeat"), &Heartbeat { fence }, time).await?).await
    }

    pub async fn log(&self, job: Uuid, chunk: &LogChunk) -> Result<(), ClientError> {
        self.post(&path(job, "log"), chunk, CALL_TIME).await.map(drop)
    }

    pub async fn report(&self, job: Uuid, report: &Report) -> Result<(), ClientError> {
        self.post(&path(job, "report"), report, CALL_TIME).await.map(drop)
    }

    pub async fn hand_back(&self, job: Uuid, fence: i64) -> Result<(), ClientError> {
        self.post(&path(job, "return"), &HandBack { fence }, CALL_TIME).await.map(drop)
    }

    pub async fn upload_artifact(
        &self,
        job: Uuid,
        fence: i64,
        sha256: &str,
        file: &Path,
    ) -> Result<Artifact, ClientError> {
        const SLOWEST_BYTES_PER_SECOND: u64 = 256 * 1024;
        let local = |error: std::io::Error| ClientError::Local(format!("{}: {error}", file.display()));
        let open = tokio::fs::File::open(file).await.map_err(local)?;
        let size = open.metadata().await.map_err(local)?.len();
        let time = CALL_TIME + Duration::from_secs(size / SLOWEST_BYTES_PER_SECOND);
        let request = self
            .request(Method::PUT, &path(job, "artifact"))
            .query(&[("fence", fence.to_string().as_str()), ("sha256", sha256)])
            .header(reqwest::header::CONTENT_TYPE, "application/x-tar")
            .header(reqwest::header::CONTENT_LENGTH, size)
            .body(reqwest::Body::wrap_stream(ReaderStream::with_capacity(open, 256 * 1024)))
            .timeout(time);
        json(accepted(request.send().await?).await?).await
    }

    /// The bytes of a link; the caller bounds the time between two chunks.
    pub async fn open(&self, path: &str) -> Result<Response, ClientError> {
        // A link is relative to the server: an absolute address would send the token elsewhere.
        if !path.starts_with('/') || path.starts_with("//") {
            return Err(ClientError::Garbled(format!("the link {path:?} is not relative to the server")));
        }
        let sent = self.request(Method::GET, path).send();
        let answer = tokio::time::timeout(CALL_TIME, sent)
            .await
            .map_err(|_| ClientError::Unreachable("no answer in time".to_owned()))??;
        accepted(answer).await
    }
}

fn path(job: Uuid, call: &str) -> String {
    format!("/api/worker/v1/jobs/{job}/{call}")
}

fn is_loopback(server: &str) -> bool {
    let host = server.split("://").nth(1).unwrap_or_default();
    ["localhost", "127.", "[::1]"].iter().any(|name| host.starts_with(name))
}

async fn accepted(answer: Response) -> Result<Response, ClientError> {
    match answer.status() {
        status if status.is_success() => Ok(answer),
        StatusCode::CONFLICT | StatusCode::GONE => Err(ClientError::Stale),
        StatusCode::UNAUTHORIZED => Err(ClientError::Unauthorized),
        status => {
            let body = answer.text().await.unwrap_or_default();
            Err(ClientError::Refused { status: status.as_u16(), body: judge_core::faults::quote(&body) })
        }
    }
}

async fn json<T: DeserializeOwned>(answer: Response) -> Result<T, ClientError> {
    let bytes = answer.bytes().await?;
    serde_json::from_slice(&bytes).map_err(|error| ClientError::Garbled(error.to_string()))
}
