//! Scores one file from the command line, as the worker does: what the benchmark `scoring_1m_rows` times.
//!
//! `score_file SPEC.json TRUTH.csv PREDICTIONS.csv` prints the scores, or the faults, as JSON.

use std::{env, error::Error, fs::File, process::ExitCode};

use judge_core::{protocol::TableScorer, tables};

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let [spec, truth, predictions] =
        env::args().skip(1).collect::<Vec<_>>().try_into().map_err(|_| "three files")?;
    let spec: TableScorer = serde_json::from_reader(File::open(spec)?)?;
    match tables::score(&spec, File::open(truth)?, File::open(predictions)?) {
        Ok(scores) => {
            serde_json::to_writer(std::io::stdout(), &scores)?;
            Ok(ExitCode::SUCCESS)
        }
        Err(error) => {
            serde_json::to_writer(std::io::stdout(), &error.faults())?;
            Ok(ExitCode::FAILURE)
        }
    }
}
