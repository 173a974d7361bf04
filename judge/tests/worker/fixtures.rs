//! A worker under test, and what it is given to do.

use std::{
    fs::{self, File},
    io::{Cursor, Read, Write},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use bollard::{
    API_DEFAULT_VERSION, Docker,
    query_parameters::{ImportImageOptions, ListContainersOptionsBuilder},
};
use futures::StreamExt;
use judge::{Secret, WorkerConfig, WorkerError};
use judge_core::{
    faults::FaultKind,
    limits::Limits,
    protocol::{ImageLink, Link, Outcome, PredictPlan, ProgramForm},
    verdict::Verdict,
};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::contest::{Contest, TOKEN};

pub const MIB: u64 = 1024 * 1024;

pub fn docker_host() -> Option<String> {
    std::env::var("DAUTRI_TEST_DOCKER").or_else(|_| std::env::var("DOCKER_HOST")).ok()
}

pub async fn docker() -> Docker {
    let docker = Docker::connect_with_unix(&docker_host().unwrap(), 600, API_DEFAULT_VERSION).unwrap();
    docker.negotiate_version().await.unwrap()
}

/// A running worker with a data folder of its own.
pub struct Worker {
    pub config: WorkerConfig,
    task: JoinHandle<Result<(), WorkerError>>,
    stop: CancellationToken,
    _folder: tempfile::TempDir,
}

impl Worker {
    pub fn start(contest: &Contest) -> Self {
        Self::start_with(contest, |_| ())
    }

    pub fn start_with(contest: &Contest, change: impl FnOnce(&mut WorkerConfig)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut config = WorkerConfig::new(contest.address(), folder.path().join("data")).unwrap();
        config.token = Some(Secret::new(TOKEN));
        config.docker_host = docker_host();
        config.claim_wait_seconds = 2;
        change(&mut config);
        let stop = CancellationToken::new();
        let task = tokio::spawn(judge::run(config.clone(), stop.clone()));
        Self { config, task, stop, _folder: folder }
    }

    pub fn begin_stop(&self) {
        self.stop.cancel();
    }

    /// Ends it and looks that nothing is left.
    pub async fn stop(mut self) {
        self.stop.cancel();
        let ended =
            tokio::time::timeout(Duration::from_mins(1), &mut self.task).await.expect("the worker stops");
        ended.unwrap().unwrap();
        nothing_left(&self.config).await;
    }
}

/// A test that fails leaves nothing behind either.
impl Drop for Worker {
    fn drop(&mut self) {
        if !std::thread::panicking() || self.task.is_finished() {
            return;
        }
        self.stop.cancel();
        let task = &mut self.task;
        let ending = async { tokio::time::timeout(Duration::from_secs(30), task).await };
        let _ = tokio::task::block_in_place(|| tokio::runtime::Handle::current().block_on(ending));
    }
}

pub async fn nothing_left(config: &WorkerConfig) {
    let data = &config.data_dir;
    for folder in ["jobs", "incoming", "empty"] {
        let left: Vec<_> = fs::read_dir(data.join(folder)).unwrap().collect();
        assert!(left.is_empty(), "{folder} holds {left:?}");
    }
    let mountinfo = fs::read_to_string("/proc/self/mountinfo").unwrap();
    assert!(!mountinfo.contains(data.to_str().unwrap()), "a mount is left");
    let id = fs::read_to_string(data.join("worker-id")).unwrap();
    assert_eq!(containers(&id).await, Vec::<String>::new(), "containers are left");
    let cgroups: Vec<PathBuf> = ["/sys/fs/cgroup/memory", "/sys/fs/cgroup"]
        .iter()
        .map(|mount| Path::new(mount).join(format!("dautri-{id}")))
        .filter(|path| path.exists())
        .collect();
    assert!(cgroups.is_empty(), "{cgroups:?} are left");
}

pub async fn containers(worker: &str) -> Vec<String> {
    if docker_host().is_none() {
        return Vec::new();
    }
    let filters = std::collections::HashMap::from([("label", vec![format!("dautri.worker={worker}")])]);
    let options = ListContainersOptionsBuilder::new().all(true).filters(&filters).build();
    let found = docker().await.list_containers(Some(options)).await.unwrap();
    found.into_iter().filter_map(|container| container.id).collect()
}

/// The Python image, loaded into the engine once for all test processes.
pub async fn python(contest: &Contest) -> ImageLink {
    let path = image_archive();
    let id = image_id(&path);
    let lock = File::create(std::env::temp_dir().join("dautri-judge-test-image.lock")).unwrap();
    rustix::fs::flock(&lock, rustix::fs::FlockOperation::LockExclusive).unwrap();
    let docker = docker().await;
    if docker.inspect_image(&id).await.is_err() {
        let file = tokio::fs::File::open(&path).await.unwrap();
        let stream = tokio_util::io::ReaderStream::with_capacity(file, 1 << 20);
        let mut progress = Box::pin(docker.import_image_stream(ImportImageOptions::default(), stream, None));
        while let Some(step) = progress.next().await {
            step.unwrap();
        }
    }
    // The engine has it: the archive is never asked for.
    ImageLink { image_id: id, archive: contest.blob("unused") }
}

fn image_archive() -> PathBuf {
    match std::env::var_os("DAUTRI_TEST_IMAGE") {
        Some(path) => path.into(),
        None => Path::new(env!("CARGO_MANIFEST_DIR")).join("../.dautri/images/python-ml.tar"),
    }
}

/// The hash of the configuration, as the archive's manifest names it.
fn image_id(path: &Path) -> String {
    let mut archive = tar::Archive::new(
        File::open(path).unwrap_or_else(|error| panic!("the test image {}: {error}", path.display())),
    );
    for entry in archive.entries_with_seek().unwrap() {
        let mut entry = entry.unwrap();
        if entry.path().unwrap().as_ref() != Path::new("manifest.json") {
            continue;
        }
        let mut text = String::new();
        entry.read_to_string(&mut text).unwrap();
        let manifest: serde_json::Value = serde_json::from_str(&text).unwrap();
        let config = manifest[0]["Config"].as_str().unwrap();
        let name = config.rsplit('/').next().unwrap().trim_end_matches(".json");
        return format!("sha256:{name}");
    }
    panic!("{} holds no manifest", path.display());
}

pub fn zip(files: &[(&str, &str)]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in files {
        writer.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        writer.write_all(content.as_bytes()).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// Small limits: a test that meets them ends soon.
pub fn limits() -> Limits {
    Limits {
        wall_ms: 20_000,
        cpu_ms: 15_000,
        memory_bytes: 96 * MIB,
        pids: 32,
        output_bytes: 4 * MIB,
        output_files: 50,
        scratch_bytes: 4 * MIB,
        unpacked_bytes: 8 * MIB,
        unpacked_files: 100,
        ..Limits::default()
    }
}

pub const WRITES: &str = "open('/app/output/predictions.csv','w').write('id,label\\n1,a\\n2,b\\n')\n";

/// The team's program is one Python file.
pub async fn predict_plan(contest: &Arc<Contest>, program: &str) -> PredictPlan {
    PredictPlan {
        image: python(contest).await,
        submission: contest.blob(zip(&[("predict.py", program)])),
        required_files: vec!["predict.py".to_owned()],
        form: ProgramForm::Fixed,
        command: command("predict.py"),
        input: Some(contest.blob(zip(&[("test.csv", "id\n1\n2\n")]))),
        ingestion: None,
        required_outputs: vec!["predictions.csv".to_owned()],
        limits: limits(),
    }
}

pub fn command(file: &str) -> Vec<String> {
    vec!["python3".to_owned(), format!("/app/program/{file}")]
}

pub fn verdict(outcome: &Outcome) -> Option<Verdict> {
    match outcome {
        Outcome::Failed { verdict, .. } => Some(*verdict),
        _ => None,
    }
}

pub fn kinds(outcome: &Outcome) -> Vec<FaultKind> {
    match outcome {
        Outcome::Failed { faults, .. } => faults.iter().map(|fault| fault.kind.clone()).collect(),
        _ => Vec::new(),
    }
}

/// A tar archive's files.
pub fn untar(bytes: &[u8]) -> Vec<(String, String)> {
    let mut archive = tar::Archive::new(bytes);
    let mut files = Vec::new();
    for entry in archive.entries().unwrap() {
        let mut entry = entry.unwrap();
        let mut text = String::new();
        entry.read_to_string(&mut text).unwrap();
        files.push((entry.path().unwrap().display().to_string(), text));
    }
    files
}

pub fn artifact_link(contest: &Contest, job: uuid::Uuid) -> Link {
    contest.blob(contest.job(job).artifact.unwrap())
}
