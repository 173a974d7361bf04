//! Tables of boxes: one row for each, `picture,class,score,x,y,width,height`.
//!
//! A picture may have any number of boxes, so its id may stand in any number of rows. The truth names every picture:
//! one without a box by a row that has the id, the split and nothing else. The predictions name those where they
//! found something. `x,y` is the left upper corner; the unit is one for all, mostly pixels.

mod detections;
mod truth;

use std::collections::BTreeMap;

pub(super) use detections::read as read_detections;
pub(super) use truth::read as read_truth;

use super::{
    ScoreError,
    fields::{self, Domain},
    measure::of_splits,
};
use crate::{
    faults::FaultKind,
    metrics::{BoxPrecision, Detection, Metric, Rectangle},
    protocol::{Scores, TableScorer},
};
use truth::Truth;

/// Every metric on the public and on the private pictures.
pub(super) fn measure(
    spec: &TableScorer,
    truth: &Truth<'_>,
    detections: &[Detection],
) -> Result<Scores, ScoreError> {
    of_splits(truth.is_public.as_deref(), |pictures| {
        let precision = match pictures {
            None => BoxPrecision::of(&truth.boxes, detections),
            Some(pictures) => {
                let is_in = |picture: u32| pictures.binary_search(&(picture as usize)).is_ok();
                BoxPrecision::of(
                    truth.boxes.iter().filter(|one| is_in(one.picture)),
                    detections.iter().filter(|one| is_in(one.picture)),
                )
            }
        };
        let precision = precision.map_err(|error| ScoreError::undefined(&spec.metrics[0], error))?;
        let figure = |metric| match metric {
            Metric::BoxMap50 => precision.at_50(),
            Metric::BoxMap75 => precision.at_75(),
            _ => precision.mean(),
        };
        Ok(spec.metrics.iter().map(|one| (one.name(), figure(one.metric))).collect::<BTreeMap<_, _>>())
    })
}

/// The box of four fields: x, y, width and height.
fn rectangle(fields: &[&[u8]], columns: &[String]) -> Result<Rectangle, FaultKind> {
    let read = |at: usize, domain| fields::number(fields[at], &columns[at], domain);
    Ok(Rectangle {
        x: read(0, Domain::Finite)?,
        y: read(1, Domain::Finite)?,
        width: read(2, Domain::Side)?,
        height: read(3, Domain::Side)?,
    })
}
