//! `dautri up`: a whole platform on one machine.
//!
//! Purpose: keep PostgreSQL, the server, a worker and, where none answers, a Docker engine as child processes
//! of one small supervisor, and leave nothing behind when it ends.
//! Invariants:
//! - Every child is spawned from the main thread and dies with it: its parent-death signal follows the thread
//!   that spawned it, so `up` has one thread only.
//! - PostgreSQL and the server run as users of their own; the worker alone reaches the engine.
//! - What the children mount lies in a mount namespace of their own, which ends with the last of them.
//! - A child of an earlier run is known by its process id and its start time, never by its name.
//!
//! Neighbours: the children are other commands of the same binary, told what to do by their environment; `up`
//! knows none of the server's rooms. `demo` reads the log-ins that are written here.

mod cgroups;
mod children;
mod engine;
pub mod logins;
mod mounts;
mod postgres;
mod probe;
mod process;
mod remains;
mod role;
mod server;
mod site;
mod supervisor;
mod users;
mod worker;

pub use postgres::programs as postgres_programs;

use std::{
    fmt,
    io::Write as _,
    net::{SocketAddr, TcpListener},
    path::PathBuf,
    process::ExitCode,
};

use anyhow::{Context as _, bail, ensure};

pub use self::site::write_secret;
use self::{
    engine::Engine,
    postgres::{Database, Postgres},
    site::Site,
    supervisor::Supervisor,
};

const FREE_DISK_BYTES: u64 = 2 << 30;

/// Runs the whole platform on this machine: PostgreSQL, server, worker.
#[derive(Debug, Clone, clap::Args)]
pub struct UpArgs {
    /// Folder of everything that is kept: database, uploads, images, log-ins, logs.
    #[arg(long, env = "DAUTRI_DATA", default_value = ".dautri", value_name = "DIR")]
    pub data: PathBuf,
    /// Address of the website and the API.
    #[arg(long, env = "DAUTRI_LISTEN", default_value = "127.0.0.1:8080", value_name = "ADDRESS:PORT")]
    pub listen: SocketAddr,
    /// Folder of PostgreSQL's programs, if not /usr/lib/postgresql/*/bin. With `DATABASE_URL` none is started.
    #[arg(long, env = "DAUTRI_PG_BIN", value_name = "DIR")]
    pub pg_bin: Option<PathBuf>,
    /// A running Docker engine, e.g. `unix:///var/run/docker.sock`.
    #[arg(long, env = "DOCKER_HOST", value_name = "ADDRESS")]
    pub docker_host: Option<String>,
    /// Jobs judged side by side; one for each processor if not given.
    #[arg(long, env = "DAUTRI_SLOTS", value_parser = clap::value_parser!(u16).range(1..=256))]
    pub slots: Option<u16>,
    /// Imports the sample competitions and hands in their sample submissions.
    #[arg(long, env = "DAUTRI_DEMO")]
    pub demo: bool,
    /// Ends when everything is ready; with `--demo`, when the samples are checked (exit code 1 if one misses).
    #[arg(long, env = "DAUTRI_ONCE")]
    pub once: bool,
    /// Prints the demo's boards as one JSON document, last on standard output.
    #[arg(long, env = "DAUTRI_JSON", requires = "demo")]
    pub json: bool,
    /// Folder of the sample competitions.
    #[arg(long, env = "DAUTRI_DATASETS", default_value = "datasets", value_name = "DIR")]
    pub datasets: PathBuf,
    /// The sandbox image that the samples need, as `docker save` writes it; its name is the file's.
    #[arg(long, env = "DAUTRI_IMAGE", default_value = ".dautri/images/python-ml.tar", value_name = "FILE")]
    pub image: PathBuf,
}

/// Runs until Ctrl-C, SIGTERM, or a fault that a restart cannot mend.
///
/// Must be called on the main thread of a process that has no other thread and no async runtime yet.
pub fn run(args: UpArgs) -> anyhow::Result<ExitCode> {
    ensure!(
        rustix::process::geteuid().is_root(),
        "dautri up must run as root, for the judge mounts file systems and reaches Docker; run it with sudo"
    );
    let site = Site::open(&args.data)?;
    let _lock = site.lock()?;
    remains::sweep(&site)?;
    check_port(args.listen)?;
    check_disk(&site)?;
    let database = match std::env::var("DATABASE_URL") {
        Ok(url) if !url.is_empty() => Database::External(url),
        _ => Database::Embedded(Postgres::find(&site, args.pg_bin.as_deref())?),
    };
    let engine = Engine::choose(&site, args.docker_host.as_deref())?;
    let demo = if args.demo { Some(demo_paths(&args)?) } else { None };

    let outcome = supervise(&site, args, database, engine, demo);
    let swept = remains::sweep(&site);
    // Why the run ended weighs more than what it left.
    let code = outcome?;
    swept.map(|()| code)
}

/// Runs the children in a mount namespace of their own; on return this process is back in the machine's.
fn supervise(
    site: &Site,
    args: UpArgs,
    database: Database,
    engine: Engine,
    demo: Option<(PathBuf, PathBuf)>,
) -> anyhow::Result<ExitCode> {
    let machine = mounts::enter_own_namespace(site, engine.is_own())?;
    let for_worker = machine.try_clone().context("too many open files")?;
    let outcome = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("the supervisor's event loop could not be made")?
        .block_on(async { Supervisor::new(site, args, database, engine, for_worker, demo)?.run().await });
    mounts::join(&machine).context("cannot go back to the machine's mounts")?;
    outcome
}

/// The demo's files, found before anything is started.
fn demo_paths(args: &UpArgs) -> anyhow::Result<(PathBuf, PathBuf)> {
    let datasets = args.datasets.canonicalize().with_context(|| {
        format!(
            "the sample competitions are not in {}; name their folder with --datasets",
            args.datasets.display()
        )
    })?;
    let image = args.image.canonicalize().with_context(|| {
        format!(
            "the sandbox image {} is missing; `make demo` builds it, or name another file with --image",
            args.image.display()
        )
    })?;
    Ok((datasets, image))
}

fn check_port(listen: SocketAddr) -> anyhow::Result<()> {
    let first_free = std::fs::read_to_string("/proc/sys/net/ipv4/ip_unprivileged_port_start")
        .ok()
        .and_then(|text| text.trim().parse().ok())
        .unwrap_or(1024);
    if listen.port() < first_free {
        bail!(
            "the server is no root process and may not listen on port {}; choose a port from {first_free} on \
             with --listen, behind a reverse proxy if people need the lower one",
            listen.port()
        );
    }
    match TcpListener::bind(listen) {
        Ok(_) => Ok(()),
        Err(fault) if fault.kind() == std::io::ErrorKind::AddrInUse => bail!(
            "{listen} is taken by another program; end it, or choose another address with --listen \
             (make demo PORT=…)"
        ),
        Err(fault) => bail!("cannot listen on {listen}: {fault}; choose another address with --listen"),
    }
}

fn check_disk(site: &Site) -> anyhow::Result<()> {
    let disk = rustix::fs::statvfs(&site.data).context("the data folder's disk cannot be measured")?;
    let free = disk.f_bavail.saturating_mul(disk.f_frsize);
    ensure!(
        free >= FREE_DISK_BYTES,
        "only {} MB are free on the disk of {}; at least {} MB are needed: free some, or choose another folder \
         with --data",
        free >> 20,
        site.data.display(),
        FREE_DISK_BYTES >> 20,
    );
    Ok(())
}

/// One line for the person at the terminal. A terminal that is gone is no reason to stop.
fn say(line: impl fmt::Display) {
    let _ = writeln!(std::io::stderr(), "{line}");
}
