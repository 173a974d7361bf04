//! Rejudging: stage, look at the difference, apply or drop.

use axum::{Json, extract::State, http::StatusCode};
use serde::Deserialize;
use utoipa::ToSchema;

use super::Judging;
use crate::{
    accounts::CurrentUser,
    judging::{
        model::Reason,
        rejudging::model::{Choice, Difference, RejudgingView, Request, TaskVersions},
        rules::Level,
    },
    kernel::{
        ids::{PhaseId, RejudgingId},
        paging::Page,
    },
    web::{ApiJson, ApiPath, ApiQuery, PageQuery, Problem, problem::ProblemBody},
};

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewRejudging {
    /// 1 to 1,000 characters; teams whose results change read it.
    reason: String,
    /// Which submissions; all that are judged where absent.
    #[serde(default)]
    choice: Choice,
    /// Under the newest versions of the tasks, rather than those of the results that count.
    #[serde(default)]
    newest: bool,
    /// `background` where absent: when nothing fresh waits.
    #[serde(default = "background")]
    level: Level,
}

fn background() -> Level {
    Level::Background
}

/// Judges a set of submissions once more, beside the results that count.
#[utoipa::path(post, path = "/phases/{id}/rejudgings", tag = "rejudging", operation_id = "stage_rejudging",
    params(("id" = PhaseId, Path)), request_body = NewRejudging,
    responses((status = 201, body = RejudgingView), (status = 401, body = ProblemBody),
        (status = 403, body = ProblemBody), (status = 404, body = ProblemBody),
        (status = 409, body = ProblemBody, description = "`in-another-rejudging`, `nothing-to-rejudge`"),
        (status = 422, body = ProblemBody, description = "`not-rejudgeable`, `set-too-large`, `invalid`")))]
pub async fn stage(
    State(judging): State<Judging>,
    CurrentUser(person): CurrentUser,
    ApiPath(phase): ApiPath<PhaseId>,
    ApiJson(new): ApiJson<NewRejudging>,
) -> Result<(StatusCode, Json<RejudgingView>), Problem> {
    let reason = Reason::read(&new.reason)?;
    let request = Request { choice: new.choice, newest: new.newest, level: new.level };
    let view = judging.rejudge(&person, phase, &reason, &request).await?;
    Ok((StatusCode::CREATED, Json(view)))
}

/// Lists a phase's rejudgings, newest first.
#[utoipa::path(get, path = "/phases/{id}/rejudgings", tag = "rejudging", operation_id = "list_rejudgings",
    params(("id" = PhaseId, Path), PageQuery),
    responses((status = 200, body = Page<RejudgingView>), (status = 400, body = ProblemBody),
        (status = 401, body = ProblemBody), (status = 403, body = ProblemBody), (status = 404, body = ProblemBody)))]
pub async fn list(
    State(judging): State<Judging>,
    CurrentUser(person): CurrentUser,
    ApiPath(phase): ApiPath<PhaseId>,
    ApiQuery(page): ApiQuery<PageQuery>,
) -> Result<Json<Page<RejudgingView>>, Problem> {
    Ok(Json(judging.rejudgings(&person, phase, &page).await?))
}

/// Says by which versions of its tasks a phase's results were made that count.
#[utoipa::path(get, path = "/phases/{id}/versions", tag = "rejudging", operation_id = "list_result_versions",
    params(("id" = PhaseId, Path)),
    responses((status = 200, body = Vec<TaskVersions>), (status = 401, body = ProblemBody),
        (status = 403, body = ProblemBody), (status = 404, body = ProblemBody)))]
pub async fn versions(
    State(judging): State<Judging>,
    CurrentUser(person): CurrentUser,
    ApiPath(phase): ApiPath<PhaseId>,
) -> Result<Json<Vec<TaskVersions>>, Problem> {
    Ok(Json(judging.versions(&person, phase).await?))
}

/// Shows a rejudging and how far it is.
#[utoipa::path(get, path = "/rejudgings/{id}", tag = "rejudging", operation_id = "show_rejudging",
    params(("id" = RejudgingId, Path)),
    responses((status = 200, body = RejudgingView), (status = 401, body = ProblemBody),
        (status = 404, body = ProblemBody)))]
pub async fn show(
    State(judging): State<Judging>,
    CurrentUser(person): CurrentUser,
    ApiPath(id): ApiPath<RejudgingId>,
) -> Result<Json<RejudgingView>, Problem> {
    Ok(Json(judging.rejudging(&person, id).await?))
}

/// Shows what a rejudging changes: verdicts and scores of submissions, ranks of teams, attempts. Once it is decided,
/// as it was then.
#[utoipa::path(get, path = "/rejudgings/{id}/difference", tag = "rejudging",
    operation_id = "show_rejudging_difference",
    params(("id" = RejudgingId, Path)),
    responses((status = 200, body = Difference), (status = 401, body = ProblemBody),
        (status = 404, body = ProblemBody)))]
pub async fn difference(
    State(judging): State<Judging>,
    CurrentUser(person): CurrentUser,
    ApiPath(id): ApiPath<RejudgingId>,
) -> Result<Json<Difference>, Problem> {
    Ok(Json(judging.rejudging_difference(&person, id).await?))
}

/// Lets the new results count. The earlier ones are kept as history.
#[utoipa::path(post, path = "/rejudgings/{id}/apply", tag = "rejudging", operation_id = "apply_rejudging",
    params(("id" = RejudgingId, Path)),
    responses((status = 200, body = RejudgingView), (status = 401, body = ProblemBody),
        (status = 404, body = ProblemBody),
        (status = 409, body = ProblemBody, description = "`rejudging-not-ready`, `rejudging-decided`")))]
pub async fn apply(
    State(judging): State<Judging>,
    CurrentUser(person): CurrentUser,
    ApiPath(id): ApiPath<RejudgingId>,
) -> Result<Json<RejudgingView>, Problem> {
    Ok(Json(judging.apply_rejudging(&person, id).await?))
}

/// Gives a rejudging up. Nothing changes.
#[utoipa::path(post, path = "/rejudgings/{id}/drop", tag = "rejudging", operation_id = "drop_rejudging",
    params(("id" = RejudgingId, Path)),
    responses((status = 200, body = RejudgingView), (status = 401, body = ProblemBody),
        (status = 404, body = ProblemBody), (status = 409, body = ProblemBody, description = "`rejudging-decided`")))]
pub async fn give_up(
    State(judging): State<Judging>,
    CurrentUser(person): CurrentUser,
    ApiPath(id): ApiPath<RejudgingId>,
) -> Result<Json<RejudgingView>, Problem> {
    Ok(Json(judging.drop_rejudging(&person, id).await?))
}
