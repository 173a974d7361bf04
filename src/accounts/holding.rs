//! What the rooms of the house hold of one person. Each room says for itself; the composition root gathers them.

use std::fmt;

use futures::future::BoxFuture;
use serde_json::Value;
use sqlx::PgConnection;

use crate::kernel::ids::UserId;

type Read = for<'a> fn(&'a mut PgConnection, UserId) -> BoxFuture<'a, sqlx::Result<Value>>;
type LetGo = for<'a> fn(&'a mut PgConnection, UserId) -> BoxFuture<'a, sqlx::Result<()>>;

/// What one room holds of a person, and what it does before the person's row goes. Rows that refer to the person
/// go with it or forget it, as their foreign keys say; `let_go` is for what foreign keys cannot do.
#[derive(Clone, Copy)]
pub struct Holding {
    pub name: &'static str,
    pub read: Read,
    pub let_go: Option<LetGo>,
}

impl fmt::Debug for Holding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Holding").field(&self.name).finish()
    }
}
