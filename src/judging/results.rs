//! How a step ends: artifact, report, and the one transaction that commits a result.

use bytes::Bytes;
use futures::Stream;
use judge_core::{
    faults::FaultKind,
    protocol::{Artifact, Outcome, Report, check_items},
    verdict::Verdict,
};
use serde_json::json;
use sqlx::PgConnection;

use super::{
    Judging, JudgingError,
    model::{Ending, Held, Refund, Step, Worker},
    rules, store,
};
use crate::{competitions, events::Topic, kernel::ids::JobId, storage};

/// An artifact is the output folder as a tar archive; limits on the output bound it long before this.
const LARGEST_ARTIFACT: u64 = 64 * 1024 * 1024 * 1024;

impl Judging {
    /// Stores what a prediction step left, if it arrived with the hash that the worker computed. The report that follows names its hash.
    pub async fn put_artifact<E: Into<anyhow::Error>>(
        &self,
        worker: &Worker,
        job: JobId,
        fence: i64,
        sha256: &str,
        bytes: impl Stream<Item = Result<Bytes, E>> + Unpin,
    ) -> Result<Artifact, JudgingError> {
        if !store::queue::is_held(&mut *self.db.acquire().await?, worker.id, job, fence).await? {
            return Err(JudgingError::StaleFence);
        }
        let stored = self.storage.put(bytes, LARGEST_ARTIFACT).await?;
        if hex::encode(stored.sha256) != sha256 {
            self.storage.remove(stored.blob).await?;
            return Err(JudgingError::BadReport { reason: "the artifact arrived changed" });
        }
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
                let level = rules::Level::of(held.priority);
                store::queue::insert(&mut tx, held.evaluation, held.team, Step::Score, level, held.turn)
                    .await?;
                tx.commit().await?;
                if held.rejudging.is_none() {
                    self.announce_evaluation(held.submission, held.evaluation, "scoring");
                }
                self.wake_workers();
                return Ok(());
            }
            Outcome::Scored { scores, items } => {
                store::evaluations::insert_scores(&mut tx, held.evaluation, scores).await?;
                store::items::insert(&mut tx, held.evaluation, items).await?;
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
        store::evaluations::finish(&mut tx, held.evaluation, ending.verdict, &ending.faults).await?;
        if ending.verdict.is_refunded() {
            let kind = alert.unwrap_or(ending.verdict.as_str());
            let detail = detail(ending);
            store::evaluations::insert_alert(&mut tx, held.competition, held.evaluation, kind, &detail)
                .await?;
        }
        match held.rejudging {
            // Nothing counts before the rejudging is applied: neither attempt nor board moves.
            Some(rejudging) => {
                tx.commit().await?;
                self.bus.publish(Topic::Operations, "rejudging", json!({ "rejudging": rejudging }));
            }
            None => self.commit_first(tx, held, ending).await?,
        }
        if ending.verdict.is_refunded() {
            tracing::warn!(evaluation = %held.evaluation, verdict = ending.verdict.as_str(), detail = detail(ending),
                "An evaluation failed through no fault of its team.");
            self.bus.publish(Topic::Operations, "alert", json!({ "evaluation": held.evaluation }));
        }
        metrics::counter!("dautri_evaluations_total", "verdict" => ending.verdict.as_str()).increment(1);
        Ok(())
    }

    /// Commits the end of the judging that followed the hand-in: attempt and standings with it.
    async fn commit_first(
        &self,
        mut tx: sqlx::Transaction<'_, sqlx::Postgres>,
        held: &Held,
        ending: &Ending,
    ) -> Result<(), JudgingError> {
        let change = self.leaderboard.begin_change(held.phase);
        if ending.verdict.is_refunded() {
            store::rulings::refund(&mut tx, held.submission, Refund::Fault, None).await?;
        }
        let phase = competitions::store::phase(&mut tx, held.phase).await?.ok_or(sqlx::Error::RowNotFound)?;
        self.leaderboard.recompute(&mut tx, &phase, held.team).await?;
        tx.commit().await?;
        drop(change);
        self.leaderboard.announce(held.phase);
        self.announce_evaluation(held.submission, held.evaluation, "done");
        self.bus.publish(Topic::Team(held.team), "submission", json!({ "submission": held.submission }));
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
            (Outcome::Scored { scores, items }, Step::Score) => {
                let values = scores.public.values().chain(scores.private.values());
                if scores.public.is_empty() || values.clone().any(|v| !v.is_finite()) {
                    return unfit("scores are missing or not finite");
                }
                if check_items(items).is_err() {
                    return unfit("the items are too many, named twice, or not finite");
                }
                Ok(())
            }
            (Outcome::Failed { verdict: Verdict::Scored, .. }, _) => unfit("a failure is no score"),
            (Outcome::Failed { .. }, _) => Ok(()),
            _ => unfit("the outcome belongs to the other step"),
        }
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
