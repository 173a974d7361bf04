//! A worker inside the benchmark: it speaks the workers' protocol and reports the scores that it is told.

use std::collections::BTreeMap;

use anyhow::Context as _;
use judge_core::protocol::{
    Claim, Enrolled, Enrolment, Hello, Lease, Outcome, PROTOCOL_VERSION, Report, Scores, Usage,
};
use serde::Serialize;
use uuid::Uuid;

use crate::contestant::accepted;

#[derive(Debug)]
pub struct Worker {
    http: reqwest::Client,
    server: String,
    token: String,
    boot: Uuid,
}

impl Worker {
    pub async fn enrol(http: reqwest::Client, server: &str, invitation: String) -> anyhow::Result<Self> {
        let boot = Uuid::new_v4();
        let mut worker = Self { http, server: server.to_owned(), token: invitation, boot };
        let enrolment = Enrolment { name: "bench".to_owned() };
        let enrolled: Enrolled = worker.post("enrolment", &enrolment).await?.json().await?;
        worker.token = enrolled.token;
        let hello = Hello {
            protocol: PROTOCOL_VERSION,
            boot,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            slots: 1,
            tags: Vec::new(),
            sandbox: "bench".to_owned(),
            probe: BTreeMap::new(),
        };
        worker.post("hello", &hello).await?;
        Ok(worker)
    }

    /// The next job.
    pub async fn claim(&self) -> anyhow::Result<Lease> {
        let answer = self.post("claim", &Claim { boot: self.boot, wait_seconds: 10 }).await?;
        answer.json().await.context("a job waits")
    }

    /// Returns when the server has committed the scores.
    pub async fn report(&self, lease: &Lease, scores: BTreeMap<String, f64>) -> anyhow::Result<()> {
        let scores = Scores { public: scores.clone(), private: scores };
        let outcome = Outcome::Scored { scores, items: Vec::new() };
        let report = Report { fence: lease.fence, outcome, usage: Usage::default() };
        self.post(&format!("jobs/{}/report", lease.job), &report).await.map(drop)
    }

    async fn post(&self, call: &str, body: &impl Serialize) -> anyhow::Result<reqwest::Response> {
        let request = self.http.post(format!("{}/api/worker/v1/{call}", self.server));
        accepted(request.bearer_auth(&self.token).json(body).send().await?).await
    }
}
