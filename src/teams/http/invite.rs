use axum::{Json, extract::State, http::StatusCode};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    accounts::CurrentUser,
    kernel::{Timestamp, ids::TeamId},
    teams::Teams,
    web::{ApiPath, Problem, problem::ProblemBody},
};

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
/// For its leader. The link works for seven days, for as many people as the team has room for.
#[utoipa::path(
    post,
    path = "/teams/{id}/invitations",
    tag = "teams",
    params(("id" = TeamId, Path)),
    responses(
        (status = 201, description = "The invitation.", body = NewInvitationView),
        (status = 401, description = "not-logged-in", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "leader-only, cross-site", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "not-found: no such team, or the caller is not in it", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "invitation-limit", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub async fn invite(
    State(teams): State<Teams>,
    CurrentUser(caller): CurrentUser,
    ApiPath(id): ApiPath<TeamId>,
) -> Result<(StatusCode, Json<NewInvitationView>), Problem> {
    let new = teams.invite(&caller, id).await?;
    let view = NewInvitationView { link: new.link, code: new.code, expires_at: new.expires_at };
    Ok((StatusCode::CREATED, Json(view)))
}
