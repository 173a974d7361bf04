//! Unpacking for the server: an organizer's archive is a stranger's archive too.

use std::path::Path;

use judge_core::faults::Fault;

use crate::{
    child::{Caller, UnpackLimits},
    stage::{Form, StageError, Unpacker},
};

/// User of the child process where the server runs as root: none that owns anything.
const UID: u32 = 64_099;
/// A definition with its data.
const MOST_BYTES: u64 = 64 * 1024 * 1024 * 1024;
const MOST_FILES: u64 = 1_000_000;

/// Unpacks a ZIP archive into a folder that does not exist yet, in a confined child process of this executable.
/// The inner error lists what is wrong with the archive.
pub async fn unpack(archive: &Path, folder: &Path) -> std::io::Result<Result<(), Vec<Fault>>> {
    unpack_with(&std::env::current_exe()?, archive, folder).await
}

/// The same with another executable that has the hidden subcommand `child`.
pub async fn unpack_with(
    exe: &Path,
    archive: &Path,
    folder: &Path,
) -> std::io::Result<Result<(), Vec<Fault>>> {
    let unpacker = Unpacker { caller: Caller { exe: exe.to_owned() }, uid: UID };
    let limits = UnpackLimits { bytes: MOST_BYTES, files: MOST_FILES, required: Vec::new() };
    match unpacker.unpack(Form::Zip, archive, folder, limits).await {
        Ok(_) => Ok(Ok(())),
        Err(StageError::Faults(faults)) => Ok(Err(faults)),
        Err(error) => Err(std::io::Error::other(error.to_string())),
    }
}
