//! The worker's side of the probe: runs it under a job's settings and judges what it found.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::Instant,
};

use judge_core::{faults::FaultKind, limits::Limits};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{ADVISORY, Expected, image};
use crate::{
    config::{Uids, WorkerConfig},
    data_dir::DataDir,
    error::WorkerError,
    place::Place,
    sandbox::{
        Bind, ContainerSpec, Ended, Engine, Identity, OPEN_FILES, PrintSink, Role, Run, SCRATCH_FILES,
        SandboxError, file_size_limit,
    },
    usage::Meter,
};

const MIB: u64 = 1024 * 1024;

/// Tries every limit. Returns what holds; fails when one that must hold does not.
pub async fn check(
    engine: &Arc<Engine>,
    config: &WorkerConfig,
    data: &DataDir,
) -> Result<BTreeMap<String, bool>, WorkerError> {
    let start = Instant::now();
    let image = image::ensure(engine, &config.child_exe, data).await.map_err(WorkerError::ProbeFailed)?;
    let found = Box::pin(Probe { engine, data, image, uids: config.uids(0) }.run()).await?;
    let mut open = Vec::new();
    for (name, wall) in &found {
        match wall {
            Ok(()) => {}
            Err(why) if ADVISORY.contains(&name.as_str()) => {
                tracing::warn!(name, why, "a wall that is not required does not stand");
            }
            Err(why) => {
                tracing::error!(name, why, "a limit is not enforced");
                open.push(format!("{name} ({why})"));
            }
        }
    }
    tracing::info!(walls = found.len(), ms = start.elapsed().as_millis(), "the self-probe is done");
    if open.is_empty() {
        Ok(found.into_iter().map(|(name, wall)| (name, wall.is_ok())).collect())
    } else {
        Err(WorkerError::NotEnforced(open))
    }
}

type Found = BTreeMap<String, Result<(), String>>;

struct Probe<'a> {
    engine: &'a Arc<Engine>,
    data: &'a DataDir,
    image: String,
    uids: Uids,
}

/// Keeps what the probe prints.
#[derive(Default)]
struct Capture(Mutex<Vec<u8>>);

impl PrintSink for Capture {
    fn print(&self, _: Role, bytes: &[u8]) {
        let mut kept = self.0.lock().expect("no holder of this lock panics");
        if kept.len() < 64 * 1024 {
            kept.extend_from_slice(bytes);
        }
    }
}

impl Probe<'_> {
    /// The four runs go side by side: most of their time is the engine's.
    async fn run(&self) -> Result<Found, WorkerError> {
        let base = Limits {
            wall_ms: 20_000,
            cpu_ms: 20_000,
            memory_bytes: 64 * MIB,
            pids: 24,
            output_bytes: MIB,
            output_files: 40,
            scratch_bytes: 2 * MIB,
            ..Limits::default()
        };
        let (walls, memory, wall, cpu) = tokio::try_join!(
            self.walls(base.clone()),
            self.ending("memory", Limits { memory_bytes: 32 * MIB, ..base.clone() }),
            self.ending("sleep", Limits { wall_ms: 100, ..base.clone() }),
            self.ending("spin", Limits { cpu_ms: 100, ..base })
        )?;
        let mut found = walls;
        let mut hold = |name: &str, holds: bool, fault: &Option<FaultKind>| {
            let wall = if holds { Ok(()) } else { Err(format!("the program ended with {fault:?}")) };
            found.insert(name.to_owned(), wall);
        };
        hold("memory", matches!(memory, Some(FaultKind::Memory { .. })), &memory);
        hold("wall_time", matches!(wall, Some(FaultKind::WallTime { .. })), &wall);
        hold("cpu_time", matches!(cpu, Some(FaultKind::CpuTime { .. })), &cpu);
        Ok(found)
    }

    async fn walls(&self, limits: Limits) -> Result<Found, WorkerError> {
        let expected = Expected {
            uid: self.uids.program,
            pids: limits.pids,
            open_files: OPEN_FILES.unsigned_abs(),
            file_bytes: file_size_limit(&limits),
            output_bytes: limits.output_bytes,
            output_files: limits.output_files.into(),
            scratch_bytes: limits.scratch_bytes,
            scratch_files: SCRATCH_FILES,
            cpu_milli: limits.cpu_milli.into(),
        };
        let expected = serde_json::to_string(&expected).expect("an expectation has only string keys");
        let (ended, printed) = self.one(&["walls", &expected], limits.clone()).await?;
        serde_json::from_slice(&printed).map_err(|error| {
            let printed = String::from_utf8_lossy(&printed).into_owned();
            let fault = ended.fault(&limits);
            WorkerError::ProbeFailed(format!("{error}; it ended with {fault:?} and printed {printed:?}"))
        })
    }

    async fn ending(&self, how: &str, limits: Limits) -> Result<Option<FaultKind>, WorkerError> {
        let (ended, _) = self.one(&[how], limits.clone()).await?;
        Ok(ended.fault(&limits))
    }

    /// One container, and nothing left of it.
    async fn one(&self, args: &[&str], limits: Limits) -> Result<(Ended, Vec<u8>), WorkerError> {
        let name = format!("probe-{}", Uuid::new_v4().simple());
        let place = Place::make(&self.data.jobs(), name)
            .map_err(|source| WorkerError::DataDir { path: self.data.jobs(), source })?;
        let result = self.run_in(&place, args, limits).await;
        place.clear(Some(self.engine)).await;
        Ok(result?)
    }

    async fn run_in(
        &self,
        place: &Place,
        args: &[&str],
        limits: Limits,
    ) -> Result<(Ended, Vec<u8>), SandboxError> {
        let output = place.output(&limits, self.uids)?;
        let command = [image::EXECUTABLE, "probe"].iter().chain(args).map(|arg| (*arg).to_owned()).collect();
        let spec = ContainerSpec {
            name: place.container_name(Role::Team),
            job: place.name.clone(),
            role: Role::Team,
            image: self.image.clone(),
            command,
            working_dir: "/app/output".to_owned(),
            identity: Identity { uid: self.uids.program, gid: self.uids.program },
            binds: vec![Bind::writable(output.path(), "/app/output")],
            limits,
            lenient: false,
        };
        let capture = Arc::new(Capture::default());
        let meter = Meter::new();
        let cancel = CancellationToken::new();
        let run = Run {
            engine: self.engine,
            specs: vec![spec],
            output: &output,
            sink: capture.clone(),
            cancel: &cancel,
            meter: &meter,
        };
        let mut ended = crate::sandbox::run(run).await?;
        let printed = std::mem::take(&mut *capture.0.lock().expect("no holder of this lock panics"));
        Ok((ended.pop().ok_or(SandboxError::Lost)?, printed))
    }
}
