//! A whole server on a port of its own, with a storage folder of its own.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use dautri::{
    accounts::{Role, Roles},
    app::{App, Surroundings},
    config::{self, Config},
    kernel::Clock,
    submissions::Checker,
};
use sha2::{Digest, Sha256};
use sqlx::PgPool;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{Browser, bucket::BucketServer};

/// Where a server keeps its blobs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    Folder,
    /// An S3 bucket of a server in the test's own process.
    Bucket,
}

pub struct Server {
    pub db: PgPool,
    pub base: String,
    pub config: Config,
    pub judging: dautri::judging::Judging,
    pub leaderboard: dautri::leaderboard::Leaderboard,
    pub uploads: dautri::uploads::Uploads,
    accounts: dautri::accounts::Accounts,
    check: Checker,
    stop: CancellationToken,
    task: tokio::task::JoinHandle<()>,
    folder: Option<tempfile::TempDir>,
    bucket: Option<BucketServer>,
}

impl Server {
    pub async fn start(db: PgPool) -> Self {
        Self::start_with(db, |_| {}).await
    }

    /// Starts with settings of the test's own.
    pub async fn start_with(db: PgPool, adjust: impl FnOnce(&mut Config)) -> Self {
        Self::start_in(db, Place::Folder, checker(), adjust).await
    }

    /// Starts with its blobs in a place that the test says.
    pub async fn start_on(db: PgPool, place: Place) -> Self {
        Self::start_in(db, place, checker(), |_| {}).await
    }

    /// Starts with a checker of the test's own.
    pub async fn start_checking(db: PgPool, check: Checker) -> Self {
        Self::start_in(db, Place::Folder, check, |_| {}).await
    }

    async fn start_in(db: PgPool, place: Place, check: Checker, adjust: impl FnOnce(&mut Config)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut config = settings(folder.path().join("blobs"));
        let bucket = match place {
            Place::Folder => None,
            Place::Bucket => Some(BucketServer::start(&folder.path().join("s3")).await),
        };
        config.storage.s3 = bucket.as_ref().map(BucketServer::settings);
        adjust(&mut config);
        Self::start_at(db, config, check, Some(folder), bucket).await
    }

    async fn start_at(
        db: PgPool,
        config: Config,
        check: Checker,
        folder: Option<tempfile::TempDir>,
        bucket: Option<BucketServer>,
    ) -> Self {
        let stop = CancellationToken::new();
        let around = Surroundings {
            clock: Clock::system(),
            unpack: std::sync::Arc::new(|archive, folder| {
                let exe = PathBuf::from(env!("CARGO_BIN_EXE_dautri"));
                Box::pin(async move { Ok(judge::unpack_with(&exe, &archive, &folder).await?) })
            }),
            read_sheet: read_sheet(),
            check: check.clone(),
            stop: stop.clone(),
            metrics: None,
        };
        // App::serve closes its pool at the end; the test's own must stay open.
        let pool = sqlx::postgres::PgPoolOptions::new()
            .max_connections(20)
            .connect_with((*db.connect_options()).clone())
            .await
            .unwrap();
        let app = App::build(&config, pool, around).await.unwrap();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let (judging, leaderboard) = (app.judging.clone(), app.leaderboard.clone());
        let (uploads, accounts) = (app.uploads.clone(), app.accounts.clone());
        let task = tokio::spawn(async move { app.serve(listener).await.unwrap() });
        Self { db, base, config, judging, leaderboard, uploads, accounts, check, stop, task, folder, bucket }
    }

    /// Ends this server as a crash would, and starts another one on the same database and folder.
    pub async fn restart(mut self) -> Self {
        self.task.abort();
        let (folder, bucket) = (self.folder.take(), self.bucket.take());
        let (db, config) = (self.db.clone(), self.config.clone());
        let check = self.check.clone();
        Self::start_at(db, config, check, folder, bucket).await
    }

    /// The folder that holds what is stored, in the server's own place or in the bucket's.
    pub fn stored(&self, name: &str) -> PathBuf {
        let root =
            self.bucket.as_ref().map_or_else(|| self.config.storage.folder.clone(), BucketServer::folder);
        root.join(name)
    }

    /// How many objects of a kind are stored: `blobs` or `parts`.
    pub fn count_stored(&self, name: &str) -> usize {
        files_below(&self.stored(name))
    }

    /// Asks the server to stop and waits for it.
    pub async fn stop(mut self) {
        self.stop.cancel();
        (&mut self.task).await.unwrap();
    }

    pub fn browser(&self) -> Browser {
        Browser::new(&self.base)
    }

    pub async fn person(&self, name: &str) -> Browser {
        self.browser().sign_up(name).await
    }

    pub async fn person_with(&self, name: &str, roles: &[Role]) -> Browser {
        let browser = self.person(name).await;
        let roles: Roles = roles.iter().copied().collect();
        self.accounts.set_roles(browser.id.parse().unwrap(), &roles).await.unwrap();
        browser
    }

    pub async fn admin(&self) -> Browser {
        self.person_with("admin", &[Role::Admin]).await
    }

    /// A one-time token with which a worker enrols.
    pub async fn invite_worker(&self) -> String {
        let invitation = dautri::accounts::secret::fresh(dautri::judging::ENROLMENT_PREFIX);
        let hash = dautri::accounts::secret::hash(&invitation);
        let mut conn = self.db.acquire().await.unwrap();
        let day = Duration::from_hours(24);
        dautri::judging::store::workers::invite(&mut conn, &hash, day).await.unwrap();
        invitation
    }

    /// Puts the real sandbox image into storage and table, without sending 400 MB through the API.
    pub async fn place_real_image(&self) {
        let (archive, facts) = super::engine::image_archive();
        let sha256 = hex::decode(facts["archive_sha256"].as_str().unwrap()).unwrap();
        let size = i64::try_from(archive.metadata().unwrap().len()).unwrap();
        self.place_blob("python-ml", facts["image_id"].as_str().unwrap(), &sha256, size, |path| {
            std::os::unix::fs::symlink(&archive, path).unwrap();
        })
        .await;
    }

    /// An image that no engine could run, for tests whose worker has no engine.
    pub async fn place_fake_image(&self) {
        let sha256 = Sha256::digest(b"image").to_vec();
        self.place_blob("python-ml", "sha256:0", &sha256, 5, |path| std::fs::write(path, "image").unwrap())
            .await;
    }

    async fn place_blob(
        &self,
        name: &str,
        image_id: &str,
        sha256: &[u8],
        size: i64,
        place: impl Fn(&PathBuf),
    ) {
        let id = Uuid::new_v4();
        let simple = id.simple().to_string();
        let folder = self.stored("blobs").join(&simple[30..]);
        std::fs::create_dir_all(&folder).unwrap();
        place(&folder.join(&simple));
        sqlx::query("INSERT INTO blobs (id, sha256, size) VALUES ($1, $2, $3)")
            .bind(id)
            .bind(sha256)
            .bind(size)
            .execute(&self.db)
            .await
            .unwrap();
        sqlx::query("INSERT INTO images (name, image_id, blob_id) VALUES ($1, $2, $3)")
            .bind(name)
            .bind(image_id)
            .bind(id)
            .execute(&self.db)
            .await
            .unwrap();
    }
}

/// How many files lie below a folder.
pub fn files_below(folder: &Path) -> usize {
    let Ok(entries) = std::fs::read_dir(folder) else { return 0 };
    let paths = entries.map(|e| e.unwrap().path());
    paths.map(|path| if path.is_dir() { files_below(&path) } else { 1 }).sum()
}

/// The reader of spreadsheets with the tested binary as its child.
pub fn read_sheet() -> dautri::teams::ReadSheet {
    std::sync::Arc::new(|file, limits| {
        let exe = PathBuf::from(env!("CARGO_BIN_EXE_dautri"));
        Box::pin(async move { Ok(judge::read_sheet_with(&exe, file, limits).await?) })
    })
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.cancel();
        self.task.abort();
    }
}

/// The checker that the server has in earnest.
pub fn checker() -> Checker {
    std::sync::Arc::new(|check, file, truth| {
        let exe = PathBuf::from(env!("CARGO_BIN_EXE_dautri"));
        Box::pin(async move { Ok(judge::check_with(&exe, check, &file, truth.as_deref()).await?) })
    })
}

#[expect(clippy::needless_pass_by_value, reason = "the folder is the server's from here on")]
fn settings(blobs: PathBuf) -> Config {
    Config {
        database: config::Database { url: String::new(), max_connections: 20 },
        http: config::Http {
            listen: "127.0.0.1:0".parse().unwrap(),
            public_url: "http://dautri.test".to_owned(),
            recheck: Duration::from_secs(15),
        },
        storage: config::Storage { folder: blobs.clone(), s3: None },
        accounts: config::Accounts {
            session: Duration::from_hours(1),
            concurrent_hashes: 2,
            // Tests of what people must do before they take part switch it on.
            consent: false,
            ..config::Accounts::default()
        },
        mail: config::Mail {
            smtp_url: None,
            from: "Đấu Trí <thi@dautri.test>".to_owned(),
            outbox: blobs.join("outbox"),
        },
        limits: config::Limits::OFF,
        workers: config::Workers {
            lease: Duration::from_secs(30),
            deaths_to_quarantine: 3,
            link: Duration::from_mins(10),
        },
    }
}
