use axum::{Json, extract::State};
use serde::Deserialize;
use utoipa::ToSchema;

use super::CurrentUser;
use crate::{
    accounts::{Accounts, Roles, User},
    kernel::ids::UserId,
    web::{ApiJson, ApiPath, Problem, problem::ProblemBody},
};

#[derive(Debug, Deserialize, ToSchema)]
pub struct RolesChange {
    /// All the roles that the person has from now on; none makes a plain contestant.
    roles: Roles,
}

/// Give a person roles
///
/// For administrators. Holds from the person's next request on.
#[utoipa::path(
    put,
    path = "/users/{id}/roles",
    tag = "accounts",
    params(("id" = UserId, Path)),
    request_body = RolesChange,
    responses(
        (status = 200, description = "The person as they are now.", body = User),
        (status = 400, description = "malformed-json", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "not-logged-in", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "forbidden, cross-site", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "not-found", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "last-admin", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "wrong-fields", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub async fn set_roles(
    State(accounts): State<Accounts>,
    CurrentUser(caller): CurrentUser,
    ApiPath(id): ApiPath<UserId>,
    ApiJson(request): ApiJson<RolesChange>,
) -> Result<Json<User>, Problem> {
    Ok(Json(accounts.change_roles(&caller, id, &request.roles).await?))
}
