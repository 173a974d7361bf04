use std::path::{Path, PathBuf};

use super::scratch::Scratch;
use crate::kernel::ids::BlobId;

/// A blob that is durable.
#[derive(Debug, Clone)]
pub struct Stored {
    pub blob: BlobId,
    pub sha256: [u8; 32],
    pub size: i64,
}

/// A durable piece of an upload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    pub key: String,
    pub size: u64,
}

impl Part {
    pub fn length(&self) -> i64 {
        i64::try_from(self.size).expect("a piece is at most 8 MB")
    }
}

/// Bytes `start..end` of a blob.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Range {
    pub start: u64,
    pub end: u64,
}

/// A blob as a file of this machine, for as long as this value lives: the blob itself, which nobody may change,
/// or a copy.
#[derive(Debug)]
pub enum LocalCopy {
    Itself(PathBuf),
    Copy(Scratch),
}

impl LocalCopy {
    pub fn path(&self) -> &Path {
        match self {
            Self::Itself(path) => path,
            Self::Copy(scratch) => scratch.path(),
        }
    }
}
