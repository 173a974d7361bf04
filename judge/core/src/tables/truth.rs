//! Reads the organizer's table of truth.

use super::{
    fault_list::{FaultList, Stop, shown},
    fields,
    ids::{Duplicate, IdIndex},
    spec::{Form, truth_columns},
    target::{Target, unknown_label},
};
use crate::{
    faults::{Fault, FaultKind},
    protocol::TableScorer,
};

/// The truth, row by row.
#[derive(Debug)]
pub(super) struct Truth<'a> {
    pub(super) ids: IdIndex<'a>,
    pub(super) target: Target<'a>,
    /// For each row whether it counts on the public board, else on the private one; without it, on both.
    pub(super) is_public: Option<Vec<bool>>,
}

/// Reads the whole table. There is at least one row, and no id stands there twice.
pub(super) fn read<'a>(
    spec: &TableScorer,
    form: &Form,
    bytes: &'a mut [u8],
) -> Result<Truth<'a>, Vec<Fault>> {
    let mut faults = FaultList::new(&spec.truth_file);
    match read_table(spec, form, bytes, &mut faults) {
        Ok(truth) if faults.is_empty() => Ok(truth),
        _ => Err(faults.into_faults()),
    }
}

/// Id, target, two further ones and the split.
const MOST_COLUMNS: usize = 5;

/// Rows that are read so far.
struct Rows<'a> {
    ids: Vec<&'a [u8]>,
    lines: Vec<u64>,
    target: Target<'a>,
    is_public: Option<Vec<bool>>,
}

fn read_table<'a>(
    spec: &TableScorer,
    form: &Form,
    bytes: &'a mut [u8],
    faults: &mut FaultList<'_>,
) -> Result<Truth<'a>, Stop> {
    let mut records = fields::open(bytes, faults)?;
    let mut fields = Vec::new();
    if fields::next(&mut records, &mut fields, faults)?.is_none() {
        faults.in_file(FaultKind::EmptyFile)?;
        return Err(Stop);
    }
    let expected = truth_columns(spec, form);
    let Some(positions) = fields::positions(&expected, &fields, true) else {
        faults.at_line(1, fields::wrong_header(&expected, &fields))?;
        return Err(Stop);
    };

    let width = fields.len();
    let mut rows = Rows::new(spec, form);
    while let Some(line) = fields::next(&mut records, &mut fields, faults)? {
        if fields.len() == width {
            let named: [&'a [u8]; MOST_COLUMNS] =
                std::array::from_fn(|i| positions.get(i).map_or(&[][..], |at| fields[*at]));
            rows.push(spec, line, &named[..positions.len()], faults)?;
        } else {
            let (expected, found) = (width as u64, fields.len() as u64);
            faults.at_line(line, FaultKind::WrongFieldCount { expected, found })?;
        }
    }
    rows.finish(faults)
}

impl<'a> Rows<'a> {
    fn new(spec: &TableScorer, form: &Form) -> Self {
        Self {
            ids: Vec::new(),
            lines: Vec::new(),
            target: Target::new(form),
            is_public: spec.split_column.as_ref().map(|_| Vec::new()),
        }
    }

    /// Takes a row's fields, in the order of [`truth_columns`].
    fn push(
        &mut self,
        spec: &TableScorer,
        line: u64,
        fields: &[&'a [u8]],
        faults: &mut FaultList<'_>,
    ) -> Result<(), Stop> {
        self.ids.push(fields[0]);
        self.lines.push(line);
        if let Err(fault) = self.target.push(spec, &fields[1..]) {
            faults.at_line(line, fault)?;
        }
        if let (Some(of_rows), Some(column), Some(split)) =
            (&mut self.is_public, &spec.split_column, fields.last())
        {
            match is_public(split, column) {
                Ok(public) => of_rows.push(public),
                Err(fault) => faults.at_line(line, fault)?,
            }
        }
        Ok(())
    }

    fn finish(self, faults: &mut FaultList<'_>) -> Result<Truth<'a>, Stop> {
        if self.ids.is_empty() && faults.is_empty() {
            faults.in_file(FaultKind::EmptyFile)?;
            return Err(Stop);
        }
        let (ids, duplicates) = IdIndex::build(self.ids);
        for Duplicate { row, first } in duplicates {
            let (id, first_line) = (shown(ids.id(row)), self.lines[first]);
            faults.at_line(self.lines[row], FaultKind::DuplicateId { id, first_line })?;
        }
        Ok(Truth { ids, target: self.target, is_public: self.is_public })
    }
}

/// Reads which split a row belongs to.
pub(super) fn is_public(split: &[u8], column: &str) -> Result<bool, FaultKind> {
    match split {
        b"public" => Ok(true),
        b"private" => Ok(false),
        _ => Err(unknown_label(column, split)),
    }
}
