use axum::{Json, extract::State};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    kernel::{Timestamp, ids::TeamId},
    teams::{
        Teams,
        model::{Competition, Division},
    },
    web::{ApiPath, Problem, problem::ProblemBody},
};

#[derive(Debug, Serialize, ToSchema)]
pub struct InvitationView {
    team: InvitingTeam,
    competition: Competition,
    #[schema(value_type = String, format = DateTime)]
    expires_at: Timestamp,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct InvitingTeam {
    id: TeamId,
    name: String,
    division: Division,
}

/// Look at an invitation
///
/// Says which team of which competition it leads to. Needs no log-in: whoever holds the code may know.
#[utoipa::path(
    get,
    path = "/invitations/{code}",
    tag = "teams",
    params(("code" = String, Path)),
    responses(
        (status = 200, description = "Where the invitation leads to.", body = InvitationView),
        (status = 404, description = "invitation-not-valid", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub async fn preview_invitation(
    State(teams): State<Teams>,
    ApiPath(code): ApiPath<String>,
) -> Result<Json<InvitationView>, Problem> {
    let invitation = teams.invitation(&code).await?;
    let (team, expires_at) = (invitation.team, invitation.expires_at);
    Ok(Json(InvitationView {
        team: InvitingTeam { id: team.id, name: team.name, division: team.division },
        competition: team.competition,
        expires_at,
    }))
}
