use axum::{Json, extract::State, http::StatusCode};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{Data, show_acceptance::AcceptanceView};
use crate::{
    accounts::CurrentUser,
    web::{ApiJson, ApiPath, Problem, problem::ProblemBody},
};

#[derive(Debug, Deserialize, ToSchema)]
pub struct Acceptance {
    /// The version that the person has read.
    version: String,
}

/// Accepts the rules of a competition in the version that was read. Changed rules ask again.
#[utoipa::path(post, path = "/competitions/{slug}/acceptance", tag = "data", operation_id = "accept_rules",
    params(("slug" = String, Path)), request_body = Acceptance,
    responses((status = 201, body = AcceptanceView),
        (status = 200, body = AcceptanceView, description = "Accepted before"), (status = 401, body = ProblemBody),
        (status = 404, body = ProblemBody, description = "`no-rules`"),
        (status = 409, body = ProblemBody, description = "`rules-changed`"), (status = 422, body = ProblemBody)))]
pub async fn handler(
    State(data): State<Data>,
    CurrentUser(person): CurrentUser,
    ApiPath(slug): ApiPath<String>,
    ApiJson(body): ApiJson<Acceptance>,
) -> Result<(StatusCode, Json<AcceptanceView>), Problem> {
    let (made, standing) = data.accept(&person, &slug, &body.version).await?;
    let status = if made { StatusCode::CREATED } else { StatusCode::OK };
    Ok((status, Json(standing.into())))
}
