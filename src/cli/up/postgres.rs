//! The private PostgreSQL: its folder, its first start, and when it is ready.
//!
//! It listens on a Unix socket only. The server's role owns one database and is no superuser; the superuser can
//! log in from the operating system's user of the same name alone.

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context as _, ensure};
use rustix::process::Signal;
use tokio::process::Command;

use super::{
    logins::random_password,
    process,
    site::{Site, make_folder, write_secret},
    users::User,
};

const PACKAGED: &str = "/usr/lib/postgresql";
const ROLE: &str = "dautri";
const SETUP_DEADLINE: Duration = Duration::from_mins(2);
pub const STOP_DEADLINE: Duration = Duration::from_secs(20);

#[derive(Debug)]
pub enum Database {
    /// `DATABASE_URL` names it; it is not ours to start.
    External(String),
    Embedded(Postgres),
}

#[derive(Debug)]
pub struct Postgres {
    programs: PathBuf,
    user: User,
}

/// Where the database's files lie.
pub fn folder(site: &Site) -> PathBuf {
    site.data.join("postgres")
}

pub fn socket_folder(site: &Site) -> PathBuf {
    site.runtime.join("postgres")
}

fn password_path(site: &Site) -> PathBuf {
    site.data.join("postgres.password")
}

impl Postgres {
    /// Finds the programs: those that made the data folder, or else the newest.
    pub fn find(site: &Site, asked: Option<&Path>) -> anyhow::Result<Self> {
        let user = User::postgres().context(
            "this machine has neither a user postgres nor nobody, and PostgreSQL refuses to run as root",
        )?;
        let made_by =
            fs::read_to_string(folder(site).join("PG_VERSION")).ok().map(|text| text.trim().to_owned());
        let programs = match asked {
            Some(folder) => folder.canonicalize().unwrap_or_else(|_| folder.to_path_buf()),
            None => packaged(Path::new(PACKAGED), made_by.as_deref()).unwrap_or_default(),
        };
        let found = ["postgres", "initdb"].iter().all(|name| programs.join(name).is_file());
        if let (Some(folder), false) = (asked, found) {
            anyhow::bail!(
                "{} has no postgres and initdb; leave --pg-bin away, or correct it",
                folder.display()
            );
        }
        match (&made_by, found) {
            (Some(version), false) => anyhow::bail!(
                "{} was made by PostgreSQL {version}, which this machine does not have; install postgresql-{version} \
                 or name its programs' folder with --pg-bin",
                folder(site).display()
            ),
            (None, false) => anyhow::bail!(
                "PostgreSQL is not installed; install it (apt-get install postgresql), name its programs' folder with \
                 --pg-bin, or name a running server in DATABASE_URL"
            ),
            (_, true) => Ok(Self { programs, user }),
        }
    }

    /// Makes the cluster, the role and the database, unless they are there. A start that was cut half-way is
    /// begun again: the folder gets its name when all is done.
    pub async fn prepare(&self, site: &Site) -> anyhow::Result<()> {
        make_folder(&socket_folder(site), 0o711).context("PostgreSQL's socket folder cannot be made")?;
        self.user.own(&socket_folder(site)).context("PostgreSQL's socket folder cannot be given away")?;
        if folder(site).join("PG_VERSION").is_file() {
            ensure!(password_path(site).is_file(), "{} is missing", password_path(site).display());
            return self
                .user
                .own_tree(&folder(site))
                .context("PostgreSQL's folder cannot be given to its user");
        }
        let fresh = site.data.join("postgres.new");
        if fresh.exists() {
            fs::remove_dir_all(&fresh).context("an unfinished postgres.new cannot be removed")?;
        }
        make_folder(&fresh, 0o700)
            .and_then(|()| self.user.own(&fresh))
            .context("PostgreSQL's folder cannot be made")?;
        let password = random_password()?;
        self.initialize(&site.shared().join("postgres.new"), &password).await?;
        write_secret(&password_path(site), password.as_bytes())
            .context("the database's password cannot be kept")?;
        fs::rename(&fresh, folder(site)).context("PostgreSQL's folder cannot take its name")?;
        Ok(())
    }

    async fn initialize(&self, folder: &Path, password: &str) -> anyhow::Result<()> {
        let mut initdb = self.command("initdb");
        initdb.arg("--pgdata").arg(folder).args(["--username", &self.user.name]).args([
            "--encoding=UTF8",
            "--locale=C",
            "--auth-local=peer",
            "--auth-host=reject",
            "--no-instructions",
        ]);
        process::run(initdb, None, SETUP_DEADLINE, "initdb").await?;
        let rules = format!("local all {} peer\nlocal all all scram-sha-256\n", self.user.name);
        let rules_path = folder.join("pg_hba.conf");
        fs::write(&rules_path, rules).and_then(|()| self.user.own(&rules_path))?;
        // Without a listening socket: nobody can log in before the rules hold.
        let mut single = self.command("postgres");
        single.args(["--single", "-j", "-c", "exit_on_error=on", "-D"]).arg(folder).arg("postgres");
        let setup = format!(
            "SET password_encryption = 'scram-sha-256';\n\nCREATE ROLE {ROLE} LOGIN PASSWORD '{password}';\n\n\
             CREATE DATABASE {ROLE} OWNER {ROLE};\n\n"
        );
        process::run(single, Some(&setup), SETUP_DEADLINE, "the database's set-up").await?;
        Ok(())
    }

    fn command(&self, program: &str) -> Command {
        // Fast shutdown: running transactions are rolled back, the files are left consistent.
        let mut command = process::command(&self.programs.join(program), Signal::INT);
        command.uid(self.user.uid).gid(self.user.gid).env_clear().envs([
            ("PATH", "/usr/bin:/bin"),
            ("LC_ALL", "C"),
            ("TZ", "UTC"),
        ]);
        command
    }

    /// The command that runs the server process.
    pub fn server(&self, site: &Site) -> Command {
        let mut command = self.command("postgres");
        command.arg("-D").arg(site.shared().join("postgres"));
        for setting in [
            "listen_addresses=",
            &format!("unix_socket_directories={}", socket_folder(site).display()),
            "max_connections=60",
            "shared_buffers=64MB",
            "max_wal_size=512MB",
            "log_timezone=UTC",
            "timezone=UTC",
            "log_checkpoints=off",
        ] {
            command.args(["-c", setting]);
        }
        command
    }

    /// `15`, for people.
    pub fn version(site: &Site) -> String {
        fs::read_to_string(folder(site).join("PG_VERSION")).unwrap_or_default().trim().to_owned()
    }
}

/// Whether the postmaster with this process id accepts connections: its pid file says so in the eighth line.
pub fn is_ready(site: &Site, pid: u32) -> bool {
    let text = fs::read_to_string(folder(site).join("postmaster.pid")).unwrap_or_default();
    let mut lines = text.lines();
    lines.next().and_then(|line| line.trim().parse().ok()) == Some(pid)
        && lines.nth(6).is_some_and(|status| status.trim() == "ready")
}

/// The address that the server gets.
pub fn url(site: &Site) -> anyhow::Result<String> {
    let path = password_path(site);
    let password = fs::read_to_string(&path).with_context(|| format!("{} cannot be read", path.display()))?;
    Ok(format!("postgres://{ROLE}:{password}@localhost/{ROLE}?host={}", socket_folder(site).display()))
}

/// The folder of PostgreSQL's programs that a new data folder would use, if this machine has them.
pub fn programs(asked: Option<&Path>) -> Option<PathBuf> {
    let folder =
        asked.map_or_else(|| packaged(Path::new(PACKAGED), None), |folder| Some(folder.to_path_buf()))?;
    ["postgres", "initdb"].iter().all(|name| executable(&folder.join(name))).then_some(folder)
}

/// The packaged programs of one version, or of the newest.
fn packaged(root: &Path, version: Option<&str>) -> Option<PathBuf> {
    if let Some(version) = version {
        return Some(root.join(version).join("bin"));
    }
    let entries = fs::read_dir(root).ok()?.flatten();
    let versions = entries.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    versions
        .filter(|version| executable(&root.join(version.to_string()).join("bin/postgres")))
        .max()
        .map(|version| root.join(version.to_string()).join("bin"))
}

fn executable(path: &Path) -> bool {
    path.metadata().is_ok_and(|facts| facts.is_file() && facts.permissions().mode() & 0o111 != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_programs_are_taken_by_number() {
        let root = tempfile::tempdir().unwrap();
        for version in ["9", "15", "common"] {
            let folder = root.path().join(version).join("bin");
            fs::create_dir_all(&folder).unwrap();
            fs::write(folder.join("postgres"), "").unwrap();
            fs::set_permissions(folder.join("postgres"), fs::Permissions::from_mode(0o755)).unwrap();
        }
        fs::create_dir_all(root.path().join("16/bin")).unwrap();
        assert_eq!(packaged(root.path(), None), Some(root.path().join("15/bin")));
        assert_eq!(packaged(root.path(), Some("9")), Some(root.path().join("9/bin")));
        assert_eq!(packaged(&root.path().join("none"), None), None);
    }
}
