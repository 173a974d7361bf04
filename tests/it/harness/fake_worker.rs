//! A worker that speaks the protocol and says what the test wants it to say.

use judge_core::{
    faults::Fault,
    protocol::{Outcome, PROTOCOL_VERSION, Scores, Usage},
    verdict::Verdict,
};
use reqwest::{Method, RequestBuilder, StatusCode};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::Server;

#[derive(Clone)]
pub struct FakeWorker {
    client: reqwest::Client,
    base: String,
    token: String,
    boot: Uuid,
}

impl FakeWorker {
    /// Enrols and says hello.
    pub async fn enrol(server: &Server) -> Self {
        let invitation = server.invite_worker().await;
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let mut worker = Self { client, base: server.base.clone(), token: invitation, boot: Uuid::new_v4() };
        let (status, enrolled) = worker.post("/enrolment", json!({ "name": "máy chấm" })).await;
        assert_eq!(status, StatusCode::OK, "{enrolled}");
        worker.token = enrolled["token"].as_str().unwrap().to_owned();
        worker.hello().await;
        worker
    }

    /// The same worker as a new process.
    pub async fn rebooted(&self) -> Self {
        let worker = Self { boot: Uuid::new_v4(), ..self.clone() };
        worker.hello().await;
        worker
    }

    /// The same worker with another credential.
    pub fn with_token(&self, token: &str) -> Self {
        Self { token: token.to_owned(), ..self.clone() }
    }

    /// The same worker at another server of the same database.
    pub fn at(&self, server: &Server) -> Self {
        Self { base: server.base.clone(), ..self.clone() }
    }

    async fn hello(&self) {
        let hello = json!({
            "protocol": PROTOCOL_VERSION, "boot": self.boot, "version": "test", "slots": 1, "tags": [],
            "sandbox": "none", "probe": {},
        });
        let (status, body) = self.post("/hello", hello).await;
        assert_eq!(status, StatusCode::OK, "{body}");
    }

    pub async fn try_claim(&self, wait_seconds: u16) -> (StatusCode, Value) {
        self.post("/claim", json!({ "boot": self.boot, "wait_seconds": wait_seconds })).await
    }

    /// Claims a job that must be there.
    pub async fn claim(&self) -> Value {
        let (status, lease) = self.try_claim(5).await;
        assert_eq!(status, StatusCode::OK, "{lease}");
        lease
    }

    pub async fn report(&self, lease: &Value, outcome: &Outcome) -> StatusCode {
        let body = json!({ "fence": lease["fence"], "outcome": outcome, "usage": Usage::default() });
        self.job(lease, "report", body).await.0
    }

    pub async fn score(&self, lease: &Value, public: f64, private: f64) -> StatusCode {
        self.report(lease, &scored(public, private)).await
    }

    pub async fn fail(&self, lease: &Value, verdict: Verdict, faults: Vec<Fault>) -> StatusCode {
        self.report(lease, &Outcome::Failed { verdict, faults }).await
    }

    /// Uploads an artifact and reports the prediction step as done.
    pub async fn predict(&self, lease: &Value, artifact: &'static [u8]) -> StatusCode {
        let sha256 = hex::encode(Sha256::digest(artifact));
        let path = format!("/jobs/{}/artifact?fence={}&sha256={sha256}", id(lease), lease["fence"]);
        let put = self.request(Method::PUT, &path).body(artifact).send().await.unwrap();
        if put.status() != StatusCode::OK {
            return put.status();
        }
        self.report(lease, &Outcome::Predicted { artifact_sha256: sha256 }).await
    }

    pub async fn log(&self, lease: &Value, seq: u32, text: &str) -> StatusCode {
        self.job(lease, "log", json!({ "fence": lease["fence"], "seq": seq, "text": text })).await.0
    }

    pub async fn heartbeat(&self, lease: &Value) -> StatusCode {
        self.job(lease, "heartbeat", json!({ "fence": lease["fence"] })).await.0
    }

    /// What a heartbeat is answered with.
    pub async fn beat(&self, lease: &Value) -> Value {
        let (status, answer) = self.job(lease, "heartbeat", json!({ "fence": lease["fence"] })).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        answer
    }

    pub async fn hand_back(&self, lease: &Value) -> StatusCode {
        self.job(lease, "return", json!({ "fence": lease["fence"] })).await.0
    }

    /// Downloads a signed link.
    pub async fn fetch(&self, path: &str) -> (StatusCode, Vec<u8>) {
        let request = self.client.get(format!("{}{path}", self.base)).bearer_auth(&self.token);
        let answer = request.send().await.unwrap();
        (answer.status(), answer.bytes().await.unwrap().to_vec())
    }

    async fn job(&self, lease: &Value, call: &str, body: Value) -> (StatusCode, Value) {
        self.post(&format!("/jobs/{}/{call}", id(lease)), body).await
    }

    pub async fn post(&self, path: &str, body: Value) -> (StatusCode, Value) {
        let answer = self.request(Method::POST, path).json(&body).send().await.unwrap();
        let status = answer.status();
        (status, answer.json().await.unwrap_or(Value::Null))
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("{}/api/worker/v1{path}", self.base)).bearer_auth(&self.token)
    }
}

fn id(lease: &Value) -> &str {
    lease["job"].as_str().unwrap()
}

fn scored(public: f64, private: f64) -> Outcome {
    let of = |value| [("accuracy".to_owned(), value)].into();
    Outcome::Scored { scores: Scores { public: of(public), private: of(private) }, items: Vec::new() }
}
