//! A server of its own for each measure: fresh database, fresh storage, a free port.

use std::{
    net::TcpListener,
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};

use anyhow::{Context as _, ensure};
use dautri::{
    accounts::secret,
    cli::client::{Client, Competition, Import, Source, pack_folder},
};
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection, PgPool, postgres::PgPoolOptions};
use tokio::time::sleep;
use uuid::Uuid;

use crate::{contestant::Contestant, process, process::Running, surroundings::Surroundings};

const ADMIN: &str = "admin@bench.dautri.local";
const START_DEADLINE: Duration = Duration::from_mins(1);

#[derive(Debug)]
pub struct Site {
    pub url: String,
    pub db: PgPool,
    pub http: reqwest::Client,
    /// With an administrator's session.
    pub admin: Client,
    /// Names the database, folders and logs.
    name: &'static str,
    data: PathBuf,
    database_url: String,
    admin_token: String,
    server: Running,
}

impl Site {
    pub async fn start(around: &Surroundings, name: &'static str) -> anyhow::Result<Self> {
        let database = format!("bench_{name}");
        let mut postgres = PgConnection::connect(&around.database_url("postgres")).await?;
        sqlx::query(AssertSqlSafe(format!("CREATE DATABASE {database}"))).execute(&mut postgres).await?;
        postgres.close().await?;
        let (data, database_url) = (around.work.join(name), around.database_url(&database));
        std::fs::create_dir_all(&data)?;
        let address = format!("127.0.0.1:{}", free_port()?);
        let url = format!("http://{address}");
        let mut serve = command(around, &database_url, &data);
        serve.arg("serve").env("DAUTRI_HTTP_LISTEN", &address);
        let mut server = Running::start(serve, data.join("server.log"))?;
        let http = reqwest::Client::builder().no_proxy().tcp_nodelay(true).build()?;
        until_ready(&http, &url, &mut server).await?;
        let db = PgPoolOptions::new().max_connections(2).connect(&database_url).await?;
        let password = secret::fresh("");
        let mut create = command(around, &database_url, &data);
        create.args(["admin", "user", "create", "--email", ADMIN, "--name", "Admin"]);
        process::output(create.args(["--role", "admin", "--password-stdin"]), Some(&password))?;
        let admin = Client::new(&url, None)?;
        admin.log_in(ADMIN, &password).await?;
        let token: Value = admin
            .post("/tokens", &json!({ "name": "bench", "scopes": ["read", "submit", "manage", "admin"] }))
            .await?;
        let admin_token = token["token"].as_str().context("a token has a secret")?.to_owned();
        Ok(Self { url, db, http, admin, name, data, database_url, admin_token, server })
    }

    /// Stores the sandbox image.
    pub async fn store_image(&self, around: &Surroundings) -> anyhow::Result<()> {
        let source = Source { file: &around.image, name: "python-ml.tar", phase: None };
        let upload = self.admin.upload(&source, &|_, _| ()).await?;
        let _: Value = self.admin.post("/images", &json!({ "name": "python-ml", "upload": upload })).await?;
        Ok(())
    }

    /// Imports a sample competition whose teams may hand in as often as they like.
    pub async fn import(&self, around: &Surroundings, dataset: &str) -> anyhow::Result<Competition> {
        let copy = self.data.join("definition");
        process::copy_folder(&around.repo.join("datasets").join(dataset), &copy)?;
        let file = copy.join("dautri.yaml");
        let limited = std::fs::read_to_string(&file)?;
        let free: Vec<&str> =
            limited.lines().filter(|line| !line.trim_start().starts_with("attempts:")).collect();
        ensure!(free.len() < limited.lines().count(), "{dataset} has no attempts to lift");
        std::fs::write(&file, free.join("\n"))?;
        self.import_folder(&copy).await
    }

    /// Imports a definition as it is.
    pub async fn import_folder(&self, folder: &Path) -> anyhow::Result<Competition> {
        let packed = pack_folder(folder, &["samples"]).await?;
        let source = Source { file: packed.path(), name: "competition.zip", phase: None };
        let upload = self.admin.upload(&source, &|_, _| ()).await?;
        let import: Import = self.admin.post("/competitions", &json!({ "upload": upload })).await?;
        Ok(self.admin.get(&format!("/competitions/{}", import.slug)).await?)
    }

    /// Makes teams of one person each, with an API token, by SQL: hashing a password for each of them would take
    /// most of the time. Everything after that goes through the API.
    pub async fn teams(&self, competition: &str, number: usize) -> anyhow::Result<Vec<Contestant>> {
        let contestants: Vec<Contestant> = (0..number)
            .map(|_| Contestant {
                http: self.http.clone(),
                server: self.url.clone(),
                token: secret::fresh("dt_"),
                team: Uuid::new_v4(),
            })
            .collect();
        let teams: Vec<Uuid> = contestants.iter().map(|contestant| contestant.team).collect();
        let hashes: Vec<Vec<u8>> = contestants.iter().map(|c| secret::hash(&c.token).to_vec()).collect();
        let made = sqlx::query(
            "WITH new AS MATERIALIZED (
                 SELECT team, hash, n, gen_random_uuid() AS person
                 FROM unnest($2::uuid[], $3::bytea[]) WITH ORDINALITY AS t (team, hash, n)
             ), place AS (
                 SELECT c.id AS competition, min(d.slug) AS division FROM competitions c
                 JOIN divisions d ON d.competition_id = c.id WHERE c.slug = $1 GROUP BY c.id
             ), people AS (
                 INSERT INTO users (id, email, name, password_hash)
                 SELECT person, format('p%s@bench.dautri.local', n), format('Thí sinh %s', n), '' FROM new
             ), tokens AS (
                 INSERT INTO api_tokens (id, user_id, name, secret_hash)
                 SELECT gen_random_uuid(), person, 'bench', hash FROM new
             ), teams AS (
                 INSERT INTO teams (id, competition_id, division_id, name)
                 SELECT team, competition, d.id, format('Đội %s', n) FROM new, place
                 JOIN divisions d ON d.competition_id = competition AND d.slug = division
             )
             INSERT INTO team_members (team_id, user_id, competition_id, is_leader)
             SELECT team, person, competition, true FROM new, place",
        )
        .bind(competition)
        .bind(&teams)
        .bind(&hashes)
        .execute(&self.db)
        .await?;
        ensure!(made.rows_affected() == number as u64, "every team has a member");
        Ok(contestants)
    }

    /// A one-time token that makes a worker known.
    pub fn invite_worker(&self, around: &Surroundings) -> anyhow::Result<String> {
        let mut invite = command(around, &self.database_url, &self.data);
        process::output(invite.args(["admin", "worker", "invite"]), None)
    }

    /// Starts `dautri judge` with one slot.
    pub fn worker(&self, around: &Surroundings, name: &str, more: &[&str]) -> anyhow::Result<Running> {
        let folder = self.data.join(name);
        let mut judge = Command::new(&around.program);
        judge
            .args(["judge", "--slots", "1", "--name", name, "--server", &self.url])
            .args(more)
            .env("DAUTRI_WORKER_DATA", &folder)
            .env("DAUTRI_WORKER_ENROLMENT", self.invite_worker(around)?)
            .env("DOCKER_HOST", &around.docker_host)
            .env("DAUTRI_WORKER_CGROUP_PARENT", &around.cgroup_parent);
        Running::start(judge, self.data.join(format!("{name}.log")))
    }

    /// The server's metrics, as Prometheus reads them.
    pub async fn metrics(&self) -> anyhow::Result<String> {
        let request = self.http.get(format!("{}/metrics", self.url)).bearer_auth(&self.admin_token);
        Ok(request.send().await?.error_for_status()?.text().await?)
    }

    pub fn check(&mut self) -> anyhow::Result<()> {
        self.server.check().with_context(|| format!("the server of {}", self.name))
    }
}

/// A command of the program with the server's settings.
fn command(around: &Surroundings, database_url: &str, data: &Path) -> Command {
    let mut command = Command::new(&around.program);
    command
        .env("DATABASE_URL", database_url)
        .env("DAUTRI_STORAGE_FOLDER", data.join("blobs"))
        .env("DAUTRI_LOG", "warn")
        .env("DAUTRI_CONSENT", "off")
        .env("DAUTRI_LIMIT_SUBMISSIONS", "0")
        .env("DAUTRI_LIMIT_UPLOADS", "0");
    command
}

fn free_port() -> anyhow::Result<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}

async fn until_ready(http: &reqwest::Client, url: &str, server: &mut Running) -> anyhow::Result<()> {
    let deadline = Instant::now() + START_DEADLINE;
    loop {
        server.check()?;
        if let Ok(answer) = http.get(format!("{url}/readyz")).send().await
            && answer.status().is_success()
        {
            return Ok(());
        }
        ensure!(Instant::now() < deadline, "the server was not ready within {} s", START_DEADLINE.as_secs());
        sleep(Duration::from_millis(50)).await;
    }
}
