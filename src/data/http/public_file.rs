use axum::{extract::State, http::HeaderMap, response::Response};

use super::Data;
use crate::{
    data::service::stored,
    web::{ApiPath, Problem, download, problem::ProblemBody},
};

/// Downloads a public file; ranges are honoured.
#[utoipa::path(get, path = "/competitions/{slug}/files/{*path}", tag = "data", operation_id = "download_file",
    params(("slug" = String, Path), ("path" = String, Path, description = "As listed under `files`")),
    responses((status = 200, content_type = "application/octet-stream"), (status = 206), (status = 304),
        (status = 404, body = ProblemBody), (status = 410, body = ProblemBody), (status = 416)))]
pub async fn handler(
    State(data): State<Data>,
    ApiPath((slug, path)): ApiPath<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let file = data.public_file(&slug, &path).await?;
    let label = download::Label { filename: filename(&path), media_type: "application/octet-stream" };
    download::blob(&data.storage, stored(&file)?, label, &headers).await
}

/// The last name of a path.
pub fn filename(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}
