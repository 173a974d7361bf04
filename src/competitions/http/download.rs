use axum::{extract::State, http::HeaderMap, response::Response};

use super::Competitions;
use crate::web::{ApiPath, Problem, download, problem::ProblemBody};

/// Downloads a public file; ranges are honoured.
#[utoipa::path(get, path = "/competitions/{slug}/files/{*path}", tag = "competitions",
    operation_id = "download_file",
    params(("slug" = String, Path), ("path" = String, Path, description = "As listed under `files`")),
    responses((status = 200, content_type = "application/octet-stream"), (status = 206), (status = 304),
        (status = 404, body = ProblemBody), (status = 416)))]
pub async fn handler(
    State(competitions): State<Competitions>,
    ApiPath((slug, path)): ApiPath<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let blob = competitions.file(&slug, &path).await?;
    let filename = path.rsplit('/').next().unwrap_or(&path);
    let label = download::Label { filename, media_type: "application/octet-stream" };
    download::blob(&competitions.storage, &blob, label, &headers).await
}
