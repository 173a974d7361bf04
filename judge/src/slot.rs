//! One slot: claims a job, runs it, reports it, clears up, and again.

use std::{sync::Arc, time::Duration};

use judge_core::{
    faults::{Fault, FaultKind},
    limits::Limits,
    protocol::{Claim, Lease, Outcome, Plan, Report},
    verdict::Verdict,
};
use tokio_util::{sync::CancellationToken, task::AbortOnDropHandle};
use uuid::Uuid;

use crate::{
    client::ClientError,
    error::WorkerError,
    heartbeat::Holding,
    log::JobLog,
    place::Place,
    step::{Attempt, StepEnd},
    stub,
    usage::Meter,
    worker::Worker,
};

const PAUSE: Duration = Duration::from_secs(5);
/// A failure of this machine before the program ran is tried again.
const ATTEMPTS: u32 = 2;

/// Serves until the worker stops.
pub async fn serve(
    worker: Arc<Worker>,
    slot: u16,
    boot: Uuid,
    stop: CancellationToken,
) -> Result<(), WorkerError> {
    let claim = Claim { boot, wait_seconds: worker.config.claim_wait_seconds.min(30) };
    let mut room = Room { full: false };
    let mut pause = Duration::from_millis(200);
    while !stop.is_cancelled() {
        if !room.check(&worker) {
            rest(PAUSE, &stop).await;
            continue;
        }
        let claimed = tokio::select! {
            biased;
            () = stop.cancelled() => return Ok(()),
            claimed = worker.client.claim(&claim) => claimed,
        };
        match claimed {
            Ok(lease) => {
                pause = Duration::from_millis(200);
                if let Some(lease) = lease {
                    Job { worker: &worker, slot, lease: &lease, stop: &stop }.run().await;
                    worker.cache.shrink(false);
                }
            }
            Err(ClientError::Unauthorized) => return Err(WorkerError::Unauthorized),
            Err(error) => {
                tracing::warn!(slot, %error, "no job could be claimed");
                rest(pause, &stop).await;
                pause = (pause * 2).min(PAUSE);
            }
        }
    }
    Ok(())
}

async fn rest(time: Duration, stop: &CancellationToken) {
    tokio::select! {
        () = stop.cancelled() => {}
        () = tokio::time::sleep(time) => {}
    }
}

/// Whether the disk has room for another job; says so when that changes.
struct Room {
    full: bool,
}

impl Room {
    fn check(&mut self, worker: &Worker) -> bool {
        let least = worker.config.min_free_bytes;
        let enough = || worker.data.free_bytes().is_ok_and(|free| free >= least);
        if !enough() {
            worker.cache.shrink(true);
        }
        let full = !enough();
        if full && !self.full {
            tracing::error!(least, "the disk is full: no job is taken until there is room again");
        } else if self.full && !full {
            tracing::info!("the disk has room again: jobs are taken");
        }
        self.full = full;
        !full
    }
}

/// One claim, from lease to report.
struct Job<'a> {
    worker: &'a Worker,
    slot: u16,
    lease: &'a Lease,
    stop: &'a CancellationToken,
}

impl Job<'_> {
    async fn run(&self) {
        let lease = self.lease;
        // Before anything else: a download may take longer than the lease.
        let holding = Holding::begin(self.worker.client.clone(), lease.job, lease.fence, lease.lease_seconds);
        let cancel = holding.lost.child_token();
        let _grace = self.end_after_grace(cancel.clone());
        let limits = limits(&lease.plan);
        let log = Arc::new(JobLog::begin(
            self.worker.client.clone(),
            lease.job,
            lease.fence,
            limits.log_bytes,
            cancel.clone(),
        ));
        let meter = Meter::new();
        let (result, place) = self.attempts(&log, &cancel, &meter).await;
        match outcome(result) {
            Some(outcome) => {
                meter.stage("log", log.finish()).await;
                let report = Report { fence: lease.fence, outcome, usage: meter.total() };
                self.report(report, &holding.lost).await;
            }
            None => self.let_go(&holding).await,
        }
        // The result is on its way: what is left of the job goes before the next claim.
        if let Some(place) = place {
            place.clear(self.worker.engine.as_deref()).await;
        }
    }

    /// Cancels the job some time after the worker was told to stop.
    fn end_after_grace(&self, cancel: CancellationToken) -> AbortOnDropHandle<()> {
        let (stop, grace) = (self.stop.clone(), self.worker.config.stop_grace);
        AbortOnDropHandle::new(tokio::spawn(async move {
            stop.cancelled().await;
            tokio::time::sleep(grace).await;
            cancel.cancel();
        }))
    }

    /// Returns the last attempt's place, which is still to be cleared.
    async fn attempts(
        &self,
        log: &Arc<JobLog>,
        cancel: &CancellationToken,
        meter: &Meter,
    ) -> (Result<Outcome, StepEnd>, Option<Place>) {
        let mut attempt = 1;
        loop {
            let name = format!("{}-{}-{attempt}", self.lease.job.simple(), self.lease.fence);
            let place = match Place::make(&self.worker.data.jobs(), name) {
                Ok(place) => place,
                Err(error) => return (Err(error.into()), None),
            };
            let result = self.attempt(&place, log, cancel, meter).await;
            let again = matches!(result, Err(StepEnd::Platform(_)))
                && attempt < ATTEMPTS
                && !meter.has_run()
                && !cancel.is_cancelled();
            if !again {
                return (result, Some(place));
            }
            tracing::warn!(job = %self.lease.job, ?result, "a job failed on this machine and is tried again");
            place.clear(self.worker.engine.as_deref()).await;
            rest(Duration::from_millis(500), cancel).await;
            attempt += 1;
        }
    }

    async fn attempt(
        &self,
        place: &Place,
        log: &Arc<JobLog>,
        cancel: &CancellationToken,
        meter: &Meter,
    ) -> Result<Outcome, StepEnd> {
        let (worker, lease) = (self.worker, self.lease);
        if let Some(stub) = &worker.config.stub {
            return stub::answer(stub, worker, lease, place).await;
        }
        let log = Arc::clone(log);
        Attempt { worker, lease, slot: self.slot, place, log, cancel, meter }.run().await
    }

    /// Tries until the server has it or the claim is lost.
    async fn report(&self, mut report: Report, lost: &CancellationToken) {
        let job = self.lease.job;
        let mut pause = Duration::from_millis(100);
        let mut refused = false;
        while !lost.is_cancelled() {
            match self.worker.client.report(job, &report).await {
                Ok(()) => return tracing::info!(%job, outcome = name(&report.outcome), "a job is done"),
                Err(ClientError::Stale) => {
                    return tracing::warn!(%job, "a result came too late and is dropped");
                }
                Err(error) if error.is_passing() => {
                    tracing::warn!(%job, %error, "a result could not be reported and is tried again");
                    rest(pause, lost).await;
                    pause = (pause * 2).min(PAUSE);
                }
                Err(error) if refused => return tracing::error!(%job, %error, "a result was refused twice"),
                Err(error) => {
                    tracing::error!(%job, %error, "a result was refused");
                    refused = true;
                    report.outcome = platform_fault(format!("the server refused the result: {error}"));
                }
            }
        }
        tracing::warn!(%job, "a result could not be reported before the claim was lost");
    }

    /// Says why a job ends without a result, and hands it back if it is still ours.
    async fn let_go(&self, holding: &Holding) {
        let job = self.lease.job;
        if let Some(loss) = holding.loss() {
            return tracing::warn!(%job, ?loss, "a job is dropped");
        }
        match self.worker.client.hand_back(job, self.lease.fence).await {
            Ok(()) => tracing::info!(%job, "a job is handed back"),
            Err(error) => tracing::warn!(%job, %error, "a job could not be handed back"),
        }
    }
}

fn limits(plan: &Plan) -> &Limits {
    match plan {
        Plan::Predict(plan) => &plan.limits,
        Plan::Score(plan) => &plan.limits,
    }
}

/// What is reported; `None` when the job is let go.
fn outcome(result: Result<Outcome, StepEnd>) -> Option<Outcome> {
    match result {
        Ok(outcome) => Some(outcome),
        Err(StepEnd::Failed(verdict, faults)) => Some(Outcome::Failed { verdict, faults }),
        Err(StepEnd::Platform(reason)) => Some(platform_fault(reason)),
        Err(StepEnd::Cancelled) => None,
    }
}

fn platform_fault(reason: String) -> Outcome {
    tracing::error!(reason, "a job ends with the platform's fault");
    Outcome::Failed {
        verdict: Verdict::PlatformFault,
        faults: vec![Fault::new(FaultKind::Platform { reason })],
    }
}

fn name(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Predicted { .. } => "predicted",
        Outcome::Scored { .. } => "scored",
        Outcome::Failed { verdict, .. } => verdict.as_str(),
    }
}
