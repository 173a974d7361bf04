//! Reads the organizer's boxes.

use super::rectangle;
use crate::{
    faults::{Fault, FaultKind},
    metrics::TrueBox,
    protocol::TableScorer,
    tables::{
        fault_list::{FaultList, Stop, shown},
        fields,
        labels::Labels,
        spec::{Form, truth_columns},
        target::unknown_label,
        truth::is_public,
    },
};

/// The boxes, and the pictures and classes that they are of.
///
/// Pictures are numbered in the order of their ids, shorter ids first: whole numbers come in their own order, which
/// is the order that `pycocotools` gives pictures.
#[derive(Debug)]
pub(in crate::tables) struct Truth<'a> {
    pub(super) boxes: Vec<TrueBox>,
    pub(super) pictures: Labels<'a>,
    pub(super) classes: Labels<'a>,
    /// For each picture whether it counts on the public board, else on the private one; without it, on both.
    pub(super) is_public: Option<Vec<bool>>,
}

/// Reads the whole table. There is at least one picture.
pub(in crate::tables) fn read<'a>(spec: &TableScorer, bytes: &'a mut [u8]) -> Result<Truth<'a>, Vec<Fault>> {
    let mut faults = FaultList::new(&spec.truth_file);
    match read_table(spec, bytes, &mut faults) {
        Ok(rows) if faults.is_empty() => Ok(rows.in_order()),
        _ => Err(faults.into_faults()),
    }
}

/// What is read so far, pictures in the order of their first rows.
struct Rows<'a> {
    truth: Truth<'a>,
    /// For each picture its first row's line.
    lines: Vec<u64>,
}

fn read_table<'a>(
    spec: &TableScorer,
    bytes: &'a mut [u8],
    faults: &mut FaultList<'_>,
) -> Result<Rows<'a>, Stop> {
    let mut records = fields::open(bytes, faults)?;
    let mut fields = Vec::new();
    let Some(header) = fields::next(&mut records, &mut fields, faults)? else {
        faults.in_file(FaultKind::EmptyFile)?;
        return Err(Stop);
    };
    let expected = truth_columns(spec, &Form::Boxes);
    let Some(positions) = fields::positions(&expected, &fields, true) else {
        faults.at_line(header, fields::wrong_header(&expected, &fields))?;
        return Err(Stop);
    };
    let width = fields.len();
    let mut rows = Rows::new(spec);
    let mut named: Vec<&'a [u8]> = Vec::new();
    while let Some(line) = fields::next(&mut records, &mut fields, faults)? {
        if fields.len() == width {
            named.clear();
            named.extend(positions.iter().map(|position| fields[*position]));
            if let Err(fault) = rows.push(spec, line, &named) {
                faults.at_line(line, fault)?;
            }
        } else {
            let (expected, found) = (width as u64, fields.len() as u64);
            faults.at_line(line, FaultKind::WrongFieldCount { expected, found })?;
        }
    }
    if rows.lines.is_empty() && faults.is_empty() {
        faults.in_file(FaultKind::EmptyFile)?;
        return Err(Stop);
    }
    Ok(rows)
}

impl<'a> Rows<'a> {
    fn new(spec: &TableScorer) -> Self {
        let truth = Truth {
            boxes: Vec::new(),
            pictures: Labels::default(),
            classes: Labels::default(),
            is_public: spec.split_column.as_ref().map(|_| Vec::new()),
        };
        Self { truth, lines: Vec::new() }
    }

    /// Takes a row's fields: id, class, x, y, width, height, and the split where there are splits.
    fn push(&mut self, spec: &TableScorer, line: u64, fields: &[&'a [u8]]) -> Result<(), FaultKind> {
        let picture = self.truth.pictures.intern(fields[0]);
        let at = picture as usize;
        let is_new = at == self.lines.len();
        if is_new {
            self.lines.push(line);
        }
        if let (Some(of_pictures), Some(column)) = (&mut self.truth.is_public, &spec.split_column) {
            let public = is_public(fields[6], column);
            if is_new {
                // A fault ends in no truth at all: what stands for it does not matter.
                of_pictures.push(*public.as_ref().unwrap_or(&false));
            }
            if public? != of_pictures[at] {
                return Err(FaultKind::OtherSplit { id: shown(fields[0]), first_line: self.lines[at] });
            }
        }
        let of_box = &fields[1..6];
        if of_box.iter().all(|field| field.is_empty()) {
            return Ok(());
        }
        if of_box[0].is_empty() {
            return Err(unknown_label(&spec.target_column, of_box[0]));
        }
        let rectangle = rectangle(&of_box[1..], &spec.prediction_columns[2..])?;
        let class = self.truth.classes.intern(of_box[0]);
        self.truth.boxes.push(TrueBox { class, picture, rectangle });
        Ok(())
    }

    /// Numbers the pictures by their ids.
    fn in_order(self) -> Truth<'a> {
        let Truth { mut boxes, pictures, classes, is_public } = self.truth;
        let names = pictures.names();
        let mut order: Vec<usize> = (0..names.len()).collect();
        order.sort_unstable_by_key(|at| (names[*at].len(), names[*at]));
        let mut in_order = Labels::default();
        let mut number_of = vec![0; names.len()];
        for at in &order {
            number_of[*at] = in_order.intern(names[*at]);
        }
        for one in &mut boxes {
            one.picture = number_of[one.picture as usize];
        }
        let is_public = is_public.map(|of_pictures| order.iter().map(|at| of_pictures[*at]).collect());
        Truth { boxes, pictures: in_order, classes, is_public }
    }
}
