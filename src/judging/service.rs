//! The transactions of the queue.

use std::time::Duration;

use bytes::Bytes;
use futures::Stream;
use judge_core::{
    faults::{Fault, FaultKind},
    protocol::{
        Artifact, Claim, Enrolled, Enrolment, Hello, Lease, LogChunk, Outcome, PROTOCOL_VERSION, Report,
        Welcome,
    },
    verdict::Verdict,
};
use serde_json::json;
use sqlx::{PgConnection, PgPool};
use tokio::time::Instant;

use super::{
    JudgingError, Signer,
    model::{Ending, Held, Leased, Step, Worker},
    plan::Planner,
    rules, store,
};
use crate::{
    accounts::secret,
    competitions, config,
    events::{Bus, Topic},
    kernel::ids::{BlobId, EvaluationId, JobId, SubmissionId, TeamId, WorkerId},
    leaderboard::Leaderboard,
    storage::{self, Blob, Storage},
    uploads::Uploads,
};

/// An artifact is the output folder as a tar archive; limits on the output bound it long before this.
const LARGEST_ARTIFACT: u64 = 64 * 1024 * 1024 * 1024;
/// How enrolment tokens begin.
pub const ENROLMENT_PREFIX: &str = "dte_";
const CREDENTIAL_PREFIX: &str = "dtw_";
/// A worker that waits looks into the queue at least so often, should a wake-up get lost with its server.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

#[derive(Debug, Clone)]
pub struct Judging {
    pub(super) db: PgPool,
    pub(super) storage: Storage,
    pub(super) bus: Bus,
    pub(super) leaderboard: Leaderboard,
    pub(super) signer: Signer,
    pub(super) uploads: Uploads,
    pub(super) settings: config::Workers,
}

impl Judging {
    pub fn new(
        db: PgPool,
        storage: Storage,
        bus: Bus,
        leaderboard: Leaderboard,
        signer: Signer,
        uploads: Uploads,
        settings: config::Workers,
    ) -> Self {
        Self { db, storage, bus, leaderboard, signer, uploads, settings }
    }

    /// Makes a submission's evaluations and their first jobs, within the transaction that accepts it. Wake the
    /// workers when it is committed.
    pub async fn enqueue(
        &self,
        conn: &mut PgConnection,
        submission: SubmissionId,
        team: TeamId,
    ) -> sqlx::Result<()> {
        for (evaluation, step) in store::evaluations::insert_for(conn, submission).await? {
            let (head, last) = store::queue::turns(conn, team).await?;
            let priority = match step {
                Step::Predict => rules::PRIORITY_PREDICT,
                Step::Score => rules::PRIORITY_SCORE,
            };
            store::queue::insert(conn, evaluation, team, step, priority, rules::turn(head, last)).await?;
        }
        Ok(())
    }

    pub fn wake_workers(&self) {
        self.bus.wake_workers();
        self.bus.publish(Topic::Operations, "queue", json!({}));
    }

    pub async fn revoke_worker(&self, worker: WorkerId) -> Result<bool, JudgingError> {
        Ok(store::workers::revoke(&mut *self.db.acquire().await?, worker).await?)
    }

    pub async fn enrol(&self, token: &str, enrolment: &Enrolment) -> Result<Enrolled, JudgingError> {
        let hash = secret::hash_shown(ENROLMENT_PREFIX, token).ok_or(JudgingError::BadEnrolment)?;
        let mut tx = self.db.begin().await?;
        if !store::workers::use_invitation(&mut tx, &hash).await? {
            return Err(JudgingError::BadEnrolment);
        }
        let (worker, credential) = (WorkerId::new(), secret::fresh(CREDENTIAL_PREFIX));
        let name: String = enrolment.name.chars().filter(|c| !c.is_control()).take(100).collect();
        store::workers::insert(&mut tx, worker, &name, &secret::hash(&credential)).await?;
        tx.commit().await?;
        tracing::info!(%worker, name, "A worker enrolled.");
        Ok(Enrolled { worker: worker.0, token: credential })
    }

    pub async fn authenticate(&self, token: &str) -> Result<Worker, JudgingError> {
        let hash = secret::hash_shown(CREDENTIAL_PREFIX, token).ok_or(JudgingError::UnknownWorker)?;
        let worker = store::workers::find(&mut *self.db.acquire().await?, &hash).await?;
        worker.ok_or(JudgingError::UnknownWorker)
    }

    pub async fn hello(&self, worker: &Worker, hello: &Hello) -> Result<Welcome, JudgingError> {
        if hello.protocol != PROTOCOL_VERSION {
            return Err(JudgingError::Protocol { ours: PROTOCOL_VERSION, theirs: hello.protocol });
        }
        let mut tx = self.db.begin().await?;
        let released = store::queue::release_earlier_boots(&mut tx, worker.id, hello.boot).await?;
        store::workers::hello(&mut tx, worker.id, hello).await?;
        tx.commit().await?;
        if released > 0 {
            tracing::warn!(
                worker = worker.name,
                released,
                "A worker's earlier process died with jobs in hand."
            );
            self.wake_workers();
        }
        Ok(Welcome {
            lease_seconds: self.lease_seconds(),
            released: u32::try_from(released).unwrap_or(u32::MAX),
        })
    }

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
                    let report = Report {
                        fence: claimed.fence,
                        outcome,
                        usage: judge_core::protocol::Usage::default(),
                    };
                    self.report(worker, claimed.job, &report).await?;
                }
                Err(error) => return Err(error),
            }
        }
    }

    fn announce_lease(&self, leased: Leased) -> Lease {
        let Leased { claimed, plan } = leased;
        self.announce_evaluation(claimed.submission, claimed.evaluation, claimed.step.running_state());
        Lease {
            job: claimed.job.0,
            fence: claimed.fence,
            evaluation: claimed.evaluation.0,
            lease_seconds: self.lease_seconds(),
            plan,
        }
    }

    /// Lengthens the lease.
    pub async fn heartbeat(&self, worker: &Worker, job: JobId, fence: i64) -> Result<u32, JudgingError> {
        let mut conn = self.db.acquire().await?;
        store::workers::seen(&mut conn, worker.id).await?;
        if store::queue::heartbeat(&mut conn, worker.id, job, fence, self.settings.lease).await? {
            Ok(self.lease_seconds())
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
        if let Some((submission, evaluation, step)) = store::logs::place_of(&mut conn, job).await? {
            // A scorer's log is for organizers; teams' streams must not carry it.
            if step == Step::Predict.as_str() {
                let data = json!({ "evaluation": evaluation, "position": id, "step": step, "text": text });
                self.bus.publish(Topic::Submission(submission), "log", data);
            }
        }
        Ok(())
    }

    /// Stores what a prediction step left. The report that follows names its hash.
    pub async fn put_artifact<E: Into<anyhow::Error>>(
        &self,
        worker: &Worker,
        job: JobId,
        fence: i64,
        bytes: impl Stream<Item = Result<Bytes, E>> + Unpin,
    ) -> Result<Artifact, JudgingError> {
        if !store::queue::is_held(&mut *self.db.acquire().await?, worker.id, job, fence).await? {
            return Err(JudgingError::StaleFence);
        }
        let stored = self.storage.put(bytes, LARGEST_ARTIFACT).await?;
        let mut tx = self.db.begin().await?;
        let held = store::queue::lock(&mut tx, job).await?.filter(|h| is_current(h, worker, fence));
        let Some(held) = held else {
            drop(tx);
            self.storage.remove(stored.blob).await?;
            return Err(JudgingError::StaleFence);
        };
        storage::insert(&mut tx, &stored).await?;
        store::evaluations::set_artifact(&mut tx, held.evaluation, stored.blob).await?;
        tx.commit().await?;
        let size = u64::try_from(stored.size).expect("a size is not negative");
        Ok(Artifact { sha256: hex::encode(stored.sha256), size })
    }

    /// Commits how a step ended: result, job, attempts and standings in one transaction. The same report again
    /// changes nothing and is answered the same.
    pub async fn report(&self, worker: &Worker, job: JobId, report: &Report) -> Result<(), JudgingError> {
        let body =
            serde_json::to_value(report).map_err(|_| JudgingError::BadReport { reason: "not finite" })?;
        let mut tx = self.db.begin().await?;
        let held = store::queue::lock(&mut tx, job).await?.ok_or(JudgingError::UnknownJob)?;
        if held.worker != Some(worker.id) || held.fence != report.fence {
            return Err(JudgingError::StaleFence);
        }
        if held.state == "done" && held.report.as_ref() == Some(&body) {
            return Ok(());
        }
        if held.state != "leased" {
            return Err(JudgingError::StaleFence);
        }
        self.check_fits(&mut tx, &held, report).await?;
        store::queue::finish(&mut tx, job, report.fence, &body).await?;
        let ending = match &report.outcome {
            Outcome::Predicted { .. } => {
                store::evaluations::await_scoring(&mut tx, held.evaluation).await?;
                let priority = rules::PRIORITY_SCORE;
                store::queue::insert(&mut tx, held.evaluation, held.team, Step::Score, priority, held.turn)
                    .await?;
                tx.commit().await?;
                self.announce_evaluation(held.submission, held.evaluation, "scoring");
                self.wake_workers();
                return Ok(());
            }
            Outcome::Scored { scores } => {
                store::evaluations::insert_scores(&mut tx, held.evaluation, scores).await?;
                Ending { verdict: Verdict::Scored, faults: Vec::new() }
            }
            Outcome::Failed { verdict, faults } => Ending { verdict: *verdict, faults: faults.clone() },
        };
        self.end(tx, &held, &ending, None).await
    }

    /// Ends an evaluation within `tx`, commits, and tells everybody.
    pub(super) async fn end(
        &self,
        mut tx: sqlx::Transaction<'_, sqlx::Postgres>,
        held: &Held,
        ending: &Ending,
        alert: Option<&str>,
    ) -> Result<(), JudgingError> {
        let change = self.leaderboard.begin_change(held.phase);
        store::evaluations::finish(&mut tx, held.evaluation, ending.verdict, &ending.faults).await?;
        if ending.verdict.is_refunded() {
            store::evaluations::refund(&mut tx, held.submission).await?;
            let kind = alert.unwrap_or(ending.verdict.as_str());
            let detail = detail(ending);
            store::evaluations::insert_alert(&mut tx, held.competition, held.evaluation, kind, &detail)
                .await?;
        }
        let phase = competitions::store::phase(&mut tx, held.phase).await?.ok_or(sqlx::Error::RowNotFound)?;
        self.leaderboard.recompute(&mut tx, &phase, held.team).await?;
        tx.commit().await?;
        drop(change);
        self.leaderboard.announce(held.phase);
        self.announce_evaluation(held.submission, held.evaluation, "done");
        self.bus.publish(Topic::Team(held.team), "submission", json!({ "submission": held.submission }));
        if ending.verdict.is_refunded() {
            tracing::warn!(evaluation = %held.evaluation, verdict = ending.verdict.as_str(), detail = detail(ending),
                "An evaluation failed through no fault of its team; the attempt is given back.");
            self.bus.publish(Topic::Operations, "alert", json!({ "evaluation": held.evaluation }));
        }
        metrics::counter!("dautri_evaluations_total", "verdict" => ending.verdict.as_str()).increment(1);
        Ok(())
    }

    async fn check_fits(
        &self,
        conn: &mut PgConnection,
        held: &Held,
        report: &Report,
    ) -> Result<(), JudgingError> {
        let unfit = |reason| Err(JudgingError::BadReport { reason });
        match (&report.outcome, held.step) {
            (Outcome::Predicted { artifact_sha256 }, Step::Predict) => {
                let Some(id) = held.artifact else { return unfit("no artifact was uploaded") };
                let blob = storage::find(conn, id).await?.ok_or(sqlx::Error::RowNotFound)?;
                if blob.sha256_hex() == *artifact_sha256 {
                    Ok(())
                } else {
                    unfit("another artifact was uploaded")
                }
            }
            (Outcome::Scored { scores }, Step::Score) => {
                let values = scores.public.values().chain(scores.private.values());
                if scores.public.is_empty() || values.clone().any(|v| !v.is_finite()) {
                    return unfit("scores are missing or not finite");
                }
                Ok(())
            }
            (Outcome::Failed { verdict: Verdict::Scored, .. }, _) => unfit("a failure is no score"),
            (Outcome::Failed { .. }, _) => Ok(()),
            _ => unfit("the outcome belongs to the other step"),
        }
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

    /// The blob behind a signed link.
    pub async fn linked_blob(
        &self,
        worker: &Worker,
        blob: BlobId,
        expires: i64,
        signature: &str,
    ) -> Result<Blob, JudgingError> {
        if !self.signer.holds(worker.id, blob, expires, signature) {
            return Err(JudgingError::BadLink);
        }
        let found = storage::find(&mut *self.db.acquire().await?, blob).await?;
        found.ok_or(JudgingError::BadLink)
    }

    fn announce_evaluation(&self, submission: SubmissionId, evaluation: EvaluationId, state: &str) {
        let data = json!({ "submission": submission, "evaluation": evaluation, "state": state });
        self.bus.publish(Topic::Submission(submission), "evaluation", data);
    }

    fn lease_seconds(&self) -> u32 {
        u32::try_from(self.settings.lease.as_secs()).expect("leases last at most ten minutes")
    }
}

fn is_current(held: &Held, worker: &Worker, fence: i64) -> bool {
    held.state == "leased" && held.worker == Some(worker.id) && held.fence == fence
}

/// What an organizer reads: the platform's own reasons are told here and nowhere else.
fn detail(ending: &Ending) -> String {
    let reasons = ending.faults.iter().map(|fault| match &fault.kind {
        FaultKind::Platform { reason } => reason.clone(),
        _ => fault.sentence().en,
    });
    reasons.collect::<Vec<_>>().join("; ")
}
