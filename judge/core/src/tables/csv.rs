//! Strict reading of comma-separated records from one buffer, without copying a field.
//!
//! The grammar is RFC 4180 on UTF-8, lines ending in LF or CRLF, the last line end optional, empty lines skipped.
//! What lenient readers guess at is refused: a quote that never closes, text after a closing quote, a carriage
//! return without its line feed. A record of more than [`MOST_FIELDS`] fields is refused, so that a file of commas
//! takes no memory. A quote inside an unquoted field stands for itself.

use std::ops::Range;

use memchr::{memchr, memchr_iter, memchr2, memchr3};

use crate::{
    faults::{self, FaultKind},
    text::Text,
};

pub(crate) const MOST_FIELDS: usize = 4096;

/// Why the file cannot be read from this line on. Lines count from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Malformed {
    pub(crate) line: u64,
    pub(crate) reason: Reason,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reason {
    UnterminatedQuote,
    TextAfterQuote,
    LoneCarriageReturn,
    TooManyFields,
}

impl Reason {
    pub(crate) fn fault(self) -> FaultKind {
        let (vi, en) = match self {
            Self::UnterminatedQuote => {
                ("một ô trong ngoặc kép không có dấu đóng", "a quoted field does not end")
            }
            Self::TextAfterQuote => ("có chữ ngay sau dấu đóng ngoặc kép", "text follows a closing quote"),
            Self::LoneCarriageReturn => (
                "có ký tự CR không đi cùng LF; hãy lưu với kiểu xuống dòng LF hoặc CRLF",
                "a carriage return without a line feed; save with LF or CRLF line ends",
            ),
            Self::TooManyFields => ("một dòng có hơn 4096 ô", "a record has more than 4096 fields"),
        };
        FaultKind::MalformedCsv { reason: faults::Reason(Text::new(vi, en)) }
    }
}

/// The records of a buffer, one after the other.
#[derive(Debug)]
pub(crate) struct Records<'a> {
    rest: &'a mut [u8],
    /// Line where `rest` begins.
    line: u64,
    has_quotes: bool,
    has_carriage_returns: bool,
    spans: Vec<Span>,
}

/// Where a field stands in its record, quotes left out.
#[derive(Debug)]
struct Span {
    range: Range<usize>,
    /// Holds doubled quotes.
    escaped: bool,
}

impl<'a> Records<'a> {
    pub(crate) fn new(buffer: &'a mut [u8]) -> Self {
        let has_quotes = memchr(b'"', buffer).is_some();
        let has_carriage_returns = memchr(b'\r', buffer).is_some();
        Self { rest: buffer, line: 1, has_quotes, has_carriage_returns, spans: Vec::new() }
    }

    /// Puts the next record's fields in place of `fields` and returns the record's first line, or `None` at the
    /// end. There is at least one field.
    pub(crate) fn next(&mut self, fields: &mut Vec<&'a [u8]>) -> Result<Option<u64>, Malformed> {
        fields.clear();
        if self.has_quotes { self.next_quoted(fields) } else { self.next_plain(fields) }
    }

    /// The same as [`Self::next_quoted`] for files without any quote, which most are.
    fn next_plain(&mut self, fields: &mut Vec<&'a [u8]>) -> Result<Option<u64>, Malformed> {
        while !self.rest.is_empty() {
            let end = memchr(b'\n', self.rest).unwrap_or(self.rest.len());
            let line = self.line;
            let mut record = self.take(end);
            self.line += 1;
            if self.has_carriage_returns {
                record = record.strip_suffix(b"\r").unwrap_or(record);
                if memchr(b'\r', record).is_some() {
                    return Err(Malformed { line, reason: Reason::LoneCarriageReturn });
                }
            }
            if record.is_empty() {
                continue;
            }
            let mut start = 0;
            for comma in memchr_iter(b',', record) {
                if fields.len() + 1 == MOST_FIELDS {
                    return Err(Malformed { line, reason: Reason::TooManyFields });
                }
                fields.push(&record[start..comma]);
                start = comma + 1;
            }
            fields.push(&record[start..]);
            return Ok(Some(line));
        }
        Ok(None)
    }

    fn next_quoted(&mut self, fields: &mut Vec<&'a [u8]>) -> Result<Option<u64>, Malformed> {
        while !self.rest.is_empty() {
            let line = self.line;
            let end = self.find_spans()?;
            self.line += 1;
            if end == 0 || (end == 1 && self.rest[0] == b'\r') {
                self.take(end);
                continue;
            }
            let (record, after) = std::mem::take(&mut self.rest).split_at_mut(end);
            for span in self.spans.iter_mut().filter(|span| span.escaped) {
                let length = unescape(&mut record[span.range.clone()]);
                span.range.end = span.range.start + length;
            }
            self.rest = after.get_mut(1..).unwrap_or_default();
            let record: &'a [u8] = record;
            fields.extend(self.spans.iter().map(|span| &record[span.range.clone()]));
            return Ok(Some(line));
        }
        Ok(None)
    }

    /// Finds the fields of the record at the start of `rest` and returns where it ends. Adds the line feeds
    /// inside quotes to `line`.
    fn find_spans(&mut self) -> Result<usize, Malformed> {
        let line = self.line;
        self.spans.clear();
        let mut start = 0;
        loop {
            if self.spans.len() == MOST_FIELDS {
                return Err(Malformed { line, reason: Reason::TooManyFields });
            }
            let (span, after) = if self.rest.get(start) == Some(&b'"') {
                self.quoted_span(start)?
            } else {
                self.unquoted_span(start)?
            };
            self.spans.push(span);
            match self.rest.get(after) {
                Some(b',') => start = after + 1,
                Some(b'\r') => return Ok(after + 1),
                _ => return Ok(after),
            }
        }
    }

    /// The unquoted field at `start`, and the position of the comma or line end after it.
    fn unquoted_span(&self, start: usize) -> Result<(Span, usize), Malformed> {
        let rest = &self.rest[start..];
        let end = start + memchr3(b',', b'\n', b'\r', rest).unwrap_or(rest.len());
        self.check_line_end(end)?;
        Ok((Span { range: start..end, escaped: false }, end))
    }

    /// The quoted field whose opening quote stands at `start`, and the position after its closing quote.
    fn quoted_span(&mut self, start: usize) -> Result<(Span, usize), Malformed> {
        let opened = self.line;
        let mut escaped = false;
        let mut at = start + 1;
        loop {
            let Some(found) = memchr2(b'"', b'\n', &self.rest[at..]) else {
                return Err(Malformed { line: opened, reason: Reason::UnterminatedQuote });
            };
            at += found + 1;
            if self.rest[at - 1] == b'\n' {
                self.line += 1;
            } else if self.rest.get(at) == Some(&b'"') {
                escaped = true;
                at += 1;
            } else {
                break;
            }
        }
        match self.rest.get(at) {
            None | Some(b',' | b'\n') => {}
            Some(b'\r') => self.check_line_end(at)?,
            Some(_) => {
                return Err(Malformed { line: self.line, reason: Reason::TextAfterQuote });
            }
        }
        Ok((Span { range: start + 1..at - 1, escaped }, at))
    }

    /// Refuses a carriage return at `at` that neither a line feed nor the end of the file follows.
    fn check_line_end(&self, at: usize) -> Result<(), Malformed> {
        match (self.rest.get(at), self.rest.get(at + 1)) {
            (Some(b'\r'), Some(next)) if *next != b'\n' => {
                Err(Malformed { line: self.line, reason: Reason::LoneCarriageReturn })
            }
            _ => Ok(()),
        }
    }

    /// Splits the first `end` bytes off `rest`, and drops the line feed that follows them.
    fn take(&mut self, end: usize) -> &'a [u8] {
        let (record, after) = std::mem::take(&mut self.rest).split_at_mut(end);
        self.rest = after.get_mut(1..).unwrap_or_default();
        record
    }
}

/// Turns doubled quotes into single ones in place and returns the new length.
fn unescape(text: &mut [u8]) -> usize {
    let mut read = 0;
    let mut length = 0;
    while read < text.len() {
        text[length] = text[read];
        read += if text[read] == b'"' { 2 } else { 1 };
        length += 1;
    }
    length
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    type Rows = Vec<(u64, Vec<String>)>;

    fn collect(mut records: Records<'_>) -> Result<Rows, Malformed> {
        let mut rows = Vec::new();
        let mut fields = Vec::new();
        while let Some(line) = records.next(&mut fields)? {
            rows.push((
                line,
                fields.iter().map(|field| String::from_utf8(field.to_vec()).unwrap()).collect(),
            ));
        }
        Ok(rows)
    }

    fn read(text: &str) -> Result<Rows, Malformed> {
        collect(Records::new(&mut text.as_bytes().to_vec()))
    }

    fn read_as_if_quoted(text: &str) -> Result<Rows, Malformed> {
        let mut buffer = text.as_bytes().to_vec();
        let mut records = Records::new(&mut buffer);
        records.has_quotes = true;
        collect(records)
    }

    fn read_with_the_csv_crate(text: &str) -> Vec<Vec<String>> {
        let mut reader =
            csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
        reader.records().map(|record| record.unwrap().iter().map(str::to_owned).collect()).collect()
    }

    fn row(line: u64, fields: &[&str]) -> (u64, Vec<String>) {
        (line, fields.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn both_line_ends_are_read_and_empty_lines_skipped() {
        let expected = vec![row(1, &["a", "b"]), row(3, &["", "ư"]), row(4, &["c", ""])];
        assert_eq!(read("a,b\r\n\r\n,ư\nc,\n\n"), Ok(expected.clone()));
        assert_eq!(read("a,b\r\n\n,ư\r\nc,\r"), Ok(expected));
        assert_eq!(read(""), Ok(vec![]));
    }

    #[test]
    fn quotes_hold_commas_line_ends_and_doubled_quotes() {
        let text = "a,\"x,\"\"y\"\"\"\r\n\"1\n2\",b\n\"\",\"\"\"\"";
        let expected = vec![row(1, &["a", "x,\"y\""]), row(2, &["1\n2", "b"]), row(4, &["", "\""])];
        assert_eq!(read(text), Ok(expected));
        assert_eq!(read("a\"b,c\n"), Ok(vec![row(1, &["a\"b", "c"])]));
    }

    #[test]
    fn what_other_readers_guess_at_is_refused_with_its_line() {
        let malformed = |line, reason| Err(Malformed { line, reason });
        assert_eq!(read("a,b\n1,\"x\n2,y\n"), malformed(2, Reason::UnterminatedQuote));
        assert_eq!(read("\""), malformed(1, Reason::UnterminatedQuote));
        assert_eq!(read("a,b\n\"1\"2,x"), malformed(2, Reason::TextAfterQuote));
        assert_eq!(read("a,b\r1,x\r"), malformed(1, Reason::LoneCarriageReturn));
        assert_eq!(read("a,b\n\"1\"\rx"), malformed(2, Reason::LoneCarriageReturn));
    }

    #[test]
    fn a_line_of_nothing_but_commas_takes_no_memory() {
        let fits = ",".repeat(MOST_FIELDS - 1);
        let too_many = format!("a\n{fits},");
        let refused = Err(Malformed { line: 2, reason: Reason::TooManyFields });
        assert_eq!(read(&fits).unwrap()[0].1.len(), MOST_FIELDS);
        assert_eq!(read_as_if_quoted(&fits), read(&fits));
        assert_eq!(read(&too_many), refused);
        assert_eq!(read_as_if_quoted(&too_many), refused);
    }

    /// Texts made of what the grammar is about.
    fn csv_like() -> impl Strategy<Value = String> {
        let piece =
            prop::sample::select(vec!["a", "ư", "1", ",", ",", "\n", "\n", "\r\n", "\r", "\"", "\"\"", " "]);
        prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        #[test]
        fn whatever_is_accepted_reads_as_with_the_csv_crate(text in csv_like()) {
            if let Ok(rows) = read(&text) {
                let rows: Vec<_> = rows.into_iter().map(|(_, fields)| fields).collect();
                prop_assert_eq!(rows, read_with_the_csv_crate(&text));
            }
        }

        #[test]
        fn both_paths_read_a_file_without_quotes_alike(text in csv_like()) {
            let text = text.replace('"', "");
            prop_assert_eq!(read(&text), read_as_if_quoted(&text));
        }

        #[test]
        fn whatever_the_csv_crate_writes_is_accepted(
            rows in prop::collection::vec(prop::collection::vec("[a,\"\n ư]{0,4}", 2..4), 0..10),
            crlf: bool,
        ) {
            let terminator = if crlf { csv::Terminator::CRLF } else { csv::Terminator::Any(b'\n') };
            let mut writer =
                csv::WriterBuilder::new().flexible(true).terminator(terminator).from_writer(Vec::new());
            for fields in &rows {
                writer.write_record(fields).unwrap();
            }
            let text = String::from_utf8(writer.into_inner().unwrap()).unwrap();
            let read: Vec<_> = read(&text).unwrap().into_iter().map(|(_, fields)| fields).collect();
            prop_assert_eq!(read, rows);
        }
    }
}
