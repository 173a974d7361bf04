//! What is looked at before an attempt is spent. Pure.

use super::{
    SubmissionError,
    model::{Attempts, Gate, State},
};
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

/// Why nothing was accepted.
pub fn refusal(gate: Gate, attempts: Attempts) -> SubmissionError {
    let Attempts { used_today, per_day, used_total, total, running, max_running, returns_at } = attempts;
    if !gate.open {
        return SubmissionError::PhaseClosed;
    }
    if let Some(reason) = gate.paused {
        return SubmissionError::Paused { reason };
    }
    match (total, per_day, max_running) {
        (Some(limit), ..) if used_total >= limit => {
            SubmissionError::AttemptsSpent { limit, used: used_total }
        }
        (_, Some(limit), _) if used_today >= limit => {
            SubmissionError::DailyAttemptsSpent { limit, used: used_today, returns_at }
        }
        (_, _, Some(limit)) if running >= i64::from(limit) => SubmissionError::TooManyRunning { limit },
        // What was in the way is gone by now: the same call again may go well.
        _ => SubmissionError::JustChanged,
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
    use crate::kernel::Timestamp;

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

    fn refused(adjust: impl FnOnce(&mut Gate, &mut Attempts)) -> String {
        let mut gate = Gate { open: true, paused: None };
        let mut attempts = Attempts {
            used_today: 3,
            per_day: None,
            used_total: 7,
            total: None,
            running: 2,
            max_running: None,
            returns_at: None,
        };
        adjust(&mut gate, &mut attempts);
        refusal(gate, attempts).to_string()
    }

    #[test]
    fn a_refusal_names_what_lasts_longest() {
        assert_eq!(refused(|g, a| (g.open, a.total) = (false, Some(1))), "the phase is not open");
        assert_eq!(
            refused(|g, a| (g.paused, a.total) = (Some("mất điện".into()), Some(1))),
            "hand-ins are paused: mất điện"
        );
        assert_eq!(refused(|_, a| (a.total, a.per_day) = (Some(7), Some(1))), "7 of 7 attempts are used");
        assert_eq!(
            refused(|_, a| (a.per_day, a.max_running) = (Some(2), Some(1))),
            "3 of 2 attempts of today are used",
            "also where the limit was lowered"
        );
        assert_eq!(refused(|_, a| a.max_running = Some(2)), "2 submissions are on their way already");
        assert_eq!(refused(|_, a| a.max_running = Some(3)), "what was in the way has just changed");
    }

    #[test]
    fn attempts_return_with_the_next_day_unless_none_will() {
        let at = |second| Timestamp::from_timestamp(second, 0).unwrap();
        let returns = |per_day, total, ends| {
            let attempts = Attempts {
                used_today: 1,
                per_day,
                used_total: 5,
                total,
                running: 0,
                max_running: None,
                returns_at: None,
            };
            attempts.returning(at(100), at(ends)).returns_at
        };
        assert_eq!(returns(Some(3), None, 200), Some(at(100)));
        assert_eq!(returns(Some(3), Some(6), 200), Some(at(100)));
        assert_eq!(returns(Some(3), Some(5), 200), None, "the total is spent");
        assert_eq!(returns(Some(3), None, 100), None, "the phase is over by then");
        assert_eq!(returns(None, None, 200), None, "nothing is counted by day");
    }

    #[test]
    fn a_submission_is_done_when_every_evaluation_is() {
        assert_eq!(state(&["queued", "queued"]), State::Queued);
        assert_eq!(state(&["queued", "done"]), State::Judging);
        assert_eq!(state(&["scoring"]), State::Judging);
        assert_eq!(state(&["done", "done"]), State::Done);
    }
}
