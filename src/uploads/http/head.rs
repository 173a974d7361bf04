use axum::{extract::State, http::header, response::IntoResponse};

use super::{Uploads, protocol::Resumable};
use crate::{
    accounts::CurrentUser,
    kernel::ids::UploadId,
    web::{ApiPath, Problem, problem::ProblemBody},
};

/// Says where an upload stands.
#[utoipa::path(head, path = "/uploads/{id}", tag = "uploads", operation_id = "show_upload",
    params(("id" = UploadId, Path), ("Tus-Resumable" = String, Header)),
    responses((status = 200, headers(("Upload-Offset" = u64), ("Upload-Length" = u64))),
        (status = 401, body = ProblemBody), (status = 404, body = ProblemBody), (status = 412, body = ProblemBody)))]
pub async fn handler(
    State(uploads): State<Uploads>,
    CurrentUser(person): CurrentUser,
    _: Resumable,
    ApiPath(id): ApiPath<UploadId>,
) -> Result<impl IntoResponse, Problem> {
    let upload = uploads.find(person.user, id).await?;
    let place =
        [("upload-offset", upload.received.to_string()), ("upload-length", upload.length.to_string())];
    Ok((place, [(header::CACHE_CONTROL, "no-store")]))
}
