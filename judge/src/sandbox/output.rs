//! The output folder: a file system of its own in memory, mounted by the worker.
//!
//! A container's own tmpfs dies with it and a plain folder has no size limit. This one has both its size and its
//! number of files bounded, follows no symlink, and is still there when the container is gone. Its pages count in
//! the memory cgroup of whoever wrote them, so a track's memory limit must leave room for its output.

use std::{
    ffi::CString,
    fs, io,
    path::{Path, PathBuf},
};

use judge_core::{faults::FaultKind, limits::Limits};
use rustix::mount::{MountFlags, UnmountFlags};

use super::{Identity, SandboxError};

const PAGE: u64 = 4096;

#[derive(Debug)]
pub struct OutputFs {
    path: PathBuf,
    limit_bytes: u64,
    limit_files: u64,
}

impl OutputFs {
    /// Mounts it at `path`, writable by one user.
    pub fn mount(path: PathBuf, limits: &Limits, owner: Identity) -> Result<Self, SandboxError> {
        Self::mount_with_mode(path, limits, owner, 0o700)
    }

    /// Mounts it at `path` for two containers of one group: each may add files, neither may remove the other's.
    pub fn mount_shared(path: PathBuf, limits: &Limits, gid: u32) -> Result<Self, SandboxError> {
        Self::mount_with_mode(path, limits, Identity { uid: 0, gid }, 0o1770)
    }

    /// The same, and each may remove what the other left.
    pub fn mount_common(path: PathBuf, limits: &Limits, gid: u32) -> Result<Self, SandboxError> {
        Self::mount_with_mode(path, limits, Identity { uid: 0, gid }, 0o770)
    }

    fn mount_with_mode(
        path: PathBuf,
        limits: &Limits,
        owner: Identity,
        mode: u32,
    ) -> Result<Self, SandboxError> {
        fs::create_dir_all(&path).map_err(SandboxError::Mount)?;
        let flags = MountFlags::NOSUID | MountFlags::NODEV | MountFlags::NOSYMFOLLOW;
        // One page and one file above the limit: a file system that is full holds more than is allowed.
        let size = limits.output_bytes.next_multiple_of(PAGE) + PAGE;
        let files = u64::from(limits.output_files) + 2;
        let options =
            format!("size={size},nr_inodes={files},mode={mode:o},uid={},gid={}", owner.uid, owner.gid);
        let options = CString::new(options).expect("numbers hold no NUL");
        rustix::mount::mount("dautri-output", &path, "tmpfs", flags, options.as_c_str())
            .map_err(|error| SandboxError::Mount(error.into()))?;
        Ok(Self { path, limit_bytes: limits.output_bytes, limit_files: limits.output_files.into() })
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What is used up, if anything is.
    pub fn full(&self) -> Option<FaultKind> {
        let stat = rustix::fs::statvfs(&self.path).ok()?;
        if stat.f_bfree == 0 {
            Some(FaultKind::OutputBytes { limit_bytes: self.limit_bytes })
        } else if stat.f_ffree == 0 {
            Some(FaultKind::OutputFiles { limit: self.limit_files })
        } else {
            None
        }
    }
}

/// Takes a mount away, whether or not something still has it open.
pub fn unmount(path: &Path) -> io::Result<()> {
    match rustix::mount::unmount(path, UnmountFlags::DETACH | UnmountFlags::NOFOLLOW) {
        Ok(()) | Err(rustix::io::Errno::INVAL | rustix::io::Errno::NOENT) => Ok(()),
        Err(error) => Err(error.into()),
    }
}
