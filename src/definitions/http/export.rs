use axum::{extract::State, response::Response};

use super::Definitions;
use crate::{
    accounts::CurrentUser,
    web::{ApiPath, Problem, download, problem::ProblemBody},
};

/// Downloads a competition as the folder that an import takes, as a ZIP archive: `dautri.yaml`, pages, public
/// files, hidden inputs, truth and programs. For its organizers.
#[utoipa::path(get, path = "/competitions/{slug}/definition", tag = "competitions",
    operation_id = "export_competition", params(("slug" = String, Path)),
    responses((status = 200, content_type = "application/zip"), (status = 401, body = ProblemBody),
        (status = 403, body = ProblemBody), (status = 404, body = ProblemBody),
        (status = 409, body = ProblemBody, description = "`definition-not-kept`")))]
pub async fn handler(
    State(definitions): State<Definitions>,
    CurrentUser(person): CurrentUser,
    ApiPath(slug): ApiPath<String>,
) -> Result<Response, Problem> {
    let exported = definitions.export(&person, &slug).await?;
    let filename = format!("{slug}.zip");
    let label = download::Label { filename: &filename, media_type: "application/zip" };
    Ok(download::file(exported.file, exported.size, label))
}
