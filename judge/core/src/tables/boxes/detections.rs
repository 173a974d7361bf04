//! Reads a team's boxes.

use super::{rectangle, truth::Truth};
use crate::{
    faults::{Fault, FaultKind},
    metrics::Detection,
    protocol::TableScorer,
    tables::{
        fault_list::{FaultList, Stop, shown},
        fields::{self, Domain},
        target::unknown_label,
    },
};

/// Reads the whole table. A table without rows says that nothing was found.
pub(in crate::tables) fn read(
    spec: &TableScorer,
    truth: &Truth<'_>,
    bytes: &mut [u8],
) -> Result<Vec<Detection>, Vec<Fault>> {
    let mut faults = FaultList::new(&spec.predictions_file);
    match read_table(spec, truth, bytes, &mut faults) {
        Ok(detections) if faults.is_empty() => Ok(detections),
        _ => Err(faults.into_faults()),
    }
}

fn read_table(
    spec: &TableScorer,
    truth: &Truth<'_>,
    bytes: &mut [u8],
    faults: &mut FaultList<'_>,
) -> Result<Vec<Detection>, Stop> {
    let mut records = fields::open(bytes, faults)?;
    let mut fields = Vec::new();
    let Some(header) = fields::next(&mut records, &mut fields, faults)? else {
        faults.in_file(FaultKind::EmptyFile)?;
        return Err(Stop);
    };
    let mut expected = vec![spec.id_column.as_str()];
    expected.extend(spec.prediction_columns.iter().map(String::as_str));
    let Some(positions) = fields::positions(&expected, &fields, false) else {
        faults.at_line(header, fields::wrong_header(&expected, &fields))?;
        return Err(Stop);
    };
    let mut detections = Vec::new();
    let mut named: Vec<&[u8]> = Vec::new();
    while let Some(line) = fields::next(&mut records, &mut fields, faults)? {
        if fields.len() != expected.len() {
            let (expected, found) = (expected.len() as u64, fields.len() as u64);
            faults.at_line(line, FaultKind::WrongFieldCount { expected, found })?;
            continue;
        }
        named.clear();
        named.extend(positions.iter().map(|position| fields[*position]));
        match detection(&named, truth, &spec.prediction_columns) {
            Ok(detection) => detections.push(detection),
            Err(fault) => faults.at_line(line, fault)?,
        }
    }
    Ok(detections)
}

/// The detection of a row: id, class, score, x, y, width, height.
fn detection(fields: &[&[u8]], truth: &Truth<'_>, columns: &[String]) -> Result<Detection, FaultKind> {
    let picture = truth.pictures.number_of(fields[0]);
    let class = truth.classes.number_of(fields[1]);
    Ok(Detection {
        picture: picture.ok_or_else(|| FaultKind::UnknownId { id: shown(fields[0]) })?,
        class: class.ok_or_else(|| unknown_label(&columns[0], fields[1]))?,
        score: fields::number(fields[2], &columns[1], Domain::Finite)?,
        rectangle: rectangle(&fields[3..], &columns[2..])?,
    })
}
