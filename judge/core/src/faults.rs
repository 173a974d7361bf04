//! What is wrong with what a team handed in, precisely enough to mend it.
//!
//! A fault is data (a stable code with facts); the sentence is made when somebody reads it, in their language.

mod sentences;

use serde::{Deserialize, Serialize};

use crate::text::Text;

/// One fault, with the place where it was found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Fault {
    /// File inside the submission, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// Line in that file, counted from 1, the header included.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u64>,
    #[serde(flatten)]
    pub kind: FaultKind,
}

/// What is wrong. Values quoted from a submission are cut to 80 characters before they get here.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "code", rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum FaultKind {
    // The archive
    NotAZip,
    CorruptArchive,
    EmptyFile,
    EmptyArchive,
    UnsafePath { path: String },
    LinkEntry { path: String },
    DuplicatePath { path: String },
    TooManyFiles { limit: u64 },
    UnpackedTooLarge { limit_bytes: u64 },
    EncryptedEntry { path: String },
    MissingFile { path: String },
    // The table
    NotUtf8,
    ByteOrderMark,
    WrongHeader { expected: Vec<String>, found: Vec<String> },
    WrongFieldCount { expected: u64, found: u64 },
    MissingIds { count: u64, examples: Vec<String> },
    UnknownId { id: String },
    DuplicateId { id: String, first_line: u64 },
    BadNumber { column: String, value: String },
    NotFinite { column: String, value: String },
    UnknownLabel { column: String, value: String },
    OutOfRange { column: String, value: String, min: String, max: String },
    MalformedCsv { reason: Reason },
    TooManyFaults { shown: u64 },
    // The pack of ranked answers
    SpreadsheetFile,
    NotACsvFile,
    FolderMissing { folder: String },
    OutsideFolder { folder: String },
    NoAnswers { folder: String },
    UnknownQuery { query: String },
    TooManyRows { limit: u64, found: u64 },
    UnquotedComma { found: u64 },
    WrongEventCount { expected: u64, found: u64 },
    VideoMissing,
    VideoExtension { video: String },
    BadFrame { value: String },
    FramesOutOfOrder { earlier: u64, later: u64 },
    AnswerTooLong { limit: u64, found: u64 },
    // The pack's warnings
    MissingQuery { query: String },
    IgnoredFile,
    ValueTooLong { column: String, limit_bytes: u64 },
    // A cell of several values
    RepeatedValue { column: String, value: String },
    WrongValueCount { column: String, expected: u64, found: u64 },
    NothingRelevant { column: String },
    OddRuns { column: String, numbers: u64 },
    BadRun { column: String, run: String, pixels: u64 },
    // The rows of one id
    OtherSplit { id: String, first_line: u64 },
    // The program
    ExitCode { exit_code: i64 },
    WallTime { limit_ms: u64 },
    CpuTime { limit_ms: u64 },
    Memory { limit_bytes: u64 },
    OutputBytes { limit_bytes: u64 },
    OutputFiles { limit: u64 },
    NotARegularFile { path: String },
    // The scores
    ScoresMissing,
    ScoresUnreadable { reason: String },
    MetricMissing { metric: String },
    MetricNotFinite { metric: String },
    MetricUndefined { metric: String, reason: Reason },
    // The platform
    Platform { reason: String },
}

impl Fault {
    pub fn new(kind: FaultKind) -> Self {
        Self { file: None, line: None, kind }
    }

    pub fn in_file(file: impl Into<String>, kind: FaultKind) -> Self {
        Self { file: Some(file.into()), line: None, kind }
    }

    pub fn at_line(file: impl Into<String>, line: u64, kind: FaultKind) -> Self {
        Self { file: Some(file.into()), line: Some(line), kind }
    }

    /// A sentence that says what is wrong, where, and where it helps what to do.
    pub fn sentence(&self) -> Text {
        let what = self.kind.sentence();
        match (&self.file, self.line) {
            (Some(file), Some(line)) => Text::new(
                format!("{file}, dòng {line}: {}", what.vi),
                format!("{file}, line {line}: {}", what.en),
            ),
            (Some(file), None) => Text::new(format!("{file}: {}", what.vi), format!("{file}: {}", what.en)),
            (None, _) => what,
        }
    }
}

/// Why, in both languages, without a full stop.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(from = "StoredReason")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Reason(pub Text);

/// What was stored before reasons had two languages is one English string.
#[derive(Deserialize)]
#[serde(untagged)]
enum StoredReason {
    Both(Text),
    English(String),
}

impl From<StoredReason> for Reason {
    fn from(stored: StoredReason) -> Self {
        Self(match stored {
            StoredReason::Both(text) => text,
            StoredReason::English(text) => Text::new(text.clone(), text),
        })
    }
}

/// Cuts a value quoted from a submission so that a message stays a message.
pub fn quote(value: &str) -> String {
    const LONGEST: usize = 80;
    let mut chars = value.chars();
    let head: String = chars.by_ref().take(LONGEST).collect();
    if chars.next().is_some() { format!("{head}…") } else { head }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_says_file_line_and_what_is_wrong_in_both_languages() {
        let fault = Fault::at_line(
            "predictions.csv",
            7,
            FaultKind::BadNumber { column: "y".into(), value: "abc".into() },
        );
        let sentence = fault.sentence();
        assert_eq!(sentence.en, "predictions.csv, line 7: column “y”: “abc” is not a number.");
        assert_eq!(sentence.vi, "predictions.csv, dòng 7: cột «y»: «abc» không phải là số.");
    }

    #[test]
    fn a_fault_survives_json() {
        let fault = Fault::at_line("p.csv", 2, FaultKind::DuplicateId { id: "a".into(), first_line: 1 });
        let json = serde_json::to_string(&fault).unwrap();
        assert_eq!(serde_json::from_str::<Fault>(&json).unwrap(), fault);
    }

    #[test]
    fn reasons_have_two_languages_and_old_ones_can_be_read() {
        let old = r#"{"line":3,"code":"malformed_csv","reason":"a quoted field does not end"}"#;
        let old: Fault = serde_json::from_str(old).unwrap();
        assert_eq!(old.sentence().en, "the CSV cannot be read: a quoted field does not end.");
        let reason = Reason(Text::new("đáp án chỉ có một lớp", "the truth holds a single class"));
        let new = Fault::new(FaultKind::MetricUndefined { metric: "roc_auc".into(), reason });
        let read: Fault = serde_json::from_value(serde_json::to_value(&new).unwrap()).unwrap();
        assert_eq!(read.sentence().vi, "không tính được độ đo «roc_auc»: đáp án chỉ có một lớp.");
    }

    #[test]
    fn the_memory_sentence_names_the_limit() {
        let text = FaultKind::Memory { limit_bytes: 512 * 1024 * 1024 }.sentence();
        assert_eq!(text.en, "ran out of memory: 512 MB is the limit.");
    }

    #[test]
    fn quoted_values_are_cut_at_80_characters() {
        assert_eq!(quote(&"ư".repeat(81)).chars().count(), 81);
        assert_eq!(quote("ngắn"), "ngắn");
    }
}
