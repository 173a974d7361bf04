use axum::{
    body::Body,
    extract::State,
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::IntoResponse,
};

use super::{
    Uploads,
    protocol::{Resumable, carries_bytes, expires, number, piece, place, text},
};
use crate::{
    accounts::CurrentUser,
    uploads::rules,
    web::{Problem, problem::ProblemBody},
};

/// Begins a tus upload. `Upload-Metadata` names `filename`, and the `phase` that it is meant for. The body may carry
/// the first bytes already, or all of them.
#[utoipa::path(post, path = "/uploads", tag = "uploads", operation_id = "create_upload",
    params(("Tus-Resumable" = String, Header), ("Upload-Length" = u64, Header),
        ("Upload-Metadata" = Option<String>, Header),
        ("Upload-Checksum" = Option<String>, Header, description = "Of the body")),
    request_body(content = Vec<u8>, content_type = "application/offset+octet-stream"),
    responses((status = 201,
            headers(("Location" = String), ("Upload-Expires" = String), ("Upload-Offset" = Option<u64>))),
        (status = 400, body = ProblemBody), (status = 401, body = ProblemBody), (status = 403, body = ProblemBody),
        (status = 404, body = ProblemBody), (status = 409, body = ProblemBody, description = "`phase-closed`"),
        (status = 412, body = ProblemBody), (status = 413, body = ProblemBody), (status = 429, body = ProblemBody),
        (status = 460, body = ProblemBody, description = "`checksum-mismatch`")))]
pub async fn handler(
    State(uploads): State<Uploads>,
    CurrentUser(person): CurrentUser,
    _: Resumable,
    headers: HeaderMap,
    body: Body,
) -> Result<impl IntoResponse, Problem> {
    let length: u64 = number(&headers, "Upload-Length")?;
    let metadata = rules::metadata(text(&headers, "Upload-Metadata")?.unwrap_or_default())?;
    let first = if carries_bytes(&headers) { Some(piece(&headers, 0, body)?) } else { None };
    let (id, at) = uploads.create(&person, length, &metadata).await?;
    let mut answer = match first {
        None => HeaderMap::from_iter([(HeaderName::from_static("upload-expires"), expires(at.expires_at))]),
        Some((piece, bytes)) => match uploads.append(person.user, id, piece, bytes).await {
            Ok(at) => place(at),
            Err(error) => {
                // The client will never learn where the upload is.
                uploads.end(person.user, id).await?;
                return Err(error.into());
            }
        },
    };
    let location = format!("/api/v1/uploads/{id}");
    answer.insert(header::LOCATION, HeaderValue::from_str(&location).expect("an id is ASCII"));
    Ok((StatusCode::CREATED, answer))
}
