//! Organizers and the evidence of people's status.

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::Response,
};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::{
    accounts::CurrentUser,
    kernel::{
        ids::EvidenceId,
        paging::{Cursor, Page},
    },
    teams::reviews::{Case, Reviews},
    web::{ApiJson, ApiPath, ApiQuery, PageQuery, Problem, download, problem::ProblemBody},
};

#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct CaseQuery {
    /// Only what waits to be looked at.
    #[serde(default)]
    waiting: bool,
}

#[derive(Debug, Deserialize, ToSchema)]
pub struct Decision {
    accepted: bool,
    /// Needed for a refusal: its owner reads it. 5 to 500 characters.
    #[serde(default)]
    reason: String,
}

/// Evidence of people's status
///
/// Of all members of the competition's teams, newest first. For its organizers.
#[utoipa::path(
    get,
    path = "/competitions/{slug}/evidence",
    tag = "teams",
    params(("slug" = String, Path, description = "The competition's slug."), CaseQuery, PageQuery),
    responses(
        (status = 200, description = "A page of evidence.", body = Page<Case>),
        (status = 400, description = "wrong-cursor, wrong-query", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "not-logged-in", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "not-found", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub async fn list_evidence(
    State(reviews): State<Reviews>,
    CurrentUser(caller): CurrentUser,
    ApiPath(competition): ApiPath<String>,
    ApiQuery(filter): ApiQuery<CaseQuery>,
    ApiQuery(page): ApiQuery<PageQuery>,
) -> Result<Json<Page<Case>>, Problem> {
    let cases = reviews.list(&caller, &competition, filter.waiting, page.cursor()?, page.fetch()).await?;
    let cursor = |case: &Case| Cursor { at: case.created_at, id: case.id.0 };
    Ok(Json(Page::of(cases, page.limit(), cursor)))
}

/// Look at a file of evidence
///
/// For organizers of a competition that its owner takes part in, and administrators. Each look is recorded.
#[utoipa::path(
    get,
    path = "/evidence/{id}/file",
    tag = "teams",
    params(("id" = EvidenceId, Path)),
    responses(
        (status = 200, description = "The file.", content_type = "application/octet-stream"),
        (status = 401, description = "not-logged-in", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "not-found", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub async fn show_evidence(
    State(reviews): State<Reviews>,
    CurrentUser(caller): CurrentUser,
    ApiPath(id): ApiPath<EvidenceId>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let file = reviews.look(&caller, id).await?;
    let label = download::Label { filename: "evidence", media_type: &file.media_type };
    download::blob(&reviews.statuses.storage, &file.blob, label, &headers).await
}

/// Accept or refuse evidence
///
/// Its owner is told. May be decided otherwise later; the same once more changes nothing.
#[utoipa::path(
    put,
    path = "/evidence/{id}/decision",
    tag = "teams",
    params(("id" = EvidenceId, Path)),
    request_body = Decision,
    responses(
        (status = 204, description = "So it is."),
        (status = 400, description = "malformed-json", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "not-logged-in", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "cross-site", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "not-found", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "invalid: `field` says which; wrong-fields", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub async fn decide_on_evidence(
    State(reviews): State<Reviews>,
    CurrentUser(caller): CurrentUser,
    ApiPath(id): ApiPath<EvidenceId>,
    ApiJson(decision): ApiJson<Decision>,
) -> Result<StatusCode, Problem> {
    reviews.decide(&caller, id, decision.accepted, &decision.reason).await?;
    Ok(StatusCode::NO_CONTENT)
}
