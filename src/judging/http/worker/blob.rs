use axum::{extract::State, http::HeaderMap, response::Response};
use serde::Deserialize;
use utoipa::IntoParams;

use super::{Judging, extract::CurrentWorker};
use crate::{
    kernel::ids::BlobId,
    web::{ApiPath, ApiQuery, Problem, download, problem::ProblemBody},
};

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct LinkQuery {
    /// Seconds since 1970.
    expires: i64,
    signature: String,
}

/// Downloads a blob by the signed link of a lease.
#[utoipa::path(get, path = "/blobs/{blob}", tag = "workers", operation_id = "download_blob",
    params(("blob" = BlobId, Path), LinkQuery),
    responses((status = 200, content_type = "application/octet-stream"), (status = 206), (status = 304),
        (status = 400, body = ProblemBody), (status = 401, body = ProblemBody),
        (status = 403, body = ProblemBody, description = "`bad-link`"), (status = 416)))]
pub async fn handler(
    State(judging): State<Judging>,
    CurrentWorker(worker): CurrentWorker,
    ApiPath(blob): ApiPath<BlobId>,
    ApiQuery(link): ApiQuery<LinkQuery>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let blob = judging.linked_blob(&worker, blob, link.expires, &link.signature).await?;
    let label = download::Label { filename: "blob", media_type: "application/octet-stream" };
    download::blob(&judging.storage, &blob, label, &headers).await
}
