//! Starts the children in order, keeps them alive, and stops them in order.

use std::{
    fs::File,
    path::PathBuf,
    process::{ExitCode, ExitStatus},
    time::{Duration, Instant},
};

use anyhow::{Context as _, bail};
use rustix::process::Signal;
use tokio::{
    process::Command,
    signal::unix::{SignalKind, signal},
    time::{sleep, sleep_until},
};

use super::{
    UpArgs, cgroups,
    children::{Children, Ended},
    engine::{self, Engine},
    logins::{self, Logins},
    postgres::{self, Database, Postgres},
    process,
    role::Role,
    say,
    server::Server,
    site::Site,
    worker::Worker,
};

/// Exit code of a child whose settings are wrong: a restart would not mend it (`EX_CONFIG` of sysexits.h).
const EXIT_CONFIG: i32 = 78;
const EXIT_INTERRUPTED: u8 = 130;
const READY_STEP: Duration = Duration::from_millis(15);
const READY_DEADLINE: Duration = Duration::from_secs(90);
/// Nothing is planned: look again after this long, although a child's end wakes us anyway.
const IDLE: Duration = Duration::from_hours(1);

#[derive(Debug)]
pub struct Supervisor<'a> {
    site: &'a Site,
    args: UpArgs,
    postgres: Option<Postgres>,
    engine: Engine,
    server: Server,
    worker: Worker,
    /// The sample competitions' folder and the sandbox image.
    demo: Option<(PathBuf, PathBuf)>,
    children: Children,
}

impl<'a> Supervisor<'a> {
    pub fn new(
        site: &'a Site,
        args: UpArgs,
        database: Database,
        engine: Engine,
        machine: File,
        demo: Option<(PathBuf, PathBuf)>,
    ) -> anyhow::Result<Self> {
        let (postgres, database_url) = match database {
            Database::External(url) => (None, url),
            // Known once the cluster is made.
            Database::Embedded(postgres) => (Some(postgres), String::new()),
        };
        let processors = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let worker = Worker {
            slots: args.slots.unwrap_or_else(|| processors.try_into().unwrap_or(u16::MAX)),
            docker_host: engine.address(site),
            cgroup_parent: engine.is_own().then(|| format!("/{}", site.name)),
            namespace: (!engine.is_own()).then_some(machine),
            program: std::env::current_exe().context("this program's own file is not to be found")?,
        };
        let server = Server { listen: args.listen, database_url };
        Ok(Self { site, args, postgres, engine, server, worker, demo, children: Children::default() })
    }

    /// Starts everything, keeps it alive until it is asked to stop, and stops everything.
    pub async fn run(mut self) -> anyhow::Result<ExitCode> {
        let mut interrupt = signal(SignalKind::interrupt())?;
        let mut terminate = signal(SignalKind::terminate())?;
        let mut hang_up = signal(SignalKind::hangup())?;
        let once = self.args.once;
        let outcome = tokio::select! {
            outcome = self.work() => outcome,
            _ = interrupt.recv() => Ok(stopped(once)),
            _ = terminate.recv() => Ok(stopped(once)),
            _ = hang_up.recv() => Ok(stopped(once)),
        };
        self.stop_all().await;
        outcome
    }

    async fn work(&mut self) -> anyhow::Result<ExitCode> {
        let begin = Instant::now();
        self.bring_up().await?;
        say(format_args!("Everything started in {:.1} s", begin.elapsed().as_secs_f64()));
        self.show_logins();
        if self.demo.is_some() {
            self.spawn(Role::Demo).await?;
        } else if self.args.once {
            return Ok(ExitCode::SUCCESS);
        }
        self.keep_alive().await
    }

    async fn bring_up(&mut self) -> anyhow::Result<()> {
        say(format_args!("Data in {0}, logs in {0}/log", self.site.data.display()));
        if let Some(warning) = self.engine.warning() {
            say(warning);
        }
        let begin = Instant::now();
        if self.engine.is_own() {
            // It needs about as long as the database and the server together.
            self.spawn(Role::Engine).await?;
        } else {
            say(format_args!("Docker engine at {}", self.worker.docker_host));
        }
        self.bring_up_database().await?;
        let server_begin = Instant::now();
        Server::prepare(self.site)?;
        self.server.migrate(self.site).await?;
        self.spawn(Role::Server).await?;
        self.ready(Role::Server, server_begin).await?;
        if let Err(fault) = self.server.ensure_administrator(self.site).await {
            say(format_args!("No administrator was made: {fault:#}"));
        }
        if self.engine.is_own() {
            self.ready(Role::Engine, begin).await?;
        }
        self.spawn(Role::Worker).await?;
        say(format_args!("Worker started, up to {} jobs at once", self.worker.slots));
        Ok(())
    }

    async fn bring_up_database(&mut self) -> anyhow::Result<()> {
        let Some(postgres) = &self.postgres else { return Ok(()) };
        let begin = Instant::now();
        postgres.prepare(self.site).await?;
        self.server.database_url = postgres::url(self.site)?;
        self.spawn(Role::Database).await?;
        self.ready(Role::Database, begin).await
    }

    fn show_logins(&self) {
        say(format_args!("\n  {}", self.server.url()));
        let logins = Logins::load(&self.site.data).unwrap_or_default();
        for login in logins.accounts.iter().filter(|login| login.role == logins::Role::Admin) {
            say(format_args!("  {}: {}  password {}", login.name, login.email, login.password));
        }
        say(format_args!("  Log-ins are kept in {}\n", Logins::path(&self.site.data).display()));
        if !self.args.once {
            say("Stop with Ctrl-C");
        }
    }

    /// Restarts what dies until a child ends the run.
    async fn keep_alive(&mut self) -> anyhow::Result<ExitCode> {
        let mut child_ended = signal(SignalKind::child())?;
        loop {
            while let Some(ended) = self.children.ended().context("a child cannot be waited for")? {
                if let Some(code) = self.note_death(&ended)? {
                    return Ok(code);
                }
            }
            if let Some(role) = self.children.due() {
                self.revive(role).await;
                continue;
            }
            let next = self.children.next_start().unwrap_or_else(|| Instant::now() + IDLE);
            tokio::select! {
                _ = child_ended.recv() => {}
                () = sleep_until(next.into()) => {}
            }
        }
    }

    /// Plans a restart, or gives the exit code that the run ends with.
    fn note_death(&mut self, ended: &Ended) -> anyhow::Result<Option<ExitCode>> {
        let Ended { role, status, lived } = *ended;
        if role == Role::Demo {
            return Ok(self.demo_ended(status));
        }
        if status.code() == Some(EXIT_CONFIG) {
            bail!("{} cannot work with its settings:\n{}", role.title(), self.site.log_tail(role.name()));
        }
        let pause = self.children.restart_later(role, lived).as_secs_f64();
        say(format_args!(
            "{} ended ({}) and starts again in {pause:.1} s; its log is {}",
            role.title(),
            process::describe(status),
            self.site.log_path(role.name()).display()
        ));
        Ok(None)
    }

    fn demo_ended(&self, status: ExitStatus) -> Option<ExitCode> {
        if self.args.once {
            return Some(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE });
        }
        if !status.success() {
            let how = process::describe(status);
            say(format_args!("The demo ended with a fault ({how}); the platform goes on serving"));
        }
        None
    }

    async fn revive(&mut self, role: Role) {
        let begin = Instant::now();
        let started = async {
            self.spawn(role).await?;
            self.ready(role, begin).await
        };
        if let Err(fault) = started.await {
            say(format_args!("{fault:#}"));
            // A child that runs, or did, is looked at by the caller; one that could not even be spawned is not.
            if self.children.get(role).is_none() {
                self.children.restart_later(role, begin.elapsed());
            }
        }
    }

    async fn spawn(&mut self, role: Role) -> anyhow::Result<()> {
        let mut command = self.command(role).await?;
        if role != Role::Demo {
            let log = self.site.log(role.name())?;
            command.stdout(log.try_clone()?).stderr(log);
        }
        let child = command.spawn().with_context(|| format!("{} cannot be started", role.title()))?;
        let recorded = process::record(self.site, role.name(), &child);
        self.children.add(role, child);
        recorded
    }

    async fn command(&self, role: Role) -> anyhow::Result<Command> {
        match role {
            Role::Engine => {
                let Engine::Own { program, .. } = &self.engine else {
                    bail!("the engine is not ours to start")
                };
                engine::command(self.site, program)
            }
            Role::Database => {
                let postgres = self.postgres.as_ref().context("the database is not ours to start")?;
                Ok(postgres.server(self.site))
            }
            Role::Server => Ok(self.server.serve(self.site)),
            Role::Worker => self.worker.judge(self.site, &self.server).await,
            Role::Demo => self.demo_command(),
        }
    }

    fn demo_command(&self) -> anyhow::Result<Command> {
        let (datasets, image) = self.demo.as_ref().context("no demo was asked for")?;
        let mut command = process::command(&self.site.program(), Signal::TERM);
        command.env_remove("DATABASE_URL").arg("demo").args(["--server", &self.server.url()]);
        command.arg("--data").arg(&self.site.data).arg("--datasets").arg(datasets).arg("--image").arg(image);
        command.args(self.args.json.then_some("--json")).args(self.args.once.then_some("--once"));
        Ok(command)
    }

    /// Waits until a child that was spawned can be used.
    async fn ready(&mut self, role: Role, begin: Instant) -> anyhow::Result<()> {
        let deadline = Instant::now() + READY_DEADLINE;
        let title = role.title();
        loop {
            if let Some(version) = self.readiness(role) {
                if role != Role::Worker {
                    say(format_args!("{title}{version} ready ({:.1} s)", begin.elapsed().as_secs_f64()));
                }
                return Ok(());
            }
            let child = self.children.get(role).context("a child that was not started cannot be ready")?;
            let status = child.try_wait()?;
            let log = || {
                format!(
                    "{} says:\n{}",
                    self.site.log_path(role.name()).display(),
                    self.site.log_tail(role.name())
                )
            };
            if let Some(status) = status {
                bail!("{title} ended while it started ({}); {}", process::describe(status), log());
            }
            if Instant::now() > deadline {
                bail!("{title} was not ready within {} s; {}", READY_DEADLINE.as_secs(), log());
            }
            sleep(READY_STEP).await;
        }
    }

    /// Its version for people (empty where it has none to tell), if it can be used.
    fn readiness(&mut self, role: Role) -> Option<String> {
        let pid = self.children.get(role)?.id()?;
        match role {
            Role::Engine => engine::version(self.site).map(|version| format!(" {version}")),
            Role::Database => {
                postgres::is_ready(self.site, pid).then(|| format!(" {}", Postgres::version(self.site)))
            }
            Role::Server => self.server.is_ready().then(String::new),
            // The worker tells the server, and takes no job before it can run it.
            Role::Worker | Role::Demo => Some(String::new()),
        }
    }

    async fn stop_all(&mut self) {
        say("Stopping");
        for role in Role::STOP_ORDER {
            if role == Role::Engine && self.engine.is_own() {
                // The worker is gone, so nobody waits for what still runs in a container.
                cgroups::kill_all(&self.site.name);
            }
            self.children.stop(role).await;
        }
    }
}

/// Exit code of a run that was asked to stop: serving ends well that way, a check does not.
fn stopped(once: bool) -> ExitCode {
    if once { ExitCode::from(EXIT_INTERRUPTED) } else { ExitCode::SUCCESS }
}
