use axum::{
    body::Body,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::IntoResponse,
};

use super::{
    Uploads,
    protocol::{Resumable, carries_bytes, number, piece, place},
};
use crate::{
    accounts::CurrentUser,
    kernel::ids::UploadId,
    uploads::UploadError,
    web::{ApiPath, Problem, problem::ProblemBody},
};

/// Appends bytes at `Upload-Offset`. Where the connection breaks, what came before stays; with `Upload-Checksum`
/// all of the request counts or nothing.
#[utoipa::path(patch, path = "/uploads/{id}", tag = "uploads", operation_id = "append_upload",
    params(("id" = UploadId, Path), ("Tus-Resumable" = String, Header), ("Upload-Offset" = u64, Header),
        ("Upload-Checksum" = Option<String>, Header, description = "`sha1` or `sha256`, a space, base64")),
    request_body(content = Vec<u8>, content_type = "application/offset+octet-stream"),
    responses((status = 204, headers(("Upload-Offset" = u64), ("Upload-Expires" = String))),
        (status = 400, body = ProblemBody, description = "`bad-header`, `unknown-checksum`"),
        (status = 401, body = ProblemBody), (status = 404, body = ProblemBody),
        (status = 409, body = ProblemBody, description = "`wrong-offset`"),
        (status = 410, body = ProblemBody, description = "`upload-gone`"), (status = 412, body = ProblemBody),
        (status = 413, body = ProblemBody), (status = 415, body = ProblemBody),
        (status = 460, body = ProblemBody, description = "`checksum-mismatch`")))]
pub async fn handler(
    State(uploads): State<Uploads>,
    CurrentUser(person): CurrentUser,
    _: Resumable,
    ApiPath(id): ApiPath<UploadId>,
    headers: HeaderMap,
    body: Body,
) -> Result<impl IntoResponse, Problem> {
    if !carries_bytes(&headers) {
        return Err(UploadError::WrongType.into());
    }
    let (piece, bytes) = piece(&headers, number(&headers, "Upload-Offset")?, body)?;
    let at = uploads.append(person.user, id, piece, bytes).await?;
    Ok((StatusCode::NO_CONTENT, place(at)))
}
