use axum::{Json, extract::State};
use serde::Deserialize;
use utoipa::ToSchema;

use super::Phases;
use crate::{
    accounts::CurrentUser,
    kernel::ids::{PhaseId, TeamId},
    phases::model::{Advancement, Decision, Manner, Verdict},
    web::{ApiJson, ApiPath, Problem, problem::ProblemBody},
};

/// Shows who advances to a phase: by the ranking as it stands, or as it was decided. For organizers.
#[utoipa::path(get, path = "/phases/{id}/advancement", tag = "phases", operation_id = "show_advancement",
    params(("id" = PhaseId, Path)),
    responses((status = 200, body = Advancement), (status = 401, body = ProblemBody),
        (status = 403, body = ProblemBody), (status = 404, body = ProblemBody),
        (status = 409, body = ProblemBody, description = "`nothing-required`")))]
pub async fn show(
    State(phases): State<Phases>,
    CurrentUser(person): CurrentUser,
    ApiPath(id): ApiPath<PhaseId>,
) -> Result<Json<Advancement>, Problem> {
    Ok(Json(phases.advancement(&person, id).await?))
}

#[derive(Debug, Deserialize, ToSchema)]
pub struct DecideRequest {
    /// Of the ranking that the organizer has seen.
    fingerprint: String,
    /// Teams that advance, or do not, otherwise than the ranking says.
    #[serde(default)]
    otherwise: Vec<Verdict>,
    /// 1 to 1,000 characters. Everybody may read it.
    reason: String,
}

/// Decides who advances to a phase, once: the top of each division of the phase that it requires. The teams are told.
#[utoipa::path(post, path = "/phases/{id}/advancement", tag = "phases", operation_id = "decide_advancement",
    params(("id" = PhaseId, Path)), request_body = DecideRequest,
    responses((status = 200, body = Advancement), (status = 400, body = ProblemBody),
        (status = 401, body = ProblemBody), (status = 403, body = ProblemBody), (status = 404, body = ProblemBody),
        (status = 409, body = ProblemBody,
            description = "`nothing-required`, `still-running`, `still-judging`, `ranking-changed`, `already-decided`, `nothing-changes`"),
        (status = 422, body = ProblemBody)))]
pub async fn decide(
    State(phases): State<Phases>,
    CurrentUser(person): CurrentUser,
    ApiPath(id): ApiPath<PhaseId>,
    ApiJson(request): ApiJson<DecideRequest>,
) -> Result<Json<Advancement>, Problem> {
    let DecideRequest { fingerprint, otherwise, reason } = request;
    let manner = Manner { reason, notice: false, force: false };
    let decision = Decision { fingerprint, otherwise };
    Ok(Json(phases.advance(&person, id, decision, &manner).await?))
}

#[derive(Debug, Deserialize, ToSchema)]
pub struct DecideTeamRequest {
    advances: bool,
    /// 1 to 1,000 characters. The team is told.
    reason: String,
}

/// Lets a team in or takes it out after the decision. The team is told.
#[utoipa::path(put, path = "/phases/{id}/advancement/{team}", tag = "phases", operation_id = "decide_team",
    params(("id" = PhaseId, Path), ("team" = TeamId, Path)), request_body = DecideTeamRequest,
    responses((status = 200, body = Advancement), (status = 400, body = ProblemBody),
        (status = 401, body = ProblemBody), (status = 403, body = ProblemBody), (status = 404, body = ProblemBody),
        (status = 409, body = ProblemBody, description = "`nothing-required`, `not-decided`, `nothing-changes`"),
        (status = 422, body = ProblemBody)))]
pub async fn decide_team(
    State(phases): State<Phases>,
    CurrentUser(person): CurrentUser,
    ApiPath((id, team)): ApiPath<(PhaseId, TeamId)>,
    ApiJson(request): ApiJson<DecideTeamRequest>,
) -> Result<Json<Advancement>, Problem> {
    let verdict = Verdict { team, advances: request.advances, reason: request.reason };
    Ok(Json(phases.advance_team(&person, id, &verdict).await?))
}
