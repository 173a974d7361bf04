use judge_core::text::Text;
use sqlx::{PgConnection, types::Json};

use crate::{
    kernel::ids::{CompetitionId, DivisionId},
    teams::{
        form::Field,
        model::{Approval, DivisionRules, Registration, Status},
    },
};

/// How teams register for the competition of this slug.
pub async fn of_slug(conn: &mut PgConnection, slug: &str) -> sqlx::Result<Option<Registration>> {
    let row = sqlx::query!(
        r#"SELECT id AS "id: CompetitionId", slug, min_team_members, max_team_members, registration_opens_at,
                  registration_closes_at, team_approval AS "approval: Approval", merge_until,
                  registration_fields AS "fields: Json<Vec<Field>>", clock_timestamp() AS "now!"
           FROM competitions WHERE slug = $1"#,
        slug
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|r| Registration {
        competition: r.id,
        slug: r.slug,
        min_members: r.min_team_members,
        max_members: r.max_team_members,
        opens_at: r.registration_opens_at,
        closes_at: r.registration_closes_at,
        approval: r.approval,
        merge_until: r.merge_until,
        fields: r.fields.0,
        now: r.now,
    }))
}

/// The divisions of a competition with what holds in each, in order.
pub async fn divisions(
    conn: &mut PgConnection,
    competition: CompetitionId,
) -> sqlx::Result<Vec<DivisionRules>> {
    let rows = sqlx::query!(
        r#"SELECT d.id AS "id: DivisionId", d.slug, d.title AS "title: Json<Text>", d.requires AS "requires: Status",
                  coalesce(d.min_members, c.min_team_members) AS "min_members!",
                  coalesce(d.max_members, c.max_team_members) AS "max_members!"
           FROM divisions d JOIN competitions c ON c.id = d.competition_id
           WHERE d.competition_id = $1 ORDER BY d.position, d.slug"#,
        competition.0
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|r| DivisionRules {
            id: r.id,
            slug: r.slug,
            title: r.title.0,
            requires: r.requires,
            min_members: r.min_members,
            max_members: r.max_members,
        })
        .collect())
}
