//! What people are told.
//!
//! Purpose: notices in the app and by mail, each written in the transaction that causes it.
//! Invariants: a notice is data; its sentence is made when somebody reads it, in their language. A letter goes
//! out unless the person asked for none of that kind.
//! Neighbours: above `accounts/`, whose people it addresses, and `mail/`; every feature above calls `notify`.

pub mod model;
mod store;

use serde_json::Value;
use sqlx::PgConnection;

pub use model::Notice;

use crate::{
    kernel::ids::UserId,
    mail::{self, Letter},
};

/// Tells people something, within the transaction that causes it.
pub async fn notify(conn: &mut PgConnection, users: &[UserId], notice: &Notice) -> sqlx::Result<()> {
    store::insert(conn, users, notice).await?;
    for reader in store::mail_readers(conn, users, notice.kind(), notice.by_mail()).await? {
        let letter = notice.letter();
        let (subject, body) = (letter.subject.get(reader.lang), letter.body.get(reader.lang));
        let letter = Letter { user: Some(reader.user), address: &reader.email, subject, body };
        mail::enqueue(conn, &letter).await?;
    }
    Ok(())
}

/// What a person was told, and how they want to be told.
pub async fn held(conn: &mut PgConnection, user: UserId) -> sqlx::Result<Value> {
    store::held(conn, user).await
}
