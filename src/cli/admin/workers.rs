//! `dautri admin worker`.

use std::{process::ExitCode, time::Duration};

use clap::Subcommand;
use sqlx::PgPool;

use crate::{
    accounts::secret,
    audit::{self, Act},
    judging,
    kernel::ids::WorkerId,
};

#[derive(Debug, Subcommand)]
pub enum WorkerCommand {
    /// Make a one-time enrolment token, good for a day, and print it.
    Invite,
    /// List workers: id, state, jobs held, slots, name, sandbox, divided by tabs.
    List,
    /// End a worker's credential. What it holds comes back when its leases run out.
    Revoke { id: WorkerId },
}

#[expect(clippy::print_stdout, reason = "the command's result")]
pub async fn run(pool: &PgPool, command: WorkerCommand) -> anyhow::Result<ExitCode> {
    match command {
        WorkerCommand::Invite => {
            let token = secret::fresh(judging::ENROLMENT_PREFIX);
            let mut conn = pool.acquire().await?;
            let day = Duration::from_hours(24);
            judging::store::workers::invite(&mut conn, &secret::hash(&token), day).await?;
            println!("{token}");
        }
        WorkerCommand::List => {
            for worker in judging::store::operations::workers(&mut *pool.acquire().await?).await? {
                let state = match (worker.revoked_at, worker.last_seen_at) {
                    (Some(_), _) => "revoked".to_owned(),
                    (None, None) => "never seen".to_owned(),
                    (None, Some(at)) => format!("seen {}", at.to_rfc3339()),
                };
                let (id, name, sandbox) = (worker.id, worker.name, worker.sandbox);
                println!("{id}\t{state}\t{}\t{}\t{name}\t{sandbox}", worker.busy, worker.slots);
            }
        }
        WorkerCommand::Revoke { id } => {
            let mut tx = pool.begin().await?;
            if !judging::store::workers::revoke(&mut tx, id).await? {
                anyhow::bail!("no worker with this id has a credential that works");
            }
            audit::record(&mut tx, Act::new("worker.revoked", "worker", id)).await?;
            tx.commit().await?;
        }
    }
    Ok(ExitCode::SUCCESS)
}
