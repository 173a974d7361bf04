//! `dautri doctor`: what this machine lacks, and how to mend it.

use std::{path::PathBuf, process::ExitCode};

#[derive(Debug, clap::Args)]
pub struct DoctorArgs {
    /// Folder that `up` or `judge` would use.
    #[arg(long, env = "DAUTRI_DATA", default_value = ".dautri")]
    data: PathBuf,
    /// Address of the Docker engine.
    #[arg(long, env = "DOCKER_HOST")]
    docker_host: Option<String>,
    /// Folder of PostgreSQL's programs, if not /usr/lib/postgresql/*/bin.
    #[arg(long, env = "DAUTRI_PG_BIN")]
    pg_bin: Option<PathBuf>,
    /// Say it in Vietnamese.
    #[arg(long)]
    vi: bool,
}

#[expect(clippy::print_stdout, reason = "the command's result")]
pub async fn run(args: DoctorArgs) -> anyhow::Result<ExitCode> {
    let mut all_well = true;
    let mut say = |ok: bool, name: &str, vi: &str, en: &str| {
        all_well &= ok;
        println!("{}  {name}: {}", if ok { "ok  " } else { "MEND" }, if args.vi { vi } else { en });
    };
    let postgres = super::up::postgres_programs(args.pg_bin.as_deref());
    match &postgres {
        Some(folder) => {
            let folder = folder.display().to_string();
            say(true, "postgresql", &folder, &folder);
        }
        None => say(
            false,
            "postgresql",
            "chưa có chương trình PostgreSQL; hãy cài gói postgresql, hoặc đặt DATABASE_URL.",
            "PostgreSQL's programs are missing; install the package postgresql, or set DATABASE_URL.",
        ),
    }
    let mut worker = judge::WorkerConfig::new("http://127.0.0.1", args.data.join("worker"))?;
    worker.docker_host = args.docker_host;
    for check in judge::doctor::doctor(&worker).await {
        say(check.ok, check.name, &check.sentence.vi, &check.sentence.en);
    }
    Ok(if all_well { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
