//! What a person is to a competition.

use axum::http::StatusCode;
use sqlx::PgConnection;

use super::store;
use crate::{
    accounts::Principal,
    competitions::{self, visibility::Reader},
    kernel::ids::CompetitionId,
    web::Problem,
};

/// The caller is in no team of the competition.
pub fn no_team() -> Problem {
    Problem::new(
        StatusCode::FORBIDDEN,
        "no-team",
        "Bạn chưa ở trong đội nào của cuộc thi này. Hãy lập đội hoặc nhận lời mời.",
        "You are in no team of this competition. Make a team or accept an invitation.",
    )
}

/// How a person reads a competition's phases.
pub async fn reader(
    conn: &mut PgConnection,
    person: Option<&Principal>,
    competition: CompetitionId,
) -> sqlx::Result<Reader> {
    let Some(person) = person else { return Ok(Reader::Stranger) };
    if competitions::access::is_organizer(conn, Some(person), competition).await? {
        return Ok(Reader::Organizer);
    }
    let team = store::team_of(conn, competition, person.user).await?;
    Ok(if team.is_some() { Reader::Participant } else { Reader::Stranger })
}
