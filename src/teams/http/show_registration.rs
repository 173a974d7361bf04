use axum::{Json, extract::State};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    kernel::Timestamp,
    teams::{
        Teams,
        form::Field,
        model::{Approval, DivisionRules},
        rules::{Window, window},
    },
    web::{ApiPath, Problem, problem::ProblemBody},
};

#[derive(Debug, Serialize, ToSchema)]
pub struct RegistrationView {
    /// Whether teams may be made and joined now.
    is_open: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    opens_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    closes_at: Option<Timestamp>,
    approval: Approval,
    /// Until when teams may merge; absent: they do not.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    merge_until: Option<Timestamp>,
    divisions: Vec<DivisionRules>,
    /// The form: questions about the team, and about each member.
    fields: Vec<Field>,
}

/// How teams register
///
/// When, in which divisions, under which conditions, and what they are asked.
#[utoipa::path(
    get,
    path = "/competitions/{slug}/registration",
    tag = "teams",
    params(("slug" = String, Path, description = "The competition's slug.")),
    responses(
        (status = 200, description = "The rules of registration.", body = RegistrationView),
        (status = 404, description = "not-found", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub async fn show_registration(
    State(teams): State<Teams>,
    ApiPath(competition): ApiPath<String>,
) -> Result<Json<RegistrationView>, Problem> {
    let (rules, divisions) = teams.registration(&competition).await?;
    Ok(Json(RegistrationView {
        is_open: window(&rules) == Window::Open,
        opens_at: rules.opens_at,
        closes_at: rules.closes_at,
        approval: rules.approval,
        merge_until: rules.merge_until,
        divisions,
        fields: rules.fields,
    }))
}
