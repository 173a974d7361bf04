//! A person's browser: cookies, JSON, uploads.

use std::collections::BTreeMap;

use base64::{Engine, engine::general_purpose::STANDARD};
use reqwest::{Method, RequestBuilder, StatusCode, header::HeaderMap};
use serde_json::{Value, json};

pub const PASSWORD: &str = "mật khẩu rất dài";

#[derive(Clone)]
pub struct Browser {
    client: reqwest::Client,
    base: String,
    /// The person's id, once they signed up.
    pub id: String,
    headers: BTreeMap<&'static str, String>,
}

#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Value,
}

impl Answer {
    pub fn text(&self, field: &str) -> String {
        self.body[field].as_str().unwrap_or_else(|| panic!("no {field} in {}", self.body)).to_owned()
    }

    pub fn code(&self) -> (u16, &str) {
        (self.status.as_u16(), self.body["code"].as_str().unwrap_or(""))
    }

    /// Last segment of the `Location` header.
    pub fn location_id(&self) -> String {
        self.headers["location"].to_str().unwrap().rsplit('/').next().unwrap().to_owned()
    }

    /// The cookie's value that the answer sets, with its attributes.
    pub fn cookie(&self) -> String {
        self.headers["set-cookie"].to_str().unwrap().to_owned()
    }
}

impl Browser {
    /// A browser in which nobody is logged in.
    pub fn new(base: &str) -> Self {
        let client = reqwest::Client::builder().cookie_store(true).no_proxy().build().unwrap();
        Self { client, base: base.to_owned(), id: String::new(), headers: BTreeMap::new() }
    }

    /// Signs up as `<name>@truong.edu.vn`.
    pub async fn sign_up(mut self, name: &str) -> Self {
        let form = json!({ "email": format!("{name}@truong.edu.vn"), "name": name, "password": PASSWORD });
        let answer = self.post("/accounts", form).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{:?}", answer.body);
        self.id = answer.text("id");
        self
    }

    /// The same person at another server of the same database.
    pub fn at(&self, server: &super::Server) -> Self {
        // Cookies are kept by host, and every server of the tests is 127.0.0.1.
        Self { base: server.base.clone(), ..self.clone() }
    }

    /// The same person at a server of the same database that listens here.
    pub fn at_address(&self, address: &str) -> Self {
        Self { base: address.to_owned(), ..self.clone() }
    }

    /// The same person, saying this too in every request.
    pub fn with(&self, header: &'static str, value: &str) -> Self {
        let mut other = self.clone();
        other.headers.insert(header, value.to_owned());
        other
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, None).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.send(Method::POST, path, Some(body)).await
    }

    pub async fn put(&self, path: &str, body: Value) -> Answer {
        self.send(Method::PUT, path, Some(body)).await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        self.send(Method::DELETE, path, None).await
    }

    async fn send(&self, method: Method, path: &str, body: Option<Value>) -> Answer {
        let mut request = self.request(method, path);
        if let Some(body) = body {
            request = request.json(&body);
        }
        self.answer(request).await
    }

    /// A request to the API that the test completes itself.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let mut request = self.client.request(method, format!("{}/api/v1{path}", self.base));
        for (name, value) in &self.headers {
            request = request.header(*name, value);
        }
        request
    }

    pub async fn answer(&self, request: RequestBuilder) -> Answer {
        let response = request.send().await.unwrap();
        let (status, headers) = (response.status(), response.headers().clone());
        let bytes = response.bytes().await.unwrap();
        let body = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
        Answer { status, headers, body }
    }

    /// Uploads by tus in one piece and returns the upload's id.
    pub async fn upload(&self, filename: &str, phase: Option<&str>, bytes: &[u8]) -> String {
        let created = self.begin_upload(filename, phase, bytes.len()).await;
        assert_eq!(created.status, StatusCode::CREATED, "{:?}", created.body);
        let id = created.location_id();
        let appended = self.append(&id, 0, bytes.to_vec()).await;
        assert_eq!(appended.status, StatusCode::NO_CONTENT, "{:?}", appended.body);
        id
    }

    pub async fn begin_upload(&self, filename: &str, phase: Option<&str>, length: usize) -> Answer {
        let mut metadata = format!("filename {}", STANDARD.encode(filename));
        if let Some(phase) = phase {
            metadata = format!("{metadata},phase {}", STANDARD.encode(phase));
        }
        let request = self
            .request(Method::POST, "/uploads")
            .header("tus-resumable", "1.0.0")
            .header("upload-length", length)
            .header("upload-metadata", metadata);
        self.answer(request).await
    }

    pub async fn append(&self, upload: &str, offset: usize, bytes: impl Into<reqwest::Body>) -> Answer {
        let request = self
            .request(Method::PATCH, &format!("/uploads/{upload}"))
            .header("tus-resumable", "1.0.0")
            .header("upload-offset", offset)
            .header("content-type", "application/offset+octet-stream")
            .body(bytes);
        self.answer(request).await
    }

    /// Uploads a file and hands it in.
    pub async fn hand_in(&self, phase: &str, filename: &str, bytes: &[u8]) -> Answer {
        let upload = self.upload(filename, Some(phase), bytes).await;
        self.post(&format!("/phases/{phase}/submissions"), json!({ "upload": upload })).await
    }

    /// The submission once it is judged.
    pub async fn judged(&self, submission: &str) -> Value {
        let deadline = std::time::Instant::now() + std::time::Duration::from_mins(2);
        loop {
            let shown = self.get(&format!("/submissions/{submission}")).await;
            assert_eq!(shown.status, StatusCode::OK, "{:?}", shown.body);
            if shown.body["state"] == "done" {
                return shown.body;
            }
            assert!(std::time::Instant::now() < deadline, "not judged within two minutes: {}", shown.body);
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        }
    }

    /// All that this person may read of an evaluation's log.
    pub async fn log(&self, evaluation: &Value) -> String {
        let path = format!("/evaluations/{}/log", evaluation["id"].as_str().unwrap());
        let pieces = self.get(&path).await;
        assert_eq!(pieces.status, StatusCode::OK, "{:?}", pieces.body);
        pieces.body.as_array().unwrap().iter().map(|piece| piece["text"].as_str().unwrap()).collect()
    }
}
