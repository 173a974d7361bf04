//! The connection to PostgreSQL.
//!
//! Purpose: the pool, the migrations, and the names of violated constraints.
//! Invariants: SQL of features stands in their stores, not here.
//! Neighbours: every store takes a connection from this pool; features map constraint names to their errors.

use std::time::Duration;

use sqlx::{
    PgTransaction,
    postgres::{PgPool, PgPoolOptions},
};

use crate::config;

pub static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!("./migrations");

/// Connects; does not migrate.
pub async fn connect(config: &config::Database) -> sqlx::Result<PgPool> {
    PgPoolOptions::new()
        .max_connections(config.max_connections)
        .acquire_timeout(Duration::from_secs(10))
        .connect(&config.url)
        .await
}

/// Brings the schema up to date; safe to run from several processes at once.
pub async fn migrate(pool: &PgPool) -> Result<(), sqlx::migrate::MigrateError> {
    MIGRATIONS.run(pool).await
}

/// Several reads of one moment: what is committed between two of them is seen by neither.
pub async fn snapshot(pool: &PgPool) -> sqlx::Result<PgTransaction<'static>> {
    pool.begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").await
}

/// The name of the constraint that a statement ran into.
pub fn violated(error: &sqlx::Error) -> Option<&str> {
    error.as_database_error().and_then(|e| e.constraint())
}

/// Whether the database answers.
pub async fn ping(pool: &PgPool) -> sqlx::Result<()> {
    use sqlx::Connection;
    pool.acquire().await?.ping().await
}
