//! Reads the metadata file of what a team handed in.

use std::{io::Read, path::Path};

use judge_core::codabench::{self, LONGEST_METADATA, METADATA_FILES, Metadata};

use super::{Answer, Confinement, confine, open_beneath};

pub(crate) fn read(confinement: &Confinement, folder: &Path) -> Answer {
    // Opened before the privileges go, read after.
    let file = METADATA_FILES.iter().find_map(|name| open_beneath(folder, name).ok());
    if let Err(error) = confine::confine(confinement) {
        return Answer::Failed(format!("the child could not be confined: {error}"));
    }
    let Some(file) = file else { return Answer::Metadata(Metadata::Absent) };
    let mut text = String::new();
    match file.take(LONGEST_METADATA + 1).read_to_string(&mut text) {
        Ok(read) if read as u64 <= LONGEST_METADATA => Answer::Metadata(codabench::of_submission(&text)),
        Ok(_) => Answer::Metadata(Metadata::Silent),
        Err(error) if error.kind() == std::io::ErrorKind::InvalidData => Answer::Metadata(Metadata::Silent),
        Err(error) => Answer::Failed(format!("a metadata file: {error}")),
    }
}
