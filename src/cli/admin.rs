//! `dautri admin`: what operators do next to the database.

use std::{io::Read, process::ExitCode, time::Duration};

use anyhow::Context;
use clap::Subcommand;
use sqlx::PgPool;

use crate::{
    accounts::{Accounts, Role, Roles, secret},
    config::{self, Config},
    db, judging,
};

/// No password is longer.
const LONGEST_PASSWORD: u64 = 4096;

#[derive(Debug, clap::Args)]
pub struct AdminArgs {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// People.
    #[command(subcommand)]
    User(User),
    /// Judge workers.
    #[command(subcommand)]
    Worker(Worker),
}

#[derive(Debug, Subcommand)]
enum User {
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
}

#[derive(Debug, Subcommand)]
enum Worker {
    /// Make a one-time enrolment token, good for a day, and print it.
    Invite,
}

/// Connects with the settings of the environment.
pub async fn connect() -> anyhow::Result<PgPool> {
    let settings = config::Database { max_connections: 2, ..config::Database::from_env()? };
    db::connect(&settings).await.context("the database cannot be reached")
}

#[expect(clippy::print_stdout, reason = "the command's result")]
pub async fn run(args: AdminArgs) -> anyhow::Result<ExitCode> {
    let pool = connect().await?;
    match args.what {
        What::User(User::Create { email, name, role, password_stdin: _ }) => {
            let mut password = String::new();
            std::io::stdin().take(LONGEST_PASSWORD).read_to_string(&mut password)?;
            let password = password.trim_end_matches(['\r', '\n']);
            let config = Config::from_env()?;
            let accounts = Accounts::new(pool, config.accounts, &config.http.public_url);
            let roles: Roles = role.into_iter().collect();
            let user = accounts.create_user(&email, &name, password, &roles).await?;
            println!("{}", user.id);
        }
        What::Worker(Worker::Invite) => {
            let token = secret::fresh(judging::ENROLMENT_PREFIX);
            let mut conn = pool.acquire().await?;
            judging::store::workers::invite(&mut conn, &secret::hash(&token), Duration::from_hours(24))
                .await?;
            println!("{token}");
        }
    }
    Ok(ExitCode::SUCCESS)
}
