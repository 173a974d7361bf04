//! An S3 server inside the test's own process, on loopback.

use std::path::{Path, PathBuf};

use dautri::config;
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto::Builder,
};
use s3s::{auth::SimpleAuth, service::S3ServiceBuilder};

const NAME: &str = "dautri-test";
const ACCESS_KEY: &str = "nguoi-thu";
const SECRET_KEY: &str = "bi mat cua nguoi thu";

pub struct BucketServer {
    folder: PathBuf,
    endpoint: String,
    task: tokio::task::JoinHandle<()>,
}

impl BucketServer {
    /// Serves a bucket whose objects are files below this folder.
    pub async fn start(root: &Path) -> Self {
        let folder = root.join(NAME);
        std::fs::create_dir_all(&folder).unwrap();
        let mut service = S3ServiceBuilder::new(s3s_fs::FileSystem::new(root).unwrap());
        service.set_auth(SimpleAuth::from_single(ACCESS_KEY, SECRET_KEY));
        let service = service.build();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let task = tokio::spawn(async move {
            loop {
                let (socket, _) = listener.accept().await.unwrap();
                let service = service.clone();
                tokio::spawn(async move {
                    let server = Builder::new(TokioExecutor::new());
                    let _ = server.serve_connection(TokioIo::new(socket), service).await;
                });
            }
        });
        Self { folder, endpoint, task }
    }

    pub fn settings(&self) -> config::S3 {
        config::S3 {
            bucket: NAME.to_owned(),
            region: "us-east-1".to_owned(),
            endpoint: Some(self.endpoint.clone()),
            access_key: ACCESS_KEY.to_owned(),
            secret_key: SECRET_KEY.to_owned(),
            prefix: "truong/".to_owned(),
            path_style: true,
        }
    }

    /// Where the objects with the prefix lie.
    pub fn folder(&self) -> PathBuf {
        self.folder.join("truong")
    }
}

impl Drop for BucketServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}
