//! `dautri admin`: what operators do next to the database.

mod retention;
mod storage;
mod users;
mod workers;

use std::process::ExitCode;

use anyhow::Context;
use clap::Subcommand;
use sqlx::PgPool;

use crate::{config, db};

#[derive(Debug, clap::Args)]
pub struct AdminArgs {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// People.
    #[command(subcommand)]
    User(users::UserCommand),
    /// Judge workers.
    #[command(subcommand)]
    Worker(workers::WorkerCommand),
    /// What is stored.
    #[command(subcommand)]
    Storage(storage::StorageCommand),
    /// Forget what is kept longer than anybody needs it.
    Retention(retention::RetentionArgs),
}

/// Connects with the settings of the environment.
pub async fn connect() -> anyhow::Result<PgPool> {
    let settings = config::Database { max_connections: 2, ..config::Database::from_env()? };
    db::connect(&settings).await.context("the database cannot be reached")
}

pub async fn run(args: AdminArgs) -> anyhow::Result<ExitCode> {
    let pool = connect().await?;
    match args.what {
        What::User(command) => users::run(pool, command).await,
        What::Worker(command) => workers::run(&pool, command).await,
        What::Storage(command) => storage::run(pool, command).await,
        What::Retention(args) => retention::run(&pool, &args).await,
    }
}
