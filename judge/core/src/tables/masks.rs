//! Cells that hold a mask as run lengths: `12 3 40 5`, pairs of a first pixel and a number of pixels.
//!
//! Kaggle's form: pixels are numbered from 1 down the first column, then down the second, and so on; runs grow and
//! do not overlap. An empty cell is the empty mask. The truth says each picture's `height` and `width`.

use super::{fault_list::shown, lists::words};
use crate::{faults::FaultKind, metrics::Mask};

/// The truth's columns of a picture's size, in pixels.
pub(super) const SIZE_COLUMNS: [&str; 2] = ["height", "width"];

/// Pixels of the largest picture.
const MOST_PIXELS: u32 = 1 << 31;

/// A row's true mask.
pub(super) fn read_truth(field: &[u8], column: &str, size: [&[u8]; 2]) -> Result<Mask, FaultKind> {
    let [height, width] = [side(size[0], SIZE_COLUMNS[0])?, side(size[1], SIZE_COLUMNS[1])?];
    let Some(pixels) = height.checked_mul(width).filter(|pixels| *pixels <= MOST_PIXELS) else {
        return Err(FaultKind::OutOfRange {
            column: SIZE_COLUMNS.join(" × "),
            value: format!("{height} × {width}"),
            min: "1".to_owned(),
            max: MOST_PIXELS.to_string(),
        });
    };
    read(field, column, pixels)
}

/// A mask in a picture of so many pixels.
pub(super) fn read(field: &[u8], column: &str, pixels: u32) -> Result<Mask, FaultKind> {
    let mut mask = Mask::empty(pixels);
    let mut rest = words(field);
    let mut pairs = 0;
    while let Some(start) = rest.next() {
        let Some(length) = rest.next() else {
            let numbers = 2 * pairs + 1;
            return Err(FaultKind::OddRuns { column: shown(column.as_bytes()), numbers });
        };
        pairs += 1;
        let (first, count) = (whole_number(start, column)?, whole_number(length, column)?);
        if mask.push(first, count).is_err() {
            let run = shown(&[start, b" ", length].concat());
            return Err(FaultKind::BadRun { column: shown(column.as_bytes()), run, pixels: pixels.into() });
        }
    }
    Ok(mask)
}

fn side(field: &[u8], column: &str) -> Result<u32, FaultKind> {
    let side = whole_number(field.trim_ascii(), column)?;
    if side > 0 {
        return Ok(side);
    }
    let (column, value) = (column.to_owned(), shown(field));
    Err(FaultKind::OutOfRange { column, value, min: "1".to_owned(), max: MOST_PIXELS.to_string() })
}

/// A number of digits alone. What 32 bits do not hold lies behind every picture.
fn whole_number(word: &[u8], column: &str) -> Result<u32, FaultKind> {
    if word.is_empty() || !word.iter().all(u8::is_ascii_digit) {
        return Err(FaultKind::BadNumber { column: shown(column.as_bytes()), value: shown(word) });
    }
    let digit = |number: u32, byte: &u8| number.saturating_mul(10).saturating_add(u32::from(byte - b'0'));
    Ok(word.iter().fold(0, digit))
}
