//! The server's process and the commands that share its settings: migrations, the first administrator, a
//! worker's invitation.

use std::{net::SocketAddr, time::Duration};

use anyhow::Context as _;
use rustix::process::Signal;
use tokio::process::Command;

use super::{
    logins::{ADMIN_EMAIL, ADMIN_NAME, Login, Logins, Role, random_password},
    probe, process,
    site::Site,
    users::User,
};

const MIGRATION_DEADLINE: Duration = Duration::from_mins(10);
const COMMAND_DEADLINE: Duration = Duration::from_mins(1);
/// A little more than the server itself gives to running requests.
pub const STOP_DEADLINE: Duration = Duration::from_secs(15);

#[derive(Debug)]
pub struct Server {
    pub listen: SocketAddr,
    pub database_url: String,
}

impl Server {
    /// Gives the server's user what it writes.
    pub fn prepare(site: &Site) -> anyhow::Result<()> {
        for name in ["blobs", "outbox"] {
            let folder = site.data.join(name);
            User::server()
                .own_tree(&folder)
                .with_context(|| format!("{} cannot be given away", folder.display()))?;
        }
        Ok(())
    }

    fn command(&self, site: &Site) -> Command {
        let user = User::server();
        let mut command = process::command(&site.program(), Signal::TERM);
        command
            .uid(user.uid)
            .gid(user.gid)
            .env("HOME", "/")
            .env("DATABASE_URL", &self.database_url)
            .env("DAUTRI_HTTP_LISTEN", self.listen.to_string())
            .env("DAUTRI_STORAGE_FOLDER", site.shared().join("blobs"))
            .env("DAUTRI_OUTBOX_FOLDER", site.shared().join("outbox"));
        command
    }

    pub async fn migrate(&self, site: &Site) -> anyhow::Result<()> {
        let mut command = self.command(site);
        command.arg("migrate");
        process::run(command, None, MIGRATION_DEADLINE, "dautri migrate").await?;
        Ok(())
    }

    pub fn serve(&self, site: &Site) -> Command {
        let mut command = self.command(site);
        command.arg("serve");
        command
    }

    pub fn is_ready(&self) -> bool {
        probe::get_tcp(probe::local(self.listen), "/readyz").is_some()
    }

    /// Address for people on this machine and for the worker.
    pub fn url(&self) -> String {
        format!("http://{}", probe::local(self.listen))
    }

    /// A one-time token that makes a worker known to the server.
    pub async fn invite_worker(&self, site: &Site) -> anyhow::Result<String> {
        let mut command = self.command(site);
        command.args(["admin", "worker", "invite"]);
        let printed = process::run(command, None, COMMAND_DEADLINE, "dautri admin worker invite").await?;
        let token = printed.lines().last().map(str::trim).filter(|token| !token.is_empty());
        token.map(str::to_owned).context("dautri admin worker invite printed no token")
    }

    /// Makes the first administrator, once. The password is kept before the account is made, under another
    /// name: a start that was cut in between ends with the same password.
    pub async fn ensure_administrator(&self, site: &Site) -> anyhow::Result<()> {
        let mut logins = Logins::load(&site.data)?;
        if logins.administrator().is_some() {
            return Ok(());
        }
        let unfinished = site.data.join("administrator.password");
        let (password, again) = match std::fs::read_to_string(&unfinished) {
            Ok(password) => (password, true),
            Err(_) => (random_password()?, false),
        };
        super::site::write_secret(&unfinished, password.as_bytes())?;
        let mut command = self.command(site);
        command.args(["admin", "user", "create", "--email", ADMIN_EMAIL, "--name", ADMIN_NAME]);
        command.args(["--role", "admin", "--password-stdin"]);
        let made = process::run(command, Some(&password), COMMAND_DEADLINE, "dautri admin user create").await;
        match made {
            Err(fault) if !again => {
                let _ = std::fs::remove_file(&unfinished);
                return Err(fault);
            }
            _ => {}
        }
        let login =
            Login { role: Role::Admin, name: ADMIN_NAME.to_owned(), email: ADMIN_EMAIL.to_owned(), password };
        logins.accounts.insert(0, login);
        logins.save(&site.data)?;
        let _ = std::fs::remove_file(unfinished);
        Ok(())
    }
}
