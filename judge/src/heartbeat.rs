//! Keeps a claim alive, and says when it is lost.

use std::{
    sync::{Arc, OnceLock},
    time::Duration,
};

use tokio::time::Instant;
use tokio_util::{sync::CancellationToken, task::AbortOnDropHandle};
use uuid::Uuid;

use crate::client::{Client, ClientError};

/// Why a claim is no longer ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Loss {
    /// Somebody else has the job, or it is gone.
    Stale,
    /// The evaluation was withdrawn.
    Withdrawn,
    /// The server was out of reach until the lease ran out.
    Expired,
}

/// A claim under heartbeat. The beats end with it.
#[derive(Debug)]
pub struct Holding {
    /// Fires when the claim is lost.
    pub lost: CancellationToken,
    why: Arc<OnceLock<Loss>>,
    _beats: AbortOnDropHandle<()>,
}

impl Holding {
    pub fn begin(client: Client, job: Uuid, fence: i64, lease_seconds: u32) -> Self {
        let lost = CancellationToken::new();
        let why = Arc::new(OnceLock::new());
        let beats = {
            let (lost, why) = (lost.clone(), Arc::clone(&why));
            tokio::spawn(async move {
                let ending = beat(&client, job, fence, lease_seconds).await;
                why.get_or_init(|| ending);
                lost.cancel();
            })
        };
        Self { lost, why, _beats: AbortOnDropHandle::new(beats) }
    }

    pub fn loss(&self) -> Option<Loss> {
        self.why.get().copied()
    }
}

async fn beat(client: &Client, job: Uuid, fence: i64, lease_seconds: u32) -> Loss {
    let mut lease = lease_time(lease_seconds);
    let mut held_until = Instant::now() + lease;
    let mut next = Instant::now() + lease / 3;
    loop {
        tokio::time::sleep_until(next.min(held_until)).await;
        let sent = Instant::now();
        if sent >= held_until {
            return Loss::Expired;
        }
        match client.heartbeat(job, fence, lease / 3).await {
            Ok(answer) if answer.cancelled => return Loss::Withdrawn,
            Ok(answer) => {
                lease = lease_time(answer.lease_seconds);
                // Counted from the sending: the server's lease began no earlier.
                held_until = sent + lease;
                next = sent + lease / 3;
            }
            Err(
                ClientError::Stale | ClientError::Unauthorized | ClientError::Refused { status: 404, .. },
            ) => {
                return Loss::Stale;
            }
            Err(error) => {
                tracing::warn!(%job, %error, "a heartbeat failed");
                next = sent + (lease / 10).max(Duration::from_millis(200));
            }
        }
    }
}

fn lease_time(seconds: u32) -> Duration {
    Duration::from_secs(seconds.max(1).into())
}
