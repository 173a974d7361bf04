//! Watches leases: jobs of dead workers go back to the queue, and to quarantine when that happens too often.

use std::time::Duration;

use judge_core::{
    faults::{Fault, FaultKind},
    verdict::Verdict,
};
use tokio_util::sync::CancellationToken;

use super::{Judging, JudgingError, model::Ending, store};

const PERIOD: Duration = Duration::from_secs(1);
/// How often those who follow a waiting submission are told its place at the most.
const TELL: Duration = Duration::from_secs(3);

impl Judging {
    /// Runs until cancelled. Several servers may run it at once.
    pub async fn watch(&self, stop: CancellationToken) {
        // A server that was away must not count its own absence as its workers' death.
        if let Err(error) = self.renew_leases().await {
            tracing::error!(cause = format!("{error:#}"), "Leases could not be renewed.");
        }
        let mut ticks = tokio::time::interval(PERIOD);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut tell = tokio::time::interval(TELL);
        tell.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                _ = tell.tick() => {
                    if let Err(error) = self.tell_places().await {
                        tracing::error!(cause = format!("{error:#}"), "Places in the queue could not be told.");
                    }
                    continue;
                }
                _ = ticks.tick() => {}
            }
            if let Err(error) = self.watch_once().await {
                tracing::error!(cause = format!("{error:#}"), "Leases could not be checked; trying again.");
            }
        }
    }

    async fn renew_leases(&self) -> Result<(), JudgingError> {
        store::queue::renew_leases(&mut *self.db.acquire().await?, self.settings.lease).await?;
        Ok(())
    }

    /// One round.
    pub async fn watch_once(&self) -> Result<(), JudgingError> {
        let mut conn = self.db.acquire().await?;
        let released = store::queue::release_expired(&mut conn).await?;
        metrics::gauge!("dautri_queue_depth").set(depth(store::queue::depth(&mut conn).await?));
        drop(conn);
        if released > 0 {
            tracing::warn!(released, "Leases ran out; their jobs wait again.");
            self.wake_workers();
        }
        while self.quarantine_one().await? {}
        Ok(())
    }

    async fn quarantine_one(&self) -> Result<bool, JudgingError> {
        let mut tx = self.db.begin().await?;
        let deaths = self.settings.deaths_to_quarantine;
        let Some(job) = store::queue::quarantine_one(&mut tx, deaths).await? else { return Ok(false) };
        let held = store::queue::lock(&mut tx, job).await?.ok_or(JudgingError::UnknownJob)?;
        let reason = format!("{deaths} workers died while they judged it; the job is quarantined");
        let ending = Ending {
            verdict: Verdict::PlatformFault,
            faults: vec![Fault::new(FaultKind::Platform { reason })],
        };
        self.end(tx, &held, &ending, Some("quarantined")).await?;
        Ok(true)
    }
}

#[expect(clippy::cast_precision_loss, reason = "a queue holds fewer than 2^52 jobs")]
fn depth(jobs: i64) -> f64 {
    jobs as f64
}
