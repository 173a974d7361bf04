use axum::{
    extract::State,
    http::{HeaderMap, HeaderValue, header},
};

use super::{
    Uploads,
    protocol::{Resumable, expires},
};
use crate::{
    accounts::CurrentUser,
    kernel::ids::UploadId,
    uploads::Upload,
    web::{ApiPath, Problem, problem::ProblemBody},
};

/// Says where an upload stands.
#[utoipa::path(head, path = "/uploads/{id}", tag = "uploads", operation_id = "show_upload",
    params(("id" = UploadId, Path), ("Tus-Resumable" = String, Header)),
    responses((status = 200,
            headers(("Upload-Offset" = u64), ("Upload-Length" = u64), ("Upload-Expires" = Option<String>),
                ("Upload-Metadata" = Option<String>))),
        (status = 401, body = ProblemBody), (status = 404, body = ProblemBody),
        (status = 410, body = ProblemBody, description = "`upload-gone`"), (status = 412, body = ProblemBody)))]
pub async fn handler(
    State(uploads): State<Uploads>,
    CurrentUser(person): CurrentUser,
    _: Resumable,
    ApiPath(id): ApiPath<UploadId>,
) -> Result<HeaderMap, Problem> {
    Ok(standing(&uploads.find(person.user, id).await?))
}

pub fn standing(upload: &Upload) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert("upload-offset", HeaderValue::from(upload.received));
    headers.insert("upload-length", HeaderValue::from(upload.length));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    // What was used is kept.
    if upload.used_at.is_none() {
        headers.insert("upload-expires", expires(upload.expires_at));
    }
    if let Ok(metadata) = HeaderValue::from_str(&upload.metadata)
        && !metadata.is_empty()
    {
        headers.insert("upload-metadata", metadata);
    }
    headers
}
