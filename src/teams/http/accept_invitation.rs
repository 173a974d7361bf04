use axum::{Json, extract::State};

use super::view::TeamView;
use crate::{
    accounts::Participant,
    teams::Teams,
    web::{ApiPath, Problem, problem::ProblemBody},
};

/// Accept an invitation
///
/// The caller joins the team. Who is in that team already gets it once more and nothing changes.
#[utoipa::path(
    post,
    path = "/invitations/{code}",
    tag = "teams",
    params(("code" = String, Path)),
    responses(
        (status = 200, description = "The team, which the caller is in now.", body = TeamView),
        (status = 401, description = "not-logged-in", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "email-unconfirmed, cross-site", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "invitation-not-valid", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "team-full, already-in-a-team", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub async fn accept_invitation(
    State(teams): State<Teams>,
    Participant(caller): Participant,
    ApiPath(code): ApiPath<String>,
) -> Result<Json<TeamView>, Problem> {
    Ok(Json(teams.join(&caller, &code).await?.into()))
}
