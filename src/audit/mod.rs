//! What organizers and administrators did.
//!
//! Purpose: an append-only log of acts, each written in the transaction that acts.
//! Invariants: no row is ever changed or removed, the database refuses it; rows hold opaque ids, never names or
//! addresses, so that a person can be erased.
//! Neighbours: below every feature; a service that changes something for an organizer calls `record`.

pub mod model;
mod store;

use sqlx::PgConnection;

pub use model::Act;

/// Writes an act, in the transaction that it belongs to.
pub async fn record(conn: &mut PgConnection, act: Act<'_>) -> sqlx::Result<()> {
    store::insert(conn, &act).await
}
