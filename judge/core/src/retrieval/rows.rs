//! Reads the ranked rows of one query.

use super::{LONGEST_ANSWER, MOST_ROWS, Query, QueryType, pack::Finder};
use crate::{
    faults::FaultKind,
    tables::{csv::Records, fault_list::shown},
};
use memchr::memchr_iter;

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";
/// Beginnings of what spreadsheet programs write: ZIP, and the older compound file.
const SPREADSHEETS: [&[u8]; 2] = [b"PK\x03\x04", b"\xd0\xcf\x11\xe0"];
const EXTENSIONS: [&str; 8] = ["mp4", "avi", "mkv", "mov", "webm", "ts", "m4v", "flv"];
/// No video has so many frames; and figures stay exact on the way.
const LAST_FRAME: u64 = (1 << 53) - 1;

/// One ranked answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) video: String,
    /// As many as the query has events; one for `kis` and `qa`.
    pub(super) frames: Vec<u64>,
    /// Of `qa`.
    pub(super) answer: Option<String>,
}

/// Whether a video's name ends like a file's.
pub(super) fn has_extension(video: &str) -> bool {
    video.rsplit_once('.').is_some_and(|(_, end)| EXTENSIONS.iter().any(|e| end.eq_ignore_ascii_case(e)))
}

/// The rows of a file that has no fault; else its faults are with the finder.
pub(super) fn read(query: &Query, bytes: &[u8], finder: &mut Finder<'_>) -> Vec<Row> {
    if SPREADSHEETS.iter().any(|head| bytes.starts_with(head)) {
        finder.in_file(FaultKind::SpreadsheetFile);
        return Vec::new();
    }
    let text = bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(bytes);
    if text.len() < bytes.len() {
        finder.in_file(FaultKind::ByteOrderMark);
    }
    if text.trim_ascii().is_empty() {
        finder.in_file(FaultKind::EmptyFile);
        return Vec::new();
    }
    let Some(mut text) = decoded(text, finder) else {
        return Vec::new();
    };
    let mut records = Records::new(&mut text);
    let mut fields = Vec::new();
    let mut rows = Vec::new();
    let mut found = 0;
    loop {
        match records.next(&mut fields) {
            Ok(None) => break,
            Ok(Some(line)) => {
                found += 1;
                match row(query, &fields) {
                    Ok(row) => rows.push(row),
                    Err(fault) => finder.at_line(line, fault),
                }
            }
            Err(malformed) => {
                finder.at_line(malformed.line, malformed.reason.fault());
                return rows;
            }
        }
    }
    if found > MOST_ROWS {
        finder.in_file(FaultKind::TooManyRows { limit: MOST_ROWS, found });
    }
    rows
}

/// The text, or with a fault what can be read of it all the same: an old code page spoils no comma and no digit, so
/// the rest is still looked at. `None`: two-byte text, in which nothing else means anything.
fn decoded(bytes: &[u8], finder: &mut Finder<'_>) -> Option<Vec<u8>> {
    let Err(error) = std::str::from_utf8(bytes) else {
        return Some(bytes.to_vec());
    };
    let line = 1 + memchr_iter(b'\n', &bytes[..error.valid_up_to()]).count() as u64;
    finder.at_line(line, FaultKind::NotUtf8);
    if bytes.contains(&0) {
        return None;
    }
    Some(bytes.iter().map(|byte| char::from(*byte)).collect::<String>().into_bytes())
}

fn row(query: &Query, fields: &[&[u8]]) -> Result<Row, FaultKind> {
    check_width(query, fields.len())?;
    let video = text(fields[0]).trim();
    if video.is_empty() {
        return Err(FaultKind::VideoMissing);
    }
    if has_extension(video) {
        return Err(FaultKind::VideoExtension { video: shown(fields[0]) });
    }
    let frames =
        fields[1..=query.frames()].iter().map(|field| frame(field)).collect::<Result<Vec<_>, _>>()?;
    if let Some(pair) = frames.windows(2).find(|pair| pair[0] > pair[1]) {
        return Err(FaultKind::FramesOutOfOrder { earlier: pair[0], later: pair[1] });
    }
    let answer = match query.kind {
        QueryType::Qa => Some(answer(fields[2])?),
        QueryType::Kis | QueryType::Trake => None,
    };
    Ok(Row { video: video.to_owned(), frames, answer })
}

fn check_width(query: &Query, found: usize) -> Result<(), FaultKind> {
    let wrong = |expected: u64| FaultKind::WrongFieldCount { expected, found: found as u64 };
    match query.kind {
        QueryType::Kis if found != 2 => Err(wrong(2)),
        QueryType::Qa if found > 3 => Err(FaultKind::UnquotedComma { found: found as u64 }),
        QueryType::Qa if found < 3 => Err(wrong(3)),
        QueryType::Trake if found != 1 + query.frames() => {
            let (expected, found) = (query.frames() as u64, found as u64 - 1);
            Err(FaultKind::WrongEventCount { expected, found })
        }
        _ => Ok(()),
    }
}

fn frame(field: &[u8]) -> Result<u64, FaultKind> {
    let digits = field.trim_ascii();
    let is_number = !digits.is_empty() && digits.iter().all(u8::is_ascii_digit);
    let number = if is_number { text(digits).parse().ok() } else { None };
    number.filter(|frame| *frame <= LAST_FRAME).ok_or_else(|| FaultKind::BadFrame { value: shown(field) })
}

fn answer(field: &[u8]) -> Result<String, FaultKind> {
    let answer = text(field);
    let found = answer.chars().count() as u64;
    if found > LONGEST_ANSWER {
        return Err(FaultKind::AnswerTooLong { limit: LONGEST_ANSWER, found });
    }
    Ok(answer.to_owned())
}

fn text(field: &[u8]) -> &str {
    // Fields are cut at ASCII characters out of text that was checked.
    std::str::from_utf8(field).unwrap_or_default()
}
