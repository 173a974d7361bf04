//! Who may do what to accounts, each in one transaction.

mod codes;
mod confirmation;
mod consent;
mod credentials;
mod enrolment;
mod entry;
mod privacy;
mod profile;
mod reset;
mod roles;
pub mod statuses;

use std::sync::Arc;

use sqlx::PgPool;

pub use consent::Agreed;
pub use credentials::TOKEN_PREFIX;
pub use enrolment::enrol;
pub use entry::{SignUp, Visit};
pub use privacy::{Privacy, Proof};
pub use statuses::{Statuses, status_of};

use super::{
    AccountError, documents::Documents, log_ins::LogIns, model::User, password::Hasher, rules::Invalid,
    store::users,
};
use crate::{
    config::{self, Limits},
    kernel::{Clock, ids::UserId},
    web::{Limiter, Rate},
};

#[derive(Debug, Clone)]
pub struct Accounts {
    db: PgPool,
    settings: config::Accounts,
    public_url: Arc<str>,
    hasher: Arc<Hasher>,
    limits: Limits,
    limiter: Limiter,
    log_ins: LogIns,
    documents: Arc<Documents>,
}

impl Accounts {
    pub fn new(db: PgPool, settings: config::Accounts, public_url: &str) -> Self {
        let hasher = Arc::new(Hasher::new(settings.concurrent_hashes));
        let clock = Clock::system();
        Self {
            db,
            settings,
            public_url: public_url.into(),
            hasher,
            limits: Limits::OFF,
            limiter: Limiter::new(clock.clone()),
            log_ins: LogIns::new(clock),
            documents: Documents::embedded(),
        }
    }

    /// Asks people to agree to these texts.
    #[must_use]
    pub fn with_documents(self, documents: Arc<Documents>) -> Self {
        Self { documents, ..self }
    }

    /// Counts by this limiter what people do too often.
    #[must_use]
    pub fn limited(self, limits: Limits, limiter: Limiter) -> Self {
        Self { limits, limiter, ..self }
    }

    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    pub fn limiter(&self) -> &Limiter {
        &self.limiter
    }

    /// Whether this person may have one more letter sent to an address of their choice.
    async fn may_have_written(&self, caller: UserId) -> Result<(), AccountError> {
        let rate = self.limits.letters.map(Rate::per_hour);
        Ok(self.limiter.count("letters asked for", caller, rate).await?)
    }

    /// Whether one more letter may go to this address.
    async fn may_write_to(&self, address: &str) -> Result<(), AccountError> {
        let rate = self.limits.letters.map(Rate::per_hour);
        Ok(self.limiter.count("letters", address.to_lowercase(), rate).await?)
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
