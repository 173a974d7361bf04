//! The public API as a program uses it: what `dautri submit`, `import` and `demo` share.
//!
//! Invariants: a refusal reaches the person in the server's own sentence; every wait has a deadline; an upload
//! that is cut goes on where it broke.
//! Neighbours: the server's `http/` folders answer; nothing here knows the server's rooms.

mod data;
mod download;
mod pack;
mod teams;
mod tus;
mod views;

use std::time::Duration;

use reqwest::{Method, RequestBuilder, Response, StatusCode};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

pub use data::{Acceptance, Fetched, Manifest, ManifestFile, SetVersion};
pub use pack::{Packed, hash_file, pack_folder};
pub use teams::TeamsReport;
pub use tus::Source;
pub use views::*;

const CONNECT_DEADLINE: Duration = Duration::from_secs(10);
/// Silence after which an answer is given up; reading a large image archive takes the server a while.
const SILENCE: Duration = Duration::from_mins(5);

#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    #[error("{server} is no address of a server: write it like https://thi.example.vn")]
    Address { server: String },
    #[error("{server} does not answer: {cause}")]
    Unreachable { server: String, cause: reqwest::Error },
    /// The server refused, in its own words; of a malformed file it names every fault.
    #[error("{en} ({code}){}", listed(.faults))]
    Refused { status: StatusCode, code: String, en: String, faults: Vec<Fault> },
    #[error("the server's answer to {path} is not understood: {cause}")]
    Answer { path: String, cause: reqwest::Error },
    #[error("{file} cannot be read: {cause}")]
    File { file: String, cause: std::io::Error },
    #[error("{path} is no path that a file may have here")]
    Path { path: String },
    #[error("{path} came with other bytes than the server lists, or not whole; try again")]
    Changed { path: String },
    #[error("the upload stopped at {sent} of {size} bytes and could not be taken up again: {cause}")]
    Cut { sent: u64, size: u64, cause: Box<ClientError> },
    #[error("there is no phase {0}: write competition/track/phase, or the phase's id")]
    NoPhase(String),
}

impl ClientError {
    /// Whether the server refused with this code.
    pub fn is(&self, wanted: &str) -> bool {
        matches!(self, Self::Refused { code, .. } if code == wanted)
    }

    /// Whether the same request may go well a little later.
    fn is_passing(&self) -> bool {
        match self {
            Self::Unreachable { .. } => true,
            Self::Refused { status, .. } => {
                status.is_server_error() || *status == StatusCode::TOO_MANY_REQUESTS
            }
            _ => false,
        }
    }
}

pub type Result<T> = std::result::Result<T, ClientError>;

/// The part of problem+json that people read.
#[derive(Deserialize)]
struct Problem {
    code: String,
    en: String,
    #[serde(default)]
    faults: Vec<Fault>,
}

/// Below the sentence, one line each.
fn listed(faults: &[Fault]) -> String {
    faults.iter().flat_map(|fault| ["\n  ".to_owned(), fault.line()]).collect()
}

/// One caller of the API: by a session cookie after [`Client::log_in`], or by a token.
#[derive(Debug, Clone)]
pub struct Client {
    http: reqwest::Client,
    /// Scheme, host and port, without a slash at the end.
    server: String,
    token: Option<String>,
}

impl Client {
    pub fn new(server: &str, token: Option<String>) -> Result<Self> {
        let bad = || ClientError::Address { server: server.to_owned() };
        let address = reqwest::Url::parse(server).map_err(|_| bad())?;
        let host = address.host_str().ok_or_else(bad)?;
        let mut http = reqwest::Client::builder()
            .connect_timeout(CONNECT_DEADLINE)
            .read_timeout(SILENCE)
            .cookie_store(true)
            .user_agent(concat!("dautri/", env!("CARGO_PKG_VERSION")));
        // A proxy that the environment names would look for this machine's server on its own.
        if ["localhost", "127.0.0.1", "[::1]"].contains(&host) {
            http = http.no_proxy();
        }
        let http = http.build().map_err(|_| bad())?;
        Ok(Self { http, server: server.trim_end_matches('/').to_owned(), token })
    }

    pub async fn log_in(&self, email: &str, password: &str) -> Result<()> {
        #[derive(Serialize)]
        struct Body<'a> {
            email: &'a str,
            password: &'a str,
        }
        let _: serde_json::Value = self.post("/session", &Body { email, password }).await?;
        Ok(())
    }

    /// Makes an account that agrees to the current texts; the session is its own from here on.
    pub async fn sign_up(&self, email: &str, name: &str, password: &str) -> Result<()> {
        #[derive(Serialize)]
        struct Body<'a> {
            email: &'a str,
            name: &'a str,
            password: &'a str,
            agreed: Agreed<'a>,
        }
        #[derive(Serialize)]
        struct Agreed<'a> {
            privacy: &'a str,
            terms: &'a str,
        }
        let texts: serde_json::Value = self.get("/privacy").await?;
        let version = |name: &str| texts[name]["version"].as_str().unwrap_or_default();
        let agreed = Agreed { privacy: version("privacy"), terms: version("terms") };
        let _: serde_json::Value = self.post("/accounts", &Body { email, name, password, agreed }).await?;
        Ok(())
    }

    pub async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T> {
        self.read(path, self.request(Method::GET, path)).await
    }

    pub async fn post<T: DeserializeOwned>(&self, path: &str, body: &impl Serialize) -> Result<T> {
        self.call(Method::POST, path, body).await
    }

    /// Any call with a body.
    pub async fn call<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        body: &impl Serialize,
    ) -> Result<T> {
        self.read(path, self.request(method, path).json(body)).await
    }

    pub async fn put<T: DeserializeOwned>(&self, path: &str, body: &impl Serialize) -> Result<T> {
        self.read(path, self.request(Method::PUT, path).json(body)).await
    }

    /// Posts what is answered with success or a refusal, and nothing to read.
    pub async fn act(&self, path: &str, body: &impl Serialize) -> Result<()> {
        self.send(self.request(Method::POST, path).json(body)).await.map(drop)
    }

    /// Hands a finished upload in.
    pub async fn hand_in(&self, phase: &str, upload: &str) -> Result<Submission> {
        self.post(&format!("/phases/{phase}/submissions"), &serde_json::json!({ "upload": upload })).await
    }

    /// Checks an upload; spends nothing.
    pub async fn check(&self, phase: &str, upload: &str) -> Result<Check> {
        self.post(&format!("/phases/{phase}/checks"), &serde_json::json!({ "upload": upload })).await
    }

    pub async fn submission(&self, id: &str) -> Result<Submission> {
        self.get(&format!("/submissions/{id}")).await
    }

    /// A phase's id, from its id or from `competition/track/phase`.
    pub async fn phase_id(&self, phase: &str) -> Result<String> {
        if phase.parse::<uuid::Uuid>().is_ok() {
            return Ok(phase.to_owned());
        }
        let parts: Vec<&str> = phase.split('/').collect();
        let [competition, track, slug] = parts[..] else {
            return Err(ClientError::NoPhase(phase.to_owned()));
        };
        let competition: Competition = self.get(&format!("/competitions/{}", encoded(competition))).await?;
        let found = competition.phase(track, slug).map(|phase| phase.id.clone());
        found.ok_or_else(|| ClientError::NoPhase(phase.to_owned()))
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.http.request(method, format!("{}/api/v1{path}", self.server));
        match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    async fn read<T: DeserializeOwned>(&self, path: &str, request: RequestBuilder) -> Result<T> {
        let answer = self.send(request).await?;
        answer.json().await.map_err(|cause| ClientError::Answer { path: path.to_owned(), cause })
    }

    /// The answer, if it is a success.
    async fn send(&self, request: RequestBuilder) -> Result<Response> {
        let answer = request.send().await;
        let answer =
            answer.map_err(|cause| ClientError::Unreachable { server: self.server.clone(), cause })?;
        let status = answer.status();
        if status.is_success() {
            return Ok(answer);
        }
        let Problem { code, en, faults } = answer.json().await.unwrap_or_else(|_| Problem {
            code: status.as_u16().to_string(),
            en: format!("{} answered {status}", self.server),
            faults: Vec::new(),
        });
        Err(ClientError::Refused { status, code, en, faults })
    }
}

/// A word of a path; what is not plain is percent-encoded.
fn encoded(word: &str) -> String {
    use std::fmt::Write as _;
    word.bytes().fold(String::new(), |mut out, byte| {
        if byte.is_ascii_alphanumeric() || b"-_.".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_of_a_path_cannot_leave_its_place() {
        assert_eq!(encoded("a/b c?é"), "a%2Fb%20c%3F%C3%A9");
        assert_eq!(encoded("ai-challenge_1.0"), "ai-challenge_1.0");
    }

    #[test]
    fn an_address_without_a_scheme_is_refused_with_a_sentence() {
        let fault = Client::new("thi.example.vn", None).unwrap_err().to_string();
        assert!(fault.contains("https://"), "{fault}");
    }
}
