use axum::{
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};

use crate::{
    accounts::CurrentUser,
    teams::Teams,
    web::{ApiPath, Problem, problem::ProblemBody},
};

/// All teams as a spreadsheet
///
/// For the competition's organizers: a CSV file in UTF-8 with one row for each member, which can be imported again.
/// Cells that a spreadsheet program would take for formulas begin with an apostrophe.
#[utoipa::path(
    get,
    path = "/competitions/{slug}/teams/export",
    tag = "teams",
    params(("slug" = String, Path, description = "The competition's slug.")),
    responses(
        (status = 200, description = "The file.", body = String, content_type = "text/csv"),
        (status = 401, description = "not-logged-in", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "forbidden", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "not-found: no such competition", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub async fn export_teams(
    State(teams): State<Teams>,
    CurrentUser(caller): CurrentUser,
    ApiPath(competition): ApiPath<String>,
) -> Result<Response, Problem> {
    let table = teams.export(&caller, &competition).await?;
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{competition}-teams.csv\"")),
        (header::CACHE_CONTROL, "private, no-store".to_owned()),
    ];
    Ok((headers, table).into_response())
}
