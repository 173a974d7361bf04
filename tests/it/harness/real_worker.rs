//! The real worker with the real Docker engine that `make test` starts.

use std::path::PathBuf;

use judge::{Secret, WorkerConfig};
use tokio_util::sync::CancellationToken;

use super::Server;

pub struct RealWorker {
    stop: CancellationToken,
    task: tokio::task::JoinHandle<()>,
    folder: tempfile::TempDir,
}

impl RealWorker {
    /// Starts a worker beside the server and waits until it has said hello.
    pub async fn start(server: &Server) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let invitation = dautri::accounts::secret::fresh(dautri::judging::ENROLMENT_PREFIX);
        let hash = dautri::accounts::secret::hash(&invitation);
        let mut conn = server.db.acquire().await.unwrap();
        let day = std::time::Duration::from_hours(24);
        dautri::judging::store::workers::invite(&mut conn, &hash, day).await.unwrap();
        drop(conn);

        let mut config = WorkerConfig::new(&server.base, folder.path().join("worker")).unwrap();
        config.enrolment_token = Some(Secret::new(invitation));
        config.child_exe = PathBuf::from(env!("CARGO_BIN_EXE_dautri"));
        config.docker_host = Some(
            std::env::var("DAUTRI_TEST_DOCKER")
                .expect("run the tests by `make test`, which starts an engine"),
        );
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

    /// Folder of the worker.
    pub fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }

    /// Stops the worker and waits until it has cleaned up.
    pub async fn stop(self) {
        self.stop.cancel();
        self.task.await.unwrap();
    }
}
