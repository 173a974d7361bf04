use super::checksum::Checksum;
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
    /// `Upload-Metadata` as the client wrote it.
    pub metadata: String,
    pub length: i64,
    pub received: i64,
    pub blob: Option<BlobId>,
    pub used_at: Option<Timestamp>,
    pub expires_at: Timestamp,
    /// Its time is over by the database's clock, and nothing has used it.
    pub expired: bool,
}

/// Where an upload stands, and until when it is kept if nothing more comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    pub offset: i64,
    pub expires_at: Timestamp,
}

/// What a client says of the bytes that it sends along.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    pub offset: i64,
    pub checksum: Option<Checksum>,
}

/// An upload whose bytes are one blob.
#[derive(Debug, Clone)]
pub struct Finished {
    pub id: UploadId,
    pub phase: Option<PhaseId>,
    pub filename: String,
    pub blob: Blob,
}
