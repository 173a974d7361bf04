//! A team out of its competition, and back in.

use axum::{extract::State, http::StatusCode};
use serde::Deserialize;
use utoipa::ToSchema;

use super::Judging;
use crate::{
    accounts::CurrentUser,
    judging::model::Reason,
    kernel::ids::TeamId,
    web::{ApiJson, ApiPath, Problem, problem::ProblemBody},
};

#[derive(Debug, Deserialize, ToSchema)]
pub struct TeamRuling {
    /// 1 to 1,000 characters; the team reads it.
    reason: String,
}

/// Takes a team off every board of its competition, its submissions out of the queue, and lets it hand in nothing.
#[utoipa::path(post, path = "/teams/{id}/disqualify", tag = "rulings", operation_id = "disqualify_team",
    params(("id" = TeamId, Path)), request_body = TeamRuling,
    responses((status = 204), (status = 401, body = ProblemBody), (status = 403, body = ProblemBody),
        (status = 404, body = ProblemBody),
        (status = 409, body = ProblemBody, description = "`already-disqualified`"),
        (status = 422, body = ProblemBody, description = "`invalid`: no reason")))]
pub async fn disqualify(
    State(judging): State<Judging>,
    CurrentUser(person): CurrentUser,
    ApiPath(team): ApiPath<TeamId>,
    ApiJson(body): ApiJson<TeamRuling>,
) -> Result<StatusCode, Problem> {
    judging.disqualify_team(&person, team, &Reason::read(&body.reason)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Lets a disqualified team take part again; what was not judged waits again.
#[utoipa::path(post, path = "/teams/{id}/reinstate", tag = "rulings", operation_id = "reinstate_team",
    params(("id" = TeamId, Path)), request_body = TeamRuling,
    responses((status = 204), (status = 401, body = ProblemBody), (status = 403, body = ProblemBody),
        (status = 404, body = ProblemBody), (status = 409, body = ProblemBody, description = "`not-disqualified`"),
        (status = 422, body = ProblemBody, description = "`invalid`: no reason")))]
pub async fn reinstate(
    State(judging): State<Judging>,
    CurrentUser(person): CurrentUser,
    ApiPath(team): ApiPath<TeamId>,
    ApiJson(body): ApiJson<TeamRuling>,
) -> Result<StatusCode, Problem> {
    judging.reinstate_team(&person, team, &Reason::read(&body.reason)?).await?;
    Ok(StatusCode::NO_CONTENT)
}
