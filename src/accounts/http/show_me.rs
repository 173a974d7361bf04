use axum::{Json, extract::State};

use super::CurrentUser;
use crate::{
    accounts::{Accounts, profile::Me},
    web::{Problem, problem::ProblemBody},
};

/// My account
///
/// With what is missing before its owner can take part.
#[utoipa::path(
    get,
    path = "/me",
    tag = "accounts",
    responses(
        (status = 200, description = "The caller, as they see themselves.", body = Me),
        (status = 401, description = "not-logged-in", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub async fn show_me(
    State(accounts): State<Accounts>,
    CurrentUser(caller): CurrentUser,
) -> Result<Json<Me>, Problem> {
    Ok(Json(accounts.me(&caller).await?))
}
