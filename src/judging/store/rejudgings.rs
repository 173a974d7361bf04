//! Rejudgings, their sets and what they made.

use std::collections::BTreeMap;

use judge_core::verdict::Verdict;
use sqlx::{PgConnection, types::Json};

use crate::{
    judging::{
        model::Step,
        rejudging::model::{Choice, Difference, Judged, Newest, RejudgingView, State},
        rules::Level,
    },
    kernel::{
        ids::{
            CompetitionId, EvaluationId, JobId, PhaseId, RejudgingId, SubmissionId, TaskId, TaskVersionId,
            TeamId, UserId,
        },
        paging::Cursor,
    },
    leaderboard::Origin,
};

/// All that was judged of a phase's submissions which may be chosen, ordered by submission, task and evaluation.
/// Conditions of the choice that speak of what counts are not looked at here.
pub async fn judged(conn: &mut PgConnection, phase: PhaseId, choice: &Choice) -> sqlx::Result<Vec<Judged>> {
    let only: Option<Vec<uuid::Uuid>> =
        choice.submissions.as_ref().map(|ids| ids.iter().map(|s| s.0).collect());
    let rows = sqlx::query!(
        r#"SELECT s.id AS "submission: SubmissionId", s.team_id AS "team: TeamId", v.task_id AS "task: TaskId",
                  e.id AS "evaluation: EvaluationId", v.id AS "version: TaskVersionId", v.number,
                  ((v.judging -> 'program') <> 'null') AS "runs_program!", e.verdict,
                  e.rejudging_id AS "rejudging: RejudgingId", r.state AS "state?", r.decided_at AS "decided_at?"
           FROM submissions s JOIN teams m ON m.id = s.team_id JOIN evaluations e ON e.submission_id = s.id
           JOIN task_versions v ON v.id = e.task_version_id LEFT JOIN rejudgings r ON r.id = e.rejudging_id
           WHERE s.phase_id = $1 AND s.ended IS NULL AND s.disqualified_at IS NULL AND m.disqualified_at IS NULL
             AND NOT EXISTS (SELECT 1 FROM evaluations w WHERE w.submission_id = s.id AND w.rejudging_id IS NULL
                                                            AND w.state <> 'done')
             AND ($2::uuid[] IS NULL OR s.id = ANY($2)) AND ($3::uuid IS NULL OR s.team_id = $3)
             AND ($4::timestamptz IS NULL OR s.accepted_at >= $4) AND ($5::timestamptz IS NULL OR s.accepted_at < $5)
           ORDER BY s.id, v.task_id, e.id"#,
        phase.0,
        only.as_deref(),
        choice.team.map(|t| t.0),
        choice.since,
        choice.until
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|r| Judged {
            submission: r.submission,
            team: r.team,
            task: r.task,
            evaluation: r.evaluation,
            version: r.version,
            number: r.number,
            runs_program: r.runs_program,
            rejudging: r.rejudging,
            origin: Origin::of(
                r.rejudging.is_some(),
                r.decided_at.filter(|_| r.state.as_deref() == Some("applied")),
            ),
            verdict: verdict(r.verdict.as_deref()),
        })
        .collect())
}

/// The column's check allows what the program knows.
fn verdict(text: Option<&str>) -> Option<Verdict> {
    text.and_then(|text| text.parse().ok())
}

pub async fn newest(conn: &mut PgConnection, phase: PhaseId) -> sqlx::Result<Vec<Newest>> {
    sqlx::query_as!(
        Newest,
        r#"SELECT k.id AS "task: TaskId", k.slug, v.id AS "version: TaskVersionId", v.number,
                  ((v.judging -> 'program') <> 'null') AS "runs_program!"
           FROM phase_tasks pt JOIN tasks k ON k.id = pt.task_id
           JOIN LATERAL (SELECT id, number, judging FROM task_versions WHERE task_id = k.id
                         ORDER BY number DESC LIMIT 1) v ON true
           WHERE pt.phase_id = $1 ORDER BY pt.position"#,
        phase.0
    )
    .fetch_all(conn)
    .await
}

pub async fn insert(
    conn: &mut PgConnection,
    id: RejudgingId,
    phase: PhaseId,
    reason: &str,
    newest: bool,
    by: UserId,
) -> sqlx::Result<()> {
    sqlx::query!(
        "INSERT INTO rejudgings (id, phase_id, reason, newest, created_by) VALUES ($1, $2, $3, $4, $5)",
        id.0,
        phase.0,
        reason,
        newest,
        by.0
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Puts submissions into a rejudging's set. Violates `rejudging_submissions_open_key` where one of them is in
/// another open set. Sorted, so that two of these never wait for each other.
pub async fn insert_set(
    conn: &mut PgConnection,
    id: RejudgingId,
    submissions: &[SubmissionId],
) -> sqlx::Result<()> {
    let mut ids: Vec<uuid::Uuid> = submissions.iter().map(|s| s.0).collect();
    ids.sort_unstable();
    sqlx::query!(
        "INSERT INTO rejudging_submissions (rejudging_id, submission_id)
         SELECT $1, id FROM unnest($2::uuid[]) WITH ORDINALITY AS chosen (id, place) ORDER BY place",
        id.0,
        &ids
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// An evaluation of a rejudging with its first job.
#[derive(Debug, Clone, Copy)]
pub struct NewEvaluation {
    pub submission: SubmissionId,
    pub team: TeamId,
    pub version: TaskVersionId,
    pub replaces: Option<EvaluationId>,
    pub step: Step,
    pub turn: i64,
}

pub async fn insert_evaluations(
    conn: &mut PgConnection,
    id: RejudgingId,
    phase: PhaseId,
    level: Level,
    evaluations: &[NewEvaluation],
) -> sqlx::Result<()> {
    let ids: Vec<uuid::Uuid> = evaluations.iter().map(|_| EvaluationId::new().0).collect();
    let submissions: Vec<uuid::Uuid> = evaluations.iter().map(|e| e.submission.0).collect();
    let versions: Vec<uuid::Uuid> = evaluations.iter().map(|e| e.version.0).collect();
    let replaces: Vec<Option<uuid::Uuid>> = evaluations.iter().map(|e| e.replaces.map(|r| r.0)).collect();
    sqlx::query!(
        "INSERT INTO evaluations (id, submission_id, task_version_id, replaces_id, rejudging_id, state)
         SELECT n.id, n.submission, n.version, n.replaces, $5, 'queued'
         FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[]) AS n (id, submission, version, replaces)",
        &ids,
        &submissions,
        &versions,
        &replaces as &[Option<uuid::Uuid>],
        id.0
    )
    .execute(&mut *conn)
    .await?;
    let jobs: Vec<uuid::Uuid> = evaluations.iter().map(|_| JobId::new().0).collect();
    let teams: Vec<uuid::Uuid> = evaluations.iter().map(|e| e.team.0).collect();
    let steps: Vec<String> = evaluations.iter().map(|e| e.step.as_str().to_owned()).collect();
    let priorities: Vec<i16> = evaluations.iter().map(|e| level.priority(e.step)).collect();
    let turns: Vec<i64> = evaluations.iter().map(|e| e.turn).collect();
    sqlx::query!(
        "INSERT INTO jobs (id, evaluation_id, team_id, step, state, priority, turn, phase_id)
         SELECT n.id, n.evaluation, n.team, n.step, 'ready', n.priority, n.turn, $7
         FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::smallint[], $6::bigint[])
              AS n (id, evaluation, team, step, priority, turn)",
        &jobs,
        &ids,
        &teams,
        &steps,
        &priorities,
        &turns,
        phase.0
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Makes others who decide about a rejudging wait. `false`: there is no such rejudging.
pub async fn lock(conn: &mut PgConnection, id: RejudgingId) -> sqlx::Result<bool> {
    let found = sqlx::query_scalar!("SELECT id FROM rejudgings WHERE id = $1 FOR NO KEY UPDATE", id.0)
        .fetch_optional(conn)
        .await?;
    Ok(found.is_some())
}

pub async fn find(conn: &mut PgConnection, id: RejudgingId) -> sqlx::Result<Option<RejudgingView>> {
    Ok(views(conn, Some(id), None, Cursor::START, 1).await?.pop())
}

/// A phase's rejudgings, newest first.
pub async fn list(
    conn: &mut PgConnection,
    phase: PhaseId,
    before: Cursor,
    limit: i64,
) -> sqlx::Result<Vec<RejudgingView>> {
    views(conn, None, Some(phase), before, limit).await
}

async fn views(
    conn: &mut PgConnection,
    id: Option<RejudgingId>,
    phase: Option<PhaseId>,
    before: Cursor,
    limit: i64,
) -> sqlx::Result<Vec<RejudgingView>> {
    let rows = sqlx::query!(
        r#"SELECT r.id AS "id: RejudgingId", r.phase_id AS "phase: PhaseId", t.competition_id AS "competition: CompetitionId",
                  r.reason, r.newest, r.state, r.created_at, r.decided_at,
                  (SELECT count(*) FROM rejudging_submissions s WHERE s.rejudging_id = r.id) AS "submissions!",
                  e.evaluations AS "evaluations!", e.queued AS "queued!", e.pending AS "pending!"
           FROM rejudgings r JOIN phases p ON p.id = r.phase_id JOIN tracks t ON t.id = p.track_id
           CROSS JOIN LATERAL (
               SELECT count(*) AS evaluations, count(*) FILTER (WHERE state = 'queued') AS queued,
                      count(*) FILTER (WHERE state NOT IN ('done', 'cancelled')) AS pending
               FROM evaluations WHERE rejudging_id = r.id
           ) e
           WHERE ($1::uuid IS NULL OR r.id = $1) AND ($2::uuid IS NULL OR r.phase_id = $2)
             AND (r.created_at, r.id) < ($3, $4)
           ORDER BY r.created_at DESC, r.id DESC LIMIT $5"#,
        id.map(|id| id.0),
        phase.map(|id| id.0),
        before.at,
        before.id,
        limit
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|r| RejudgingView {
            id: r.id,
            phase: r.phase,
            competition: r.competition,
            reason: r.reason,
            newest: r.newest,
            state: State::of(&r.state, r.queued, r.pending, r.evaluations),
            submissions: r.submissions,
            evaluations: r.evaluations,
            pending: r.pending,
            created_at: r.created_at,
            decided_at: r.decided_at,
        })
        .collect())
}

/// The difference as it was when the rejudging was decided.
pub async fn kept_difference(conn: &mut PgConnection, id: RejudgingId) -> sqlx::Result<Option<Difference>> {
    let kept = sqlx::query_scalar!(
        r#"SELECT difference AS "difference: Json<Difference>" FROM rejudgings WHERE id = $1"#,
        id.0
    )
    .fetch_optional(conn)
    .await?;
    Ok(kept.flatten().map(|Json(difference)| difference))
}

/// Writes down how a rejudging ended. `false`: it was decided before.
pub async fn decide(
    conn: &mut PgConnection,
    id: RejudgingId,
    state: &str,
    difference: &Difference,
) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        "WITH decided AS (
             UPDATE rejudgings SET state = $2, decided_at = clock_timestamp(), difference = $3
             WHERE id = $1 AND state = 'open' RETURNING id
         )
         UPDATE rejudging_submissions s SET open = false FROM decided d WHERE s.rejudging_id = d.id",
        id.0,
        state,
        Json(difference) as _
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() > 0)
}

/// An evaluation of a rejudging, or one that it replaces.
#[derive(Debug, Clone)]
pub struct ComparedRow {
    pub submission: SubmissionId,
    pub team: TeamId,
    pub team_name: String,
    pub task: String,
    pub evaluation: EvaluationId,
    pub replaces: Option<EvaluationId>,
    pub state: String,
    pub verdict: Option<Verdict>,
    pub version: i32,
}

/// What a rejudging made, ordered by submission and task; and, with `replaced`, what that replaces.
pub async fn compared(
    conn: &mut PgConnection,
    id: RejudgingId,
    replaced: bool,
) -> sqlx::Result<Vec<ComparedRow>> {
    let rows = sqlx::query!(
        r#"SELECT s.id AS "submission: SubmissionId", m.id AS "team: TeamId", m.name AS team_name, k.slug AS task,
                  e.id AS "evaluation: EvaluationId", n.replaces_id AS "replaces: EvaluationId", e.state, e.verdict,
                  v.number AS version
           FROM evaluations n JOIN evaluations e ON e.id = CASE WHEN $2 THEN n.replaces_id ELSE n.id END
           JOIN submissions s ON s.id = n.submission_id JOIN teams m ON m.id = s.team_id
           JOIN task_versions v ON v.id = e.task_version_id JOIN tasks k ON k.id = v.task_id
           WHERE n.rejudging_id = $1 ORDER BY s.id, k.slug"#,
        id.0,
        replaced
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|r| ComparedRow {
            submission: r.submission,
            team: r.team,
            team_name: r.team_name,
            task: r.task,
            evaluation: r.evaluation,
            replaces: r.replaces,
            state: r.state,
            verdict: verdict(r.verdict.as_deref()),
            version: r.version,
        })
        .collect())
}

/// Metric → value.
pub type Values = BTreeMap<String, f64>;

/// Public and private scores of evaluations.
pub async fn scores(
    conn: &mut PgConnection,
    evaluations: &[EvaluationId],
) -> sqlx::Result<BTreeMap<EvaluationId, (Values, Values)>> {
    let ids: Vec<uuid::Uuid> = evaluations.iter().map(|e| e.0).collect();
    let rows = sqlx::query!(
        r#"SELECT evaluation_id AS "evaluation: EvaluationId", split, metric, value
           FROM evaluation_scores WHERE evaluation_id = ANY($1)"#,
        &ids
    )
    .fetch_all(conn)
    .await?;
    let mut scores: BTreeMap<EvaluationId, (Values, Values)> = BTreeMap::new();
    for row in rows {
        let (public, private) = scores.entry(row.evaluation).or_default();
        let values = if row.split == "public" { public } else { private };
        values.insert(row.metric, row.value);
    }
    Ok(scores)
}

/// Of a rejudging's submissions those whose attempt a fault gave back, with team.
pub async fn given_back_for_faults(
    conn: &mut PgConnection,
    id: RejudgingId,
) -> sqlx::Result<Vec<SubmissionId>> {
    sqlx::query_scalar!(
        r#"SELECT s.id AS "id: SubmissionId" FROM rejudging_submissions r JOIN submissions s ON s.id = r.submission_id
           WHERE r.rejudging_id = $1 AND NOT s.charged AND s.refund = 'fault' ORDER BY s.team_id, s.id"#,
        id.0
    )
    .fetch_all(conn)
    .await
}

/// Teams of a rejudging's submissions, in the order of their ids.
pub async fn teams(conn: &mut PgConnection, id: RejudgingId) -> sqlx::Result<Vec<TeamId>> {
    sqlx::query_scalar!(
        r#"SELECT DISTINCT s.team_id AS "team: TeamId"
           FROM rejudging_submissions r JOIN submissions s ON s.id = r.submission_id
           WHERE r.rejudging_id = $1 ORDER BY s.team_id"#,
        id.0
    )
    .fetch_all(conn)
    .await
}
