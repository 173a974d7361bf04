use axum::{Json, extract::State};
use judge_core::text::Text;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    accounts::CurrentUser,
    kernel::{ids::TeamId, paging::Page},
    teams::{
        Decided, Teams,
        model::{Decision, TeamState},
    },
    web::{ApiJson, ApiPath, Problem, problem::ProblemBody},
};

#[derive(Debug, Deserialize, ToSchema)]
pub struct DecisionRequest {
    /// One to 500 teams of the competition.
    teams: Vec<TeamId>,
    decision: Decision,
    /// What the teams are told; needed to refuse, at most 500 characters.
    #[serde(default)]
    reason: String,
}

/// What became of one team.
#[derive(Debug, Serialize, ToSchema)]
pub struct DecidedView {
    team: TeamId,
    result: DecidedResult,
    /// The team's state now.
    #[serde(skip_serializing_if = "Option::is_none")]
    state: Option<TeamState>,
    /// Where it could not be decided so: a stable code and a sentence in both languages.
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'static str>,
    #[serde(flatten)]
    text: Option<Text>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DecidedResult {
    Changed,
    Unchanged,
    Error,
}

impl From<(TeamId, Decided)> for DecidedView {
    fn from((team, decided): (TeamId, Decided)) -> Self {
        let error = |code, text| Self {
            team,
            result: DecidedResult::Error,
            state: None,
            code: Some(code),
            text: Some(text),
        };
        let done = |result, state| Self { team, result, state: Some(state), code: None, text: None };
        match decided {
            Decided::Changed(state) => done(DecidedResult::Changed, state),
            Decided::Unchanged(state) => done(DecidedResult::Unchanged, state),
            Decided::NotFound => error(
                "not-found",
                Text::new("Cuộc thi không có đội này.", "The competition has no such team."),
            ),
            Decided::Merged => error(
                "team-merged",
                Text::new("Đội này đã gộp vào một đội khác.", "This team went up in another one."),
            ),
            Decided::Lacks(obstacle) => error(obstacle.code(), obstacle.sentence()),
        }
    }
}

/// Approve or refuse teams
///
/// For the competition's organizers, one or many at once. A team that lacks members, evidence or answers is not
/// approved; the answer says so for each team, and the others are decided all the same. Members are told.
#[utoipa::path(
    post,
    path = "/competitions/{slug}/teams/decisions",
    tag = "teams",
    params(("slug" = String, Path, description = "The competition's slug.")),
    request_body = DecisionRequest,
    responses(
        (status = 200, description = "What became of each team.", body = Page<DecidedView>),
        (status = 400, description = "malformed-json", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "not-logged-in", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "forbidden, cross-site", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "not-found: no such competition", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "invalid: `field` says which; wrong-fields", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub async fn decide_on_teams(
    State(teams): State<Teams>,
    CurrentUser(caller): CurrentUser,
    ApiPath(competition): ApiPath<String>,
    ApiJson(request): ApiJson<DecisionRequest>,
) -> Result<Json<Page<DecidedView>>, Problem> {
    let DecisionRequest { teams: ids, decision, reason } = request;
    let decided = teams.decide(&caller, &competition, &ids, decision, &reason).await?;
    Ok(Json(Page { items: decided.into_iter().map(DecidedView::from).collect(), next: None }))
}
