use axum::{Json, extract::State};
use serde::Serialize;
use utoipa::ToSchema;

use crate::accounts::{Accounts, documents::Documents};

#[derive(Debug, Serialize, ToSchema)]
pub struct Privacy {
    #[serde(flatten)]
    documents: Documents,
    /// Whether people must agree before they take part.
    consent_required: bool,
    /// Who may be younger needs the consent of a guardian before handing in; 0 where nobody does.
    guardian_age: u8,
}

/// What people agree to
///
/// The privacy notice and the terms, in both languages and with their versions.
#[utoipa::path(
    get,
    path = "/privacy",
    tag = "accounts",
    responses((status = 200, description = "The current texts.", body = Privacy))
)]
pub async fn show_privacy(State(accounts): State<Accounts>) -> Json<Privacy> {
    Json(Privacy {
        documents: accounts.documents().clone(),
        consent_required: accounts.settings().consent,
        guardian_age: accounts.settings().guardian_age,
    })
}
