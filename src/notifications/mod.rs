//! What people are told.
//!
//! Purpose: notices in the app and by mail, each written in the transaction that causes it.
//! Invariants: a notice is data; its sentence is made when somebody reads it, in their language. A letter goes
//! out unless the person asked for none of that kind.
//! Neighbours: above `accounts/`, whose people it addresses, and `mail/`; every feature above calls `notify`.

pub mod http;
pub mod model;
mod sentences;
mod service;
mod store;

use serde_json::Value;
use sqlx::{PgConnection, postgres::types::PgInterval};

pub use model::Notice;
pub use service::Notifications;

use crate::{
    kernel::ids::UserId,
    mail::{self, Letter},
};

/// Tells people something, within the transaction that causes it.
pub async fn notify(conn: &mut PgConnection, users: &[UserId], notice: &Notice) -> sqlx::Result<()> {
    store::insert(conn, users, notice).await?;
    let readers = store::mail_readers(conn, users, notice.kind(), notice.by_mail()).await?;
    let text = notice.letter();
    let letters: Vec<Letter<'_>> = readers
        .iter()
        .map(|reader| Letter {
            user: Some(reader.user),
            address: &reader.email,
            subject: text.subject.get(reader.lang),
            body: text.body.get(reader.lang),
        })
        .collect();
    mail::enqueue_all(conn, &letters).await
}

/// Forgets notices that were read longer ago; returns how many.
pub async fn forget_read(conn: &mut PgConnection, age: PgInterval) -> sqlx::Result<u64> {
    store::forget_read(conn, age).await
}

/// What a person was told, and how they want to be told.
pub async fn held(conn: &mut PgConnection, user: UserId) -> sqlx::Result<Value> {
    store::held(conn, user).await
}
