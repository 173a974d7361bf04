use axum::{extract::State, http::HeaderMap, response::Response};

use super::Judging;
use crate::{
    judging::{JudgingError, store},
    web::{ApiPath, Problem, download, problem::ProblemBody},
};

/// Downloads an image, so that teams can run their programs in it at home.
#[utoipa::path(get, path = "/images/{name}/archive", tag = "images", operation_id = "download_image",
    params(("name" = String, Path)),
    responses((status = 200, content_type = "application/x-tar"), (status = 206), (status = 304),
        (status = 404, body = ProblemBody), (status = 416)))]
pub async fn handler(
    State(judging): State<Judging>,
    ApiPath(name): ApiPath<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let found = store::images::find(&mut *judging.db.acquire().await?, &name).await?;
    let (_, blob) = found.ok_or(JudgingError::UnknownImage { name: name.clone() })?;
    let filename = format!("{name}.tar");
    let label = download::Label { filename: &filename, media_type: "application/x-tar" };
    download::blob(&judging.storage, &blob, label, &headers).await
}
