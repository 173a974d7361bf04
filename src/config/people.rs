//! Settings about people: accounts, letters, limits.

use std::{num::NonZeroU32, path::PathBuf, time::Duration};

use super::{ConfigError, Get, parsed, ranged};

#[derive(Debug, Clone)]
pub struct Accounts {
    pub session: Duration,
    /// Hashing a password takes 19 MiB and a processor for tens of milliseconds: so many at once.
    pub concurrent_hashes: usize,
    /// Whether people must confirm their address before they take part.
    pub confirm_email: bool,
}

impl Default for Accounts {
    fn default() -> Self {
        let cores = std::thread::available_parallelism().map_or(2, usize::from);
        Self { session: Duration::from_hours(24 * 14), concurrent_hashes: cores, confirm_email: false }
    }
}

impl Accounts {
    pub(super) fn read(get: &Get<'_>, mail: &Mail) -> Result<Self, ConfigError> {
        let default = Self::default();
        let confirm_email = match get("DAUTRI_CONFIRM_EMAIL").as_deref() {
            // Nobody can confirm what no letter asks for.
            None => mail.smtp_url.is_some(),
            Some("required") => true,
            Some("off") => false,
            Some(other) => {
                return Err(ConfigError::Invalid {
                    name: "DAUTRI_CONFIRM_EMAIL",
                    value: other.to_owned(),
                    hint: "write required or off",
                });
            }
        };
        let hours = ranged(get, "DAUTRI_SESSION_HOURS", 24 * 14, 1..=24 * 365)?;
        Ok(Self { session: Duration::from_hours(hours), confirm_email, ..default })
    }
}

#[derive(Clone)]
pub struct Mail {
    /// `smtps://user:password@host` or `smtp://user:password@host:587?tls=required`.
    pub smtp_url: Option<String>,
    /// Sender of all letters.
    pub from: String,
    /// Where letters are put if there is no mail server.
    pub outbox: PathBuf,
}

// The URL carries a password, which must not reach a log line.
impl std::fmt::Debug for Mail {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Mail").field("from", &self.from).field("outbox", &self.outbox).finish_non_exhaustive()
    }
}

impl Mail {
    pub(super) fn read(get: &Get<'_>, outbox: PathBuf) -> Result<Self, ConfigError> {
        let smtp_url = get("DAUTRI_SMTP_URL");
        if smtp_url.as_ref().is_some_and(|url| !is_smtp_url(url)) {
            return Err(ConfigError::Invalid {
                name: "DAUTRI_SMTP_URL",
                // It may carry a password.
                value: "…".to_owned(),
                hint: "write smtps://user:password@host or smtp://user:password@host:587?tls=required",
            });
        }
        let from: lettre::message::Mailbox = parsed(
            get,
            "DAUTRI_MAIL_FROM",
            "Đấu Trí <no-reply@dautri.local>".parse().expect("it is an address"),
            "write an address, with a name before it if you like: Đấu Trí <no-reply@example.vn>",
        )?;
        Ok(Self { smtp_url, from: from.to_string(), outbox })
    }
}

fn is_smtp_url(url: &str) -> bool {
    lettre::transport::smtp::SmtpTransport::from_url(url).is_ok()
}

/// How often the same account or team may do the same. `None`: as often as it likes.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Letters with a link or a code that one address gets, within an hour.
    pub letters: Option<NonZeroU32>,
    /// Uploads that one person begins, within a minute.
    pub uploads: Option<NonZeroU32>,
    /// Calls that one person makes and one team makes to hand in, within a minute.
    pub submissions: Option<NonZeroU32>,
    /// Checks before handing in of one person, within a minute.
    pub checks: Option<NonZeroU32>,
    /// Sign-ups, log-ins and requests for letters from one network address, within a minute. A hall or a school
    /// shares one, so it is high.
    pub anonymous: Option<NonZeroU32>,
    /// Reverse proxies before the server, each of which adds to `X-Forwarded-For`.
    pub proxies: u8,
}

impl Limits {
    /// None at all.
    pub const OFF: Self =
        Self { letters: None, uploads: None, submissions: None, checks: None, anonymous: None, proxies: 0 };

    pub(super) fn read(get: &Get<'_>) -> Result<Self, ConfigError> {
        let limit = |name, default| ranged(get, name, default, 0..=1_000_000).map(NonZeroU32::new);
        Ok(Self {
            letters: limit("DAUTRI_LIMIT_LETTERS", 6)?,
            uploads: limit("DAUTRI_LIMIT_UPLOADS", 60)?,
            submissions: limit("DAUTRI_LIMIT_SUBMISSIONS", 60)?,
            checks: limit("DAUTRI_LIMIT_CHECKS", 60)?,
            anonymous: limit("DAUTRI_LIMIT_ANONYMOUS", 6000)?,
            proxies: ranged(get, "DAUTRI_PROXIES", 0, 0..=9)?,
        })
    }
}
