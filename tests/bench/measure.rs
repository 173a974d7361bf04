//! What was measured, and how it is shown.

use std::fmt::Write as _;

use serde::Serialize;

/// One row of `target/bench/summary.json`.
#[derive(Debug, Clone, Serialize)]
pub struct Measure {
    pub name: &'static str,
    pub value: f64,
    pub unit: &'static str,
    /// What it was measured against in the same run.
    pub peer: Option<String>,
    pub peer_value: Option<f64>,
    /// How many times better than the peer, or how much of its rate: `goal` says which.
    pub ratio: Option<f64>,
    pub goal: String,
    pub holds: bool,
}

/// The middle one; of an even number the mean of the two in the middle.
pub fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    if sorted.len() % 2 == 1 { sorted[middle] } else { f64::midpoint(sorted[middle - 1], sorted[middle]) }
}

/// The value that so many of a hundred do not exceed.
pub fn percentile(values: &[f64], of_hundred: usize) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted[(sorted.len() * of_hundred).div_ceil(100).clamp(1, sorted.len()) - 1]
}

/// `12.3 (10.1 to 15.0)`: median, least and most.
pub fn spread(values: &[f64]) -> String {
    let least = values.iter().copied().fold(f64::INFINITY, f64::min);
    let most = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    format!("{:.1} ({least:.1} to {most:.1})", median(values))
}

/// A table for people.
pub fn table(measures: &[Measure]) -> String {
    let number = |value: Option<f64>| value.map_or_else(|| "-".to_owned(), |value| format!("{value:.2}"));
    let header = ["measure", "value", "unit", "peer", "peer's value", "ratio", "goal", "holds"];
    let mut rows = vec![header.map(str::to_owned)];
    rows.extend(measures.iter().map(|measure| {
        [
            measure.name.to_owned(),
            number(Some(measure.value)),
            measure.unit.to_owned(),
            measure.peer.clone().unwrap_or_else(|| "-".to_owned()),
            number(measure.peer_value),
            number(measure.ratio),
            measure.goal.clone(),
            if measure.holds { "yes" } else { "NO" }.to_owned(),
        ]
    }));
    let widths: Vec<usize> =
        (0..header.len()).map(|i| rows.iter().map(|row| row[i].len()).max().unwrap_or(0)).collect();
    let mut text = String::new();
    for row in rows {
        let mut line = String::new();
        for (cell, width) in row.iter().zip(&widths) {
            let _ = write!(line, "{cell:<width$}  ");
        }
        let _ = writeln!(text, "{}", line.trim_end());
    }
    text
}
