//! Who may judge: enrolment, credentials, and the hello of a new process.

use judge_core::protocol::{Enrolled, Enrolment, Hello, PROTOCOL_VERSION, Welcome};

use super::{Judging, JudgingError, model::Worker, store};
use crate::{accounts::secret, kernel::ids::WorkerId};

/// How enrolment tokens begin.
pub const ENROLMENT_PREFIX: &str = "dte_";
const CREDENTIAL_PREFIX: &str = "dtw_";

impl Judging {
    pub async fn enrol(&self, token: &str, enrolment: &Enrolment) -> Result<Enrolled, JudgingError> {
        let hash = secret::hash_shown(ENROLMENT_PREFIX, token).ok_or(JudgingError::BadEnrolment)?;
        let mut tx = self.db.begin().await?;
        if !store::workers::use_invitation(&mut tx, &hash).await? {
            return Err(JudgingError::BadEnrolment);
        }
        let (worker, credential) = (WorkerId::new(), secret::fresh(CREDENTIAL_PREFIX));
        let name: String = enrolment.name.chars().filter(|c| !c.is_control()).take(100).collect();
        store::workers::insert(&mut tx, worker, &name, &secret::hash(&credential)).await?;
        tx.commit().await?;
        tracing::info!(%worker, name, "A worker enrolled.");
        Ok(Enrolled { worker: worker.0, token: credential })
    }

    pub async fn authenticate(&self, token: &str) -> Result<Worker, JudgingError> {
        let hash = secret::hash_shown(CREDENTIAL_PREFIX, token).ok_or(JudgingError::UnknownWorker)?;
        let worker = store::workers::find(&mut *self.db.acquire().await?, &hash).await?;
        worker.ok_or(JudgingError::UnknownWorker)
    }

    pub async fn hello(&self, worker: &Worker, hello: &Hello) -> Result<Welcome, JudgingError> {
        if hello.protocol != PROTOCOL_VERSION {
            return Err(JudgingError::Protocol { ours: PROTOCOL_VERSION, theirs: hello.protocol });
        }
        let mut tx = self.db.begin().await?;
        let released = store::queue::release_earlier_boots(&mut tx, worker.id, hello.boot).await?;
        store::workers::hello(&mut tx, worker.id, hello).await?;
        tx.commit().await?;
        if released > 0 {
            tracing::warn!(
                worker = worker.name,
                released,
                "A worker's earlier process died with jobs in hand."
            );
            self.wake_workers();
        }
        Ok(Welcome {
            lease_seconds: self.lease_seconds(),
            released: u32::try_from(released).unwrap_or(u32::MAX),
        })
    }

    pub async fn revoke_worker(&self, worker: WorkerId) -> Result<bool, JudgingError> {
        Ok(store::workers::revoke(&mut *self.db.acquire().await?, worker).await?)
    }
}
