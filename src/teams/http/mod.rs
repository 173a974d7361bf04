//! The HTTP face of teams: one file for each operation.

mod accept_invitation;
mod accept_merge;
mod answer_for_self;
mod answer_for_team;
mod ask_to_merge;
mod create_team;
mod decide_on_teams;
mod drop_merge;
mod export_teams;
mod import_teams;
mod invite;
mod leave_team;
mod list_departures;
mod list_merges;
mod list_my_teams;
mod list_teams;
mod make_leader;
mod move_team;
mod preview_invitation;
mod release_member;
mod remove_member;
mod rename_team;
mod reviews;
mod revoke_invitations;
mod show_registration;
mod show_team;
mod view;
mod write_note;

use utoipa_axum::{router::OpenApiRouter, routes};

use super::{Teams, reviews::Reviews};

pub fn router() -> OpenApiRouter<Teams> {
    OpenApiRouter::new()
        .routes(routes!(show_registration::show_registration))
        .routes(routes!(create_team::create_team, list_teams::list_teams))
        .routes(routes!(decide_on_teams::decide_on_teams))
        .routes(routes!(import_teams::import_teams))
        .routes(routes!(export_teams::export_teams))
        .routes(routes!(list_departures::list_departures))
        .routes(routes!(release_member::release_member))
        .routes(routes!(show_team::show_team))
        .routes(routes!(list_my_teams::list_my_teams))
        .routes(routes!(invite::invite, revoke_invitations::revoke_invitations))
        .routes(routes!(preview_invitation::preview_invitation, accept_invitation::accept_invitation))
        .routes(routes!(leave_team::leave_team))
        .routes(routes!(remove_member::remove_member))
        .routes(routes!(make_leader::make_leader))
        .routes(routes!(rename_team::rename_team))
        .routes(routes!(answer_for_team::answer_for_team))
        .routes(routes!(answer_for_self::answer_for_self))
        .routes(routes!(write_note::write_note))
        .routes(routes!(move_team::move_team))
        .routes(routes!(ask_to_merge::ask_to_merge, list_merges::list_merges))
        .routes(routes!(accept_merge::accept_merge, drop_merge::drop_merge))
}

/// Routes of organizers who look at people's evidence.
pub fn reviews_router() -> OpenApiRouter<Reviews> {
    OpenApiRouter::new()
        .routes(routes!(reviews::list_evidence))
        .routes(routes!(reviews::show_evidence))
        .routes(routes!(reviews::decide_on_evidence))
}
