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
    /// Whether people must agree to the privacy notice and the terms before they take part.
    pub consent: bool,
    /// Who may be younger needs a guardian's consent before handing in; nobody does where it is 0.
    pub guardian_age: u8,
    /// The operator's texts in place of the embedded ones.
    pub documents: Option<PathBuf>,
}

impl Default for Accounts {
    fn default() -> Self {
        let cores = std::thread::available_parallelism().map_or(2, usize::from);
        Self {
            session: Duration::from_hours(24 * 14),
            concurrent_hashes: cores,
            confirm_email: false,
            consent: true,
            guardian_age: 16,
            documents: None,
        }
    }
}

impl Accounts {
    pub(super) fn read(get: &Get<'_>, mail: &Mail) -> Result<Self, ConfigError> {
        let default = Self::default();
        let hours = ranged(get, "DAUTRI_SESSION_HOURS", 24 * 14, 1..=24 * 365)?;
        Ok(Self {
            session: Duration::from_hours(hours),
            // Nobody can confirm what no letter asks for.
            confirm_email: required(get, "DAUTRI_CONFIRM_EMAIL", mail.smtp_url.is_some())?,
            consent: required(get, "DAUTRI_CONSENT", default.consent)?,
            guardian_age: ranged(get, "DAUTRI_GUARDIAN_AGE", default.guardian_age, 0..=30)?,
            documents: get("DAUTRI_DOCUMENTS").map(PathBuf::from),
            ..default
        })
    }
}

fn required(get: &Get<'_>, name: &'static str, default: bool) -> Result<bool, ConfigError> {
    match get(name) {
        None => Ok(default),
        Some(value) if value == "required" => Ok(true),
        Some(value) if value == "off" => Ok(false),
        Some(value) => Err(ConfigError::Invalid { name, value, hint: "write required or off" }),
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

impl Default for Limits {
    fn default() -> Self {
        Self {
            letters: NonZeroU32::new(6),
            uploads: NonZeroU32::new(60),
            submissions: NonZeroU32::new(60),
            checks: NonZeroU32::new(60),
            anonymous: NonZeroU32::new(6000),
            proxies: 0,
        }
    }
}

impl Limits {
    /// None at all.
    pub const OFF: Self =
        Self { letters: None, uploads: None, submissions: None, checks: None, anonymous: None, proxies: 0 };

    pub(super) fn read(get: &Get<'_>) -> Result<Self, ConfigError> {
        let limit = |name, default: Option<NonZeroU32>| {
            ranged(get, name, default.map_or(0, NonZeroU32::get), 0..=1_000_000).map(NonZeroU32::new)
        };
        let default = Self::default();
        Ok(Self {
            letters: limit("DAUTRI_LIMIT_LETTERS", default.letters)?,
            uploads: limit("DAUTRI_LIMIT_UPLOADS", default.uploads)?,
            submissions: limit("DAUTRI_LIMIT_SUBMISSIONS", default.submissions)?,
            checks: limit("DAUTRI_LIMIT_CHECKS", default.checks)?,
            anonymous: limit("DAUTRI_LIMIT_ANONYMOUS", default.anonymous)?,
            proxies: ranged(get, "DAUTRI_PROXIES", default.proxies, 0..=9)?,
        })
    }
}
