use axum::{extract::State, http::StatusCode};

use super::{Uploads, protocol::Resumable};
use crate::{
    accounts::CurrentUser,
    kernel::ids::UploadId,
    web::{ApiPath, Problem, problem::ProblemBody},
};

/// Ends an upload and frees its bytes. What was handed in or used stays.
#[utoipa::path(delete, path = "/uploads/{id}", tag = "uploads", operation_id = "end_upload",
    params(("id" = UploadId, Path), ("Tus-Resumable" = String, Header)),
    responses((status = 204), (status = 401, body = ProblemBody), (status = 404, body = ProblemBody),
        (status = 409, body = ProblemBody, description = "`upload-kept`"),
        (status = 410, body = ProblemBody, description = "`upload-gone`"), (status = 412, body = ProblemBody)))]
pub async fn handler(
    State(uploads): State<Uploads>,
    CurrentUser(person): CurrentUser,
    _: Resumable,
    ApiPath(id): ApiPath<UploadId>,
) -> Result<StatusCode, Problem> {
    uploads.end(person.user, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
