use axum::{Json, extract::State, http::StatusCode};
use judge_core::text::Text;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Definitions;
use crate::{
    accounts::CurrentUser,
    definitions::{codabench::BundleOptions, service::Imported},
    kernel::ids::UploadId,
    web::{ApiJson, Problem, problem::ProblemBody},
};

#[derive(Debug, Deserialize, ToSchema)]
pub struct Import {
    /// A finished upload: a ZIP archive with `dautri.yaml`, or a bundle's `competition.yaml`, at its top.
    upload: UploadId,
    #[serde(flatten)]
    bundle: BundleOptions,
    /// Why times or limits of running phases change; stands in their public record.
    reason: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct ImportResult {
    slug: String,
    result: Imported,
    /// What of a bundle is not taken over, or taken over differently.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    notes: Vec<Text>,
}

/// Imports a competition from its definition or from a bundle of Codabench or CodaLab: all of it or nothing. The
/// same again changes nothing.
#[utoipa::path(post, path = "/competitions", tag = "competitions", operation_id = "import_competition",
    request_body = Import,
    responses((status = 201, body = ImportResult, description = "A new competition"),
        (status = 200, body = ImportResult), (status = 401, body = ProblemBody), (status = 403, body = ProblemBody),
        (status = 404, body = ProblemBody),
        (status = 409, body = ProblemBody, description = "`in-use`, `slug-taken`, `upload-incomplete`, `upload-used`, `private-board-published`"),
        (status = 422, body = ProblemBody,
            description = "`bad-archive`, `definition-missing`, `definition-unreadable`, `definition-wrong`, `definition-file-missing`, `unknown-image`, `bundle-wrong`, `no-bundle`")))]
pub async fn handler(
    State(definitions): State<Definitions>,
    CurrentUser(person): CurrentUser,
    ApiJson(import): ApiJson<Import>,
) -> Result<(StatusCode, Json<ImportResult>), Problem> {
    let (slug, result, notes) =
        definitions.import(&person, import.upload, &import.bundle, import.reason.as_deref()).await?;
    let status = if result == Imported::Created { StatusCode::CREATED } else { StatusCode::OK };
    Ok((status, Json(ImportResult { slug, result, notes })))
}
