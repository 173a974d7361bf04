use axum::{
    body::Body,
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
    kernel::ids::UploadId,
    uploads::UploadError,
    web::{ApiPath, Problem, problem::ProblemBody},
};

/// Appends bytes at `Upload-Offset`. Where the connection breaks, what came before stays.
#[utoipa::path(patch, path = "/uploads/{id}", tag = "uploads", operation_id = "append_upload",
    params(("id" = UploadId, Path), ("Tus-Resumable" = String, Header), ("Upload-Offset" = u64, Header)),
    request_body(content = Vec<u8>, content_type = "application/offset+octet-stream"),
    responses((status = 204, headers(("Upload-Offset" = u64))), (status = 400, body = ProblemBody),
        (status = 401, body = ProblemBody), (status = 404, body = ProblemBody),
        (status = 409, body = ProblemBody, description = "`wrong-offset`"), (status = 412, body = ProblemBody),
        (status = 413, body = ProblemBody), (status = 415, body = ProblemBody)))]
pub async fn handler(
    State(uploads): State<Uploads>,
    CurrentUser(person): CurrentUser,
    _: Resumable,
    ApiPath(id): ApiPath<UploadId>,
    headers: HeaderMap,
    body: Body,
) -> Result<impl IntoResponse, Problem> {
    let right_type = "application/offset+octet-stream".as_bytes();
    if headers.get(header::CONTENT_TYPE).is_none_or(|v| v.as_bytes() != right_type) {
        return Err(UploadError::WrongType.into());
    }
    let offset: i64 = number(&headers, "Upload-Offset")?;
    let at = uploads.append(person.user, id, offset, body.into_data_stream()).await?;
    Ok((StatusCode::NO_CONTENT, [("upload-offset", at.to_string())]))
}
