//! What the queue stands on, and how submissions enter it.

use serde_json::json;
use sqlx::{PgConnection, PgPool};

use super::{JudgingError, Signer, model::Worker, places::Places, rules, store};
use crate::{
    config,
    events::{Bus, Topic},
    kernel::ids::{BlobId, EvaluationId, SubmissionId, TeamId},
    leaderboard::Leaderboard,
    storage::{self, Blob, Storage},
    uploads::Uploads,
};

#[derive(Debug, Clone)]
pub struct Judging {
    pub(super) db: PgPool,
    pub(super) storage: Storage,
    pub(super) bus: Bus,
    pub(super) leaderboard: Leaderboard,
    pub(super) signer: Signer,
    pub(super) uploads: Uploads,
    pub(super) settings: config::Workers,
    pub(super) places: Places,
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
        Self { db, storage, bus, leaderboard, signer, uploads, settings, places: Places::default() }
    }

    /// Makes a submission's evaluations and their first jobs, within the transaction that accepts it. Wake the
    /// workers when it is committed.
    pub async fn enqueue(
        &self,
        conn: &mut PgConnection,
        submission: SubmissionId,
        team: TeamId,
    ) -> sqlx::Result<()> {
        let (priority, evaluations) = store::evaluations::insert_for(conn, submission).await?;
        let level = rules::Level::from(priority);
        for (evaluation, step) in evaluations {
            let (head, last) = store::queue::turns(conn, team, level).await?;
            store::queue::insert(conn, evaluation, team, step, level, rules::turn(head, last)).await?;
        }
        Ok(())
    }

    pub fn wake_workers(&self) {
        self.bus.wake_workers();
        self.bus.publish(Topic::Operations, "queue", json!({}));
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

    pub(super) fn announce_evaluation(
        &self,
        submission: SubmissionId,
        evaluation: EvaluationId,
        state: &str,
    ) {
        let data = json!({ "submission": submission, "evaluation": evaluation, "state": state });
        self.bus.publish(Topic::Submission(submission), "evaluation", data);
    }

    pub(super) fn lease_seconds(&self) -> u32 {
        u32::try_from(self.settings.lease.as_secs()).expect("leases last at most ten minutes")
    }
}
