//! Queue, workers and alerts for organizers.

use axum::{Json, extract::State, http::StatusCode};

use super::Judging;
use crate::{
    accounts::{CurrentUser, Principal},
    judging::{
        model::{AlertItem, QueueItem, WorkerItem},
        store::operations,
    },
    kernel::{
        ids::{UserId, WorkerId},
        paging::{Cursor, Page},
    },
    web::{ApiPath, ApiQuery, PageQuery, Problem, problem::ProblemBody},
};

/// Organizers see their own competitions, administrators all.
fn scope(person: &Principal) -> Result<Option<UserId>, Problem> {
    if person.is_admin() {
        Ok(None)
    } else if person.is_organizer() {
        Ok(Some(person.user))
    } else {
        Err(Problem::forbidden())
    }
}

/// Lists jobs that wait, run, or are quarantined; those that wait with their place.
#[utoipa::path(get, path = "/queue", tag = "operations", operation_id = "list_queue", params(PageQuery),
    responses((status = 200, body = Page<QueueItem>), (status = 400, body = ProblemBody),
        (status = 401, body = ProblemBody), (status = 403, body = ProblemBody)))]
pub async fn queue(
    State(judging): State<Judging>,
    CurrentUser(person): CurrentUser,
    ApiQuery(page): ApiQuery<PageQuery>,
) -> Result<Json<Page<QueueItem>>, Problem> {
    let (scope, before) = (scope(&person)?, page.cursor()?);
    let mut conn = judging.db.acquire().await?;
    let mut rows = operations::queue(&mut conn, scope, before, page.fetch()).await?;
    let waiting: Vec<_> = rows.iter().filter(|row| row.state == "ready").map(|row| row.evaluation).collect();
    let places = judging.places(&mut conn, &waiting).await?;
    for row in &mut rows {
        row.queue = places.get(&row.evaluation).copied().filter(|_| row.state == "ready");
    }
    Ok(Json(Page::of(rows, page.limit(), |row| Cursor { at: row.queued_at, id: row.job.0 })))
}

/// Lists workers.
#[utoipa::path(get, path = "/workers", tag = "operations", operation_id = "list_workers",
    responses((status = 200, body = Vec<WorkerItem>), (status = 401, body = ProblemBody),
        (status = 403, body = ProblemBody)))]
pub async fn workers(
    State(judging): State<Judging>,
    CurrentUser(person): CurrentUser,
) -> Result<Json<Vec<WorkerItem>>, Problem> {
    scope(&person)?;
    Ok(Json(operations::workers(&mut *judging.db.acquire().await?).await?))
}

/// Ends a worker's credential. What it holds comes back when its leases run out.
#[utoipa::path(delete, path = "/workers/{id}", tag = "operations", operation_id = "revoke_worker",
    params(("id" = WorkerId, Path)),
    responses((status = 204), (status = 401, body = ProblemBody), (status = 403, body = ProblemBody),
        (status = 404, body = ProblemBody)))]
pub async fn revoke_worker(
    State(judging): State<Judging>,
    CurrentUser(person): CurrentUser,
    ApiPath(worker): ApiPath<WorkerId>,
) -> Result<StatusCode, Problem> {
    if !person.is_admin() {
        return Err(Problem::forbidden());
    }
    if judging.revoke_worker(worker).await? { Ok(StatusCode::NO_CONTENT) } else { Err(Problem::not_found()) }
}

/// Lists what organizers must look at, newest first.
#[utoipa::path(get, path = "/alerts", tag = "operations", operation_id = "list_alerts", params(PageQuery),
    responses((status = 200, body = Page<AlertItem>), (status = 400, body = ProblemBody),
        (status = 401, body = ProblemBody), (status = 403, body = ProblemBody)))]
pub async fn alerts(
    State(judging): State<Judging>,
    CurrentUser(person): CurrentUser,
    ApiQuery(page): ApiQuery<PageQuery>,
) -> Result<Json<Page<AlertItem>>, Problem> {
    let (scope, before) = (scope(&person)?, page.cursor()?);
    let mut conn = judging.db.acquire().await?;
    let rows = operations::alerts(&mut conn, scope, before, page.fetch()).await?;
    Ok(Json(Page::of(rows, page.limit(), |row| Cursor { at: row.created_at, id: row.id.0 })))
}
