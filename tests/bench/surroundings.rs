//! What `scripts/bench` prepared.

use std::{env, path::PathBuf};

use anyhow::Context as _;

#[derive(Debug, Clone)]
pub struct Surroundings {
    /// The release binary under test.
    pub program: PathBuf,
    pub repo: PathBuf,
    /// Everything that is written while measuring lies here and goes away afterwards.
    pub work: PathBuf,
    /// Folder of the socket of a PostgreSQL whose superuser needs no password.
    pub postgres: PathBuf,
    pub docker_host: String,
    pub cgroup_parent: String,
    /// The engine's own client.
    pub docker: PathBuf,
    /// Archive of the sandbox image.
    pub image: PathBuf,
    /// Python with pandas and scikit-learn.
    pub python: PathBuf,
    /// The one measure that is wanted.
    pub only: Option<String>,
}

impl Surroundings {
    pub fn from_env() -> anyhow::Result<Self> {
        let repo = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
        Ok(Self {
            program: PathBuf::from(env!("CARGO_BIN_EXE_dautri")),
            work: needed("DAUTRI_BENCH_WORK")?.into(),
            postgres: needed("DAUTRI_BENCH_POSTGRES")?.into(),
            docker_host: needed("DOCKER_HOST")?,
            cgroup_parent: needed("DAUTRI_BENCH_CGROUP_PARENT")?,
            docker: needed("DAUTRI_BENCH_DOCKER")?.into(),
            image: needed("DAUTRI_BENCH_IMAGE")?.into(),
            python: needed("DAUTRI_BENCH_PYTHON")?.into(),
            only: env::var("ONLY").ok().filter(|name| !name.is_empty()),
            repo,
        })
    }

    pub fn summary(&self) -> PathBuf {
        self.repo.join("target/bench/summary.json")
    }

    pub fn database_url(&self, database: &str) -> String {
        format!("postgres://postgres@localhost/{database}?host={}", self.postgres.display())
    }
}

fn needed(name: &str) -> anyhow::Result<String> {
    env::var(name).with_context(|| format!("{name} is not set: run make bench"))
}
