//! The address of a person and what is known of its mailbox.

use judge_core::text::Lang;
use sqlx::PgConnection;

use crate::{
    accounts::{model::lang_of, rules::Email},
    kernel::ids::UserId,
};

/// Where letters to a person go.
#[derive(Debug)]
pub struct Mailbox {
    pub user: UserId,
    pub address: String,
    pub lang: Lang,
    pub confirmed: bool,
}

struct Row {
    user: UserId,
    address: String,
    lang: String,
    confirmed: bool,
}

impl From<Row> for Mailbox {
    fn from(row: Row) -> Self {
        Self { user: row.user, address: row.address, lang: lang_of(&row.lang), confirmed: row.confirmed }
    }
}

pub async fn by_address(conn: &mut PgConnection, email: &Email) -> sqlx::Result<Option<Mailbox>> {
    let row = sqlx::query_as!(
        Row,
        r#"SELECT id AS "user: UserId", email AS address, lang, email_confirmed_at IS NOT NULL AS "confirmed!"
           FROM users WHERE lower(email) = $1"#,
        email.as_str(),
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(Mailbox::from))
}

pub async fn of(conn: &mut PgConnection, user: UserId) -> sqlx::Result<Option<Mailbox>> {
    let row = sqlx::query_as!(
        Row,
        r#"SELECT id AS "user: UserId", email AS address, lang, email_confirmed_at IS NOT NULL AS "confirmed!"
           FROM users WHERE id = $1"#,
        user.0,
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(Mailbox::from))
}

/// The person reads this mailbox, and from now on it is theirs. Violates `users_email_key` where it has become
/// somebody else's.
pub async fn confirm(conn: &mut PgConnection, user: UserId, address: &str) -> sqlx::Result<()> {
    sqlx::query!(
        "UPDATE users SET email_confirmed_at = CASE WHEN email = $2 AND email_confirmed_at IS NOT NULL
                                                    THEN email_confirmed_at ELSE clock_timestamp() END,
                          email = $2
         WHERE id = $1",
        user.0,
        address,
    )
    .execute(conn)
    .await?;
    Ok(())
}
