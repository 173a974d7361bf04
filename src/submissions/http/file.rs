use axum::{extract::State, http::HeaderMap, response::Response};

use super::Submissions;
use crate::{
    accounts::CurrentUser,
    kernel::ids::SubmissionId,
    web::{ApiPath, Problem, download, problem::ProblemBody},
};

/// Downloads what was handed in, byte for byte.
#[utoipa::path(get, path = "/submissions/{id}/file", tag = "submissions", operation_id = "download_submission",
    params(("id" = SubmissionId, Path)),
    responses((status = 200, content_type = "application/octet-stream"), (status = 206), (status = 304),
        (status = 401, body = ProblemBody), (status = 404, body = ProblemBody), (status = 416)))]
pub async fn handler(
    State(submissions): State<Submissions>,
    CurrentUser(person): CurrentUser,
    ApiPath(id): ApiPath<SubmissionId>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let (blob, filename) = submissions.file(&person, id).await?;
    let label = download::Label { filename: &filename, media_type: "application/octet-stream" };
    download::blob(&submissions.storage, &blob, label, &headers).await
}
