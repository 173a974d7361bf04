use axum::{Json, extract::State};
use serde::Deserialize;
use utoipa::ToSchema;

use super::view::TeamView;
use crate::{
    accounts::CurrentUser,
    kernel::ids::TeamId,
    teams::Teams,
    web::{ApiJson, ApiPath, Problem, problem::ProblemBody},
};

#[derive(Debug, Deserialize, ToSchema)]
pub struct NoteRequest {
    /// One line, at most 500 characters.
    #[schema(max_length = 500)]
    note: String,
}

/// Write to the team
///
/// For the competition's organizers. Members see the note with their team and are told; an empty one takes the last
/// note away.
#[utoipa::path(
    put,
    path = "/teams/{id}/note",
    tag = "teams",
    params(("id" = TeamId, Path)),
    request_body = NoteRequest,
    responses(
        (status = 200, description = "The team, with its members.", body = TeamView),
        (status = 400, description = "malformed-json", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "not-logged-in", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "forbidden, cross-site", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "not-found", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "invalid: `field` says which; wrong-fields", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub async fn write_note(
    State(teams): State<Teams>,
    CurrentUser(caller): CurrentUser,
    ApiPath(id): ApiPath<TeamId>,
    ApiJson(request): ApiJson<NoteRequest>,
) -> Result<Json<TeamView>, Problem> {
    let roster = teams.write_note(&caller, id, &request.note).await?;
    Ok(Json(TeamView::organized(roster)))
}
