use axum::{
    body::Body,
    extract::State,
    http::HeaderMap,
    response::{IntoResponse, Response},
};

use super::{
    Uploads, append, head,
    protocol::{Resumable, text},
    terminate,
};
use crate::{
    accounts::CurrentUser,
    kernel::ids::UploadId,
    uploads::UploadError,
    web::{ApiPath, Problem, problem::ProblemBody},
};

/// Stands for the method that `X-HTTP-Method-Override` names, for clients behind proxies that know neither PATCH nor
/// DELETE.
#[utoipa::path(post, path = "/uploads/{id}", tag = "uploads", operation_id = "override_upload_method",
    params(("id" = UploadId, Path), ("Tus-Resumable" = String, Header),
        ("X-HTTP-Method-Override" = String, Header, description = "`PATCH`, `HEAD` or `DELETE`")),
    request_body(content = Vec<u8>, content_type = "application/offset+octet-stream"),
    responses((status = 200), (status = 204), (status = 400, body = ProblemBody), (status = 401, body = ProblemBody),
        (status = 404, body = ProblemBody), (status = 409, body = ProblemBody), (status = 410, body = ProblemBody),
        (status = 412, body = ProblemBody), (status = 413, body = ProblemBody), (status = 415, body = ProblemBody),
        (status = 460, body = ProblemBody)))]
pub async fn handler(
    uploads: State<Uploads>,
    person: CurrentUser,
    spoken: Resumable,
    id: ApiPath<UploadId>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    match text(&headers, "X-HTTP-Method-Override")? {
        Some("PATCH") => {
            Ok(append::handler(uploads, person, spoken, id, headers, body).await?.into_response())
        }
        Some("HEAD") => Ok(head::handler(uploads, person, spoken, id).await?.into_response()),
        Some("DELETE") => Ok(terminate::handler(uploads, person, spoken, id).await?.into_response()),
        _ => Err(UploadError::BadHeader("X-HTTP-Method-Override").into()),
    }
}
