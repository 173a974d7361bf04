//! What the truth's rows hold.

use super::{
    fault_list::shown,
    fields::{self, Domain},
    label_sets,
    labels::Labels,
    lists::Lists,
    masks,
    rankings::Relevance,
    spec::{Form, has},
};
use crate::{
    faults::FaultKind,
    metrics::{Mask, Metric},
    protocol::TableScorer,
};

#[derive(Debug)]
pub(super) enum Target<'a> {
    Labels { of_rows: Vec<u32>, labels: Labels<'a> },
    Numbers(Vec<f64>),
    LabelSets { of_rows: Lists<u32>, labels: Labels<'a> },
    Relevance(Relevance<'a>),
    Masks(Vec<Mask>),
    Texts(Vec<&'a str>),
}

impl<'a> Target<'a> {
    /// No rows of what the form compares with. (Boxes have a reader of their own.)
    pub(super) fn new(form: &Form) -> Self {
        match form {
            Form::Labels | Form::PositiveScores { .. } | Form::ClassProbabilities => {
                Self::Labels { of_rows: Vec::new(), labels: Labels::default() }
            }
            Form::Numbers => Self::Numbers(Vec::new()),
            Form::LabelSets => Self::LabelSets { of_rows: Lists::default(), labels: Labels::default() },
            Form::Rankings => Self::Relevance(Relevance::default()),
            Form::Masks => Self::Masks(Vec::new()),
            Form::Texts => Self::Texts(Vec::new()),
            Form::Boxes => unreachable!("boxes are read by rows, not by ids"),
        }
    }

    /// Takes a row's target and what stands behind it. Where there is a fault the row is left out, and so the whole
    /// table.
    pub(super) fn push(&mut self, spec: &TableScorer, fields: &[&'a [u8]]) -> Result<(), FaultKind> {
        let (target, column) = (fields[0], spec.target_column.as_str());
        match self {
            Self::Labels { .. } if target.is_empty() => return Err(unknown_label(column, target)),
            Self::Labels { of_rows, labels } => of_rows.push(labels.intern(target)),
            Self::Numbers(of_rows) => of_rows.push(fields::number(target, column, domain(spec))?),
            Self::LabelSets { of_rows, labels } => label_sets::read_truth(target, column, labels, of_rows)?,
            Self::Relevance(relevance) => {
                let gains = spec.gain_column.as_deref().map(|column| (fields[1], column));
                relevance.push(target, column, gains)?;
            }
            Self::Masks(of_rows) => of_rows.push(masks::read_truth(target, column, [fields[1], fields[2]])?),
            Self::Texts(of_rows) => of_rows.push(text(target, column)?),
        }
        Ok(())
    }
}

/// Comparing takes some 64 bytes of memory for each of a text.
const LONGEST_TEXT: usize = 1024 * 1024;

/// The text of a field.
pub(super) fn text<'a>(field: &'a [u8], column: &str) -> Result<&'a str, FaultKind> {
    if field.len() > LONGEST_TEXT {
        let limit_bytes = LONGEST_TEXT as u64;
        return Err(FaultKind::ValueTooLong { column: shown(column.as_bytes()), limit_bytes });
    }
    Ok(std::str::from_utf8(field)
        .expect("fields::open has refused what is not UTF-8, and fields end between characters"))
}

pub(super) fn unknown_label(column: &str, value: &[u8]) -> FaultKind {
    FaultKind::UnknownLabel { column: shown(column.as_bytes()), value: shown(value) }
}

/// The true and predicted numbers that all of the metrics accept.
pub(super) fn domain(spec: &TableScorer) -> Domain {
    if has(spec, Metric::Rmsle) {
        Domain::AboveMinusOne
    } else if has(spec, Metric::LogLoss) {
        Domain::Probability
    } else {
        Domain::Finite
    }
}
