//! Reads the tar archive that a prediction step left.
//!
//! A worker wrote it, but perhaps on another machine, and its names were chosen by a team's program.

use std::fs::File;

use judge_core::faults::{FaultKind, quote};
use tar::EntryType;

use super::{UnpackError, copy_in_pieces, tree::Tree};

pub(crate) fn unpack(archive: File, tree: &mut Tree) -> Result<(), UnpackError> {
    let corrupt = |_| UnpackError::from(FaultKind::CorruptArchive);
    let mut archive = tar::Archive::new(archive);
    for entry in archive.entries().map_err(corrupt)? {
        let mut entry = entry.map_err(corrupt)?;
        let bytes = entry.path_bytes().into_owned();
        let name = String::from_utf8_lossy(&bytes).into_owned();
        match entry.header().entry_type() {
            EntryType::Directory => tree.folder(&name)?,
            EntryType::Regular => {
                let mut file = tree.file(&name)?;
                copy_in_pieces(&mut entry, |piece| file.write(piece), corrupt)?;
            }
            _ => return Err(FaultKind::LinkEntry { path: quote(&name) }.into()),
        }
    }
    Ok(())
}
