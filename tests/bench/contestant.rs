//! A team that hands in through the public API.

use anyhow::{Context as _, ensure};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use chrono::{DateTime, Utc};
use reqwest::{RequestBuilder, Response, StatusCode, header};
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

/// One person with a team of their own.
#[derive(Debug, Clone)]
pub struct Contestant {
    /// Shared: every team's requests go through the same connections.
    pub http: reqwest::Client,
    pub server: String,
    pub token: String,
    pub team: Uuid,
}

/// What the server says of an accepted submission.
#[derive(Debug, Deserialize)]
pub struct Accepted {
    pub id: Uuid,
    pub accepted_at: DateTime<Utc>,
}

impl Contestant {
    pub async fn upload(&self, phase: &str, filename: &str, bytes: &[u8]) -> anyhow::Result<String> {
        let metadata = format!("filename {},phase {}", STANDARD.encode(filename), STANDARD.encode(phase));
        let create = self
            .http
            .post(format!("{}/api/v1/uploads", self.server))
            .header("Tus-Resumable", "1.0.0")
            .header("Upload-Length", bytes.len())
            .header("Upload-Metadata", metadata);
        let created = self.send(create).await?;
        let location = created.headers().get(header::LOCATION).and_then(|value| value.to_str().ok());
        let id =
            location.and_then(|location| location.rsplit('/').next()).context("an upload has a place")?;
        let append = self
            .http
            .patch(format!("{}/api/v1/uploads/{id}", self.server))
            .header("Tus-Resumable", "1.0.0")
            .header("Upload-Offset", 0)
            .header(header::CONTENT_TYPE, "application/offset+octet-stream")
            .body(bytes.to_vec());
        self.send(append).await?;
        Ok(id.to_owned())
    }

    pub async fn hand_in(&self, phase: &str, upload: &str) -> anyhow::Result<Accepted> {
        let request = self.http.post(format!("{}/api/v1/phases/{phase}/submissions", self.server));
        let answer = self.send(request.json(&json!({ "upload": upload }))).await?;
        ensure!(answer.status() == StatusCode::CREATED, "a new upload makes a new submission");
        Ok(answer.json().await?)
    }

    /// Checks an upload; spends nothing.
    pub async fn check(&self, phase: &str, upload: &str) -> anyhow::Result<Value> {
        let request = self.http.post(format!("{}/api/v1/phases/{phase}/checks", self.server));
        Ok(self.send(request.json(&json!({ "upload": upload }))).await?.json().await?)
    }

    pub async fn submission(&self, id: Uuid) -> anyhow::Result<Value> {
        let request = self.http.get(format!("{}/api/v1/submissions/{id}", self.server));
        Ok(self.send(request).await?.json().await?)
    }

    async fn send(&self, request: RequestBuilder) -> anyhow::Result<Response> {
        accepted(request.bearer_auth(&self.token).send().await?).await
    }
}

/// The answer, if it is a success.
pub async fn accepted(answer: Response) -> anyhow::Result<Response> {
    let (status, address) = (answer.status(), answer.url().path().to_owned());
    if status.is_success() {
        return Ok(answer);
    }
    anyhow::bail!("{address} answered {status}: {}", answer.text().await.unwrap_or_default())
}
