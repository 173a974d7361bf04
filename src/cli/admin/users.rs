//! `dautri admin user`.

use std::{io::Read, process::ExitCode};

use clap::Subcommand;
use sqlx::PgPool;

use crate::{
    accounts::{Accounts, Role, Roles, User},
    config::Config,
    kernel::paging::Cursor,
};

/// No password is longer.
const LONGEST_PASSWORD: u64 = 4096;
const PAGE: i64 = 500;

#[derive(Debug, Subcommand)]
pub enum UserCommand {
    /// Make an account.
    Create {
        #[arg(long)]
        email: String,
        #[arg(long)]
        name: String,
        /// `admin`, `organizer` or `juror`; may be repeated.
        #[arg(long)]
        role: Vec<Role>,
        /// Read the password from standard input.
        #[arg(long, required = true)]
        password_stdin: bool,
    },
    /// List people: id, roles, address, name, divided by tabs.
    List {
        /// The beginning of the address.
        #[arg(long, default_value = "")]
        email: String,
    },
    /// Give a person exactly these roles; none takes all away.
    Roles {
        #[arg(long)]
        email: String,
        /// `admin`, `organizer` or `juror`; may be repeated.
        #[arg(long)]
        role: Vec<Role>,
    },
}

#[expect(clippy::print_stdout, reason = "the command's result")]
pub async fn run(pool: PgPool, command: UserCommand) -> anyhow::Result<ExitCode> {
    let config = Config::from_env()?;
    let accounts = Accounts::new(pool, config.accounts, &config.http.public_url);
    match command {
        UserCommand::Create { email, name, role, password_stdin: _ } => {
            let mut password = String::new();
            std::io::stdin().take(LONGEST_PASSWORD).read_to_string(&mut password)?;
            let password = password.trim_end_matches(['\r', '\n']);
            let roles: Roles = role.into_iter().collect();
            let user = accounts.create_user(&email, &name, password, &roles).await?;
            println!("{}", user.id);
        }
        UserCommand::List { email } => {
            let mut before = Cursor::START;
            loop {
                let people = accounts.people(&email, before, PAGE).await?;
                let Some(last) = people.last() else { break };
                before = Cursor { at: last.created_at, id: last.id.0 };
                for user in &people {
                    println!("{}", line(user));
                }
            }
        }
        UserCommand::Roles { email, role } => {
            let user = accounts.user_by_email(&email).await?;
            let roles: Roles = role.into_iter().collect();
            println!("{}", line(&accounts.set_roles(user.id, &roles).await?));
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn line(user: &User) -> String {
    let roles: Vec<&str> = user.roles.iter().map(Role::as_str).collect();
    let roles = if roles.is_empty() { "-".to_owned() } else { roles.join(",") };
    format!("{}\t{roles}\t{}\t{}", user.id, user.email, user.name)
}
