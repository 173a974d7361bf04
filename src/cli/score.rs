//! `dautri score`: built-in metrics on two files, without a server.

use std::{fs::File, io::BufReader, path::PathBuf, process::ExitCode};

use anyhow::{Context, bail};
use judge_core::{
    metrics::{Metric, MetricSpec, Takes},
    protocol::TableScorer,
    tables,
};

#[derive(Debug, clap::Args)]
pub struct ScoreArgs {
    /// Metrics, separated by commas: `accuracy`, `f1_macro`, `rmse`, …
    #[arg(long, value_delimiter = ',', required = true)]
    metric: Vec<String>,
    /// The truth, CSV.
    #[arg(long)]
    truth: PathBuf,
    /// The predictions, CSV.
    #[arg(long)]
    predictions: PathBuf,
    /// Column that joins both.
    #[arg(long, default_value = "id")]
    id: String,
    /// The truth's column of labels or values.
    #[arg(long, default_value = "label")]
    target: String,
    /// The predictions' columns after the id.
    #[arg(long, value_delimiter = ',', default_value = "label")]
    columns: Vec<String>,
    /// The truth's column with `public` and `private`.
    #[arg(long)]
    split: Option<String>,
    /// The label that counts as positive, for binary metrics.
    #[arg(long)]
    positive: Option<String>,
    /// How many of the first items or classes count: `recall_at_k`, `map_at_k`, `top_k_accuracy`, `ndcg`, `mrr`.
    #[arg(long)]
    k: Option<u32>,
    /// The quantile that `pinball` measures.
    #[arg(long)]
    alpha: Option<f64>,
    /// The truth's column of gains, for metrics on ranked items.
    #[arg(long)]
    gain: Option<String>,
}

#[expect(clippy::print_stdout, reason = "the command's result")]
pub fn run(args: &ScoreArgs) -> anyhow::Result<ExitCode> {
    let metrics = args.metric.iter().map(|name| metric(name, args)).collect::<Result<_, _>>()?;
    let spec = TableScorer {
        predictions_file: args.predictions.display().to_string(),
        truth_file: args.truth.display().to_string(),
        id_column: args.id.clone(),
        target_column: args.target.clone(),
        gain_column: args.gain.clone(),
        prediction_columns: args.columns.clone(),
        split_column: args.split.clone(),
        metrics,
    };
    let open = |path: &PathBuf| {
        File::open(path).map(BufReader::new).with_context(|| format!("{} cannot be opened", path.display()))
    };
    match tables::score(&spec, open(&args.truth)?, open(&args.predictions)?) {
        Ok(scores) => println!("{}", serde_json::to_string_pretty(&scores)?),
        Err(error) => {
            for fault in error.faults() {
                eprintln!("{}", fault.sentence().en);
            }
            bail!("the predictions were not scored");
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// The metric with those of the options that it takes.
fn metric(name: &str, args: &ScoreArgs) -> anyhow::Result<MetricSpec> {
    let metric: Metric =
        serde_json::from_value(name.into()).with_context(|| format!("no metric is called {name}"))?;
    Ok(MetricSpec {
        metric,
        positive: args.positive.clone().filter(|_| metric.is_about_positive_class()),
        k: args.k.filter(|_| metric.takes_k() != Takes::Never),
        alpha: args.alpha.filter(|_| metric.takes_alpha() != Takes::Never),
    })
}
