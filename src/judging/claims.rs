//! What a worker does with a job until its report: claim, heartbeat, log, hand back.

use std::time::Duration;

use judge_core::{
    faults::{Fault, FaultKind},
    protocol::{Claim, HeartbeatAnswer, Lease, LogChunk, Outcome, Report, Usage},
    verdict::Verdict,
};
use serde_json::json;
use tokio::time::Instant;

use super::{
    Judging, JudgingError,
    model::{Leased, Step, Worker},
    plan::Planner,
    store,
};
use crate::{competitions::visibility::LogVisibility, events::Topic, kernel::ids::JobId};

/// A worker that waits looks into the queue at least so often, should a wake-up get lost with its server.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

impl Judging {
    /// Waits for a job. A worker of an earlier boot gets none: its successor has taken over.
    pub async fn claim(&self, worker: &Worker, claim: &Claim) -> Result<Option<Lease>, JudgingError> {
        if worker.boot != Some(claim.boot) {
            return Err(JudgingError::StaleFence);
        }
        let until = Instant::now() + Duration::from_secs(claim.wait_seconds.min(30).into());
        loop {
            let woken = self.bus.job_waiting();
            tokio::pin!(woken);
            // Listening begins before the look into the queue, so that no job slips between.
            woken.as_mut().enable();
            if let Some(leased) = self.claim_now(worker, claim).await? {
                return Ok(Some(self.announce_lease(leased)));
            }
            if Instant::now() >= until {
                return Ok(None);
            }
            let look_again = until.min(Instant::now() + LOOK_AGAIN);
            tokio::select! {
                () = &mut woken => {}
                () = tokio::time::sleep_until(look_again) => {}
                () = self.bus.stopping().cancelled() => return Ok(None),
            }
        }
    }

    async fn claim_now(&self, worker: &Worker, claim: &Claim) -> Result<Option<Leased>, JudgingError> {
        loop {
            let mut conn = self.db.acquire().await?;
            let lease = self.settings.lease;
            let Some(claimed) = store::queue::claim(&mut conn, worker.id, claim.boot, lease).await? else {
                store::workers::seen(&mut conn, worker.id).await?;
                return Ok(None);
            };
            let mut planner = Planner { conn: &mut conn, signer: &self.signer, worker: worker.id };
            match planner.plan(&claimed).await {
                Ok(plan) => return Ok(Some(Leased { claimed, plan })),
                // A job that can't be planned would come back for ever: it ends here, as the platform's fault.
                Err(error @ (JudgingError::UnknownImage { .. } | JudgingError::BadReport { .. })) => {
                    drop(conn);
                    let kind = FaultKind::Platform { reason: error.to_string() };
                    let outcome =
                        Outcome::Failed { verdict: Verdict::PlatformFault, faults: vec![Fault::new(kind)] };
                    let report = Report { fence: claimed.fence, outcome, usage: Usage::default() };
                    self.report(worker, claimed.job, &report).await?;
                }
                Err(error) => return Err(error),
            }
        }
    }

    fn announce_lease(&self, leased: Leased) -> Lease {
        let Leased { claimed, plan } = leased;
        if claimed.rejudging.is_none() {
            self.announce_evaluation(claimed.submission, claimed.evaluation, claimed.step.running_state());
        }
        Lease {
            job: claimed.job.0,
            fence: claimed.fence,
            evaluation: claimed.evaluation.0,
            lease_seconds: self.lease_seconds(),
            plan,
        }
    }

    /// Lengthens the lease, or tells the worker that its evaluation was cancelled.
    pub async fn heartbeat(
        &self,
        worker: &Worker,
        job: JobId,
        fence: i64,
    ) -> Result<HeartbeatAnswer, JudgingError> {
        let mut conn = self.db.acquire().await?;
        store::workers::seen(&mut conn, worker.id).await?;
        let lease_seconds = self.lease_seconds();
        if store::queue::heartbeat(&mut conn, worker.id, job, fence, self.settings.lease).await? {
            Ok(HeartbeatAnswer { lease_seconds, cancelled: false })
        } else if store::queue::is_cancelled(&mut conn, worker.id, job, fence).await? {
            Ok(HeartbeatAnswer { lease_seconds, cancelled: true })
        } else {
            Err(JudgingError::StaleFence)
        }
    }

    pub async fn append_log(
        &self,
        worker: &Worker,
        job: JobId,
        chunk: &LogChunk,
    ) -> Result<(), JudgingError> {
        let mut conn = self.db.acquire().await?;
        let seq = i32::try_from(chunk.seq).unwrap_or(i32::MAX);
        // PostgreSQL's text holds everything but NUL.
        let text = chunk.text.replace('\0', "");
        let stored = store::logs::append(&mut conn, worker.id, job, chunk.fence, seq, &text).await?;
        let Some(id) = stored else {
            let held = store::queue::is_held(&mut conn, worker.id, job, chunk.fence).await?;
            return if held { Ok(()) } else { Err(JudgingError::StaleFence) };
        };
        if let Some((submission, evaluation, step, readers)) = store::logs::place_of(&mut conn, job).await? {
            // Teams' streams carry what teams may read: a scorer's log is for organizers, and so is a rejudging's.
            if step == Step::Predict.as_str() && readers == LogVisibility::Own {
                let data = json!({ "evaluation": evaluation, "position": id, "step": step, "text": text });
                self.bus.publish(Topic::Submission(submission), "log", data);
            }
        }
        Ok(())
    }

    /// Takes a job back from a worker that shuts down.
    pub async fn hand_back(&self, worker: &Worker, job: JobId, fence: i64) -> Result<(), JudgingError> {
        let mut conn = self.db.acquire().await?;
        if !store::queue::hand_back(&mut conn, worker.id, job, fence).await? {
            return Err(JudgingError::StaleFence);
        }
        self.wake_workers();
        Ok(())
    }
}
