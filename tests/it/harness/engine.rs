//! The Docker engine that `make test` starts, asked over its socket.

use std::{fs::File, path::PathBuf};

use serde_json::{Value, json};

pub fn docker_host() -> String {
    std::env::var("DAUTRI_TEST_DOCKER").expect("run the tests by `make test`, which starts an engine")
}

/// The archive of the sandbox image and what its builder wrote down about it.
pub fn image_archive() -> (PathBuf, Value) {
    let archive = PathBuf::from(
        std::env::var("DAUTRI_TEST_IMAGE").expect("run the tests by `make test`, which builds the image"),
    );
    let facts = serde_json::from_slice(&std::fs::read(archive.with_extension("json")).unwrap()).unwrap();
    (archive, facts)
}

pub struct Engine(reqwest::Client);

impl Engine {
    pub fn connect() -> Self {
        let host = docker_host();
        let path = host.strip_prefix("unix://").expect("the test's engine listens on a Unix socket");
        Self(reqwest::Client::builder().no_proxy().unix_socket(path).build().unwrap())
    }

    /// Ids of the containers with this label, running or not.
    pub async fn containers(&self, label: &str) -> Vec<String> {
        let filters = json!({ "label": [label] }).to_string();
        let list = self.0.get("http://docker/containers/json").query(&[("all", "1"), ("filters", &filters)]);
        let found: Value = list.send().await.unwrap().error_for_status().unwrap().json().await.unwrap();
        found.as_array().unwrap().iter().map(|c| c["Id"].as_str().unwrap().to_owned()).collect()
    }

    /// Loads the sandbox image once for all test processes, so that no test's time limits pay for it.
    pub async fn ensure_image(&self) {
        let (archive, facts) = image_archive();
        let lock = File::create(std::env::temp_dir().join("dautri-it-image.lock")).unwrap();
        let waiting =
            move || rustix::fs::flock(&lock, rustix::fs::FlockOperation::LockExclusive).map(|()| lock);
        let _lock = tokio::task::spawn_blocking(waiting).await.unwrap().unwrap();
        let id = facts["image_id"].as_str().unwrap();
        let known = self.0.get(format!("http://docker/images/{id}/json")).send().await.unwrap();
        if known.status().is_success() {
            return;
        }
        let file = tokio::fs::File::open(archive).await.unwrap();
        let body = reqwest::Body::wrap_stream(tokio_util::io::ReaderStream::with_capacity(file, 1 << 20));
        let load = self.0.post("http://docker/images/load").header("content-type", "application/x-tar");
        let answer = load.body(body).send().await.unwrap().error_for_status().unwrap();
        answer.bytes().await.unwrap();
    }
}
