//! Letters to people.
//!
//! Purpose: keep what is to be sent in the transaction that causes it, and send it afterwards: by SMTP, or into
//! a folder where no mail server is named.
//! Invariants: a letter is written exactly if what causes it is committed; no transaction is open while a mail
//! server waits, and of several servers one sends; nothing that a person wrote ends up in a header; the text of
//! a letter that was sent is forgotten, for it may carry a secret.
//! Neighbours: below `accounts/`; whoever writes to people enqueues here; `app` runs the sending.

mod error;
mod message;
pub mod model;
mod rules;
mod service;
mod store;
mod transport;

use serde_json::Value;
use sqlx::{PgConnection, postgres::types::PgInterval};

pub use error::MailError;
pub use model::Letter;
pub use service::Post;

use crate::kernel::ids::UserId;

/// Keeps a letter until it is sent.
pub async fn enqueue(conn: &mut PgConnection, letter: &Letter<'_>) -> sqlx::Result<()> {
    enqueue_all(conn, std::slice::from_ref(letter)).await
}

/// Keeps letters to many people until they are sent.
pub async fn enqueue_all(conn: &mut PgConnection, letters: &[Letter<'_>]) -> sqlx::Result<()> {
    store::insert(conn, letters).await
}

/// Letters to a person, without their text.
pub async fn held(conn: &mut PgConnection, user: UserId) -> sqlx::Result<Value> {
    store::held(conn, user).await
}

/// Forgets all letters of a person, and those that were to go to this address.
pub async fn forget(conn: &mut PgConnection, user: UserId, address: &str) -> sqlx::Result<()> {
    store::delete_of(conn, user, address).await
}

/// Forgets letters that were sent longer ago; returns how many.
pub async fn forget_sent(conn: &mut PgConnection, age: PgInterval) -> sqlx::Result<u64> {
    store::forget_sent(conn, age).await
}
