//! The log-ins of this site, kept in `<data>/logins.json` for its operator: the first administrator's, and the
//! demo's.

use std::{
    fs::File,
    io::{ErrorKind, Read as _},
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use serde::{Deserialize, Serialize};

use super::site::write_secret;

pub const ADMIN_EMAIL: &str = "admin@dautri.local";
pub const ADMIN_NAME: &str = "Quản trị";
const FILE: &str = "logins.json";

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    Admin,
    Contestant,
}

#[derive(Clone, Serialize, Deserialize)]
pub struct Login {
    pub role: Role,
    /// The person's or the team's name.
    pub name: String,
    pub email: String,
    pub password: String,
}

// The password must not reach a log line by way of `{:?}`.
impl std::fmt::Debug for Login {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Login").field("role", &self.role).field("email", &self.email).finish_non_exhaustive()
    }
}

#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Logins {
    pub accounts: Vec<Login>,
}

impl Logins {
    pub fn path(data: &Path) -> PathBuf {
        data.join(FILE)
    }

    /// Empty if there is no file yet.
    pub fn load(data: &Path) -> anyhow::Result<Self> {
        let path = Self::path(data);
        match std::fs::read(&path) {
            Ok(text) => {
                serde_json::from_slice(&text).with_context(|| format!("{} is damaged", path.display()))
            }
            Err(fault) if fault.kind() == ErrorKind::NotFound => Ok(Self::default()),
            Err(fault) => Err(fault).with_context(|| format!("{} cannot be read", path.display())),
        }
    }

    pub fn save(&self, data: &Path) -> anyhow::Result<()> {
        let path = Self::path(data);
        let text = serde_json::to_vec_pretty(self).context("log-ins are plain data")?;
        write_secret(&path, &text).with_context(|| format!("{} cannot be written", path.display()))
    }

    pub fn administrator(&self) -> Option<&Login> {
        self.accounts.iter().find(|login| login.role == Role::Admin)
    }
}

/// 20 letters and digits without look-alikes: 100 bits.
pub fn random_password() -> anyhow::Result<String> {
    const ALPHABET: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
    let mut bytes = [0; 20];
    File::open("/dev/urandom")
        .and_then(|mut source| source.read_exact(&mut bytes))
        .context("no random numbers")?;
    Ok(bytes.iter().map(|byte| char::from(ALPHABET[usize::from(byte % 32)])).collect())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn log_ins_are_for_the_owner_of_the_folder_only() {
        let folder = tempfile::tempdir().unwrap();
        assert!(Logins::load(folder.path()).unwrap().administrator().is_none());
        let login = Login {
            role: Role::Admin,
            name: ADMIN_NAME.to_owned(),
            email: ADMIN_EMAIL.to_owned(),
            password: random_password().unwrap(),
        };
        Logins { accounts: vec![login.clone()] }.save(folder.path()).unwrap();
        let mode = Logins::path(folder.path()).metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let found = Logins::load(folder.path()).unwrap();
        assert_eq!(found.administrator().unwrap().password, login.password);
        assert!(!format!("{found:?}").contains(&login.password));
    }

    #[test]
    fn passwords_differ() {
        assert_ne!(random_password().unwrap(), random_password().unwrap());
        assert_eq!(random_password().unwrap().len(), 20);
    }
}
