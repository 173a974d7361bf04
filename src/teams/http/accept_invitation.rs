use axum::{Json, extract::State};
use serde::Deserialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::view::TeamView;
use crate::{
    accounts::Participant,
    teams::Teams,
    web::{ApiJson, ApiPath, Problem, problem::ProblemBody},
};

#[derive(Debug, Default, Deserialize, ToSchema)]
pub struct JoinRequest {
    /// Answers to the form's questions about each member.
    #[serde(default)]
    #[schema(value_type = Object)]
    answers: Map<String, Value>,
}

/// Accept an invitation
///
/// The caller joins the team. The body may be left out where the form asks members nothing. Who is in that team already gets it once more and nothing changes.
#[utoipa::path(
    post,
    path = "/invitations/{code}",
    tag = "teams",
    params(("code" = String, Path)),
    request_body = Option<JoinRequest>,
    responses(
        (status = 200, description = "The team, which the caller is in now.", body = TeamView),
        (status = 401, description = "not-logged-in", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "email-unconfirmed, consent-needed, cross-site", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "invitation-not-valid", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "team-full, already-in-a-team, handed-in-elsewhere, registration-not-open, registration-closed", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "invalid: `field` says which", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub async fn accept_invitation(
    State(teams): State<Teams>,
    Participant(caller): Participant,
    ApiPath(code): ApiPath<String>,
    body: Option<ApiJson<JoinRequest>>,
) -> Result<Json<TeamView>, Problem> {
    let ApiJson(request) = body.unwrap_or(ApiJson(JoinRequest::default()));
    Ok(Json(teams.join(&caller, &code, &request.answers).await?.into()))
}
