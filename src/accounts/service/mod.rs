//! Who may do what to accounts, each in one transaction.

mod credentials;
mod entry;
mod roles;

use std::sync::Arc;

use sqlx::PgPool;

pub use credentials::TOKEN_PREFIX;
pub use entry::SignUp;

use super::{AccountError, model::User, password::Hasher, rules::Invalid, store::users};
use crate::{config, kernel::ids::UserId};

#[derive(Debug, Clone)]
pub struct Accounts {
    db: PgPool,
    settings: config::Accounts,
    public_url: Arc<str>,
    hasher: Arc<Hasher>,
}

impl Accounts {
    pub fn new(db: PgPool, settings: config::Accounts, public_url: &str) -> Self {
        let hasher = Arc::new(Hasher::new(settings.concurrent_hashes));
        Self { db, settings, public_url: public_url.into(), hasher }
    }

    pub fn settings(&self) -> &config::Accounts {
        &self.settings
    }

    /// How browsers reach the server.
    pub fn public_url(&self) -> &str {
        &self.public_url
    }

    /// Cookies are for encrypted connections only where the server is reached by one.
    pub fn secure_cookie(&self) -> bool {
        self.public_url.starts_with("https://")
    }

    /// How many passwords were hashed or checked since the start.
    pub fn passwords_hashed(&self) -> u64 {
        self.hasher.computed()
    }

    pub async fn user(&self, id: UserId) -> Result<User, AccountError> {
        let mut conn = self.db.acquire().await?;
        users::find(&mut conn, id).await?.ok_or(AccountError::NotFound)
    }
}

fn invalid(field: &'static str) -> impl Fn(Invalid) -> AccountError {
    move |cause| AccountError::Invalid { field, cause }
}
