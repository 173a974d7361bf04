//! The place in the queue, for teams and organizers.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use serde_json::json;
use sqlx::PgConnection;
use tokio::time::Instant;

use super::{
    Judging, JudgingError,
    model::{Pace, QueuePlace},
    rules,
    store::places::{self, Waiting},
};
use crate::{events::Topic, kernel::ids::EvaluationId};

/// The pace is an estimate of minutes: it need not be asked for with every request.
const PACE_LASTS: Duration = Duration::from_secs(5);

/// What is remembered between two looks into the queue.
#[derive(Debug, Clone, Default)]
pub struct Places(Arc<Mutex<Memory>>);

#[derive(Debug, Default)]
struct Memory {
    pace: Option<(Instant, Pace)>,
    /// What readers of event streams were told last.
    told: HashMap<EvaluationId, QueuePlace>,
}

impl Places {
    fn pace(&self) -> Option<Pace> {
        let memory = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        memory.pace.filter(|(at, _)| at.elapsed() < PACE_LASTS).map(|(_, pace)| pace)
    }

    fn keep(&self, pace: Pace) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).pace = Some((Instant::now(), pace));
    }

    /// Remembers what is told now, and returns what differs from before.
    fn changed(&self, now: HashMap<EvaluationId, QueuePlace>) -> Vec<(EvaluationId, QueuePlace)> {
        let mut memory = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let before = std::mem::replace(&mut memory.told, now.clone());
        let is_new = |(id, queue): &(EvaluationId, QueuePlace)| {
            before.get(id).is_none_or(|told| told.place != queue.place)
        };
        now.into_iter().filter(is_new).collect()
    }
}

impl Judging {
    /// Where the jobs of these evaluations stand that wait.
    pub async fn places(
        &self,
        conn: &mut PgConnection,
        evaluations: &[EvaluationId],
    ) -> sqlx::Result<HashMap<EvaluationId, QueuePlace>> {
        if evaluations.is_empty() {
            return Ok(HashMap::new());
        }
        let waiting = places::waiting(conn, evaluations).await?;
        let pace = if let Some(pace) = self.places.pace() {
            pace
        } else {
            let pace = places::pace(conn).await?;
            // What is not known yet may be known in a moment.
            if pace.slots > 0 && pace.score_seconds.is_some() {
                self.places.keep(pace);
            }
            pace
        };
        Ok(waiting.into_iter().map(|w| (w.evaluation, queue_place(w, &pace))).collect())
    }

    /// Tells those who follow a submission that waits where it stands, where that changed. Only followed ones are
    /// looked at, so that it costs nothing when nobody looks.
    pub(super) async fn tell_places(&self) -> Result<(), JudgingError> {
        let followed: Vec<_> = self
            .bus
            .followed()
            .into_iter()
            .filter_map(|topic| if let Topic::Submission(id) = topic { Some(id) } else { None })
            .collect();
        let (mut submissions, mut now) = (HashMap::new(), HashMap::new());
        if !followed.is_empty() {
            let mut conn = self.db.acquire().await?;
            submissions.extend(places::waiting_of(&mut conn, &followed).await?);
            let evaluations: Vec<EvaluationId> = submissions.keys().copied().collect();
            now = self.places(&mut conn, &evaluations).await?;
        }
        for (evaluation, queue) in self.places.changed(now) {
            if let Some(submission) = submissions.get(&evaluation) {
                let data = json!({ "submission": submission, "evaluation": evaluation, "queue": queue });
                self.bus.publish(Topic::Submission(*submission), "queue", data);
            }
        }
        Ok(())
    }
}

fn queue_place(waiting: Waiting, pace: &Pace) -> QueuePlace {
    let Waiting { ahead, is_paused, .. } = waiting;
    #[expect(clippy::cast_possible_truncation, reason = "an estimate; what is too large for an i64 is cut")]
    let seconds = rules::wait_seconds(ahead, pace).map(|seconds| seconds.ceil() as i64);
    QueuePlace {
        place: ahead.predict + ahead.score + 1,
        wait_seconds: seconds.filter(|_| !is_paused),
        is_paused,
    }
}
