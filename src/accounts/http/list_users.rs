use axum::{Json, extract::State};
use serde::Deserialize;

use super::CurrentUser;
use crate::{
    accounts::{Accounts, User},
    kernel::paging::{Cursor, Page},
    web::{ApiQuery, PageQuery, Problem, problem::ProblemBody},
};

#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct UserQuery {
    /// The beginning of the address, in any case; everybody where absent.
    #[serde(default)]
    email: String,
}

/// People with an account
///
/// For administrators; newest first.
#[utoipa::path(
    get,
    path = "/users",
    tag = "accounts",
    params(UserQuery, PageQuery),
    responses(
        (status = 200, description = "A page of people.", body = Page<User>),
        (status = 400, description = "wrong-cursor, wrong-query", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "not-logged-in", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "forbidden", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub async fn list_users(
    State(accounts): State<Accounts>,
    CurrentUser(caller): CurrentUser,
    ApiQuery(filter): ApiQuery<UserQuery>,
    ApiQuery(page): ApiQuery<PageQuery>,
) -> Result<Json<Page<User>>, Problem> {
    let users = accounts.users(&caller, &filter.email, page.cursor()?, page.fetch()).await?;
    let cursor = |user: &User| Cursor { at: user.created_at, id: user.id.0 };
    Ok(Json(Page::of(users, page.limit(), cursor)))
}
