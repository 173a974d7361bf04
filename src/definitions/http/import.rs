use axum::{Json, extract::State, http::StatusCode};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Definitions;
use crate::{
    accounts::CurrentUser,
    definitions::service::Imported,
    kernel::ids::UploadId,
    web::{ApiJson, Problem, problem::ProblemBody},
};

#[derive(Debug, Deserialize, ToSchema)]
pub struct Import {
    /// A finished upload: a ZIP archive with `dautri.yaml` at its top.
    upload: UploadId,
    /// Why times or limits of running phases change; stands in their public record.
    reason: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct ImportResult {
    slug: String,
    result: Imported,
}

/// Imports a competition from its definition: all of it or nothing. The same definition again changes nothing.
#[utoipa::path(post, path = "/competitions", tag = "competitions", operation_id = "import_competition",
    request_body = Import,
    responses((status = 201, body = ImportResult, description = "A new competition"),
        (status = 200, body = ImportResult), (status = 401, body = ProblemBody), (status = 403, body = ProblemBody),
        (status = 404, body = ProblemBody),
        (status = 409, body = ProblemBody, description = "`in-use`, `upload-incomplete`, `upload-used`, `private-board-published`"),
        (status = 422, body = ProblemBody,
            description = "`bad-archive`, `definition-missing`, `definition-unreadable`, `definition-wrong`, `definition-file-missing`, `unknown-image`")))]
pub async fn handler(
    State(definitions): State<Definitions>,
    CurrentUser(person): CurrentUser,
    ApiJson(import): ApiJson<Import>,
) -> Result<(StatusCode, Json<ImportResult>), Problem> {
    let (slug, result) = definitions.import(&person, import.upload, import.reason.as_deref()).await?;
    let status = if result == Imported::Created { StatusCode::CREATED } else { StatusCode::OK };
    Ok((status, Json(ImportResult { slug, result })))
}
