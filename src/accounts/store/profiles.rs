//! Profiles, and the facts that decide whether somebody may take part.

use judge_core::text::Lang;
use sqlx::PgConnection;

use crate::{
    accounts::{
        documents::Documents,
        model::lang_code,
        profile::{Facts, Profile, Status, Unit, UnitKind},
    },
    kernel::ids::UserId,
};

pub async fn find(conn: &mut PgConnection, user: UserId) -> sqlx::Result<Profile> {
    let row = sqlx::query!(
        r#"SELECT unit_kind AS "unit_kind: UnitKind", unit_name, birth_year, phone FROM profiles WHERE user_id = $1"#,
        user.0,
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map_or_else(Profile::default, |row| Profile {
        unit: Unit { kind: row.unit_kind, name: row.unit_name },
        birth_year: row.birth_year,
        phone: row.phone,
    }))
}

pub async fn replace(conn: &mut PgConnection, user: UserId, profile: &Profile) -> sqlx::Result<()> {
    sqlx::query!(
        "INSERT INTO profiles (user_id, unit_kind, unit_name, birth_year, phone) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (user_id) DO UPDATE
         SET unit_kind = excluded.unit_kind, unit_name = excluded.unit_name, birth_year = excluded.birth_year,
             phone = excluded.phone, updated_at = clock_timestamp()",
        user.0,
        profile.unit.kind.as_str(),
        profile.unit.name,
        profile.birth_year,
        profile.phone,
    )
    .execute(conn)
    .await?;
    Ok(())
}

pub async fn rename(conn: &mut PgConnection, user: UserId, name: &str, lang: Lang) -> sqlx::Result<()> {
    sqlx::query!("UPDATE users SET name = $2, lang = $3 WHERE id = $1", user.0, name, lang_code(lang))
        .execute(conn)
        .await?;
    Ok(())
}

/// What accepted evidence shows of a person.
pub async fn status(conn: &mut PgConnection, user: UserId) -> sqlx::Result<Option<Status>> {
    sqlx::query_scalar!(
        r#"SELECT claim AS "claim: Status" FROM status_evidence WHERE user_id = $1 AND state = 'accepted'"#,
        user.0,
    )
    .fetch_optional(conn)
    .await
}

/// Those of these people whose accepted evidence shows this.
pub async fn who_has(conn: &mut PgConnection, users: &[UserId], status: Status) -> sqlx::Result<Vec<UserId>> {
    let users: Vec<uuid::Uuid> = users.iter().map(|user| user.0).collect();
    sqlx::query_scalar!(
        r#"SELECT user_id AS "user: UserId" FROM status_evidence
           WHERE user_id = ANY ($1) AND claim = $2 AND state = 'accepted'"#,
        &users,
        status.as_str(),
    )
    .fetch_all(conn)
    .await
}

/// None where there is no such person.
pub async fn facts(
    conn: &mut PgConnection,
    user: UserId,
    documents: &Documents,
) -> sqlx::Result<Option<Facts>> {
    sqlx::query_as!(
        Facts,
        r#"SELECT u.email_confirmed_at IS NOT NULL AS "email_confirmed!",
                  EXISTS (SELECT 1 FROM consents c WHERE c.user_id = u.id AND c.withdrawn_at IS NULL
                          AND c.document = 'privacy' AND c.version = $2)
                  AND EXISTS (SELECT 1 FROM consents c WHERE c.user_id = u.id AND c.withdrawn_at IS NULL
                              AND c.document = 'terms' AND c.version = $3) AS "consented!",
                  p.birth_year AS "birth_year?",
                  EXISTS (SELECT 1 FROM status_evidence e WHERE e.user_id = u.id AND e.claim = 'pupil')
                      OR coalesce(p.unit_kind = 'school', false) AS "claims_pupil!",
                  EXISTS (SELECT 1 FROM guardians g WHERE g.user_id = u.id AND g.consented_at IS NOT NULL
                          AND g.withdrawn_at IS NULL AND g.version = $2) AS "guardian_consented!",
                  extract(year FROM clock_timestamp() AT TIME ZONE 'Asia/Ho_Chi_Minh')::int AS "year!"
           FROM users u LEFT JOIN profiles p ON p.user_id = u.id WHERE u.id = $1"#,
        user.0,
        documents.privacy.version,
        documents.terms.version,
    )
    .fetch_optional(conn)
    .await
}
