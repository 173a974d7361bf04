use axum::{
    Json,
    extract::State,
    http::{HeaderMap, header},
    response::{IntoResponse, Response},
};
use judge_core::text::Text;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{CACHE, Data, cache};
use crate::{
    accounts::MaybeUser,
    data::{
        model::DataFile,
        rules::sums,
        service::{Asked, Opened},
    },
    web::{ApiPath, ApiQuery, Problem, problem::ProblemBody},
};

#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ManifestQuery {
    /// A file, a folder, or a pattern with `*`, `**`, `?`, `[…]`, `{…}`; all files where absent.
    only: Option<String>,
    /// Chosen by `Accept` where absent.
    format: Option<Format>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    Json,
    Sha256sums,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct Manifest {
    set: String,
    title: Text,
    version: i32,
    /// Of the files below.
    bytes: i64,
    files: Vec<ManifestFile>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct ManifestFile {
    path: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<Text>,
    size: i64,
    /// Lower-case hexadecimal.
    sha256: String,
    /// Whether this server has it; else only its mirrors do.
    here: bool,
    /// Other addresses with the same bytes. Compare the SHA-256.
    mirrors: Vec<String>,
}

/// Lists a version's files with their SHA-256: as JSON, or as a text that `sha256sum --check` reads.
#[utoipa::path(get, path = "/competitions/{slug}/data/{set}/{version}/manifest", tag = "data",
    operation_id = "show_data_manifest",
    params(("slug" = String, Path), ("set" = String, Path),
        ("version" = String, Path, description = "A number, or `latest`"), ManifestQuery),
    responses((status = 200, body = Manifest), (status = 400, body = ProblemBody, description = "`bad-pattern`"),
        (status = 401, body = ProblemBody),
        (status = 403, body = ProblemBody,
            description = "`data-not-open`, `data-closed`, `rules-not-accepted`, `team-needed`"),
        (status = 404, body = ProblemBody), (status = 410, body = ProblemBody, description = "`data-withdrawn`")))]
pub async fn handler(
    State(data): State<Data>,
    MaybeUser(person): MaybeUser,
    ApiPath((slug, set, version)): ApiPath<(String, String, String)>,
    ApiQuery(query): ApiQuery<ManifestQuery>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let asked = Asked { competition: &slug, set: &set, version: &version };
    let opened = data.open(person.as_ref(), asked, query.only.as_deref()).await?;
    let cache = cache(&opened.set);
    let accept = headers.get(header::ACCEPT).and_then(|v| v.to_str().ok()).unwrap_or("");
    let json = query.format.map_or_else(|| accept.contains("application/json"), |f| f == Format::Json);
    let mut response = if json {
        Json(Manifest::from(opened)).into_response()
    } else {
        let text = sums(opened.files.iter().map(|f| (f.path.as_str(), f.sha256.as_slice())));
        let name = "attachment; filename=\"SHA256SUMS\"";
        ([(header::CONTENT_DISPOSITION, name)], text).into_response()
    };
    response.headers_mut().insert(CACHE, cache);
    Ok(response)
}

impl From<Opened> for Manifest {
    fn from(opened: Opened) -> Self {
        Self {
            set: opened.set.slug,
            title: opened.set.title,
            version: opened.version.number,
            bytes: opened.files.iter().map(|f| f.size).sum(),
            files: opened.files.into_iter().map(ManifestFile::from).collect(),
        }
    }
}

impl From<DataFile> for ManifestFile {
    fn from(file: DataFile) -> Self {
        Self {
            path: file.path,
            title: file.title,
            size: file.size,
            sha256: hex::encode(file.sha256),
            here: file.blob.is_some(),
            mirrors: file.mirrors,
        }
    }
}
