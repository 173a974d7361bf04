//! What is looked at before an attempt is spent. Pure.

use judge_core::{
    check::{ArchiveLimits, Check},
    faults::{Fault, FaultKind},
    limits::Limits,
};

use super::{
    SubmissionError,
    model::{Attempts, CheckedTask, Gate, State},
};
use crate::{
    competitions::model::{HandedIn, Judging, ScorerRules, TrackKind},
    judging::model::Ended,
    kernel::ids::BlobId,
};

/// What a phase takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Takes {
    /// A ZIP archive, whatever it is called.
    Archive,
    /// A table, or a ZIP archive that is named so.
    Table,
}

impl Takes {
    pub fn of<'a>(kind: TrackKind, mut tasks: impl Iterator<Item = &'a Judging>) -> Self {
        let asks_for_pack = |judging: &Judging| matches!(judging.scorer, ScorerRules::Retrieval(_));
        match kind {
            TrackKind::Code => Self::Archive,
            TrackKind::Result if tasks.any(asks_for_pack) => Self::Archive,
            TrackKind::Result => Self::Table,
        }
    }
}

/// Refuses what is plainly the wrong kind of file, from its name and first bytes.
pub fn check_kind(takes: Takes, filename: &str, size: i64, head: &[u8]) -> Result<(), SubmissionError> {
    if size == 0 {
        return Err(SubmissionError::EmptyFile);
    }
    let is_zip = head.starts_with(b"PK\x03\x04") || head.starts_with(b"PK\x05\x06");
    let extension = std::path::Path::new(filename).extension().map(std::ffi::OsStr::to_ascii_lowercase);
    let named_zip = extension.as_ref().is_some_and(|e| e == "zip");
    let spreadsheet = extension.is_some_and(|e| ["xlsx", "xls", "ods"].iter().any(|s| e == *s));
    match takes {
        Takes::Archive if is_zip => Ok(()),
        Takes::Archive if spreadsheet => Err(SubmissionError::Spreadsheet),
        Takes::Archive => Err(SubmissionError::NotAZip),
        Takes::Table if spreadsheet || (is_zip && !named_zip) => Err(SubmissionError::Spreadsheet),
        Takes::Table if named_zip && !is_zip => Err(SubmissionError::NotAZip),
        Takes::Table => Ok(()),
    }
}

/// Why nothing was accepted.
pub fn refusal(gate: Gate, attempts: Attempts) -> SubmissionError {
    let Attempts { used_today, per_day, used_total, total, running, max_running, returns_at } = attempts;
    if !gate.open {
        return SubmissionError::PhaseClosed;
    }
    if !gate.advanced {
        return SubmissionError::NotAdvanced;
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

/// The same refusal as a finding of a check.
pub fn fault_of_kind(error: &SubmissionError) -> Option<Fault> {
    let kind = match error {
        SubmissionError::EmptyFile => FaultKind::EmptyFile,
        SubmissionError::NotAZip => FaultKind::NotAZip,
        SubmissionError::Spreadsheet => FaultKind::SpreadsheetFile,
        _ => return None,
    };
    Some(Fault::new(kind))
}

/// What must be looked at for these tasks, each check once, with the truth that it needs.
pub fn checks(tasks: &[CheckedTask], filename: &str) -> Vec<(Check, Option<BlobId>)> {
    let mut checks = Vec::new();
    for task in tasks {
        let Some(check) = check(&task.judging, filename) else { continue };
        let truth = check.needs_truth().then_some(task.truth);
        if !checks.contains(&(check.clone(), truth)) {
            checks.push((check, truth));
        }
    }
    checks
}

/// What is looked at for one task; `None` where only the organizer's own scorer knows what a file should be.
fn check(judging: &Judging, filename: &str) -> Option<Check> {
    if let Some(program) = &judging.program {
        return Some(archive(program.requires.clone(), &program.limits));
    }
    let table = |zipped| match &judging.scorer {
        ScorerRules::Builtin(spec) => {
            let limits = archive_limits(&Limits::default());
            Some(Check::Table { spec: spec.clone(), zipped, limits })
        }
        ScorerRules::Program(_) | ScorerRules::Retrieval(_) => None,
    };
    match (&judging.scorer, judging.scorer.handed_in(filename)) {
        (ScorerRules::Retrieval(spec), _) => Some(Check::Pack { spec: spec.clone() }),
        (ScorerRules::Program(program), HandedIn::Archive { holds }) => {
            Some(archive(vec![holds.to_owned()], &program.limits))
        }
        (_, HandedIn::Archive { .. }) => table(true),
        (_, HandedIn::File { .. } | HandedIn::Pack) => table(false),
    }
}

fn archive(required_files: Vec<String>, limits: &Limits) -> Check {
    Check::Archive { required_files, limits: archive_limits(limits) }
}

fn archive_limits(limits: &Limits) -> ArchiveLimits {
    ArchiveLimits { bytes: limits.unpacked_bytes, files: limits.unpacked_files.into() }
}

/// Where a submission is, from how it ended and the states of its evaluations.
pub fn state(ended: Option<Ended>, evaluations: &[&str]) -> State {
    match ended {
        Some(Ended::Withdrawn) => return State::Withdrawn,
        Some(Ended::Cancelled) => return State::Cancelled,
        None => {}
    }
    if evaluations.iter().all(|s| *s == "done") {
        State::Done
    } else if evaluations.iter().all(|s| ["done", "cancelled"].contains(s)) {
        State::Cancelled
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
        assert!(check_kind(Takes::Archive, "a.zip", 9, b"PK\x03\x04").is_ok());
        assert!(check_kind(Takes::Archive, "a.dat", 9, b"PK\x03\x04").is_ok(), "the bytes decide");
        assert_eq!(code(check_kind(Takes::Archive, "a.zip", 9, b"\x1f\x8b")), "the file is no ZIP archive");
        assert_eq!(code(check_kind(Takes::Archive, "a.zip", 0, b"")), "the file is empty");
    }

    #[test]
    fn a_result_track_refuses_spreadsheets_before_an_attempt_is_spent() {
        assert!(check_kind(Takes::Table, "a.csv", 9, b"id,y").is_ok());
        assert!(check_kind(Takes::Table, "a.ZIP", 9, b"PK\x03\x04").is_ok());
        for (name, head) in [("a.xlsx", &b"PK\x03\x04"[..]), ("a.csv", b"PK\x03\x04"), ("a.xls", b"\xd0\xcf")]
        {
            assert_eq!(code(check_kind(Takes::Table, name, 9, head)), "the file is a spreadsheet", "{name}");
        }
        assert_eq!(code(check_kind(Takes::Table, "a.zip", 9, b"id,y")), "the file is no ZIP archive");
    }

    fn judging(value: serde_json::Value) -> Judging {
        serde_json::from_value(value).unwrap()
    }

    fn builtin() -> serde_json::Value {
        serde_json::json!({"builtin": {
            "predictions_file": "p.csv", "target_column": "y", "prediction_columns": ["y"],
            "metrics": [{"metric": "accuracy"}],
        }})
    }

    fn task(scorer: &serde_json::Value) -> CheckedTask {
        let judging = judging(serde_json::json!({"program": null, "scorer": scorer}));
        CheckedTask { judging, truth: BlobId::new() }
    }

    #[test]
    fn a_pack_is_an_archive_whatever_it_is_called() {
        let pack = task(&serde_json::json!({"retrieval": {}}));
        let takes = Takes::of(TrackKind::Result, [&pack.judging].into_iter());
        assert_eq!(takes, Takes::Archive);
        assert!(check_kind(takes, "bai-nop", 9, b"PK\x03\x04").is_ok());
        assert_eq!(code(check_kind(takes, "query-1-kis.csv", 9, b"V,1\n")), "the file is no ZIP archive");
        assert_eq!(code(check_kind(takes, "a.xls", 9, b"\xd0\xcf")), "the file is a spreadsheet");
        let table = task(&builtin());
        assert_eq!(Takes::of(TrackKind::Result, [&table.judging].into_iter()), Takes::Table);
    }

    #[test]
    fn each_scorer_names_what_is_checked_before_it_runs() {
        let kinds = |scorer: &serde_json::Value, name| {
            let found: Vec<_> = checks(&[task(scorer)], name);
            found.into_iter().map(|(check, truth)| (check, truth.is_some())).collect::<Vec<_>>()
        };
        let [(Check::Table { zipped: false, .. }, true)] = &kinds(&builtin(), "a.csv")[..] else { panic!() };
        let [(Check::Table { zipped: true, .. }, true)] = &kinds(&builtin(), "a.ZIP")[..] else { panic!() };
        let retrieval = serde_json::json!({"retrieval": {}});
        let [(Check::Pack { .. }, true)] = &kinds(&retrieval, "a.zip")[..] else { panic!() };
        let program = serde_json::json!({"program": {
            "path": "scorer", "image": "i", "command": ["x"], "metrics": ["m"], "predictions_file": "plan.csv",
        }});
        assert_eq!(kinds(&program, "plan.csv"), []);
        let [(Check::Archive { required_files, .. }, false)] = &kinds(&program, "plan.zip")[..] else {
            panic!()
        };
        assert_eq!(required_files, &["plan.csv"]);
    }

    #[test]
    fn tasks_that_ask_for_the_same_are_checked_once() {
        let program =
            serde_json::json!({"program": {"path": "s", "image": "i", "command": ["x"], "metrics": ["m"]}});
        assert_eq!(checks(&[task(&program), task(&program)], "a.zip").len(), 1);
        let two_truths = [task(&builtin()), task(&builtin())];
        assert_eq!(checks(&two_truths, "a.csv").len(), 2);
    }

    fn refused(adjust: impl FnOnce(&mut Gate, &mut Attempts)) -> String {
        let mut gate = Gate { open: true, advanced: true, paused: None };
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
        assert_eq!(refused(|g, _| g.advanced = false), "the team did not advance to this phase");
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
        assert_eq!(state(None, &["queued", "queued"]), State::Queued);
        assert_eq!(state(None, &["queued", "done"]), State::Judging);
        assert_eq!(state(None, &["scoring"]), State::Judging);
        assert_eq!(state(None, &["done", "done"]), State::Done);
    }

    #[test]
    fn what_ended_before_it_was_judged_says_so() {
        assert_eq!(state(Some(Ended::Withdrawn), &["cancelled"]), State::Withdrawn);
        assert_eq!(state(Some(Ended::Cancelled), &["done", "cancelled"]), State::Cancelled);
        assert_eq!(state(None, &["done", "cancelled"]), State::Cancelled, "its team is disqualified");
        assert_eq!(
            state(None, &["queued", "cancelled"]),
            State::Judging,
            "put back while another was judged"
        );
    }
}
