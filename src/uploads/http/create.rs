use axum::{
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::IntoResponse,
};

use super::{
    Uploads,
    protocol::{Resumable, number},
};
use crate::{
    accounts::CurrentUser,
    uploads::{UploadError, rules},
    web::{Problem, problem::ProblemBody},
};

/// Begins a tus upload. `Upload-Metadata` names `filename`, and the `phase` that it is meant for.
#[utoipa::path(post, path = "/uploads", tag = "uploads", operation_id = "create_upload",
    params(("Tus-Resumable" = String, Header), ("Upload-Length" = u64, Header),
        ("Upload-Metadata" = Option<String>, Header)),
    responses((status = 201, headers(("Location" = String))), (status = 400, body = ProblemBody),
        (status = 401, body = ProblemBody), (status = 403, body = ProblemBody), (status = 404, body = ProblemBody),
        (status = 409, body = ProblemBody, description = "`phase-closed`"),
        (status = 412, body = ProblemBody), (status = 413, body = ProblemBody), (status = 429, body = ProblemBody)))]
pub async fn handler(
    State(uploads): State<Uploads>,
    CurrentUser(person): CurrentUser,
    _: Resumable,
    headers: HeaderMap,
) -> Result<impl IntoResponse, Problem> {
    let length: u64 = number(&headers, "Upload-Length")?;
    let metadata = match headers.get("upload-metadata") {
        None => "",
        Some(value) => value.to_str().map_err(|_| UploadError::BadHeader("Upload-Metadata"))?,
    };
    let id = uploads.create(&person, length, rules::metadata(metadata)?).await?;
    let location = [(header::LOCATION, format!("/api/v1/uploads/{id}"))];
    Ok((StatusCode::CREATED, location))
}
