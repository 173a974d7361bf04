use std::time::Duration;

use axum::{
    Json,
    body::{Body, to_bytes},
    extract::State,
};
use judge_core::sheet::SheetFault;
use serde::Deserialize;
use tokio::time::timeout;
use utoipa::IntoParams;

use crate::{
    accounts::CurrentUser,
    teams::{MOST_SHEET_BYTES, TeamError, Teams, import::Report},
    web::{ApiPath, ApiQuery, Problem, problem::ProblemBody},
};

/// How long a file may be on its way.
const PATIENCE: Duration = Duration::from_mins(2);

#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub struct ImportQuery {
    /// `true` does it; otherwise the report says what would happen.
    apply: bool,
}

/// Bring teams in from a spreadsheet
///
/// For the competition's organizers. The body is an XLSX file (its first sheet) or a CSV file in UTF-8, at most 8 MB
/// and 10,000 rows, one row for each member. The first row names the columns, in Vietnamese or English: team, e-mail,
/// and as needed division, member, leader, unit and the keys or titles of the form's questions. A row without a
/// team belongs to the team above it. The same file again changes nothing. People without an account get one, and a
/// letter with a link to choose their password.
#[utoipa::path(
    post,
    path = "/competitions/{slug}/teams/import",
    tag = "teams",
    params(("slug" = String, Path, description = "The competition's slug."), ImportQuery),
    request_body(content = Vec<u8>, description = "The file.", content_type = "application/octet-stream"),
    responses(
        (status = 200, description = "What became of each row.", body = Report),
        (status = 400, description = "wrong-query", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "not-logged-in", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "forbidden, cross-site", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "not-found: no such competition", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "sheet-empty, not-a-sheet, sheet-corrupt, sheet-not-utf8, sheet-too-large, too-many-rows, too-many-columns, cell-too-long, column-missing, column-twice", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub async fn import_teams(
    State(teams): State<Teams>,
    CurrentUser(caller): CurrentUser,
    ApiPath(competition): ApiPath<String>,
    ApiQuery(query): ApiQuery<ImportQuery>,
    body: Body,
) -> Result<Json<Report>, Problem> {
    // Strangers' bytes are not taken in.
    teams.may_import(&caller, &competition).await?;
    let limit_bytes = MOST_SHEET_BYTES as u64;
    let too_large = || TeamError::Sheet(SheetFault::SheetTooLarge { limit_bytes });
    let bytes = timeout(PATIENCE, to_bytes(body, MOST_SHEET_BYTES)).await;
    let bytes = bytes.map_err(|_| TeamError::Sheet(SheetFault::SheetCorrupt))?.map_err(|_| too_large())?;
    Ok(Json(teams.import(&caller, &competition, &bytes, query.apply).await?))
}
