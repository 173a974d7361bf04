//! Sealing acts into the chain, and checking it.

use std::time::Duration;

use sqlx::PgPool;
use tokio_util::sync::CancellationToken;

use super::{
    rules::{self, GENESIS},
    store,
};

const PERIOD: Duration = Duration::from_secs(1);
/// Seals of one transaction, and of one read.
const BATCH: i64 = 500;

#[derive(Debug, Clone)]
pub struct Audit {
    db: PgPool,
}

/// What is wrong with the chain. Nobody who keeps to the database's rules can cause it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ChainFault {
    #[error("seal {expected} is missing; the next one there is {found}")]
    MissingSeal { expected: i64, found: i64 },
    #[error("the act {act} under seal {number} was removed")]
    MissingAct { number: i64, act: i64 },
    #[error("seal {number} does not fit: its act {act} or a seal before it was changed")]
    Changed { number: i64, act: i64 },
    #[error("{count} acts are neither sealed nor waiting for a seal")]
    Unsealed { count: i64 },
    #[error(
        "no seal has the hash that was noted: the end of the chain was cut off, or all of it was made anew"
    )]
    NotedHashMissing,
}

/// A chain that was read to its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChainReport {
    /// Seals in the chain.
    pub sealed: i64,
    /// Acts that wait for their seal.
    pub waiting: i64,
    /// Hash of the last seal, lower-case hexadecimal; worth noting down elsewhere.
    pub head: String,
    pub faults: Vec<ChainFault>,
}

impl Audit {
    pub fn new(db: PgPool) -> Self {
        Self { db }
    }

    /// Seals what waits, until cancelled. Several servers may run it: one of them seals at a time.
    pub async fn watch(&self, stop: CancellationToken) {
        let mut ticks = tokio::time::interval(PERIOD);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                _ = ticks.tick() => {}
            }
            if let Err(error) = self.seal().await {
                tracing::error!(cause = format!("{error:#}"), "Acts could not be sealed; trying again.");
            }
        }
    }

    /// Seals every act that waits; returns how many this call sealed.
    pub async fn seal(&self) -> sqlx::Result<i64> {
        let mut sealed = 0;
        loop {
            let mut tx = self.db.begin().await?;
            if !store::lock_chain(&mut tx).await? {
                return Ok(sealed);
            }
            let acts = store::take_unsealed(&mut tx, BATCH).await?;
            if acts.is_empty() {
                return Ok(sealed);
            }
            let (mut number, mut hash) = store::head(&mut tx).await?.unwrap_or((0, GENESIS.to_vec()));
            for act in &acts {
                number += 1;
                hash = rules::seal(&hash, number, act).to_vec();
                store::insert_seal(&mut tx, number, act.id, &hash).await?;
                sealed += 1;
            }
            tx.commit().await?;
        }
    }

    /// Reads the whole chain and computes every hash anew. `noted` is a head that somebody wrote down earlier.
    pub async fn verify(&self, noted: Option<&str>) -> sqlx::Result<ChainReport> {
        let mut conn = crate::db::snapshot(&self.db).await?;
        let mut report =
            ChainReport { sealed: 0, waiting: 0, head: hex::encode(GENESIS), faults: Vec::new() };
        let (mut previous, mut last) = (GENESIS.to_vec(), 0);
        let mut noted_found = noted.is_none();
        loop {
            let seals = store::seals_after(&mut conn, last, BATCH).await?;
            if seals.is_empty() {
                break;
            }
            for seal in seals {
                let (number, act) = (seal.number, seal.act_id);
                if number != last + 1 {
                    report.faults.push(ChainFault::MissingSeal { expected: last + 1, found: number });
                }
                match &seal.act {
                    None => report.faults.push(ChainFault::MissingAct { number, act }),
                    Some(found) if rules::seal(&previous, number, found) != *seal.hash => {
                        report.faults.push(ChainFault::Changed { number, act });
                    }
                    Some(_) => {}
                }
                noted_found |=
                    noted.is_some_and(|noted| noted.eq_ignore_ascii_case(&hex::encode(&seal.hash)));
                (previous, last) = (seal.hash, number);
                report.sealed += 1;
            }
        }
        report.head = hex::encode(&previous);
        report.waiting = store::count_waiting(&mut conn).await?;
        let count = store::count_lost(&mut conn).await?;
        if count > 0 {
            report.faults.push(ChainFault::Unsealed { count });
        }
        if !noted_found {
            report.faults.push(ChainFault::NotedHashMissing);
        }
        Ok(report)
    }
}
