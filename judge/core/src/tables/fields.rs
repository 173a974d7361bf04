//! What both tables are read by: the bytes' checks, the header, numbers.

use memchr::memchr_iter;

use super::{
    csv::{Malformed, Records},
    fault_list::{FaultList, Stop, shown},
};
use crate::{
    faults::{FaultKind, Reason},
    metrics::LONGEST_SIDE,
    text::Text,
};

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";
/// Columns of a wrong header that a fault quotes.
const MOST_COLUMNS_SHOWN: usize = 20;

/// The records of a file of UTF-8 text. A byte-order mark is a fault but hides no other.
///
/// Files of 4 GiB and more are refused: rows and lines are counted in 32 bits.
pub(super) fn open<'a>(bytes: &'a mut [u8], faults: &mut FaultList<'_>) -> Result<Records<'a>, Stop> {
    if u32::try_from(bytes.len()).is_err() {
        faults.in_file(FaultKind::MalformedCsv {
            reason: Reason(Text::new("tệp lớn hơn 4 GiB", "it is larger than 4 GiB")),
        })?;
        return Err(Stop);
    }
    if let Err(error) = std::str::from_utf8(bytes) {
        let line = 1 + memchr_iter(b'\n', &bytes[..error.valid_up_to()]).count() as u64;
        faults.at_line(line, FaultKind::NotUtf8)?;
        return Err(Stop);
    }
    if !bytes.starts_with(BYTE_ORDER_MARK) {
        return Ok(Records::new(bytes));
    }
    faults.in_file(FaultKind::ByteOrderMark)?;
    Ok(Records::new(&mut bytes[BYTE_ORDER_MARK.len()..]))
}

/// The next record's line, or `None` at the end; a file that cannot be read on is a fault.
pub(super) fn next<'a>(
    records: &mut Records<'a>,
    fields: &mut Vec<&'a [u8]>,
    faults: &mut FaultList<'_>,
) -> Result<Option<u64>, Stop> {
    line_or_fault(records.next(fields), faults)
}

/// A record's line; a file that cannot be read on is a fault.
pub(super) fn line_or_fault(
    read: Result<Option<u64>, Malformed>,
    faults: &mut FaultList<'_>,
) -> Result<Option<u64>, Stop> {
    match read {
        Ok(line) => Ok(line),
        Err(Malformed { line, reason }) => {
            faults.at_line(line, reason.fault())?;
            Err(Stop)
        }
    }
}

/// Where each expected column stands in the header.
///
/// With `others_allowed` the file may have further columns; without, it must have exactly these, in any order.
pub(super) fn positions(expected: &[&str], header: &[&[u8]], others_allowed: bool) -> Option<Vec<usize>> {
    if !others_allowed && header.len() != expected.len() {
        return None;
    }
    let find = |name: &&str| {
        let mut found = header.iter().enumerate().filter(|(_, column)| **column == name.as_bytes());
        // A column named twice could mean either.
        match (found.next(), found.next()) {
            (Some((position, _)), None) => Some(position),
            _ => None,
        }
    };
    expected.iter().map(find).collect()
}

pub(super) fn wrong_header(expected: &[&str], header: &[&[u8]]) -> FaultKind {
    FaultKind::WrongHeader {
        expected: expected.iter().take(MOST_COLUMNS_SHOWN).map(|name| shown(name.as_bytes())).collect(),
        found: header.iter().take(MOST_COLUMNS_SHOWN).map(|name| shown(name)).collect(),
    }
}

/// Which numbers the metrics accept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Domain {
    Finite,
    AtLeastZero,
    AboveMinusOne,
    Probability,
    /// A side of a box.
    Side,
}

/// A finite number of the domain, in decimal or scientific notation; spaces around it do not count.
pub(super) fn number(field: &[u8], column: &str, domain: Domain) -> Result<f64, FaultKind> {
    let fact = || (shown(column.as_bytes()), shown(field));
    let text = std::str::from_utf8(field.trim_ascii()).unwrap_or_default();
    let Ok(number) = text.parse::<f64>() else {
        let (column, value) = fact();
        return Err(FaultKind::BadNumber { column, value });
    };
    if !number.is_finite() {
        let (column, value) = fact();
        return Err(FaultKind::NotFinite { column, value });
    }
    let (holds, min, max) = match domain {
        Domain::Finite => (true, "", ""),
        Domain::AtLeastZero => (number >= 0.0, "0", "∞"),
        Domain::Side => (number > 0.0 && number <= LONGEST_SIDE, "> 0", "100000"),
        Domain::AboveMinusOne => (number > -1.0, "> -1", "∞"),
        Domain::Probability => ((0.0..=1.0).contains(&number), "0", "1"),
    };
    if holds {
        return Ok(number);
    }
    let (column, value) = fact();
    Err(FaultKind::OutOfRange { column, value, min: min.to_owned(), max: max.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_python_writes_them() {
        for (text, expected) in
            [("1", 1.0), (" -2.5e-3\t", -0.0025), ("+.5", 0.5), ("7.", 7.0), ("1E2", 100.0)]
        {
            let read = number(text.as_bytes(), "y", Domain::Finite).unwrap();
            assert!((read - expected).abs() < 1e-15, "{text}");
        }
    }

    #[test]
    fn what_is_no_finite_number_is_told_from_what_is_infinite() {
        let (column, at) = ("y".to_owned(), |text: &str| number(text.as_bytes(), "y", Domain::Finite));
        for text in ["", " ", "abc", "1,5", "0x10", "1_000", "١", "--1", "1e"] {
            assert!(matches!(at(text), Err(FaultKind::BadNumber { .. })), "{text}");
        }
        for text in ["nan", "NaN", "inf", "-Infinity", "1e999"] {
            let value = text.to_owned();
            assert_eq!(at(text), Err(FaultKind::NotFinite { column: column.clone(), value }));
        }
    }

    #[test]
    fn a_number_outside_the_metrics_domain_is_refused() {
        for (text, domain) in [
            ("-1", Domain::AboveMinusOne),
            ("1.0000001", Domain::Probability),
            ("-0.1", Domain::Probability),
            ("-0.1", Domain::AtLeastZero),
            ("0", Domain::Side),
            ("100001", Domain::Side),
        ] {
            assert!(matches!(number(text.as_bytes(), "y", domain), Err(FaultKind::OutOfRange { .. })));
        }
        assert!(number(b"-0.9", "y", Domain::AboveMinusOne).is_ok());
        assert!(number(b"1", "y", Domain::Probability).is_ok());
    }

    #[test]
    fn a_column_named_twice_is_not_found() {
        let header: [&[u8]; 3] = [b"b", b"a", b"c"];
        assert_eq!(positions(&["a", "b"], &header, true), Some(vec![1, 0]));
        assert_eq!(positions(&["a", "b"], &header, false), None);
        assert_eq!(positions(&["a", "b", "c"], &header, false), Some(vec![1, 0, 2]));
        assert_eq!(positions(&["a", "b"], &[b"a", b"b", b"a"], true), None);
    }
}
