//! What a team's rows hold, in the order of the truth's.

use super::{
    fault_list::shown,
    fields::{self, Domain},
    label_sets,
    lists::Lists,
    masks,
    spec::{Form, has},
    target::{Target, domain, text, unknown_label},
};
use crate::{
    faults::FaultKind,
    metrics::{Edits, Hit, Metric, Overlap, SUM_TOLERANCE, character_edits, word_edits},
    protocol::TableScorer,
};

/// What the metrics need of each row; where they compare it with its own truth alone, what came of that.
#[derive(Debug)]
pub(super) enum Predicted {
    Labels(Vec<u32>),
    /// Row after row, as many figures each as there are prediction columns.
    Numbers(Vec<f64>),
    LabelSets(Lists<u32>),
    Hits(Lists<Hit>),
    Overlaps(Vec<Overlap>),
    /// Empty where no metric asks.
    Edits {
        of_words: Vec<Edits>,
        of_characters: Vec<Edits>,
    },
}

/// What a definition lets a row hold.
pub(super) struct Expected<'a> {
    columns: &'a [String],
    domain: Domain,
    /// The figures of a row are the probabilities of its classes.
    sums_to_one: bool,
}

impl<'a> Expected<'a> {
    pub(super) fn new(spec: &'a TableScorer, form: &Form) -> Self {
        let sums_to_one = has(spec, Metric::LogLoss) && *form == Form::ClassProbabilities;
        Self { columns: &spec.prediction_columns, domain: domain(spec), sums_to_one }
    }
}

impl Predicted {
    /// So many rows that nothing is known about yet.
    pub(super) fn of_rows(rows: usize, spec: &TableScorer, form: &Form) -> Self {
        let edits = |metric| vec![Edits::default(); if has(spec, metric) { rows } else { 0 }];
        match form {
            Form::Labels => Self::Labels(vec![0; rows]),
            Form::Numbers | Form::PositiveScores { .. } | Form::ClassProbabilities => {
                Self::Numbers(vec![0.0; rows * spec.prediction_columns.len()])
            }
            Form::LabelSets => Self::LabelSets(Lists::of_rows(rows)),
            Form::Rankings => Self::Hits(Lists::of_rows(rows)),
            Form::Masks => Self::Overlaps(vec![Overlap::default(); rows]),
            Form::Texts => Self::Edits { of_words: edits(Metric::Wer), of_characters: edits(Metric::Cer) },
            Form::Boxes => unreachable!("boxes are read by rows, not by ids"),
        }
    }

    /// Takes the fields of a row, in the order of the prediction columns.
    pub(super) fn read(
        &mut self,
        row: usize,
        fields: &[&[u8]],
        truth: &Target<'_>,
        expected: &Expected<'_>,
    ) -> Result<(), FaultKind> {
        let (field, column) = (fields[0], expected.columns[0].as_str());
        match (self, truth) {
            (Self::Labels(of_rows), Target::Labels { labels, .. }) => {
                of_rows[row] = labels.number_of(field).ok_or_else(|| unknown_label(column, field))?;
            }
            (Self::Numbers(of_rows), _) => {
                let width = expected.columns.len();
                read_numbers(&mut of_rows[row * width..][..width], fields, expected)?;
            }
            (Self::LabelSets(of_rows), Target::LabelSets { labels, .. }) => {
                of_rows.set(row, label_sets::read_prediction(field, column, labels)?);
            }
            (Self::Hits(of_rows), Target::Relevance(relevance)) => {
                of_rows.set(row, relevance.hits(row, field, column)?);
            }
            (Self::Overlaps(of_rows), Target::Masks(truth)) => {
                let predicted = masks::read(field, column, truth[row].pixels())?;
                of_rows[row] = Overlap::of(&truth[row], &predicted).expect("both are of one picture");
            }
            (Self::Edits { of_words, of_characters }, Target::Texts(truth)) => {
                let text = text(field, column)?;
                if let Some(edits) = of_words.get_mut(row) {
                    *edits = word_edits(truth[row], text);
                }
                if let Some(edits) = of_characters.get_mut(row) {
                    *edits = character_edits(truth[row], text);
                }
            }
            _ => unreachable!("both tables are read in the same form"),
        }
        Ok(())
    }
}

fn read_numbers(of_row: &mut [f64], fields: &[&[u8]], expected: &Expected<'_>) -> Result<(), FaultKind> {
    for ((value, field), column) in of_row.iter_mut().zip(fields).zip(expected.columns) {
        *value = fields::number(field, column, expected.domain)?;
    }
    if expected.sums_to_one { check_sum(of_row, expected.columns) } else { Ok(()) }
}

fn check_sum(probabilities: &[f64], columns: &[String]) -> Result<(), FaultKind> {
    let sum: f64 = probabilities.iter().sum();
    if (sum - 1.0).abs() <= SUM_TOLERANCE {
        return Ok(());
    }
    Err(FaultKind::OutOfRange {
        column: shown(columns.join(" + ").as_bytes()),
        value: sum.to_string(),
        min: (1.0 - SUM_TOLERANCE).to_string(),
        max: (1.0 + SUM_TOLERANCE).to_string(),
    })
}
