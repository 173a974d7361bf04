//! Scores an archive of ranked answers against the truth.

use std::{fs::File, io::Read, path::Path};

use judge_core::{
    protocol::RetrievalScorer,
    retrieval::{self, MOST_BYTES, MOST_FILES, PackFile, Truth},
    verdict::Verdict,
};

use super::{
    Answer, Confinement, UnpackError, confine, open_beneath, score,
    tree::{Tree, Wanted},
    unpack_zip,
};

pub(crate) fn score(
    confinement: &Confinement,
    spec: &RetrievalScorer,
    truth: &Path,
    archive: &Path,
) -> Answer {
    // Opened before the privileges go, read after.
    let mut truth_file = match open_beneath(truth, &spec.truth_file) {
        Ok(file) => file,
        Err(error) => return score::without_truth(&spec.truth_file, &error),
    };
    let archive = match File::open(archive) {
        Ok(file) => file,
        Err(error) => return Answer::Failed(format!("the pack: {error}")),
    };
    if let Err(error) = confine::confine(confinement) {
        return Answer::Failed(format!("the child could not be confined: {error}"));
    }
    let mut json = Vec::new();
    if let Err(error) = truth_file.read_to_end(&mut json) {
        return Answer::Failed(format!("{} of the truth: {error}", spec.truth_file));
    }
    let files = match files(archive) {
        Ok(files) => files,
        Err(UnpackError::Faults(faults)) => return Answer::NotScored(Verdict::WrongFormat, faults),
        Err(UnpackError::Io(error)) => return Answer::Failed(format!("the pack: {error}")),
    };
    let scored =
        Truth::read(&json).map_err(Into::into).and_then(|truth| retrieval::score(spec, &truth, &files));
    match scored {
        Ok(scored) => Answer::Scored(scored.scores, scored.items),
        Err(error) => Answer::NotScored(error.verdict(), error.faults()),
    }
}

/// All files of a pack's archive, in memory.
pub(crate) fn files(archive: File) -> Result<Vec<PackFile>, UnpackError> {
    let mut tree = Tree::in_memory(Wanted::All, MOST_BYTES, MOST_FILES);
    unpack_zip::unpack(archive, &mut tree)?;
    Ok(tree.into_kept().into_iter().map(|(path, bytes)| PackFile { path, bytes }).collect())
}
