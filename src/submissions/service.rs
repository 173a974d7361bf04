//! Handing in, and following what was handed in.

use judge_core::faults::Fault;
use serde_json::json;
use sqlx::{PgConnection, PgPool};

use super::{
    Checks, SubmissionError,
    model::{Attempts, EvaluationView, LogPiece, SubmissionRow, SubmissionView, Taken},
    rules, store,
    views::views,
};
use crate::{
    accounts::Principal,
    competitions::{
        self,
        model::PhaseContext,
        visibility::{self, Reader, Sight},
    },
    data::acceptance,
    db,
    events::{Bus, Topic},
    judging::{self, Judging},
    kernel::{
        Clock,
        ids::{EvaluationId, PhaseId, SubmissionId, TeamId, UploadId},
        paging::{Cursor, Page},
    },
    storage::{Blob, Storage},
    teams::{self, store::disqualification},
    uploads::{UploadError, Uploads},
    web::{Limiter, PageQuery, Problem, Rate},
};

#[derive(Debug, Clone)]
pub struct Submissions {
    pub(super) db: PgPool,
    pub(super) storage: Storage,
    pub(super) uploads: Uploads,
    pub(super) checks: Checks,
    pub(super) judging: Judging,
    bus: Bus,
    pub(super) clock: Clock,
    limiter: Limiter,
    /// How often one team may hand in, whoever of it does.
    rate: Option<Rate>,
}

impl Submissions {
    pub fn new(
        db: PgPool,
        storage: Storage,
        uploads: Uploads,
        checks: Checks,
        judging: Judging,
        bus: Bus,
        clock: Clock,
    ) -> Self {
        let limiter = Limiter::new(clock.clone());
        Self { db, storage, uploads, checks, judging, bus, clock, limiter, rate: None }
    }

    /// Lets each team hand in only so often.
    #[must_use]
    pub fn limited(self, rate: Option<Rate>, limiter: Limiter) -> Self {
        Self { limiter, rate, ..self }
    }

    /// Makes a submission of a finished upload. Repeated with the same upload it gives the same submission.
    pub async fn hand_in(
        &self,
        person: &Principal,
        phase: PhaseId,
        upload: UploadId,
    ) -> Result<Taken, SubmissionError> {
        let context = self.phase(phase).await?;
        let mut conn = self.db.acquire().await?;
        let team = teams::store::team_of(&mut conn, context.competition_id, person.user)
            .await?
            .ok_or(SubmissionError::NoTeam)?;
        self.limiter.count("team submissions", team, self.rate).await?;
        let before = store::of_upload(&mut conn, person.user, upload).await?;
        if before.is_none() {
            acceptance::require(&mut conn, context.competition_id, person.user).await?;
        }
        drop(conn);
        let (made, id, warnings) = match before {
            Some(id) => (false, id, Vec::new()),
            None => self.accept(person, &context, team, upload).await?,
        };
        let mut conn = db::snapshot(&self.db).await?;
        let row = store::find(&mut conn, id).await?.ok_or(SubmissionError::NotFound)?;
        let team = teams::store::team_of(&mut conn, context.competition_id, person.user).await?;
        // Who left the team sees no more of what they handed in for it.
        let team = team.filter(|team| *team == row.team).ok_or(SubmissionError::NotFound)?;
        let (_, attempts) =
            store::attempts(&mut conn, row.phase, team).await?.ok_or(SubmissionError::NotFound)?;
        let sight = visibility::sight(&context.phase, Reader::Participant, self.clock.now());
        let view = views(&mut conn, vec![row], sight, &context).await?.pop();
        let submission = view.ok_or(SubmissionError::NotFound)?;
        Ok(Taken { made, submission, attempts, warnings })
    }

    async fn accept(
        &self,
        person: &Principal,
        context: &PhaseContext,
        team: TeamId,
        upload: UploadId,
    ) -> Result<(bool, SubmissionId, Vec<Fault>), SubmissionError> {
        let phase = context.phase.id;
        let finished = self.finished(person, phase, upload).await?;
        let (arrived, warnings) = self.look_over(context, team, &finished).await?;
        let mut tx = self.db.begin().await?;
        let team = teams::readiness::hold(&mut tx, context.competition_id, person.user).await?;
        let team = team.ok_or(SubmissionError::NoTeam)?;
        // Read while the team's row is held: whoever disqualifies it waits, and cancels what this hands in.
        if let Some(ruling) = disqualification::disqualification(&mut tx, team).await? {
            return Err(SubmissionError::Disqualified { reason: ruling.reason });
        }
        // Practice is open to every team, approved or not.
        if !context.phase.practice
            && let Some(obstacle) = teams::readiness::obstacles(&mut tx, team).await?.into_iter().next()
        {
            return Err(SubmissionError::NotReady(obstacle));
        }
        store::queue_up(&mut tx, phase, team).await?;
        match self.uploads.mark_used(&mut tx, upload).await {
            Ok(()) => {}
            // Two requests with one upload: the first one's submission is the answer to both, even where it took
            // the last attempt.
            Err(UploadError::AlreadyUsed) => {
                let first = store::of_upload(&mut tx, person.user, upload).await?;
                return Ok((false, first.ok_or(UploadError::AlreadyUsed)?, warnings));
            }
            Err(error) => return Err(error.into()),
        }
        let id = match store::accept(&mut tx, phase, team, person.user, &finished, arrived).await {
            Ok(Some(id)) => id,
            Ok(None) => return Err(refusal(&mut tx, phase, team).await?),
            Err(error) => return Err(error.into()),
        };
        self.judging.enqueue(&mut tx, id, team).await?;
        tx.commit().await?;
        self.judging.wake_workers();
        self.bus.publish(Topic::Team(team), "submission", json!({ "submission": id }));
        metrics::counter!("dautri_submissions_total").increment(1);
        Ok((true, id, warnings))
    }

    /// A phase's submissions: the own team's, or all for organizers.
    pub async fn list(
        &self,
        person: &Principal,
        phase: PhaseId,
        page: &PageQuery,
    ) -> Result<Page<SubmissionView>, Problem> {
        let context = self.phase(phase).await?;
        let before = page.cursor()?;
        let mut conn = db::snapshot(&self.db).await?;
        let sight = self.sight(&mut conn, person, &context).await?;
        let team = if sight.organizer {
            None
        } else {
            let team = teams::store::team_of(&mut conn, context.competition_id, person.user).await?;
            Some(team.ok_or(SubmissionError::NoTeam)?)
        };
        let rows = store::list(&mut conn, phase, team, before, page.fetch()).await?;
        let Page { items, next } =
            Page::of(rows, page.limit(), |row| Cursor { at: row.accepted_at, id: row.id.0 });
        Ok(Page { items: views(&mut conn, items, sight, &context).await?, next })
    }

    /// Attempts of the person's team.
    pub async fn attempts(&self, person: &Principal, phase: PhaseId) -> Result<Attempts, SubmissionError> {
        let context = self.phase(phase).await?;
        let mut conn = self.db.acquire().await?;
        let team = teams::store::team_of(&mut conn, context.competition_id, person.user).await?;
        let team = team.ok_or(SubmissionError::NoTeam)?;
        let found = store::attempts(&mut conn, phase, team).await?;
        found.map(|(_, attempts)| attempts).ok_or(SubmissionError::NotFound)
    }

    pub async fn show(
        &self,
        person: &Principal,
        id: SubmissionId,
    ) -> Result<SubmissionView, SubmissionError> {
        let mut conn = db::snapshot(&self.db).await?;
        let (row, sight, context) = self.seen(&mut conn, person, id).await?;
        let view = views(&mut conn, vec![row], sight, &context).await?.pop();
        self.with_places(&mut conn, view.ok_or(SubmissionError::NotFound)?).await
    }

    /// Adds where the evaluations stand that wait.
    async fn with_places(
        &self,
        conn: &mut PgConnection,
        mut view: SubmissionView,
    ) -> Result<SubmissionView, SubmissionError> {
        let waits = |e: &&EvaluationView| ["queued", "scoring"].contains(&e.state.as_str());
        let waiting: Vec<EvaluationId> = view.evaluations.iter().filter(waits).map(|e| e.id).collect();
        let places = self.judging.places(conn, &waiting).await?;
        for evaluation in &mut view.evaluations {
            evaluation.queue = places.get(&evaluation.id).copied();
        }
        Ok(view)
    }

    /// What was handed in, as it came.
    pub async fn file(
        &self,
        person: &Principal,
        id: SubmissionId,
    ) -> Result<(Blob, String), SubmissionError> {
        let mut conn = self.db.acquire().await?;
        let (row, ..) = self.seen(&mut conn, person, id).await?;
        Ok((Blob { id: row.blob, sha256: row.sha256, size: row.size }, row.filename))
    }

    /// The log after a position. Scorers' logs could give the truth away: organizers only.
    pub async fn log(
        &self,
        person: &Principal,
        evaluation: EvaluationId,
        after: i64,
    ) -> Result<Vec<LogPiece>, SubmissionError> {
        const AT_ONCE: i64 = 1000;
        let mut conn = self.db.acquire().await?;
        let (sight, _) = self.seen_evaluation(&mut conn, person, evaluation).await?;
        if !sight.prediction_log {
            return Err(SubmissionError::LogHidden);
        }
        let rows =
            judging::store::logs::read(&mut conn, evaluation, after, sight.scorer_log, AT_ONCE).await?;
        let piece = |r: judging::store::logs::LogRow| LogPiece { position: r.id, step: r.step, text: r.text };
        Ok(rows.into_iter().map(piece).collect())
    }

    /// Whether a person may follow a submission.
    pub async fn may_see(&self, person: &Principal, id: SubmissionId) -> Result<bool, SubmissionError> {
        let mut conn = self.db.acquire().await?;
        match self.seen(&mut conn, person, id).await {
            Ok(_) => Ok(true),
            Err(SubmissionError::NotFound) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// What the person may see of an evaluation. One of a rejudging is for organizers until it is applied.
    pub(super) async fn seen_evaluation(
        &self,
        conn: &mut PgConnection,
        person: &Principal,
        evaluation: EvaluationId,
    ) -> Result<(Sight, PhaseContext), SubmissionError> {
        let found = store::of_evaluation(conn, evaluation).await?;
        let (id, is_beside) = found.ok_or(SubmissionError::NotFound)?;
        let (_, sight, context) = self.seen(conn, person, id).await?;
        if is_beside && !sight.organizer { Err(SubmissionError::NotFound) } else { Ok((sight, context)) }
    }

    /// The submission, if the person is in its team or organizes its competition.
    pub(super) async fn seen(
        &self,
        conn: &mut PgConnection,
        person: &Principal,
        id: SubmissionId,
    ) -> Result<(SubmissionRow, Sight, PhaseContext), SubmissionError> {
        let row = store::find(conn, id).await?.ok_or(SubmissionError::NotFound)?;
        let context = competitions::store::phase(conn, row.phase).await?.ok_or(SubmissionError::NotFound)?;
        let sight = self.sight(conn, person, &context).await?;
        if sight.organizer || teams::store::is_member(conn, row.team, person.user).await? {
            Ok((row, sight, context))
        } else {
            Err(SubmissionError::NotFound)
        }
    }

    async fn sight(
        &self,
        conn: &mut PgConnection,
        person: &Principal,
        context: &PhaseContext,
    ) -> sqlx::Result<Sight> {
        let reader = teams::access::reader(conn, Some(person), context.competition_id).await?;
        Ok(visibility::sight(&context.phase, reader, self.clock.now()))
    }

    pub(super) async fn phase(&self, id: PhaseId) -> Result<PhaseContext, SubmissionError> {
        let found = competitions::store::phase(&mut *self.db.acquire().await?, id).await?;
        found.ok_or(SubmissionError::NotFound)
    }
}

/// Why nothing was accepted.
async fn refusal(
    conn: &mut PgConnection,
    phase: PhaseId,
    team: TeamId,
) -> Result<SubmissionError, SubmissionError> {
    let (gate, attempts) = store::attempts(conn, phase, team).await?.ok_or(SubmissionError::NotFound)?;
    Ok(rules::refusal(gate, attempts))
}
