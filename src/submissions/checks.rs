//! Checking what a team sent before it costs an attempt.

use std::{
    collections::HashMap,
    path::PathBuf,
    sync::{Arc, Mutex, Weak},
    time::Duration,
};

use futures::{StreamExt, future::BoxFuture};
use judge_core::{
    check::{Check, Findings},
    faults::Fault,
};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};

use super::{
    SubmissionError, Submissions,
    model::CheckedTask,
    rules::{self, Takes},
    store,
};
use crate::{
    accounts::Principal,
    competitions::model::{Malformed, PhaseContext},
    kernel::{
        Timestamp,
        ids::{PhaseId, TeamId, UploadId},
    },
    storage::{self, Range},
    teams,
    uploads::Finished,
};

/// Looks a file over in a confined child process. The second path is the archive of the task's truth, for checks
/// that need it.
pub type Checker = Arc<
    dyn Fn(Check, PathBuf, Option<PathBuf>) -> BoxFuture<'static, anyhow::Result<Findings>> + Send + Sync,
>;

/// However many processors there are: each check may take half a gigabyte of memory.
const MOST_AT_ONCE: usize = 8;
/// Of one team, so that it cannot keep the others waiting.
const MOST_OF_TEAM: usize = 2;
/// Hundreds of teams hand in within the last seconds of a phase; they wait rather than being turned away.
const LONGEST_WAIT: Duration = Duration::from_secs(30);

/// Runs checks, so many at a time.
#[derive(Clone)]
pub struct Checks {
    checker: Checker,
    slots: Arc<Semaphore>,
    teams: Arc<Mutex<HashMap<TeamId, Weak<Semaphore>>>>,
}

impl std::fmt::Debug for Checks {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Checks")
    }
}

/// The right to run a check; ends with this value.
struct Turn {
    _of_team: OwnedSemaphorePermit,
    _slot: OwnedSemaphorePermit,
}

impl Checks {
    pub fn new(checker: Checker) -> Self {
        let processors = std::thread::available_parallelism().map_or(2, usize::from);
        let slots = Arc::new(Semaphore::new(processors.clamp(2, MOST_AT_ONCE)));
        Self { checker, slots, teams: Arc::default() }
    }

    /// Waits for a turn; `None` when it does not come in time.
    async fn turn(&self, team: TeamId) -> Option<Turn> {
        let of_team = self.of_team(team);
        let waiting = async {
            let of_team = of_team.acquire_owned().await.ok()?;
            let slot = Arc::clone(&self.slots).acquire_owned().await.ok()?;
            Some(Turn { _of_team: of_team, _slot: slot })
        };
        timeout(LONGEST_WAIT, waiting).await.ok().flatten()
    }

    fn of_team(&self, team: TeamId) -> Arc<Semaphore> {
        let mut teams = self.teams.lock().expect("no holder of this lock panics");
        if let Some(known) = teams.get(&team).and_then(Weak::upgrade) {
            return known;
        }
        teams.retain(|_, semaphore| semaphore.strong_count() > 0);
        let fresh = Arc::new(Semaphore::new(MOST_OF_TEAM));
        teams.insert(team, Arc::downgrade(&fresh));
        fresh
    }
}

impl Submissions {
    /// Checks a finished upload and spends nothing. It may be handed in afterwards.
    pub async fn check(
        &self,
        person: &Principal,
        phase: PhaseId,
        upload: UploadId,
    ) -> Result<Findings, SubmissionError> {
        let context = self.phase(phase).await?;
        let mut conn = self.db.acquire().await?;
        let team = teams::store::team_of(&mut conn, context.competition_id, person.user).await?;
        let team = team.ok_or(SubmissionError::NoTeam)?;
        drop(conn);
        let finished = self.finished(person, phase, upload).await?;
        let tasks = store::checks::tasks(&mut *self.db.acquire().await?, phase).await?;
        match self.check_kind(&context, &tasks, &finished).await {
            Ok(()) => self.examine(team, &tasks, &finished).await,
            Err(error) => match rules::fault_of_kind(&error) {
                Some(fault) => Ok(Findings { faults: vec![fault], ..Findings::default() }),
                None => Err(error),
            },
        }
    }

    /// Refuses what would not be scored, before it costs anything. Returns when the file was there by the database's
    /// clock: a check that takes its time makes nobody late.
    pub(super) async fn look_over(
        &self,
        context: &PhaseContext,
        team: TeamId,
        upload: &Finished,
    ) -> Result<(Timestamp, Vec<Fault>), SubmissionError> {
        let mut conn = self.db.acquire().await?;
        let arrived = store::now(&mut conn).await?;
        let tasks = store::checks::tasks(&mut conn, context.phase.id).await?;
        let (gate, attempts) =
            store::attempts(&mut conn, context.phase.id, team).await?.ok_or(SubmissionError::NotFound)?;
        drop(conn);
        self.check_kind(context, &tasks, upload).await?;
        // What would be refused for another reason needs no check; the reason is told by the one who counts.
        let welcome = matches!(rules::refusal(gate, attempts), SubmissionError::JustChanged);
        if welcome && context.phase.malformed == Malformed::Refuse {
            let found = self.examine(team, &tasks, upload).await?;
            if !found.faults.is_empty() {
                return Err(SubmissionError::Malformed(found));
            }
            return Ok((arrived, found.warnings));
        }
        Ok((arrived, Vec::new()))
    }

    async fn head(&self, upload: &Finished) -> Result<Vec<u8>, SubmissionError> {
        let end = u64::try_from(upload.blob.size).unwrap_or(0).min(8);
        let stream = self.storage.read(upload.blob.id, Some(Range { start: 0, end })).await?;
        tokio::pin!(stream);
        let mut head = Vec::new();
        while let Some(chunk) = stream.next().await {
            head.extend_from_slice(&chunk.map_err(crate::storage::StorageError::from)?);
        }
        Ok(head)
    }

    /// The caller's upload, complete and made for this phase.
    pub(super) async fn finished(
        &self,
        person: &Principal,
        phase: PhaseId,
        upload: UploadId,
    ) -> Result<Finished, SubmissionError> {
        let finished = self.uploads.finish(person.user, upload).await?;
        if finished.phase == Some(phase) { Ok(finished) } else { Err(SubmissionError::OtherPhase) }
    }

    /// Refuses what is plainly the wrong kind of file.
    async fn check_kind(
        &self,
        context: &PhaseContext,
        tasks: &[CheckedTask],
        upload: &Finished,
    ) -> Result<(), SubmissionError> {
        let takes = Takes::of(context.track_kind, tasks.iter().map(|task| &task.judging));
        let head = self.head(upload).await?;
        rules::check_kind(takes, &upload.filename, upload.blob.size, &head)
    }

    /// Reads the file as each task's scorer will. No connection is held meanwhile.
    async fn examine(
        &self,
        team: TeamId,
        tasks: &[CheckedTask],
        upload: &Finished,
    ) -> Result<Findings, SubmissionError> {
        let checks = rules::checks(tasks, &upload.filename);
        let mut found = Findings::default();
        if checks.is_empty() {
            return Ok(found);
        }
        let _turn = self.checks.turn(team).await.ok_or(SubmissionError::ChecksBusy)?;
        let file = self.storage.local(&upload.blob).await?;
        for (check, truth) in checks {
            let truth = match truth {
                None => None,
                Some(blob) => {
                    let blob = storage::find(&mut *self.db.acquire().await?, blob).await?;
                    Some(self.storage.local(&blob.ok_or(sqlx::Error::RowNotFound)?).await?)
                }
            };
            let path = truth.as_ref().map(|truth| truth.path().to_owned());
            let checked = (self.checks.checker)(check, file.path().to_owned(), path).await;
            // A server that cannot check must not stop the contest: the worker reads the file again.
            found.merge(checked.unwrap_or_else(|error| {
                tracing::error!(
                    cause = format!("{error:#}"),
                    "A check failed; the file is left to the worker."
                );
                Findings::incomplete()
            }));
        }
        Ok(found)
    }
}
