use axum::{
    body::Body,
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use utoipa::IntoParams;

use super::Leaderboard;
use crate::{
    accounts::MaybeUser,
    kernel::ids::PhaseId,
    leaderboard::model::{Board, Split},
    web::{ApiPath, ApiQuery, Problem, problem::ProblemBody},
};

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct BoardQuery {
    /// `public` where absent.
    #[serde(default)]
    split: Split,
    /// Slug of a division; all divisions where absent.
    division: Option<String>,
}

/// Shows the leaderboard of a phase.
#[utoipa::path(get, path = "/phases/{id}/board", tag = "leaderboard", operation_id = "show_board",
    params(("id" = PhaseId, Path), BoardQuery),
    responses((status = 200, body = Board), (status = 304, description = "As the client's ETag says"),
        (status = 400, body = ProblemBody),
        (status = 403, body = ProblemBody, description = "`board-hidden`, `private-board-hidden`"),
        (status = 404, body = ProblemBody)))]
pub async fn handler(
    State(leaderboard): State<Leaderboard>,
    MaybeUser(reader): MaybeUser,
    ApiPath(id): ApiPath<PhaseId>,
    ApiQuery(query): ApiQuery<BoardQuery>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let board = leaderboard.board(reader.as_ref(), id, query.split, query.division).await?;
    let etag = HeaderValue::from_str(&board.etag).expect("quoted hexadecimal");
    // Organizers see more than others under the same address, so shared caches must ask again.
    let common = [
        (header::ETAG, etag),
        (header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache")),
        (header::VARY, HeaderValue::from_static("accept-encoding, cookie, authorization")),
    ];
    if headers.get(header::IF_NONE_MATCH).is_some_and(|v| v.as_bytes() == board.etag.as_bytes()) {
        return Ok((StatusCode::NOT_MODIFIED, common).into_response());
    }
    let json = [(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))];
    let accepts_gzip = headers
        .get(header::ACCEPT_ENCODING)
        .and_then(|v| v.to_str().ok())
        .is_some_and(|v| v.contains("gzip"));
    if accepts_gzip {
        let encoding = [(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"))];
        return Ok((common, json, encoding, Body::from(board.gzipped.clone())).into_response());
    }
    Ok((common, json, Body::from(board.body.clone())).into_response())
}
