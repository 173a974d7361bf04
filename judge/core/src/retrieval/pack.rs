//! Finds each query's file in a pack.

use std::collections::BTreeMap;

use super::{
    FOLDER, Truth,
    rows::{self, Row},
};
use crate::{
    check::Findings,
    faults::{Fault, FaultKind, quote},
};

/// Faults of one file that are listed, so that one bad file does not hide the others.
const MOST_OF_FILE: usize = 20;
/// Faults of a pack that are listed, and warnings.
const MOST: usize = 200;
const SPREADSHEETS: [&str; 5] = ["xlsx", "xls", "xlsm", "ods", "numbers"];

/// A plain file of the archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackFile {
    /// Inside the archive, with `/` between folders.
    pub path: String,
    pub bytes: Vec<u8>,
}

/// The rows of each query, in the truth's order. A query without a file has none.
pub(super) type Answers = Vec<Vec<Row>>;

/// Reads all files. The answers mean something only if there is no fault.
pub(super) fn read(truth: &Truth, files: &[PackFile]) -> (Answers, Findings) {
    let mut found = Findings::default();
    let by_name: BTreeMap<&str, usize> =
        truth.queries.iter().enumerate().map(|(place, query)| (query.query.as_str(), place)).collect();
    let mut answers: Vec<Option<Vec<Row>>> = vec![None; truth.queries.len()];
    if is_workbook(files) {
        found.faults.push(Fault::new(FaultKind::SpreadsheetFile));
        return (vec![Vec::new(); truth.queries.len()], found);
    }
    let has_folder = files.iter().any(|file| in_folder(&file.path).is_some());
    if !has_folder {
        found.faults.push(Fault::new(FaultKind::FolderMissing { folder: FOLDER.to_owned() }));
    }
    for file in files {
        let mut finder = Finder { file: quote(&file.path), found: &mut found, listed: 0 };
        // Without the folder the files are still looked at, wherever they lie: all faults at once.
        let name = match in_folder(&file.path) {
            Some(name) => name,
            None if has_folder => {
                finder.stray(&file.path);
                continue;
            }
            None => base_name(&file.path),
        };
        let Some(stem) = finder.stem(name) else { continue };
        match by_name.get(stem) {
            None => finder.in_file(FaultKind::UnknownQuery { query: quote(stem) }),
            Some(place) => {
                let rows = rows::read(&truth.queries[*place], &file.bytes, &mut finder);
                answers[*place] = Some(rows);
            }
        }
    }
    tell_missing(truth, &answers, &mut found);
    (answers.into_iter().map(Option::unwrap_or_default).collect(), found)
}

/// A query without a file scores 0, which is allowed; a pack of nothing is not.
fn tell_missing(truth: &Truth, answers: &[Option<Vec<Row>>], found: &mut Findings) {
    if answers.iter().all(Option::is_none) {
        if found.faults.is_empty() {
            found.faults.push(Fault::new(FaultKind::NoAnswers { folder: FOLDER.to_owned() }));
        }
        return;
    }
    let missing = truth.queries.iter().zip(answers).filter(|(_, rows)| rows.is_none());
    for (query, _) in missing {
        found.warn(Fault::new(FaultKind::MissingQuery { query: query.query.clone() }));
    }
}

/// The name of a file that lies directly in the folder.
fn in_folder(path: &str) -> Option<&str> {
    let name = path.strip_prefix(FOLDER)?.strip_prefix('/')?;
    (!name.contains('/')).then_some(name)
}

fn base_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// An .xlsx file is a ZIP archive too.
fn is_workbook(files: &[PackFile]) -> bool {
    let has = |path: &str| files.iter().any(|file| file.path == path);
    has("[Content_Types].xml") && files.iter().any(|file| file.path.starts_with("xl/"))
}

fn extension(name: &str) -> String {
    name.rsplit_once('.').map(|(_, end)| end.to_ascii_lowercase()).unwrap_or_default()
}

/// Notes what is wrong with one file.
#[derive(Debug)]
pub(super) struct Finder<'a> {
    file: String,
    found: &'a mut Findings,
    listed: usize,
}

impl Finder<'_> {
    pub(super) fn in_file(&mut self, kind: FaultKind) {
        self.push(Fault::in_file(self.file.clone(), kind));
    }

    pub(super) fn at_line(&mut self, line: u64, kind: FaultKind) {
        self.push(Fault::at_line(self.file.clone(), line, kind));
    }

    fn push(&mut self, fault: Fault) {
        let end = match (self.listed.cmp(&MOST_OF_FILE), self.found.faults.len().cmp(&MOST)) {
            (std::cmp::Ordering::Less, std::cmp::Ordering::Less) => fault,
            (std::cmp::Ordering::Equal, std::cmp::Ordering::Less) => {
                let shown = MOST_OF_FILE as u64;
                Fault::in_file(self.file.clone(), FaultKind::TooManyFaults { shown })
            }
            (_, std::cmp::Ordering::Equal) => Fault::new(FaultKind::TooManyFaults { shown: MOST as u64 }),
            _ => return,
        };
        self.listed += 1;
        self.found.faults.push(end);
    }

    /// The query that a file in the folder answers.
    fn stem<'n>(&mut self, name: &'n str) -> Option<&'n str> {
        let end = extension(name);
        if end == "csv" {
            return name.get(..name.len() - ".csv".len());
        }
        let is_spreadsheet = SPREADSHEETS.contains(&end.as_str());
        self.in_file(if is_spreadsheet { FaultKind::SpreadsheetFile } else { FaultKind::NotACsvFile });
        None
    }

    /// A file outside the folder: an answer there would be lost, anything else does no harm.
    fn stray(&mut self, path: &str) {
        let end = extension(path);
        if end == "csv" || SPREADSHEETS.contains(&end.as_str()) {
            self.in_file(FaultKind::OutsideFolder { folder: FOLDER.to_owned() });
        } else {
            self.found.warn(Fault::in_file(self.file.clone(), FaultKind::IgnoredFile));
        }
    }
}

impl Findings {
    fn warn(&mut self, warning: Fault) {
        if self.warnings.len() < MOST {
            self.warnings.push(warning);
        }
    }
}
