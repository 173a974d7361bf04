use axum::{Json, extract::State};
use judge_core::{retrieval::AnswerRules, text::Text};
use serde::Serialize;
use utoipa::ToSchema;

use super::Competitions;
use crate::{
    competitions::{
        model::{
            BoardRules, Division, InfoPage, Malformed, Pause, Phase, PublicFile, Requirement, Task, TrackKind,
        },
        service::Overview,
        visibility::Visibility,
    },
    kernel::{
        Timestamp,
        ids::{CompetitionId, PhaseId, TaskId, TrackId},
    },
    web::{ApiPath, Problem, problem::ProblemBody},
};

#[derive(Debug, Serialize, ToSchema)]
pub struct CompetitionView {
    id: CompetitionId,
    slug: String,
    title: Text,
    summary: Text,
    /// IANA name of the zone in which days begin.
    timezone: String,
    source: String,
    licence: String,
    max_team_members: i32,
    divisions: Vec<Division>,
    pages: Vec<InfoPage>,
    files: Vec<PublicFile>,
    tracks: Vec<TrackView>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct TrackView {
    id: TrackId,
    slug: String,
    kind: TrackKind,
    title: Text,
    upload_max_bytes: i64,
    tasks: Vec<TaskView>,
    phases: Vec<PhaseView>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct TaskView {
    id: TaskId,
    slug: String,
    title: Text,
    /// Newest version; earlier ones stay with the scores they made.
    version: i32,
    /// How answers to questions are compared; on tasks of ranked answers to event queries.
    #[serde(skip_serializing_if = "Option::is_none")]
    answers: Option<AnswersView>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct AnswersView {
    #[serde(flatten)]
    rules: AnswerRules,
    /// The same in words.
    text: Text,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct PhaseView {
    id: PhaseId,
    slug: String,
    title: Text,
    #[schema(value_type = String, format = DateTime)]
    starts_at: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    ends_at: Timestamp,
    #[schema(value_type = Option<String>, format = DateTime)]
    freeze_at: Option<Timestamp>,
    /// Attempts of a team each day; absent: no limit.
    attempts_daily: Option<i32>,
    attempts_total: Option<i32>,
    /// Submissions of a team that may wait or be judged at once; absent: no limit.
    max_running: Option<i32>,
    /// Open to every team, approved or not; never counts for advancement.
    practice: bool,
    visibility: Visibility,
    /// Organizers take nothing for now.
    #[serde(skip_serializing_if = "Option::is_none")]
    hand_ins_paused: Option<Pause>,
    /// What is handed in waits until organizers resume.
    #[serde(skip_serializing_if = "Option::is_none")]
    judging_paused: Option<Pause>,
    /// Whether a file that the check finds wrong is refused without an attempt, or taken at the price of one.
    malformed: Malformed,
    /// Only teams that advanced from that phase may hand in.
    #[serde(skip_serializing_if = "Option::is_none")]
    requires: Option<Requirement>,
    /// When organizers decided who advances to this phase.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    advanced_at: Option<Timestamp>,
    /// Slugs of the tasks.
    tasks: Vec<String>,
    board: BoardRules,
}

/// Shows a competition with its tracks, phases, pages and files.
#[utoipa::path(get, path = "/competitions/{slug}", tag = "competitions", operation_id = "show_competition",
    params(("slug" = String, Path)),
    responses((status = 200, body = CompetitionView), (status = 404, body = ProblemBody)))]
pub async fn handler(
    State(competitions): State<Competitions>,
    ApiPath(slug): ApiPath<String>,
) -> Result<Json<CompetitionView>, Problem> {
    Ok(Json(competitions.show(&slug).await?.into()))
}

impl From<Overview> for CompetitionView {
    fn from(overview: Overview) -> Self {
        let Overview { competition, divisions, tracks, mut phases, mut tasks, pages, files } = overview;
        let tracks = tracks
            .into_iter()
            .map(|track| TrackView {
                tasks: tasks.extract_if(.., |t| t.track_id == track.id).map(TaskView::from).collect(),
                phases: phases.extract_if(.., |(p, _)| p.track_id == track.id).map(PhaseView::from).collect(),
                id: track.id,
                slug: track.slug,
                kind: track.kind,
                title: track.title,
                upload_max_bytes: track.upload_max_bytes,
            })
            .collect();
        Self {
            id: competition.id,
            slug: competition.slug,
            title: competition.title,
            summary: competition.summary,
            timezone: competition.timezone,
            source: competition.source,
            licence: competition.licence,
            max_team_members: competition.max_team_members,
            divisions,
            pages,
            files,
            tracks,
        }
    }
}

impl From<Task> for TaskView {
    fn from(task: Task) -> Self {
        let answers = task.answers.map(|rules| AnswersView { text: rules.sentence(), rules });
        Self { id: task.id, slug: task.slug, title: task.title, version: task.version, answers }
    }
}

impl From<(Phase, Vec<String>)> for PhaseView {
    fn from((phase, tasks): (Phase, Vec<String>)) -> Self {
        Self {
            id: phase.id,
            slug: phase.slug,
            title: phase.title,
            starts_at: phase.starts_at,
            ends_at: phase.ends_at,
            freeze_at: phase.freeze_at,
            attempts_daily: phase.attempts_daily,
            attempts_total: phase.attempts_total,
            max_running: phase.max_running,
            practice: phase.practice,
            visibility: phase.visibility,
            hand_ins_paused: phase.hand_ins_paused,
            judging_paused: phase.judging_paused,
            malformed: phase.malformed,
            requires: phase.requires,
            advanced_at: phase.advanced_at,
            tasks,
            board: phase.board.visible(),
        }
    }
}
