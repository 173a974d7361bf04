//! `dautri submit FILE`: uploads, hands in, and shows what became of it.

use std::{
    io::{IsTerminal as _, Write as _},
    path::{Path, PathBuf},
    process::ExitCode,
    time::Duration,
};

use anyhow::{Context as _, ensure};
use tokio::time::{Instant, sleep};

use super::client::{Client, Evaluation, Source, Submission, pack_folder};

const POLL: Duration = Duration::from_millis(500);
/// The submission is judged, and not all of it is scored.
const EXIT_NOT_SCORED: u8 = 3;
/// The wait was over first; the submission stays handed in.
const EXIT_WAIT_OVER: u8 = 4;

/// Hands a file, or a folder as a ZIP archive, in to a phase.
///
/// Exit codes: 0 handed in (with --wait: scored), 1 refused or not reached, 3 judged but not scored,
/// 4 not judged before the wait was over.
#[derive(Debug, Clone, clap::Args)]
pub struct SubmitArgs {
    /// The file; a folder is packed as a ZIP archive.
    pub file: PathBuf,
    #[arg(long, env = "DAUTRI_SERVER", default_value = "http://127.0.0.1:8080", value_name = "URL")]
    pub server: String,
    /// Where it goes: competition/track/phase, as in the page's address, or the phase's id.
    #[arg(long, env = "DAUTRI_PHASE", value_name = "PHASE")]
    pub phase: String,
    /// An API token of a member of the team; make one under your account.
    #[arg(long, env = "DAUTRI_TOKEN", hide_env_values = true, value_name = "TOKEN")]
    pub token: String,
    /// Waits for the verdict and shows the scores.
    #[arg(long)]
    pub wait: bool,
    /// The longest wait.
    #[arg(long, default_value_t = 3600, value_name = "SECONDS")]
    pub wait_seconds: u64,
}

pub async fn run(args: SubmitArgs) -> anyhow::Result<ExitCode> {
    let client = Client::new(&args.server, Some(args.token.clone()))?;
    let phase = client.phase_id(&args.phase).await?;
    let upload = upload(&client, &phase, &args.file).await?;
    let submission = client.hand_in(&phase, &upload).await?;
    print(&format!("submission {}", submission.id))?;
    for warning in &submission.warnings {
        print(&format!("  warning: {}", warning.line()))?;
    }
    if !args.wait {
        return Ok(ExitCode::SUCCESS);
    }
    match judged(&client, &submission.id, Duration::from_secs(args.wait_seconds)).await? {
        None => {
            print("not judged yet")?;
            Ok(ExitCode::from(EXIT_WAIT_OVER))
        }
        Some(submission) => show(&submission),
    }
}

/// Uploads the file, or the folder as a ZIP archive, for a phase; the upload's id.
pub(super) async fn upload(client: &Client, phase: &str, file: &Path) -> anyhow::Result<String> {
    ensure!(file.exists(), "there is no file {}", file.display());
    let name = file.canonicalize()?.file_name().context("the root folder is no submission")?.to_owned();
    let name = name.to_string_lossy();
    if file.is_dir() {
        let packed = pack_folder(file, &[]).await?;
        let source = Source { file: packed.path(), name: &format!("{name}.zip"), phase: Some(phase) };
        return Ok(client.upload(&source, &show_progress).await?);
    }
    let source = Source { file, name: &name, phase: Some(phase) };
    Ok(client.upload(&source, &show_progress).await?)
}

async fn judged(client: &Client, id: &str, wait: Duration) -> anyhow::Result<Option<Submission>> {
    let deadline = Instant::now() + wait;
    loop {
        let submission = client.submission(id).await?;
        if submission.is_done() {
            return Ok(Some(submission));
        }
        if Instant::now() + POLL > deadline {
            return Ok(None);
        }
        sleep(POLL).await;
    }
}

fn show(submission: &Submission) -> anyhow::Result<ExitCode> {
    if submission.state != "done" {
        print(&submission.state)?;
        return Ok(ExitCode::from(EXIT_NOT_SCORED));
    }
    for evaluation in &submission.evaluations {
        for line in lines(evaluation) {
            print(&line)?;
        }
    }
    let scored =
        submission.evaluations.iter().all(|evaluation| evaluation.verdict.as_deref() == Some("scored"));
    Ok(if scored { ExitCode::SUCCESS } else { ExitCode::from(EXIT_NOT_SCORED) })
}

fn lines(evaluation: &Evaluation) -> Vec<String> {
    let verdict = evaluation.verdict.as_deref().unwrap_or("unknown");
    let words = evaluation.verdict_text.as_ref().map_or(verdict, |text| &text.en);
    let mut lines = vec![format!("{}: {verdict}: {words}", evaluation.task)];
    lines.extend(evaluation.faults.iter().map(|fault| format!("  {}", fault.line())));
    if let Some(scores) = &evaluation.scores {
        let private = scores.private.iter().flatten().map(|score| ("private", score));
        let public = scores.public.iter().map(|score| ("public", score));
        lines.extend(
            public.chain(private).map(|(split, (metric, value))| format!("  {split} {metric} {value}")),
        );
    }
    lines
}

pub(super) fn print(line: &str) -> anyhow::Result<()> {
    writeln!(std::io::stdout(), "{line}").context("standard output is closed")
}

/// One line that is written over; into a file or a pipe it would be noise.
fn show_progress(sent: u64, size: u64) {
    let mut terminal = std::io::stderr();
    if terminal.is_terminal() && size > 0 {
        let end = if sent == size { "\n" } else { "" };
        let _ = write!(terminal, "\r{:3} % of {:.1} MB{end}", sent * 100 / size, megabytes(size));
    }
}

#[expect(clippy::cast_precision_loss, reason = "sizes are far below 2^52, and one decimal is shown")]
fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_is_shown_with_its_place() {
        let evaluation: Evaluation = serde_json::from_value(serde_json::json!({
            "task": "hidden-test",
            "verdict": "wrong_format",
            "verdict_text": {"vi": "Sai định dạng", "en": "Wrong format"},
            "faults": [
                {"file": "submission.csv", "line": 7, "vi": "…", "en": "submission.csv, line 7: the id 5 comes twice."},
                {"file": null, "line": null, "vi": "…", "en": "this is not a ZIP file."},
            ],
        }))
        .unwrap();
        assert_eq!(
            lines(&evaluation),
            [
                "hidden-test: wrong_format: Wrong format",
                "  submission.csv:7: the id 5 comes twice.",
                "  this is not a ZIP file."
            ]
        );
    }
}
