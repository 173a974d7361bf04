//! The HTTP face of accounts: one file for each operation, the middleware and the extractors.

mod authenticate;
mod change_email;
mod change_password;
mod change_profile;
mod client_address;
mod confirm_email;
mod cookie;
mod create_token;
mod cross_site;
mod evidence;
mod give_consent;
mod guardian;
mod list_sessions;
mod list_tokens;
mod list_users;
mod log_in;
mod log_in_by_code;
mod log_out;
mod my_data;
mod name_guardian;
mod pace;
mod participant;
mod principal;
mod request_code;
mod request_confirmation;
mod request_reset;
mod reset_password;
mod revoke_session;
mod revoke_token;
mod set_roles;
mod show_me;
mod show_privacy;
mod sign_up;
mod who_am_i;

use axum::http::{HeaderMap, header};
use utoipa_axum::{router::OpenApiRouter, routes};

pub use authenticate::authenticate;
pub use client_address::ClientAddress;
pub use participant::{Entrant, Participant};
pub use principal::{CurrentUser, MaybeUser};

use super::{Accounts, Privacy, Statuses};

pub fn router() -> OpenApiRouter<Accounts> {
    OpenApiRouter::new()
        .routes(routes!(sign_up::sign_up))
        .routes(routes!(log_in::log_in, who_am_i::who_am_i, log_out::log_out))
        .routes(routes!(request_code::request_code))
        .routes(routes!(log_in_by_code::log_in_by_code))
        .routes(routes!(request_reset::request_reset))
        .routes(routes!(reset_password::reset_password))
        .routes(routes!(confirm_email::confirm_email))
        .routes(routes!(show_me::show_me))
        .routes(routes!(request_confirmation::request_confirmation))
        .routes(routes!(change_email::change_email))
        .routes(routes!(change_profile::change_profile))
        .routes(routes!(show_privacy::show_privacy))
        .routes(routes!(give_consent::give_consent, give_consent::withdraw_consent))
        .routes(routes!(name_guardian::name_guardian))
        .routes(routes!(guardian::show_ward, guardian::agree, guardian::disagree))
        .routes(routes!(list_sessions::list_sessions))
        .routes(routes!(revoke_session::revoke_session))
        .routes(routes!(change_password::change_password))
        .routes(routes!(list_tokens::list_tokens, create_token::create_token))
        .routes(routes!(revoke_token::revoke_token))
        .routes(routes!(list_users::list_users))
        .routes(routes!(set_roles::set_roles))
}

/// Routes of people's own evidence.
pub fn evidence_router() -> OpenApiRouter<Statuses> {
    OpenApiRouter::new().routes(routes!(
        evidence::put_evidence,
        evidence::get_evidence,
        evidence::delete_evidence
    ))
}

/// Routes of one's own data as a whole.
pub fn privacy_router() -> OpenApiRouter<Privacy> {
    OpenApiRouter::new().routes(routes!(my_data::export)).routes(routes!(my_data::erase))
}

/// What the client calls itself, for the list of sessions.
fn user_agent(headers: &HeaderMap) -> String {
    let text = headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or("");
    text.chars().take(200).collect()
}
