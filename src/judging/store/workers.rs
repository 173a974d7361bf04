//! Workers and their invitations.

use judge_core::protocol::Hello;
use sqlx::{PgConnection, types::Json};

use crate::{
    judging::model::Worker,
    kernel::ids::{WorkerId, WorkerInvitationId},
};

pub async fn invite(
    conn: &mut PgConnection,
    secret_hash: &[u8],
    lifetime: std::time::Duration,
) -> sqlx::Result<()> {
    sqlx::query!(
        "INSERT INTO worker_invitations (id, secret_hash, expires_at) VALUES ($1, $2, clock_timestamp() + $3)",
        WorkerInvitationId::new().0,
        secret_hash,
        super::queue::interval(lifetime)
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Uses an invitation up; `false`: unknown, used, or too old.
pub async fn use_invitation(conn: &mut PgConnection, secret_hash: &[u8]) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        "UPDATE worker_invitations SET used_at = clock_timestamp()
         WHERE secret_hash = $1 AND used_at IS NULL AND expires_at > clock_timestamp()",
        secret_hash
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

pub async fn insert(
    conn: &mut PgConnection,
    id: WorkerId,
    name: &str,
    secret_hash: &[u8],
) -> sqlx::Result<()> {
    sqlx::query!("INSERT INTO workers (id, name, secret_hash) VALUES ($1, $2, $3)", id.0, name, secret_hash)
        .execute(conn)
        .await?;
    Ok(())
}

pub async fn find(conn: &mut PgConnection, secret_hash: &[u8]) -> sqlx::Result<Option<Worker>> {
    sqlx::query_as!(
        Worker,
        r#"SELECT id AS "id: WorkerId", name, boot FROM workers WHERE secret_hash = $1 AND revoked_at IS NULL"#,
        secret_hash
    )
    .fetch_optional(conn)
    .await
}

pub async fn hello(conn: &mut PgConnection, worker: WorkerId, hello: &Hello) -> sqlx::Result<()> {
    sqlx::query!(
        "UPDATE workers SET boot = $2, last_seen_at = clock_timestamp(), slots = $3, tags = $4, version = $5,
                sandbox = $6, probe = $7 WHERE id = $1",
        worker.0,
        hello.boot,
        i32::from(hello.slots),
        &hello.tags,
        hello.version,
        hello.sandbox,
        Json(&hello.probe) as _
    )
    .execute(conn)
    .await?;
    Ok(())
}

pub async fn seen(conn: &mut PgConnection, worker: WorkerId) -> sqlx::Result<()> {
    sqlx::query!(
        "UPDATE workers SET last_seen_at = clock_timestamp()
         WHERE id = $1 AND (last_seen_at IS NULL OR last_seen_at < clock_timestamp() - interval '5 seconds')",
        worker.0
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Ends a worker's credential; `false`: unknown, or revoked before.
pub async fn revoke(conn: &mut PgConnection, worker: WorkerId) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        "UPDATE workers SET revoked_at = clock_timestamp() WHERE id = $1 AND revoked_at IS NULL",
        worker.0
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// A secret that the server makes once and keeps.
pub async fn server_secret(conn: &mut PgConnection, name: &str, fresh: &[u8]) -> sqlx::Result<Vec<u8>> {
    sqlx::query!(
        "INSERT INTO server_secrets (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING",
        name,
        fresh
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query_scalar!("SELECT value FROM server_secrets WHERE name = $1", name).fetch_one(conn).await
}
