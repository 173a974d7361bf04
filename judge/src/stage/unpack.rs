//! Has archives unpacked by a child process.

use std::{
    fs::{self, File},
    os::unix::fs::PermissionsExt,
    path::Path,
    time::Duration,
};

use judge_core::faults::{Fault, FaultKind};

use super::StageError;
use crate::child::{Answer, Caller, Confinement, Task, UnpackLimits, Unpacked, give_to};

const MEMORY_BYTES: u64 = 256 * 1024 * 1024;

/// What kind of archive it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    Zip,
    Tar,
}

/// Unpacks as one user.
#[derive(Debug, Clone)]
pub struct Unpacker {
    pub caller: Caller,
    pub uid: u32,
}

impl Unpacker {
    /// Unpacks into a new folder. Faults name what is wrong with the archive.
    pub async fn unpack(
        &self,
        form: Form,
        archive: &Path,
        folder: &Path,
        limits: UnpackLimits,
    ) -> Result<Unpacked, StageError> {
        let failed = |error: std::io::Error| StageError::local("unpacking", error);
        let required = limits.required.clone();
        fs::create_dir(folder).map_err(failed)?;
        fs::set_permissions(folder, fs::Permissions::from_mode(0o755)).map_err(failed)?;
        give_to(folder, self.uid).map_err(failed)?;
        let input = File::open(archive).map_err(failed)?;
        let cpu_seconds = cpu_seconds(limits.bytes);
        let confinement = Confinement {
            root: folder.to_owned(),
            uid: self.uid,
            memory_bytes: MEMORY_BYTES,
            cpu_seconds,
            file_bytes: limits.bytes,
            parent: rustix::process::getpid().as_raw_nonzero().get(),
        };
        let task = match form {
            Form::Zip => Task::UnpackZip(limits),
            Form::Tar => Task::UnpackTar(limits),
        };
        let time = Duration::from_secs(cpu_seconds * 3);
        match self.caller.call(task, Some(input), confinement, time).await {
            Ok(Answer::Unpacked(unpacked)) => check_required(folder, unpacked, &required),
            Ok(Answer::Faults(faults)) => Err(StageError::Faults(faults)),
            Ok(other) => Err(StageError::Local(format!("unpacking was answered with {other:?}"))),
            Err(error) if error.is_by_input() => {
                tracing::warn!(%error, "an archive brought its child process down");
                Err(StageError::Faults(vec![Fault::new(FaultKind::CorruptArchive)]))
            }
            Err(error) => Err(StageError::local("unpacking", error)),
        }
    }
}

/// Files of an archive that holds none of the required ones at its top are named one by one.
fn check_required(folder: &Path, unpacked: Unpacked, required: &[String]) -> Result<Unpacked, StageError> {
    let root = folder.join(&unpacked.root);
    let missing: Vec<Fault> = required
        .iter()
        .filter(|name| !root.join(name).is_file())
        .map(|name| Fault::new(FaultKind::MissingFile { path: name.clone() }))
        .collect();
    if missing.is_empty() { Ok(unpacked) } else { Err(StageError::Faults(missing)) }
}

/// Inflating takes about a second for 100 MB; a slow or busy machine gets ten times that.
fn cpu_seconds(bytes: u64) -> u64 {
    const BYTES_PER_SECOND: u64 = 10 * 1024 * 1024;
    20 + bytes / BYTES_PER_SECOND
}
