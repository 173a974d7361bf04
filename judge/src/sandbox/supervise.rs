//! Runs the containers of one step side by side and watches them.

use std::time::Duration;

use bollard::models::ContainerState;
use chrono::{DateTime, Utc};
use futures::{StreamExt, future::try_join_all};
use judge_core::faults::FaultKind;
use tokio::time::Instant;
use tokio_util::{sync::CancellationToken, task::AbortOnDropHandle};

use super::{
    ContainerSpec, Ended, Engine, OutputFs, PrintSink, Role, SandboxError, Stop,
    container::{Container, Printed},
};
use crate::usage::Meter;

/// How often CPU time, deaths for want of memory and the output file system are looked at.
const SAMPLE: Duration = Duration::from_millis(50);
/// A killed container must be gone by then.
const DEATH: Duration = Duration::from_secs(30);
/// What was printed last may still be on its way when the container is gone.
const DRAIN: Duration = Duration::from_secs(5);

/// The containers of one step.
pub struct Run<'a> {
    pub engine: &'a Engine,
    /// One, or two that cooperate.
    pub specs: Vec<ContainerSpec>,
    pub output: &'a OutputFs,
    pub sink: std::sync::Arc<dyn PrintSink>,
    pub cancel: &'a CancellationToken,
    pub meter: &'a Meter,
}

/// Runs them until all have ended; when one fails the others are stopped.
pub async fn run(run: Run<'_>) -> Result<Vec<Ended>, SandboxError> {
    let creations = run.specs.iter().map(|spec| Container::create(run.engine, spec));
    let containers = run.meter.stage("create", try_join_all(creations)).await?;
    let attachments =
        run.meter.stage("attach", try_join_all(containers.iter().map(Container::attach))).await?;
    let drains: Vec<_> = attachments
        .into_iter()
        .zip(&run.specs)
        .map(|(printed, spec)| drain(printed, spec.role, run.sink.clone()))
        .collect();
    run.meter.stage("start", try_join_all(containers.iter().map(Container::start))).await?;
    let wall = Duration::from_millis(run.specs.iter().map(|spec| spec.limits.wall_ms).max().unwrap_or(0));
    let deadline = Instant::now() + wall;
    let partner = CancellationToken::new();
    let watches = containers.iter().zip(&run.specs).map(|(container, spec)| {
        let watch = Watch { container, spec, output: run.output, cancel: run.cancel, partner: &partner };
        watch.until_end(deadline)
    });
    let ended = run.meter.stage("run", try_join_all(watches)).await?;
    let drained = futures::future::join_all(drains.into_iter().map(|task| tokio::time::timeout(DRAIN, task)));
    run.meter.stage("drain", drained).await;
    Ok(ended)
}

fn drain(mut printed: Printed, role: Role, sink: std::sync::Arc<dyn PrintSink>) -> AbortOnDropHandle<()> {
    AbortOnDropHandle::new(tokio::spawn(async move {
        while let Some(Ok(piece)) = printed.next().await {
            sink.print(role, piece.as_ref());
        }
    }))
}

/// One container under watch.
struct Watch<'a> {
    container: &'a Container<'a>,
    spec: &'a ContainerSpec,
    output: &'a OutputFs,
    cancel: &'a CancellationToken,
    /// Fires when the other container of the step failed.
    partner: &'a CancellationToken,
}

/// What was seen while the container ran.
#[derive(Default)]
struct Seen {
    cpu_ms: u64,
    peak_memory_bytes: u64,
    oom_kills: u64,
    output_full: Option<FaultKind>,
}

impl Watch<'_> {
    async fn until_end(self, deadline: Instant) -> Result<Ended, SandboxError> {
        let mut seen = Seen::default();
        let stopped = self.wait_or_stop(deadline, &mut seen).await?;
        let state = self.container.state().await?;
        self.sample(&mut seen);
        let ended = self.ended(&state, stopped, seen);
        if ended.failed(&self.spec.limits) {
            self.partner.cancel();
        }
        Ok(ended)
    }

    async fn wait_or_stop(&self, deadline: Instant, seen: &mut Seen) -> Result<Option<Stop>, SandboxError> {
        let mut exit = std::pin::pin!(self.container.wait());
        let mut ticks = tokio::time::interval(SAMPLE);
        let stop = loop {
            tokio::select! {
                biased;
                exit = &mut exit => return exit.map(|()| None),
                () = self.cancel.cancelled() => break Stop::Cancelled,
                () = self.partner.cancelled() => break Stop::Partner,
                () = tokio::time::sleep_until(deadline) => break Stop::Wall,
                _ = ticks.tick() => {
                    self.sample(seen);
                    if seen.cpu_ms > self.spec.limits.cpu_ms {
                        break Stop::Cpu;
                    }
                }
            }
        };
        self.container.kill().await?;
        match tokio::time::timeout(DEATH, exit).await {
            Ok(exit) => exit.map(|()| Some(stop)),
            Err(_) => Err(SandboxError::Slow("end a killed container")),
        }
    }

    /// Reads a few small files of the kernel; after the end the totals.
    fn sample(&self, seen: &mut Seen) {
        let group = &self.container.group;
        seen.cpu_ms = seen.cpu_ms.max(group.cpu_ms().unwrap_or(0));
        seen.peak_memory_bytes = seen.peak_memory_bytes.max(group.peak_memory_bytes().unwrap_or(0));
        seen.oom_kills = seen.oom_kills.max(group.oom_kills(&self.container.id).unwrap_or(0));
        if let Some(full) = self.output.full() {
            seen.output_full = Some(full);
        }
    }

    fn ended(&self, state: &ContainerState, stopped: Option<Stop>, seen: Seen) -> Ended {
        let exit_code = state.exit_code.unwrap_or(-1);
        let started_at = instant(state.started_at.as_deref());
        let finished_at = instant(state.finished_at.as_deref());
        let ran = finished_at.signed_duration_since(started_at).num_milliseconds();
        let output_full = match self.spec.role {
            // The output folder is the team's budget, also where the organizer's program writes beside it.
            Role::Ingestion if !self.spec.lenient => None,
            // Beside a scorer it writes to a folder of its own.
            _ if self.spec.binds.iter().all(|bind| bind.source != self.output.path()) => None,
            // A program that ran full, tidied up and ended well wrote all it wanted to.
            _ if exit_code == 0 => self.output.full(),
            _ => seen.output_full,
        };
        Ended {
            role: self.spec.role,
            lenient: self.spec.lenient,
            exit_code,
            out_of_memory: state.oom_killed == Some(true) || seen.oom_kills > 0,
            stopped,
            output_full,
            run_ms: u64::try_from(ran).unwrap_or(0),
            cpu_ms: seen.cpu_ms,
            peak_memory_bytes: seen.peak_memory_bytes,
            finished_at,
        }
    }
}

fn instant(text: Option<&str>) -> DateTime<Utc> {
    text.and_then(|text| DateTime::parse_from_rfc3339(text).ok())
        .map_or(DateTime::<Utc>::UNIX_EPOCH, |time| time.with_timezone(&Utc))
}
