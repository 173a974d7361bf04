use axum::{
    body::Body,
    extract::State,
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};

use super::{CACHE, Data, Wanted, cache};
use crate::{
    accounts::MaybeUser,
    data::service::Asked,
    web::{ApiPath, ApiQuery, Problem, problem::ProblemBody},
};

/// Downloads a version, or a part of it, as one tar archive. It cannot be resumed: files can.
#[utoipa::path(get, path = "/competitions/{slug}/data/{set}/{version}/archive", tag = "data",
    operation_id = "download_data_archive",
    params(("slug" = String, Path), ("set" = String, Path),
        ("version" = String, Path, description = "A number, or `latest`"), Wanted),
    responses((status = 200, content_type = "application/x-tar"),
        (status = 400, body = ProblemBody, description = "`bad-pattern`"), (status = 401, body = ProblemBody),
        (status = 403, body = ProblemBody,
            description = "`data-not-open`, `data-closed`, `rules-not-accepted`, `team-needed`"),
        (status = 404, body = ProblemBody), (status = 409, body = ProblemBody, description = "`only-on-mirrors`"),
        (status = 410, body = ProblemBody, description = "`data-withdrawn`")))]
pub async fn handler(
    State(data): State<Data>,
    MaybeUser(person): MaybeUser,
    ApiPath((slug, set, version)): ApiPath<(String, String, String)>,
    ApiQuery(wanted): ApiQuery<Wanted>,
) -> Result<Response, Problem> {
    let asked = Asked { competition: &slug, set: &set, version: &version };
    let (opened, archive) = data.archive(person.as_ref(), asked, wanted.only.as_deref()).await?;
    let length = archive.length;
    let name = format!("attachment; filename=\"{slug}-{set}-{}.tar\"", opened.version.number);
    let mut response = Body::from_stream(archive.stream(data.storage.clone())).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/x-tar"));
    headers.insert(header::CONTENT_DISPOSITION, HeaderValue::from_str(&name).expect("slugs are ASCII"));
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("sandbox"));
    headers.insert(CACHE, cache(&opened.set));
    Ok(response)
}
