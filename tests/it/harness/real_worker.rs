//! The real worker with the real Docker engine that `make test` starts.

use std::path::PathBuf;

use judge::{Secret, WorkerConfig};
use tokio_util::sync::CancellationToken;

use super::{
    Server,
    engine::{Engine, docker_host},
    remains::{cgroups, until_nothing_remains},
};

pub struct RealWorker {
    stop: CancellationToken,
    task: tokio::task::JoinHandle<()>,
    folder: tempfile::TempDir,
}

impl RealWorker {
    /// Starts a worker beside the server and waits until it has said hello.
    pub async fn start(server: &Server) -> Self {
        Engine::connect().ensure_image().await;
        let folder = tempfile::tempdir().unwrap();
        let mut config = WorkerConfig::new(&server.base, folder.path().join("worker")).unwrap();
        config.enrolment_token = Some(Secret::new(server.invite_worker().await));
        config.child_exe = PathBuf::from(env!("CARGO_BIN_EXE_dautri"));
        config.docker_host = Some(docker_host());
        config.cgroup_parent = std::env::var("DAUTRI_TEST_CGROUP_PARENT").ok();
        config.min_free_bytes = 256 << 20;
        let stop = CancellationToken::new();
        let token = stop.clone();
        let task = tokio::spawn(async move { judge::run(config, token).await.unwrap() });
        let worker = Self { stop, task, folder };
        worker.until_enrolled(server).await;
        worker
    }

    async fn until_enrolled(&self, server: &Server) {
        let hello = "SELECT count(*) FROM workers WHERE boot IS NOT NULL";
        for _ in 0..600 {
            let count: i64 = sqlx::query_scalar(hello).fetch_one(&server.db).await.unwrap();
            if count > 0 {
                return;
            }
            assert!(!self.task.is_finished(), "the worker ended before its hello");
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        }
        panic!("the worker said no hello within a minute");
    }

    /// Folder of everything that the worker writes.
    pub fn data(&self) -> PathBuf {
        self.folder.path().join("worker")
    }

    /// Stops the worker and looks that nothing of it is left on this machine.
    pub async fn stop(self) {
        self.stop.cancel();
        let data = self.data();
        let ended = tokio::time::timeout(std::time::Duration::from_mins(1), self.task).await;
        ended.expect("the worker stops").unwrap();
        until_nothing_remains(&data).await.unwrap();
        let id = std::fs::read_to_string(data.join("worker-id")).unwrap();
        assert_eq!(cgroups(&id), Vec::<PathBuf>::new(), "the worker's cgroups are left");
    }
}
