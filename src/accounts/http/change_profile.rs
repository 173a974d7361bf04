use axum::{Json, extract::State};

use super::CurrentUser;
use crate::{
    accounts::{
        Accounts,
        profile::{Me, ProfileChange},
    },
    web::{ApiJson, Problem, problem::ProblemBody},
};

/// Say who I am
///
/// Replaces name, language, unit, birth year and phone. Evidence that was accepted is looked at again where unit or
/// birth year change. A token may not call this.
#[utoipa::path(
    put,
    path = "/me/profile",
    tag = "accounts",
    request_body = ProfileChange,
    responses(
        (status = 200, description = "The caller, as they see themselves now.", body = Me),
        (status = 400, description = "malformed-json", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "not-logged-in", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "session-needed, cross-site", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "invalid: `field` says which; wrong-fields", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub async fn change_profile(
    State(accounts): State<Accounts>,
    CurrentUser(caller): CurrentUser,
    ApiJson(change): ApiJson<ProfileChange>,
) -> Result<Json<Me>, Problem> {
    Ok(Json(accounts.change_profile(&caller, &change).await?))
}
