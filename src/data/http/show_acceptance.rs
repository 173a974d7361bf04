use axum::{Json, extract::State};
use serde::Serialize;
use utoipa::ToSchema;

use super::Data;
use crate::{
    accounts::MaybeUser,
    data::service::Standing,
    kernel::Timestamp,
    web::{ApiPath, Problem, problem::ProblemBody},
};

#[derive(Debug, Serialize, ToSchema)]
pub struct AcceptanceView {
    /// Handing in needs the acceptance.
    required: bool,
    /// Slug of the page with the rules.
    page: String,
    /// Names the rules' text as it is now; absent: there are none.
    version: Option<String>,
    /// When the caller accepted this version.
    #[schema(value_type = Option<String>, format = DateTime)]
    accepted_at: Option<Timestamp>,
}

/// Shows which rules there are, and whether the caller has accepted them.
#[utoipa::path(get, path = "/competitions/{slug}/acceptance", tag = "data", operation_id = "show_acceptance",
    params(("slug" = String, Path)),
    responses((status = 200, body = AcceptanceView), (status = 404, body = ProblemBody)))]
pub async fn handler(
    State(data): State<Data>,
    MaybeUser(person): MaybeUser,
    ApiPath(slug): ApiPath<String>,
) -> Result<Json<AcceptanceView>, Problem> {
    Ok(Json(data.rules(person.as_ref(), &slug).await?.into()))
}

impl From<Standing> for AcceptanceView {
    fn from(standing: Standing) -> Self {
        Self {
            required: standing.rules.required,
            page: standing.rules.page,
            version: standing.rules.version.map(hex::encode),
            accepted_at: standing.accepted_at,
        }
    }
}
