use axum::{extract::State, http::HeaderMap, response::Response};

use super::{CACHE, Data, cache, public_file::filename};
use crate::{
    accounts::MaybeUser,
    data::service::{Asked, stored},
    web::{ApiPath, Problem, download, problem::ProblemBody},
};

/// Downloads a file of a data set; ranges are honoured, `If-Range` too.
#[utoipa::path(get, path = "/competitions/{slug}/data/{set}/{version}/files/{*path}", tag = "data",
    operation_id = "download_data_file",
    params(("slug" = String, Path), ("set" = String, Path),
        ("version" = String, Path, description = "A number, or `latest`"),
        ("path" = String, Path, description = "As the manifest writes it")),
    responses((status = 200, content_type = "application/octet-stream"), (status = 206), (status = 304),
        (status = 401, body = ProblemBody),
        (status = 403, body = ProblemBody,
            description = "`data-not-open`, `data-closed`, `rules-not-accepted`, `team-needed`"),
        (status = 404, body = ProblemBody), (status = 409, body = ProblemBody, description = "`only-on-mirrors`"),
        (status = 410, body = ProblemBody, description = "`data-withdrawn`"), (status = 416)))]
pub async fn handler(
    State(data): State<Data>,
    MaybeUser(person): MaybeUser,
    ApiPath((slug, set, version, path)): ApiPath<(String, String, String, String)>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let asked = Asked { competition: &slug, set: &set, version: &version };
    let (set, file) = data.file(person.as_ref(), asked, &path).await?;
    let label = download::Label { filename: filename(&path), media_type: "application/octet-stream" };
    let mut response = download::blob(&data.storage, stored(&file)?, label, &headers).await?;
    response.headers_mut().insert(CACHE, cache(&set));
    Ok(response)
}
