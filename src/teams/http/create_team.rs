use axum::{Json, extract::State, http::StatusCode};
use serde::Deserialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::view::TeamView;
use crate::{
    accounts::Participant,
    teams::{NewTeam, Teams},
    web::{ApiJson, ApiPath, Problem, problem::ProblemBody},
};

#[derive(Debug, Deserialize, ToSchema)]
pub struct TeamRequest {
    /// Unlike any other team's of the competition, whatever the case.
    #[schema(example = "Trí Tuệ Sài Gòn", min_length = 2, max_length = 60)]
    name: String,
    /// Slug of a division of the competition.
    #[schema(example = "a")]
    division: String,
    /// Answers to the form's questions about the team: key → value. `GET /competitions/{slug}/registration` has the form.
    #[serde(default)]
    #[schema(value_type = Object)]
    answers: Map<String, Value>,
    /// Answers to the form's questions about each member, from the one who makes the team.
    #[serde(default)]
    #[schema(value_type = Object)]
    own_answers: Map<String, Value>,
}

/// Make a team
///
/// The caller leads it. Where organizers approve teams it waits for them.
#[utoipa::path(
    post,
    path = "/competitions/{slug}/teams",
    tag = "teams",
    params(("slug" = String, Path, description = "The competition's slug.")),
    request_body = TeamRequest,
    responses(
        (status = 201, description = "The team, with its members.", body = TeamView),
        (status = 400, description = "malformed-json", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "not-logged-in", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "email-unconfirmed, consent-needed, cross-site", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "not-found: no such competition", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "already-in-a-team, team-name-taken, handed-in-elsewhere, registration-not-open, registration-closed", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "invalid: `field` says which; wrong-fields", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub async fn create_team(
    State(teams): State<Teams>,
    Participant(caller): Participant,
    ApiPath(competition): ApiPath<String>,
    ApiJson(request): ApiJson<TeamRequest>,
) -> Result<(StatusCode, Json<TeamView>), Problem> {
    let new = NewTeam {
        name: &request.name,
        division: &request.division,
        answers: &request.answers,
        own_answers: &request.own_answers,
    };
    let roster = teams.create(&caller, &competition, &new).await?;
    Ok((StatusCode::CREATED, Json(roster.into())))
}
