//! Settings: one struct for each section.
//!
//! Purpose: read the environment once, and check it at boot.
//! Invariants: no other room reads environment variables; a value out of range ends the start with a sentence.
//! Neighbours: `cli/` reads it, `app.rs` hands each room its section.

mod people;
mod s3;

use std::{env, net::SocketAddr, path::PathBuf, time::Duration};

pub use people::{Accounts, Limits, Mail};
pub use s3::S3;

/// Looks a variable up.
type Get<'a> = dyn Fn(&str) -> Option<String> + 'a;

/// Everything that a server needs to know.
#[derive(Debug, Clone)]
pub struct Config {
    pub database: Database,
    pub http: Http,
    pub storage: Storage,
    pub accounts: Accounts,
    pub mail: Mail,
    pub limits: Limits,
    pub workers: Workers,
}

#[derive(Clone)]
pub struct Database {
    pub url: String,
    pub max_connections: u32,
}

// The URL may carry a password, which must not reach a log line.
impl std::fmt::Debug for Database {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Database").field("max_connections", &self.max_connections).finish_non_exhaustive()
    }
}

#[derive(Debug, Clone)]
pub struct Http {
    pub listen: SocketAddr,
    /// How browsers reach this server, without a slash at the end.
    pub public_url: String,
    /// How often the rights of whoever listens to events are checked again.
    pub recheck: Duration,
}

#[derive(Debug, Clone)]
pub struct Storage {
    /// Holds the blobs; with S3, what is on its way there and copies for those who read files.
    pub folder: PathBuf,
    pub s3: Option<S3>,
}

#[derive(Debug, Clone)]
pub struct Workers {
    pub lease: Duration,
    /// A job whose worker died so often is quarantined.
    pub deaths_to_quarantine: i16,
    /// How long a worker's link to a blob works.
    pub link: Duration,
}

#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    #[error("{name} is not set; {hint}")]
    Missing { name: &'static str, hint: &'static str },
    #[error("{name} is {value:?}; {hint}")]
    Invalid { name: &'static str, value: String, hint: &'static str },
}

impl Config {
    /// Reads the process's environment.
    pub fn from_env() -> Result<Self, ConfigError> {
        Self::read(&|name| env::var(name).ok().filter(|value| !value.is_empty()))
    }

    fn read(get: &Get<'_>) -> Result<Self, ConfigError> {
        let listen: SocketAddr = parsed(
            get,
            "DAUTRI_HTTP_LISTEN",
            SocketAddr::from(([127, 0, 0, 1], 8080)),
            "write an address and a port, like 127.0.0.1:8080",
        )?;
        let public_url = get("DAUTRI_PUBLIC_URL")
            .unwrap_or_else(|| format!("http://{listen}"))
            .trim_end_matches('/')
            .to_owned();
        if !public_url.starts_with("http://") && !public_url.starts_with("https://") {
            return Err(ConfigError::Invalid {
                name: "DAUTRI_PUBLIC_URL",
                value: public_url,
                hint: "write it with http:// or https://",
            });
        }
        let database = Database::read(get)?;
        let storage = Storage {
            folder: get("DAUTRI_STORAGE_FOLDER").map(PathBuf::from).ok_or(ConfigError::Missing {
                name: "DAUTRI_STORAGE_FOLDER",
                hint: "name the folder that keeps uploads and data",
            })?,
            s3: S3::read(get)?,
        };
        let outbox = get("DAUTRI_OUTBOX_FOLDER").map_or_else(|| storage.folder.join("outbox"), PathBuf::from);
        let mail = Mail::read(get, outbox)?;
        Ok(Self {
            database,
            http: Http { listen, public_url, recheck: Duration::from_secs(15) },
            storage,
            accounts: Accounts::read(get, &mail)?,
            mail,
            limits: Limits::read(get)?,
            workers: Workers {
                lease: Duration::from_secs(ranged(get, "DAUTRI_LEASE_SECONDS", 30, 2..=600)?),
                deaths_to_quarantine: ranged(get, "DAUTRI_DEATHS_TO_QUARANTINE", 3, 1..=100)?,
                link: Duration::from_mins(10),
            },
        })
    }
}

impl Database {
    /// What commands need that touch nothing but the database.
    pub fn from_env() -> Result<Self, ConfigError> {
        Self::read(&|name| env::var(name).ok().filter(|value| !value.is_empty()))
    }

    fn read(get: &Get<'_>) -> Result<Self, ConfigError> {
        Ok(Self {
            url: get("DATABASE_URL").ok_or(ConfigError::Missing {
                name: "DATABASE_URL",
                hint: "name a PostgreSQL database, or run `dautri up`, which brings its own",
            })?,
            max_connections: ranged(get, "DAUTRI_DATABASE_CONNECTIONS", 20, 2..=500)?,
        })
    }
}

fn parsed<T: std::str::FromStr>(
    get: &Get<'_>,
    name: &'static str,
    default: T,
    hint: &'static str,
) -> Result<T, ConfigError> {
    match get(name) {
        None => Ok(default),
        Some(value) => value.parse().map_err(|_| ConfigError::Invalid { name, value, hint }),
    }
}

fn ranged<T: std::str::FromStr + PartialOrd>(
    get: &Get<'_>,
    name: &'static str,
    default: T,
    range: std::ops::RangeInclusive<T>,
) -> Result<T, ConfigError> {
    let hint = "write a whole number within the range that docs/operators.md gives";
    let value = parsed(get, name, default, hint)?;
    if !range.contains(&value) {
        return Err(ConfigError::Invalid { name, value: get(name).unwrap_or_default(), hint });
    }
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pairs: &[(&str, &str)]) -> Result<Config, String> {
        let owned: Vec<(String, String)> = pairs.iter().map(|(k, v)| ((*k).into(), (*v).into())).collect();
        Config::read(&|name| owned.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone()))
            .map_err(|e| e.to_string())
    }

    const NEEDED: [(&str, &str); 2] = [("DATABASE_URL", "postgres:///x"), ("DAUTRI_STORAGE_FOLDER", "/x")];

    #[test]
    fn the_database_and_the_folder_are_all_that_must_be_set() {
        let config = read(&NEEDED).unwrap();
        assert_eq!(config.http.public_url, "http://127.0.0.1:8080");
        assert_eq!(config.workers.deaths_to_quarantine, 3);
    }

    #[test]
    fn a_missing_database_is_named_with_what_to_do() {
        assert!(read(&[]).unwrap_err().contains("dautri up"));
    }

    #[test]
    fn addresses_are_confirmed_where_letters_reach_people() {
        let with = |more: &[(&str, &str)]| {
            read(&[&NEEDED, more].concat()).map(|config| config.accounts.confirm_email)
        };
        let server = ("DAUTRI_SMTP_URL", "smtps://thi:bi-mat@mail.example.vn");
        assert_eq!(with(&[]), Ok(false));
        assert_eq!(with(&[server]), Ok(true));
        assert_eq!(with(&[server, ("DAUTRI_CONFIRM_EMAIL", "off")]), Ok(false));
        assert_eq!(with(&[("DAUTRI_CONFIRM_EMAIL", "required")]), Ok(true));
        assert!(with(&[("DAUTRI_CONFIRM_EMAIL", "maybe")]).unwrap_err().contains("required or off"));
    }

    #[test]
    fn a_wrong_mail_server_is_refused_without_its_password() {
        for wrong in ["mail.example.vn", "http://thi:bi-mat@mail.example.vn", "smtp://thi:bi-mat@"] {
            let fault = read(&[&NEEDED[..], &[("DAUTRI_SMTP_URL", wrong)]].concat()).unwrap_err();
            assert!(fault.contains("DAUTRI_SMTP_URL") && !fault.contains("bi-mat"), "{fault}");
        }
        let sender = read(&[&NEEDED[..], &[("DAUTRI_MAIL_FROM", "Thi\r\nBcc: a@b.vn")]].concat());
        assert!(sender.unwrap_err().contains("DAUTRI_MAIL_FROM"));
    }

    #[test]
    fn a_limit_of_zero_is_none() {
        let limits = |value| {
            read(&[&NEEDED[..], &[("DAUTRI_LIMIT_LETTERS", value)]].concat()).map(|c| c.limits.letters)
        };
        assert_eq!(limits("0"), Ok(None));
        assert_eq!(limits("3").unwrap().unwrap().get(), 3);
        assert!(limits("-1").is_err());
    }

    #[test]
    fn values_out_of_range_are_refused_at_boot() {
        let mut pairs = NEEDED.to_vec();
        pairs.push(("DAUTRI_LEASE_SECONDS", "1"));
        assert!(read(&pairs).unwrap_err().contains("DAUTRI_LEASE_SECONDS"));
    }
}
