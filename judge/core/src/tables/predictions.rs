//! Reads a team's table and joins it with the truth.

use super::{
    fault_list::{FaultList, Stop, shown},
    fields,
    predicted::{Expected, Predicted},
    spec::Form,
    truth::Truth,
};
use crate::{
    faults::{Fault, FaultKind},
    protocol::TableScorer,
};

/// Missing ids that a fault names.
const MOST_IDS_SHOWN: usize = 5;

/// Reads the whole table: one prediction for each row of the truth, or every fault that stands in the way.
pub(super) fn read(
    spec: &TableScorer,
    form: &Form,
    truth: &Truth<'_>,
    bytes: &mut [u8],
) -> Result<Predicted, Vec<Fault>> {
    let mut faults = FaultList::new(&spec.predictions_file);
    let mut join = Join::new(spec, form, truth);
    match join.read_table(bytes, &mut faults) {
        Ok(()) if faults.is_empty() => Ok(join.predicted),
        _ => Err(faults.into_faults()),
    }
}

struct Join<'a> {
    spec: &'a TableScorer,
    truth: &'a Truth<'a>,
    expected: Expected<'a>,
    predicted: Predicted,
    /// For each row of the truth the line of its prediction; 0 for none yet.
    lines: Vec<u32>,
}

/// Rows that are read but not joined yet.
///
/// Looking an id up waits for main memory; many look-ups in a row wait at the same time.
#[derive(Default)]
struct Block<'a> {
    lines: Vec<u64>,
    ids: Vec<&'a [u8]>,
    /// Row after row, in the order of the definition's prediction columns.
    values: Vec<&'a [u8]>,
    /// Where the truth has the id.
    rows: Vec<Option<usize>>,
}

const ROWS_OF_A_BLOCK: usize = 256;

impl<'a> Block<'a> {
    /// Takes a row's id and values.
    fn push(&mut self, line: u64, mut fields: impl Iterator<Item = &'a [u8]>) {
        self.lines.push(line);
        self.ids.extend(fields.next());
        self.values.extend(fields);
    }

    fn clear(&mut self) {
        self.lines.clear();
        self.ids.clear();
        self.values.clear();
        self.rows.clear();
    }
}

impl<'a> Join<'a> {
    fn new(spec: &'a TableScorer, form: &Form, truth: &'a Truth<'a>) -> Self {
        let rows = truth.ids.len();
        Self {
            spec,
            truth,
            expected: Expected::new(spec, form),
            predicted: Predicted::of_rows(rows, spec, form),
            lines: vec![0; rows],
        }
    }

    fn read_table(&mut self, bytes: &mut [u8], faults: &mut FaultList<'_>) -> Result<(), Stop> {
        let mut records = fields::open(bytes, faults)?;
        let mut fields = Vec::new();
        let Some(header) = fields::next(&mut records, &mut fields, faults)? else {
            faults.in_file(FaultKind::EmptyFile)?;
            return Err(Stop);
        };
        let mut expected = vec![self.spec.id_column.as_str()];
        expected.extend(self.spec.prediction_columns.iter().map(String::as_str));
        let Some(positions) = fields::positions(&expected, &fields, false) else {
            faults.at_line(header, fields::wrong_header(&expected, &fields))?;
            return Err(Stop);
        };

        let mut all_rows_readable = true;
        let mut block = Block::default();
        loop {
            let next = records.next(&mut fields);
            if let Ok(Some(line)) = next
                && fields.len() == expected.len()
            {
                block.push(line, positions.iter().map(|position| fields[*position]));
                if block.lines.len() == ROWS_OF_A_BLOCK {
                    self.join(&mut block, faults)?;
                }
                continue;
            }
            self.join(&mut block, faults)?;
            let Some(line) = fields::line_or_fault(next, faults)? else {
                break;
            };
            all_rows_readable = false;
            let (expected, found) = (expected.len() as u64, fields.len() as u64);
            faults.at_line(line, FaultKind::WrongFieldCount { expected, found })?;
        }
        // A row that could not be read is named already; its id is not missing besides.
        if all_rows_readable { self.check_missing(faults) } else { Ok(()) }
    }

    /// Joins the rows of the block and empties it.
    fn join(&mut self, block: &mut Block<'_>, faults: &mut FaultList<'_>) -> Result<(), Stop> {
        let width = self.spec.prediction_columns.len();
        let ids = &self.truth.ids;
        block.rows.extend(block.ids.iter().map(|id| ids.row_of(id)));
        for (i, (line, row)) in block.lines.iter().zip(&block.rows).enumerate() {
            let Some(row) = *row else {
                faults.at_line(*line, FaultKind::UnknownId { id: shown(block.ids[i]) })?;
                continue;
            };
            if self.lines[row] != 0 {
                let (id, first_line) = (shown(block.ids[i]), self.lines[row].into());
                faults.at_line(*line, FaultKind::DuplicateId { id, first_line })?;
                continue;
            }
            self.lines[row] = u32::try_from(*line).expect("files of 4 GiB and more are refused");
            let fields = &block.values[i * width..][..width];
            if let Err(fault) = self.predicted.read(row, fields, &self.truth.target, &self.expected) {
                faults.at_line(*line, fault)?;
            }
        }
        block.clear();
        Ok(())
    }

    fn check_missing(&self, faults: &mut FaultList<'_>) -> Result<(), Stop> {
        let missing = || (0..self.lines.len()).filter(|row| self.lines[*row] == 0);
        let count = missing().count() as u64;
        if count == 0 {
            return Ok(());
        }
        let examples = missing().take(MOST_IDS_SHOWN).map(|row| shown(self.truth.ids.id(row))).collect();
        faults.in_file(FaultKind::MissingIds { count, examples })
    }
}
