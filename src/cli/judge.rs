//! `dautri judge`.

use std::{path::PathBuf, process::ExitCode, time::Duration};

use ::judge::{Secret, Stub, WorkerConfig};

use super::{init_tracing, stop_signal};

/// Settings of a worker; secrets come by environment or file, never by argument, which others can read.
#[derive(Debug, clap::Args)]
pub struct JudgeArgs {
    /// Address of the server, e.g. `https://contest.example.vn`.
    #[arg(long, env = "DAUTRI_SERVER")]
    server: String,
    /// Folder of the worker alone: credential, cache, what it is judging.
    #[arg(long, env = "DAUTRI_WORKER_DATA", default_value = "/var/lib/dautri-worker")]
    data: PathBuf,
    /// Name that organizers see.
    #[arg(long, env = "DAUTRI_WORKER_NAME")]
    name: Option<String>,
    /// Jobs side by side.
    #[arg(long, env = "DAUTRI_WORKER_SLOTS", default_value_t = 1)]
    slots: u16,
    /// Labels such as `gpu`, separated by commas.
    #[arg(long, env = "DAUTRI_WORKER_TAGS", value_delimiter = ',')]
    tags: Vec<String>,
    /// File with the worker's credential, where it did not enrol by itself.
    #[arg(long, env = "DAUTRI_WORKER_TOKEN_FILE")]
    token_file: Option<PathBuf>,
    /// Address of the Docker engine.
    #[arg(long, env = "DOCKER_HOST")]
    docker_host: Option<String>,
    /// The engine's runtime, e.g. `runsc`.
    #[arg(long, env = "DAUTRI_WORKER_RUNTIME")]
    runtime: Option<String>,
    #[arg(long, env = "DAUTRI_WORKER_CGROUP_PARENT")]
    cgroup_parent: Option<String>,
    /// Answer every job at once instead of running it, after so many milliseconds: measures the queue.
    #[arg(long, hide = true)]
    stub: Option<u64>,
}

pub async fn run(args: JudgeArgs) -> anyhow::Result<ExitCode> {
    init_tracing();
    let mut config = WorkerConfig::new(args.server, args.data)?;
    if let Some(name) = args.name.or_else(hostname) {
        config.name = name;
    }
    config.slots = args.slots;
    config.tags = args.tags;
    config.token_file = args.token_file;
    config.enrolment_token =
        std::env::var("DAUTRI_WORKER_ENROLMENT").ok().filter(|t| !t.is_empty()).map(Secret::new);
    config.docker_host = args.docker_host;
    config.runtime = args.runtime;
    config.cgroup_parent = args.cgroup_parent;
    config.stub = args.stub.map(|ms| Stub { job_time: Duration::from_millis(ms) });
    ::judge::run(config, stop_signal()?).await?;
    Ok(ExitCode::SUCCESS)
}

fn hostname() -> Option<String> {
    rustix::system::uname().nodename().to_str().ok().map(str::to_owned)
}
