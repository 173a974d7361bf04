use axum::{Json, extract::State};

use super::CurrentUser;
use crate::{
    accounts::{Accounts, User},
    web::{Problem, problem::ProblemBody},
};

/// Who am I
#[utoipa::path(
    get,
    path = "/session",
    tag = "accounts",
    responses(
        (status = 200, description = "The caller.", body = User),
        (status = 401, description = "not-logged-in", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub async fn who_am_i(
    State(accounts): State<Accounts>,
    CurrentUser(caller): CurrentUser,
) -> Result<Json<User>, Problem> {
    Ok(Json(accounts.user(caller.user).await?))
}
