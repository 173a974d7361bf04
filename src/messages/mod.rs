//! What organizers tell participants, and what people ask organizers.
//!
//! Purpose: announcements of a competition; questions with answers to one person or to everybody.
//! Invariants: an announcement and its notices are written in one transaction; a question that was not answered
//! publicly is seen by its asker and the organizers alone; a public one never names its asker.
//! Neighbours: `notifications/` tells people; `competitions/` says who organizes; `teams/` who takes part.

mod error;
pub mod http;
mod model;
mod rules;
mod service;
mod store;

use serde_json::Value;
use sqlx::PgConnection;

pub use error::MessageError;
pub use service::Messages;

use crate::kernel::ids::UserId;

/// What a person asked, and what they were answered.
pub async fn held(conn: &mut PgConnection, user: UserId) -> sqlx::Result<Value> {
    store::questions::held(conn, user).await
}
