//! Short-lived, signed links to blobs, for workers.
//!
//! A link names one blob, one worker and a time; the signature is HMAC-SHA-256 under a key that never leaves
//! the server. So a prediction's worker cannot turn its links into one to the truth.

use std::{sync::Arc, time::Duration};

use hmac::{Hmac, KeyInit, Mac};
use judge_core::protocol::Link;
use sha2::Sha256;

use crate::{
    kernel::{
        Clock, Timestamp,
        ids::{BlobId, WorkerId},
    },
    storage::Blob,
};

pub const PATH: &str = "/api/worker/v1/blobs";

#[derive(Clone)]
pub struct Signer {
    key: Arc<[u8]>,
    clock: Clock,
    lifetime: Duration,
}

impl std::fmt::Debug for Signer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Signer").field("lifetime", &self.lifetime).finish_non_exhaustive()
    }
}

impl Signer {
    pub fn new(key: Vec<u8>, clock: Clock, lifetime: Duration) -> Self {
        Self { key: key.into(), clock, lifetime }
    }

    pub fn link(&self, worker: WorkerId, blob: &Blob) -> Link {
        let expires = (self.clock.now() + self.lifetime).timestamp();
        let signature = hex::encode(self.mac(worker, blob.id, expires).finalize().into_bytes());
        Link {
            path: format!("{PATH}/{}?expires={expires}&signature={signature}", blob.id),
            sha256: blob.sha256_hex(),
            size: u64::try_from(blob.size).expect("the database checks that sizes are not negative"),
        }
    }

    /// Whether this server gave the link to this worker, and it still holds.
    pub fn holds(&self, worker: WorkerId, blob: BlobId, expires: i64, signature: &str) -> bool {
        let fresh = Timestamp::from_timestamp(expires, 0).is_some_and(|until| self.clock.now() < until);
        let Ok(signature) = hex::decode(signature) else { return false };
        fresh && self.mac(worker, blob, expires).verify_slice(&signature).is_ok()
    }

    fn mac(&self, worker: WorkerId, blob: BlobId, expires: i64) -> Hmac<Sha256> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.key).expect("HMAC takes keys of any length");
        mac.update(worker.0.as_bytes());
        mac.update(blob.0.as_bytes());
        mac.update(&expires.to_be_bytes());
        mac
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicI64, Ordering};

    use super::*;

    fn signer(now: Arc<AtomicI64>) -> Signer {
        let clock = Clock::from_fn(move || Timestamp::from_timestamp(now.load(Ordering::SeqCst), 0).unwrap());
        Signer::new(vec![7; 32], clock, Duration::from_mins(1))
    }

    fn parts(link: &Link) -> (i64, String) {
        let (_, query) = link.path.split_once("?expires=").unwrap();
        let (expires, signature) = query.split_once("&signature=").unwrap();
        (expires.parse().unwrap(), signature.to_owned())
    }

    #[test]
    fn a_link_holds_for_its_worker_its_blob_and_its_time_only() {
        let now = Arc::new(AtomicI64::new(1_000));
        let signer = signer(Arc::clone(&now));
        let (worker, blob) = (WorkerId::new(), Blob { id: BlobId::new(), sha256: vec![0; 32], size: 1 });
        let (expires, signature) = parts(&signer.link(worker, &blob));
        assert!(signer.holds(worker, blob.id, expires, &signature));
        assert!(!signer.holds(WorkerId::new(), blob.id, expires, &signature));
        assert!(!signer.holds(worker, BlobId::new(), expires, &signature));
        assert!(!signer.holds(worker, blob.id, expires + 1, &signature));
        assert!(!signer.holds(worker, blob.id, expires, "zz"));
        now.store(1_060, Ordering::SeqCst);
        assert!(!signer.holds(worker, blob.id, expires, &signature));
    }
}
