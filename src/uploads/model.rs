use crate::{
    kernel::{
        Timestamp,
        ids::{BlobId, PhaseId, UploadId, UserId},
    },
    storage::Blob,
};

/// An upload, finished or not.
#[derive(Debug, Clone)]
pub struct Upload {
    pub id: UploadId,
    pub user: UserId,
    pub phase: Option<PhaseId>,
    pub filename: String,
    pub length: i64,
    pub received: i64,
    pub blob: Option<BlobId>,
    pub used_at: Option<Timestamp>,
    pub expires_at: Timestamp,
}

/// An upload whose bytes are one blob.
#[derive(Debug, Clone)]
pub struct Finished {
    pub id: UploadId,
    pub phase: Option<PhaseId>,
    pub filename: String,
    pub blob: Blob,
}
