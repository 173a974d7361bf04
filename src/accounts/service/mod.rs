//! Who may do what to accounts, each in one transaction.

mod codes;
mod confirmation;
mod credentials;
mod entry;
mod reset;
mod roles;

use std::sync::Arc;

use sqlx::PgPool;

pub use credentials::TOKEN_PREFIX;
pub use entry::{SignUp, Visit};

use super::{
    AccountError,
    log_ins::LogIns,
    model::{Me, Need, Principal, Purpose, User},
    password::Hasher,
    rules::Invalid,
    store::{links, mailbox, users},
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
        }
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

    /// All that the caller sees of themselves, with what they must do before they take part.
    pub async fn me(&self, caller: &Principal) -> Result<Me, AccountError> {
        let mut conn = self.db.acquire().await?;
        let user = users::find(&mut conn, caller.user).await?.ok_or(AccountError::NotFound)?;
        let mailbox = mailbox::of(&mut conn, caller.user).await?.ok_or(AccountError::NotFound)?;
        let pending = links::address(&mut conn, caller.user, Purpose::Confirm).await?;
        let mut needs = Vec::new();
        if self.settings.confirm_email && !mailbox.confirmed {
            needs.push(Need::EmailConfirmation);
        }
        Ok(Me { user, email_confirmed: mailbox.confirmed, email_pending: pending, needs })
    }

    /// Whether a person may be in a team and hand in.
    pub async fn may_take_part(&self, user: UserId) -> Result<(), AccountError> {
        if !self.settings.confirm_email {
            return Ok(());
        }
        let mut conn = self.db.acquire().await?;
        let mailbox = mailbox::of(&mut conn, user).await?.ok_or(AccountError::NotFound)?;
        if mailbox.confirmed { Ok(()) } else { Err(AccountError::EmailUnconfirmed) }
    }
}

fn invalid(field: &'static str) -> impl Fn(Invalid) -> AccountError {
    move |cause| AccountError::Invalid { field, cause }
}
