//! Reads the organizer's table of true labels or values.

use super::{
    fault_list::{FaultList, Stop, shown},
    fields::{self, Domain},
    ids::{Duplicate, IdIndex},
    labels::Labels,
    spec::Form,
};
use crate::{
    faults::{Fault, FaultKind},
    metrics::Metric,
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

#[derive(Debug)]
pub(super) enum Target<'a> {
    Labels { of_rows: Vec<u32>, labels: Labels<'a> },
    Numbers(Vec<f64>),
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
    let mut expected = vec![spec.id_column.as_str(), &spec.target_column];
    expected.extend(spec.split_column.as_deref());
    let Some(positions) = fields::positions(&expected, &fields, true) else {
        faults.at_line(1, fields::wrong_header(&expected, &fields))?;
        return Err(Stop);
    };

    let width = fields.len();
    let mut rows = Rows::new(spec, form);
    while let Some(line) = fields::next(&mut records, &mut fields, faults)? {
        if fields.len() == width {
            let named: [&'a [u8]; 3] =
                std::array::from_fn(|i| positions.get(i).map_or(&[][..], |at| fields[*at]));
            rows.push(spec, line, named, faults)?;
        } else {
            let (expected, found) = (width as u64, fields.len() as u64);
            faults.at_line(line, FaultKind::WrongFieldCount { expected, found })?;
        }
    }
    rows.finish(faults)
}

impl<'a> Rows<'a> {
    fn new(spec: &TableScorer, form: &Form) -> Self {
        let target = match form {
            Form::Numbers => Target::Numbers(Vec::new()),
            Form::Labels | Form::PositiveScores { .. } | Form::ClassProbabilities => {
                Target::Labels { of_rows: Vec::new(), labels: Labels::default() }
            }
        };
        Self {
            ids: Vec::new(),
            lines: Vec::new(),
            target,
            is_public: spec.split_column.as_ref().map(|_| Vec::new()),
        }
    }

    fn push(
        &mut self,
        spec: &TableScorer,
        line: u64,
        [id, target, split]: [&'a [u8]; 3],
        faults: &mut FaultList<'_>,
    ) -> Result<(), Stop> {
        self.ids.push(id);
        self.lines.push(line);
        match &mut self.target {
            Target::Labels { .. } if target.is_empty() => {
                faults.at_line(line, unknown_label(&spec.target_column, target))?;
            }
            Target::Labels { of_rows, labels } => of_rows.push(labels.intern(target)),
            Target::Numbers(of_rows) => match fields::number(target, &spec.target_column, domain(spec)) {
                Ok(number) => of_rows.push(number),
                Err(fault) => faults.at_line(line, fault)?,
            },
        }
        if let (Some(of_rows), Some(column)) = (&mut self.is_public, &spec.split_column) {
            match split {
                b"public" => of_rows.push(true),
                b"private" => of_rows.push(false),
                _ => faults.at_line(line, unknown_label(column, split))?,
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

fn unknown_label(column: &str, value: &[u8]) -> FaultKind {
    FaultKind::UnknownLabel { column: shown(column.as_bytes()), value: shown(value) }
}

/// The true and predicted numbers that all of the metrics accept.
pub(super) fn domain(spec: &TableScorer) -> Domain {
    let has = |metric| spec.metrics.iter().any(|one| one.metric == metric);
    if has(Metric::Rmsle) {
        Domain::AboveMinusOne
    } else if has(Metric::LogLoss) {
        Domain::Probability
    } else {
        Domain::Finite
    }
}
