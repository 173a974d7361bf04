//! What organizers and administrators did.
//!
//! Purpose: an append-only log of acts, each written in the transaction that acts, and sealed into a hash chain.
//! Invariants: no row is ever changed or removed, the database refuses it, and the chain shows it where somebody
//! went around the database; rows hold opaque ids, never names or addresses, so that a person can be erased.
//! Neighbours: below every feature; a service that changes something for an organizer calls `record`. Who may
//! read acts is decided in `oversight/`.

pub mod model;
mod rules;
mod service;
pub mod store;

use serde_json::Value;
use sqlx::PgConnection;

pub use model::{Act, RecordedAct};
pub use service::{Audit, ChainFault, ChainReport};

use crate::kernel::ids::UserId;

/// Writes an act, in the transaction that it belongs to.
pub async fn record(conn: &mut PgConnection, act: Act<'_>) -> sqlx::Result<()> {
    store::insert(conn, &act).await
}

/// What a person did as an organizer or administrator.
pub async fn acts_of(conn: &mut PgConnection, actor: UserId) -> sqlx::Result<Value> {
    store::acts_of(conn, actor).await
}
