//! Letters to people.
//!
//! Purpose: keep what is to be sent, in the transaction that causes it.
//! Invariants: a letter is written exactly if what causes it is committed.
//! Neighbours: below `accounts/`; whoever writes to people enqueues here.

pub mod model;
mod store;

use sqlx::PgConnection;

pub use model::Letter;

/// Keeps a letter until it is sent.
pub async fn enqueue(conn: &mut PgConnection, letter: &Letter<'_>) -> sqlx::Result<()> {
    store::insert(conn, letter).await
}
