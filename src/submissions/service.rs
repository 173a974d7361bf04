//! Handing in, and following what was handed in.

use std::collections::{BTreeMap, HashMap};

use judge_core::{
    faults::{Fault, FaultKind},
    verdict::Verdict,
};
use serde_json::json;
use sqlx::{PgConnection, PgPool};

use super::{
    Checks, SubmissionError,
    model::{
        Attempts, EvaluationRow, EvaluationView, FaultView, LogPiece, ScoresView, SubmissionRow,
        SubmissionView, Taken,
    },
    rules, store,
};
use crate::{
    accounts::Principal,
    competitions::{
        self, access,
        model::{OverTasks, PhaseContext},
    },
    db,
    events::{Bus, Topic},
    judging::{self, Judging},
    kernel::{
        Clock,
        ids::{EvaluationId, PhaseId, SubmissionId, TeamId, UploadId},
        paging::{Cursor, Page},
    },
    leaderboard,
    storage::{Blob, Storage},
    teams,
    uploads::{UploadError, Uploads},
    web::{Limiter, PageQuery, Problem, Rate},
};

#[derive(Debug, Clone)]
pub struct Submissions {
    pub(super) db: PgPool,
    pub(super) storage: Storage,
    pub(super) uploads: Uploads,
    pub(super) checks: Checks,
    judging: Judging,
    bus: Bus,
    pub(super) clock: Clock,
    limiter: Limiter,
    /// How often one team may hand in, whoever of it does.
    rate: Option<Rate>,
}

/// What a person may see of a phase's submissions.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sight {
    pub(super) organizer: bool,
    pub(super) private: bool,
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
        Self { rate, limiter, ..self }
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
        let sight = Sight { organizer: false, private: false };
        let view =
            views(&mut conn, vec![row], sight, &context).await?.pop().ok_or(SubmissionError::NotFound)?;
        Ok(Taken { made, submission: view, attempts, warnings })
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
        if let Some(obstacle) = teams::readiness::obstacles(&mut tx, team).await?.into_iter().next() {
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
        views(&mut conn, vec![row], sight, &context).await?.pop().ok_or(SubmissionError::NotFound)
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
        let id = store::of_evaluation(&mut conn, evaluation).await?.ok_or(SubmissionError::NotFound)?;
        let (_, sight, _) = self.seen(&mut conn, person, id).await?;
        let rows = judging::store::logs::read(&mut conn, evaluation, after, sight.organizer, AT_ONCE).await?;
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
        let organizer = access::is_organizer(conn, Some(person), context.competition_id).await?;
        let private = organizer || leaderboard::private_is_open(context, self.clock.now());
        Ok(Sight { organizer, private })
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

/// Rows with their evaluations and scores. Within a snapshot: a verdict must not be seen without its scores.
async fn views(
    conn: &mut PgConnection,
    rows: Vec<SubmissionRow>,
    sight: Sight,
    context: &PhaseContext,
) -> sqlx::Result<Vec<SubmissionView>> {
    let ids: Vec<SubmissionId> = rows.iter().map(|r| r.id).collect();
    let mut scores: HashMap<EvaluationId, ScoresView> = HashMap::new();
    for score in store::scores(conn, &ids).await? {
        let view = scores.entry(score.evaluation).or_default();
        if score.split == "public" {
            view.public.insert(score.metric, score.value);
        } else if sight.private {
            view.private.get_or_insert_with(BTreeMap::new).insert(score.metric, score.value);
        }
    }
    let mut evaluations: HashMap<SubmissionId, Vec<EvaluationView>> = HashMap::new();
    for row in store::evaluations(conn, &ids).await? {
        let scores = scores.remove(&row.id);
        evaluations.entry(row.submission).or_default().push(evaluation_view(row, scores, sight));
    }
    let view = |row: SubmissionRow| {
        let evaluations = evaluations.remove(&row.id).unwrap_or_default();
        SubmissionView {
            state: rules::state(&evaluations.iter().map(|e| e.state.as_str()).collect::<Vec<_>>()),
            id: row.id,
            phase: row.phase,
            team: row.team,
            team_name: row.team_name,
            filename: row.filename,
            size: row.size,
            sha256: hex::encode(row.sha256),
            accepted_at: row.accepted_at,
            charged: row.charged,
            scores: combined(context.phase.board.over_tasks, &evaluations),
            evaluations,
        }
    };
    Ok(rows.into_iter().map(view).collect())
}

/// The scores of all tasks as one; `None` until every task is scored.
fn combined(how: OverTasks, evaluations: &[EvaluationView]) -> Option<ScoresView> {
    let tasks: Vec<&ScoresView> = evaluations.iter().map(|e| e.scores.as_ref()).collect::<Option<_>>()?;
    let public: Vec<_> = tasks.iter().map(|s| s.public.clone()).collect();
    let private: Option<Vec<_>> = tasks.iter().map(|s| s.private.clone()).collect();
    Some(ScoresView {
        public: leaderboard::over_tasks(how, &public, public.len())?,
        private: private.and_then(|p| leaderboard::over_tasks(how, &p, p.len())),
    })
}

fn evaluation_view(row: EvaluationRow, scores: Option<ScoresView>, sight: Sight) -> EvaluationView {
    let verdict = row.verdict.and_then(|v| v.parse::<Verdict>().ok());
    EvaluationView {
        id: row.id,
        task: row.task,
        task_version: row.task_version,
        state: row.state,
        verdict,
        verdict_text: verdict.map(Verdict::label),
        // What went wrong in the organizer's scorer may quote the truth.
        faults: match verdict {
            Some(v) if v.is_refunded() && !sight.organizer => vec![FaultView::from(&refunded())],
            _ => row.faults.iter().map(FaultView::from).collect(),
        },
        scores,
        created_at: row.created_at,
        finished_at: row.finished_at,
    }
}

/// What a team is told of a fault that is not its own.
fn refunded() -> Fault {
    Fault::new(FaultKind::Platform { reason: String::new() })
}
