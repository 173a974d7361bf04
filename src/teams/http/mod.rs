//! The HTTP face of teams: one file for each operation.

mod accept_invitation;
mod create_team;
mod invite;
mod leave_team;
mod list_my_teams;
mod preview_invitation;
mod remove_member;
mod revoke_invitations;
mod show_team;
mod view;

use utoipa_axum::{router::OpenApiRouter, routes};

use super::Teams;

pub fn router() -> OpenApiRouter<Teams> {
    OpenApiRouter::new()
        .routes(routes!(create_team::create_team))
        .routes(routes!(show_team::show_team))
        .routes(routes!(list_my_teams::list_my_teams))
        .routes(routes!(invite::invite, revoke_invitations::revoke_invitations))
        .routes(routes!(preview_invitation::preview_invitation, accept_invitation::accept_invitation))
        .routes(routes!(leave_team::leave_team))
        .routes(routes!(remove_member::remove_member))
}
