use axum::{Json, extract::State};

use super::Phases;
use crate::{
    kernel::{ids::PhaseId, paging::Page},
    phases::model::PhaseChange,
    web::{ApiPath, ApiQuery, PageQuery, Problem, problem::ProblemBody},
};

/// Lists what organizers changed of a phase, newest first.
#[utoipa::path(get, path = "/phases/{id}/changes", tag = "phases", operation_id = "list_phase_changes",
    params(("id" = PhaseId, Path), PageQuery),
    responses((status = 200, body = Page<PhaseChange>), (status = 400, body = ProblemBody),
        (status = 404, body = ProblemBody)))]
pub async fn handler(
    State(phases): State<Phases>,
    ApiPath(id): ApiPath<PhaseId>,
    ApiQuery(page): ApiQuery<PageQuery>,
) -> Result<Json<Page<PhaseChange>>, Problem> {
    Ok(Json(phases.changes(id, &page).await?))
}
