use sqlx::{PgConnection, types::Json};

use crate::{
    kernel::ids::{TeamId, UserId},
    teams::{
        form::{Answers, Field},
        model::{Status, TeamState},
    },
};

/// What decides whether a team may hand in, besides what its members proved.
#[derive(Debug)]
pub struct Row {
    pub state: TeamState,
    pub state_reason: String,
    pub min_members: i32,
    pub requires: Option<Status>,
    pub fields: Vec<Field>,
    pub answers: Answers,
    pub members: Vec<(UserId, Answers)>,
}

pub async fn read(conn: &mut PgConnection, team: TeamId) -> sqlx::Result<Option<Row>> {
    let row = sqlx::query!(
        r#"SELECT t.state AS "state: TeamState", t.state_reason, t.answers AS "answers: Json<Answers>",
                  coalesce(d.min_members, c.min_team_members) AS "min_members!", d.requires AS "requires: Status",
                  c.registration_fields AS "fields: Json<Vec<Field>>",
                  ARRAY(SELECT user_id FROM team_members WHERE team_id = t.id ORDER BY joined_at, user_id)
                      AS "users!: Vec<UserId>",
                  ARRAY(SELECT answers FROM team_members WHERE team_id = t.id ORDER BY joined_at, user_id)
                      AS "member_answers!: Vec<Json<Answers>>"
           FROM teams t JOIN divisions d ON d.id = t.division_id JOIN competitions c ON c.id = t.competition_id
           WHERE t.id = $1"#,
        team.0
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|r| Row {
        state: r.state,
        state_reason: r.state_reason,
        min_members: r.min_members,
        requires: r.requires,
        fields: r.fields.0,
        answers: r.answers.0,
        members: r.users.into_iter().zip(r.member_answers.into_iter().map(|answers| answers.0)).collect(),
    }))
}
