//! What is looked at before an attempt is spent. Pure.

use super::{SubmissionError, model::State};
use crate::competitions::model::TrackKind;

/// Refuses what is plainly the wrong kind of file, from its name and first bytes.
pub fn check_kind(kind: TrackKind, filename: &str, size: i64, head: &[u8]) -> Result<(), SubmissionError> {
    if size == 0 {
        return Err(SubmissionError::EmptyFile);
    }
    let is_zip = head.starts_with(b"PK\x03\x04") || head.starts_with(b"PK\x05\x06");
    let extension = std::path::Path::new(filename).extension().map(std::ffi::OsStr::to_ascii_lowercase);
    let named_zip = extension.as_ref().is_some_and(|e| e == "zip");
    let spreadsheet = extension.is_some_and(|e| ["xlsx", "xls", "ods"].iter().any(|s| e == *s));
    match kind {
        TrackKind::Code if !is_zip => Err(SubmissionError::NotAZip),
        TrackKind::Result if spreadsheet || (is_zip && !named_zip) => Err(SubmissionError::Spreadsheet),
        TrackKind::Result if named_zip && !is_zip => Err(SubmissionError::NotAZip),
        TrackKind::Code | TrackKind::Result => Ok(()),
    }
}

/// Where a submission is, from the states of its evaluations.
pub fn state(evaluations: &[&str]) -> State {
    if evaluations.iter().all(|s| *s == "done") {
        State::Done
    } else if evaluations.iter().all(|s| *s == "queued") {
        State::Queued
    } else {
        State::Judging
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(error: Result<(), SubmissionError>) -> String {
        error.unwrap_err().to_string()
    }

    #[test]
    fn a_code_track_takes_zip_archives_only() {
        assert!(check_kind(TrackKind::Code, "a.zip", 9, b"PK\x03\x04").is_ok());
        assert!(check_kind(TrackKind::Code, "a.dat", 9, b"PK\x03\x04").is_ok(), "the bytes decide");
        assert_eq!(code(check_kind(TrackKind::Code, "a.zip", 9, b"\x1f\x8b")), "the file is no ZIP archive");
        assert_eq!(code(check_kind(TrackKind::Code, "a.zip", 0, b"")), "the file is empty");
    }

    #[test]
    fn a_result_track_refuses_spreadsheets_before_an_attempt_is_spent() {
        assert!(check_kind(TrackKind::Result, "a.csv", 9, b"id,y").is_ok());
        assert!(check_kind(TrackKind::Result, "a.ZIP", 9, b"PK\x03\x04").is_ok());
        for (name, head) in [("a.xlsx", &b"PK\x03\x04"[..]), ("a.csv", b"PK\x03\x04"), ("a.xls", b"\xd0\xcf")]
        {
            assert_eq!(
                code(check_kind(TrackKind::Result, name, 9, head)),
                "the file is a spreadsheet",
                "{name}"
            );
        }
        assert_eq!(code(check_kind(TrackKind::Result, "a.zip", 9, b"id,y")), "the file is no ZIP archive");
    }

    #[test]
    fn a_submission_is_done_when_every_evaluation_is() {
        assert_eq!(state(&["queued", "queued"]), State::Queued);
        assert_eq!(state(&["queued", "done"]), State::Judging);
        assert_eq!(state(&["scoring"]), State::Judging);
        assert_eq!(state(&["done", "done"]), State::Done);
    }
}
