use judge_core::text::Lang;
use sqlx::PgConnection;

use crate::{
    accounts::{
        model::{Role, Roles, User, lang_code, lang_of},
        rules::Email,
    },
    kernel::{Timestamp, ids::UserId, paging::Cursor},
};

#[derive(Debug)]
pub struct NewUser<'a> {
    pub email: &'a Email,
    pub name: &'a str,
    pub password_hash: &'a str,
    pub lang: Lang,
}

struct Row {
    id: UserId,
    email: String,
    name: String,
    lang: String,
    roles: Vec<Role>,
    created_at: Timestamp,
}

impl From<Row> for User {
    fn from(row: Row) -> Self {
        let lang = lang_of(&row.lang);
        let roles = row.roles.into_iter().collect();
        Self { id: row.id, email: row.email, name: row.name, lang, roles, created_at: row.created_at }
    }
}

/// Violates `users_email_key` where the address has an account.
pub async fn insert(conn: &mut PgConnection, user: &NewUser<'_>) -> sqlx::Result<UserId> {
    let id = UserId::new();
    sqlx::query!(
        "INSERT INTO users (id, email, name, password_hash, lang) VALUES ($1, $2, $3, $4, $5)",
        id.0,
        user.email.as_str(),
        user.name,
        user.password_hash,
        lang_code(user.lang),
    )
    .execute(conn)
    .await?;
    Ok(id)
}

pub async fn find(conn: &mut PgConnection, id: UserId) -> sqlx::Result<Option<User>> {
    let row = sqlx::query_as!(
        Row,
        r#"SELECT u.id AS "id: UserId", u.email, u.name, u.lang, u.created_at,
                  ARRAY(SELECT r.role FROM user_roles r WHERE r.user_id = u.id) AS "roles!: Vec<Role>"
           FROM users u WHERE u.id = $1"#,
        id.0,
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(User::from))
}

/// Newest first; those whose address begins with `prefix` (in lower case).
pub async fn list(
    conn: &mut PgConnection,
    prefix: &str,
    before: Cursor,
    fetch: i64,
) -> sqlx::Result<Vec<User>> {
    let rows = sqlx::query_as!(
        Row,
        r#"SELECT u.id AS "id: UserId", u.email, u.name, u.lang, u.created_at,
                  ARRAY(SELECT r.role FROM user_roles r WHERE r.user_id = u.id) AS "roles!: Vec<Role>"
           FROM users u
           WHERE starts_with(lower(u.email), $1) AND (u.created_at, u.id) < ($2, $3)
           ORDER BY u.created_at DESC, u.id DESC
           LIMIT $4"#,
        prefix,
        before.at,
        before.id,
        fetch,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(User::from).collect())
}

/// What a log-in is checked against.
#[derive(Debug)]
pub struct StoredPassword {
    pub user: UserId,
    pub hash: String,
}

pub async fn password_by_email(
    conn: &mut PgConnection,
    email: &Email,
) -> sqlx::Result<Option<StoredPassword>> {
    sqlx::query_as!(
        StoredPassword,
        r#"SELECT id AS "user: UserId", password_hash AS hash FROM users WHERE lower(email) = $1"#,
        email.as_str(),
    )
    .fetch_optional(conn)
    .await
}

pub async fn password_of(conn: &mut PgConnection, user: UserId) -> sqlx::Result<Option<String>> {
    sqlx::query_scalar!("SELECT password_hash FROM users WHERE id = $1", user.0).fetch_optional(conn).await
}

/// False where the stored hash is no longer `old`.
pub async fn replace_password(
    conn: &mut PgConnection,
    user: UserId,
    old: &str,
    new: &str,
) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        "UPDATE users SET password_hash = $3 WHERE id = $1 AND password_hash = $2",
        user.0,
        old,
        new
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

pub async fn set_password(conn: &mut PgConnection, user: UserId, hash: &str) -> sqlx::Result<()> {
    sqlx::query!("UPDATE users SET password_hash = $2 WHERE id = $1", user.0, hash).execute(conn).await?;
    Ok(())
}

/// Makes others who change what hangs on this user wait; false where there is none.
pub async fn lock(conn: &mut PgConnection, user: UserId) -> sqlx::Result<bool> {
    let found = sqlx::query_scalar!("SELECT id FROM users WHERE id = $1 FOR NO KEY UPDATE", user.0)
        .fetch_optional(conn)
        .await?;
    Ok(found.is_some())
}

/// Makes even those wait who would refer to this user anew; false where there is none.
pub async fn lock_to_delete(conn: &mut PgConnection, user: UserId) -> sqlx::Result<bool> {
    let found = sqlx::query_scalar!("SELECT id FROM users WHERE id = $1 FOR UPDATE", user.0)
        .fetch_optional(conn)
        .await?;
    Ok(found.is_some())
}

/// All administrators; they remain so until the transaction ends.
pub async fn lock_admins(conn: &mut PgConnection) -> sqlx::Result<Vec<UserId>> {
    sqlx::query_scalar!(
        r#"SELECT user_id AS "id: UserId" FROM user_roles WHERE role = 'admin' ORDER BY user_id FOR UPDATE"#
    )
    .fetch_all(conn)
    .await
}

pub async fn replace_roles(conn: &mut PgConnection, user: UserId, roles: &Roles) -> sqlx::Result<()> {
    let names: Vec<String> = roles.iter().map(|role| role.to_string()).collect();
    sqlx::query!("DELETE FROM user_roles WHERE user_id = $1 AND role <> ALL ($2)", user.0, &names)
        .execute(&mut *conn)
        .await?;
    sqlx::query!(
        "INSERT INTO user_roles (user_id, role) SELECT $1, unnest($2::text[]) ON CONFLICT DO NOTHING",
        user.0,
        &names
    )
    .execute(conn)
    .await?;
    Ok(())
}
