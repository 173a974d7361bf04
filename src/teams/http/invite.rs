use axum::{Json, extract::State, http::StatusCode};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    accounts::CurrentUser,
    kernel::{Timestamp, ids::TeamId},
    teams::Teams,
    web::{ApiJson, ApiPath, Problem, problem::ProblemBody},
};

#[derive(Debug, Default, Deserialize, ToSchema)]
pub struct InvitationRequest {
    /// Where the link is mailed to; absent: nowhere.
    #[serde(default)]
    #[schema(example = "minh@truong.edu.vn")]
    email: Option<String>,
}

#[derive(Serialize, ToSchema)]
pub struct NewInvitationView {
    /// A page where whoever opens it can join. Shown this once.
    link: String,
    /// The secret part of the link.
    code: String,
    #[schema(value_type = String, format = DateTime)]
    expires_at: Timestamp,
}

/// Invite to the team
///
/// For its leader. The link works for seven days, for as many people as the team has room for; with an address
/// it is mailed there too. The body may be left out.
#[utoipa::path(
    post,
    path = "/teams/{id}/invitations",
    tag = "teams",
    params(("id" = TeamId, Path)),
    request_body = Option<InvitationRequest>,
    responses(
        (status = 201, description = "The invitation.", body = NewInvitationView),
        (status = 401, description = "not-logged-in", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "leader-only, cross-site", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "not-found: no such team, or the caller is not in it", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "invitation-limit", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "invalid: `field` says which", body = ProblemBody, content_type = "application/problem+json"),
        (status = 429, description = "invitation-letters", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub async fn invite(
    State(teams): State<Teams>,
    CurrentUser(caller): CurrentUser,
    ApiPath(id): ApiPath<TeamId>,
    body: Option<ApiJson<InvitationRequest>>,
) -> Result<(StatusCode, Json<NewInvitationView>), Problem> {
    let ApiJson(request) = body.unwrap_or(ApiJson(InvitationRequest::default()));
    let new = teams.invite(&caller, id, request.email.as_deref()).await?;
    let view = NewInvitationView { link: new.link, code: new.code, expires_at: new.expires_at };
    Ok((StatusCode::CREATED, Json(view)))
}
