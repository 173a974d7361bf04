//! Looks over what a team sent, before it costs an attempt. The scorers' own readers do the reading.

use std::{fs::File, io, io::Read, path::Path};

use judge_core::{
    check::{ArchiveLimits, Check, Findings},
    faults::{Fault, FaultKind},
    protocol::{RetrievalScorer, TableScorer},
    retrieval::{self, Truth},
    tables::{self, ScoreError},
};

use super::{
    Answer, Confinement, UnpackError, confine, pack,
    tree::{Tree, Wanted},
    unpack_zip,
};

/// A truth that is larger is left to the worker, which has more memory.
const LARGEST_TRUTH: u64 = 256 * 1024 * 1024;

/// Opened before the privileges go, read after.
struct Opened {
    file: File,
    truth: Option<File>,
}

pub(crate) fn check(confinement: &Confinement, check: &Check, file: &Path, truth: Option<&Path>) -> Answer {
    let open = || Ok(Opened { file: File::open(file)?, truth: truth.map(File::open).transpose()? });
    let opened = match open() {
        Ok(opened) => opened,
        Err::<_, io::Error>(error) => return Answer::Failed(format!("the file to be checked: {error}")),
    };
    if let Err(error) = confine::confine(confinement) {
        return Answer::Failed(format!("the child could not be confined: {error}"));
    }
    let found = match check {
        Check::Table { spec, zipped, limits } => table(opened, spec, *zipped, *limits),
        Check::Pack { spec } => ranked_answers(opened, spec),
        Check::Archive { required_files, limits } => archive(opened.file, required_files, *limits),
    };
    match found {
        Ok(findings) => Answer::Checked(findings),
        Err(UnpackError::Faults(faults)) => Answer::Checked(Findings { faults, ..Findings::default() }),
        // More than a check may take: the worker, which may take more, says what it is.
        Err(UnpackError::Io(error)) if error.kind() == io::ErrorKind::OutOfMemory => {
            Answer::Checked(Findings::incomplete())
        }
        Err(UnpackError::Io(error)) => Answer::Failed(format!("the file to be checked: {error}")),
    }
}

/// The whole archive is read, so that what is corrupt inside shows.
fn archive(file: File, required: &[String], limits: ArchiveLimits) -> Result<Findings, UnpackError> {
    let mut tree = Tree::in_memory(Wanted::None, limits.bytes, limits.files);
    unpack_zip::unpack(file, &mut tree)?;
    let root = tree.root_with(required);
    let missing = required.iter().filter(|name| !tree.has(&below(&root, name)));
    let faults = missing.map(|name| Fault::new(FaultKind::MissingFile { path: name.clone() })).collect();
    Ok(Findings { faults, ..Findings::default() })
}

fn ranked_answers(opened: Opened, spec: &RetrievalScorer) -> Result<Findings, UnpackError> {
    let files = pack::files(opened.file)?;
    let truth = truth(opened.truth, &spec.truth_file);
    Ok(match truth.and_then(|json| Truth::read(&json).ok()) {
        Some(truth) => retrieval::check(&truth, &files),
        None => Findings::incomplete(),
    })
}

fn table(
    mut opened: Opened,
    spec: &TableScorer,
    zipped: bool,
    limits: ArchiveLimits,
) -> Result<Findings, UnpackError> {
    let predictions = if zipped {
        match table_in_archive(opened.file, &spec.predictions_file, limits)? {
            Ok(bytes) => bytes,
            Err(missing) => return Ok(missing),
        }
    } else {
        let mut bytes = Vec::new();
        opened.file.read_to_end(&mut bytes)?;
        bytes
    };
    let Some(truth) = truth(opened.truth, &spec.truth_file) else { return Ok(Findings::incomplete()) };
    Ok(match tables::check_predictions(spec, &truth[..], &predictions[..]) {
        Ok(()) => Findings::default(),
        Err(ScoreError::Predictions(faults)) => Findings { faults, ..Findings::default() },
        // The organizer's affair, and told to organizers when the worker meets it.
        Err(_) => Findings::incomplete(),
    })
}

/// The table's bytes, or that it is missing.
fn table_in_archive(
    file: File,
    name: &str,
    limits: ArchiveLimits,
) -> Result<Result<Vec<u8>, Findings>, UnpackError> {
    let mut tree = Tree::in_memory(Wanted::Named(name.to_owned()), limits.bytes, limits.files);
    unpack_zip::unpack(file, &mut tree)?;
    let path = below(&tree.root_with(&[name.to_owned()]), name);
    let missing = || Fault::new(FaultKind::MissingFile { path: name.to_owned() });
    let found = tree.into_kept().remove(&path);
    Ok(found.ok_or_else(|| Findings { faults: vec![missing()], ..Findings::default() }))
}

/// The truth, unless something is wrong with it: that is nothing a team could mend.
fn truth(archive: Option<File>, name: &str) -> Option<Vec<u8>> {
    unpack_zip::read_one(archive?, name, LARGEST_TRUTH).ok().flatten()
}

fn below(root: &str, name: &str) -> String {
    if root.is_empty() { name.to_owned() } else { format!("{root}/{name}") }
}
