//! `dautri serve` and `dautri judge` as processes of their own, to be killed.

use std::{
    fs::File,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use super::{
    Server,
    engine::{Engine, docker_host},
};

/// A process that dies with its test.
pub struct Process(Child);

impl Process {
    fn spawn(command: &mut Command, log: &Path) -> Self {
        let log = File::options().create(true).append(true).open(log).unwrap();
        let command = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
        Self(command.spawn().unwrap())
    }

    /// As `kill -9` does, and the machine's end for everything that was in its memory.
    pub fn kill(mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }

    /// Asks it to end and waits for that.
    pub async fn terminate(mut self) {
        let pid = rustix::process::Pid::from_child(&self.0);
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
        for _ in 0..600 {
            if let Some(status) = self.0.try_wait().unwrap() {
                assert!(status.success(), "{status}");
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("the process does not end");
    }
}

/// Runs a client of `tests/clients/` in the Python environment of the tests.
pub async fn python_client(script: &str, arguments: &[&str]) -> String {
    let python =
        std::env::var("DAUTRI_PYTHON").expect("run the tests by `make test`, which has Python ready");
    let run = tokio::process::Command::new(python)
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clients").join(script))
        .args(arguments)
        .env("NO_PROXY", "*")
        .kill_on_drop(true)
        .output();
    let done = tokio::time::timeout(Duration::from_mins(1), run).await.unwrap().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8(done.stdout).unwrap().trim().to_owned()
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// `dautri judge` with a folder that outlives its process.
pub struct JudgeProcess {
    folder: tempfile::TempDir,
    server: String,
    invitation: String,
}

impl JudgeProcess {
    /// Prepares a worker for the server at this address, which shares the test server's database.
    pub async fn prepare(server: &Server, address: &str) -> Self {
        Engine::connect().ensure_image().await;
        let folder = tempfile::tempdir().unwrap();
        Self { folder, server: address.to_owned(), invitation: server.invite_worker().await }
    }

    pub fn start(&self) -> Process {
        let mut command = Command::new(env!("CARGO_BIN_EXE_dautri"));
        command.arg("judge").env("DAUTRI_SERVER", &self.server).env("DAUTRI_WORKER_DATA", self.data());
        command.env("DAUTRI_WORKER_ENROLMENT", &self.invitation).env("DOCKER_HOST", docker_host());
        if let Ok(parent) = std::env::var("DAUTRI_TEST_CGROUP_PARENT") {
            command.env("DAUTRI_WORKER_CGROUP_PARENT", parent);
        }
        Process::spawn(&mut command, &self.log())
    }

    pub fn data(&self) -> PathBuf {
        self.folder.path().join("worker")
    }

    fn log(&self) -> PathBuf {
        self.folder.path().join("log")
    }

    /// What its processes have said so far.
    pub fn said(&self) -> String {
        std::fs::read_to_string(self.log()).unwrap_or_default()
    }
}

/// `dautri serve` on the test server's database and folder, always at the same address.
pub struct ServerProcess {
    folder: tempfile::TempDir,
    listen: SocketAddr,
}

impl ServerProcess {
    pub fn prepare() -> Self {
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        Self { folder: tempfile::tempdir().unwrap(), listen: free.local_addr().unwrap() }
    }

    pub fn address(&self) -> String {
        format!("http://{}", self.listen)
    }

    /// Starts it and waits until it is ready.
    pub async fn start(&self, server: &Server) -> Process {
        use sqlx::ConnectOptions;
        let database = server.db.connect_options().to_url_lossy();
        let mut command = Command::new(env!("CARGO_BIN_EXE_dautri"));
        command.arg("serve").env("DATABASE_URL", database.as_str()).env("DAUTRI_SESSION_HOURS", "1");
        command.env("DAUTRI_CONSENT", "off");
        command.env("DAUTRI_HTTP_LISTEN", self.listen.to_string());
        command.env("DAUTRI_STORAGE_FOLDER", &server.config.storage.folder);
        if let Some(s3) = &server.config.storage.s3 {
            command.env("DAUTRI_S3_BUCKET", &s3.bucket).env("DAUTRI_S3_PREFIX", &s3.prefix);
            command.env("DAUTRI_S3_ENDPOINT", s3.endpoint.as_ref().unwrap());
            command.env("DAUTRI_S3_ACCESS_KEY", &s3.access_key).env("DAUTRI_S3_SECRET_KEY", &s3.secret_key);
        }
        let process = Process::spawn(&mut command, &self.folder.path().join("log"));
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        for _ in 0..600 {
            let ready = client.get(format!("{}/readyz", self.address())).send().await;
            if ready.is_ok_and(|answer| answer.status().is_success()) {
                return process;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("not ready: {}", std::fs::read_to_string(self.folder.path().join("log")).unwrap());
    }
}
