//! The worker's folder: who it belongs to, what lies where, how much room is left.

use std::{
    fs::{self, File, OpenOptions},
    io,
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use rustix::fs::FlockOperation;
use uuid::Uuid;

use crate::error::WorkerError;

/// An open data folder. The lock is held as long as it lives.
#[derive(Debug)]
pub struct DataDir {
    root: PathBuf,
    id: String,
    _lock: File,
}

impl DataDir {
    pub fn open(root: &Path) -> Result<Self, WorkerError> {
        let failed = |source| WorkerError::DataDir { path: root.to_owned(), source };
        make_private(root).map_err(failed)?;
        let root = root.canonicalize().map_err(failed)?;
        let lock = private_file(&root.join("lock")).map_err(failed)?;
        if rustix::fs::flock(&lock, FlockOperation::NonBlockingLockExclusive).is_err() {
            return Err(WorkerError::DataDirInUse(root));
        }
        for name in ["jobs", "cache", "incoming", "empty"] {
            make_private(&root.join(name)).map_err(failed)?;
        }
        let id = read_or_make_id(&root.join("worker-id")).map_err(failed)?;
        Ok(Self { root, id, _lock: lock })
    }

    /// Twelve hexadecimal digits that tell this worker's containers and cgroups from others'.
    pub fn id(&self) -> &str {
        &self.id
    }

    pub fn root(&self) -> &Path {
        &self.root
    }

    /// One folder for each job that runs now.
    pub fn jobs(&self) -> PathBuf {
        self.root.join("jobs")
    }

    /// Organizers' archives, unpacked, by hash.
    pub fn cache(&self) -> PathBuf {
        self.root.join("cache")
    }

    /// Downloads under way that belong to no single job.
    pub fn incoming(&self) -> PathBuf {
        self.root.join("incoming")
    }

    /// Stays empty: the root folder of child processes that need no files.
    pub fn empty(&self) -> PathBuf {
        self.root.join("empty")
    }

    pub fn credential(&self) -> PathBuf {
        self.root.join("token")
    }

    pub fn free_bytes(&self) -> io::Result<u64> {
        free_bytes(&self.root)
    }
}

/// What an unprivileged writer could still write there.
pub fn free_bytes(path: &Path) -> io::Result<u64> {
    let stat = rustix::fs::statvfs(path)?;
    Ok(stat.f_bavail.saturating_mul(stat.f_frsize))
}

fn make_private(path: &Path) -> io::Result<()> {
    fs::DirBuilder::new().recursive(true).mode(0o700).create(path)
}

fn private_file(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(path)
}

fn read_or_make_id(path: &Path) -> io::Result<String> {
    if let Ok(text) = fs::read_to_string(path) {
        let text = text.trim();
        if text.len() == 12 && text.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Ok(text.to_owned());
        }
    }
    let id = Uuid::new_v4().simple().to_string()[..12].to_owned();
    fs::write(path, &id)?;
    Ok(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_data_folder_serves_one_worker_at_a_time_and_keeps_its_id() {
        let folder = tempfile::tempdir().unwrap();
        let first = DataDir::open(folder.path()).unwrap();
        let id = first.id().to_owned();
        assert!(matches!(DataDir::open(folder.path()), Err(WorkerError::DataDirInUse(_))));
        drop(first);
        assert_eq!(DataDir::open(folder.path()).unwrap().id(), id);
    }
}
