//! `dautri check FILE`: what stands in the way of a score, before it costs an attempt.

use std::{path::PathBuf, process::ExitCode};

use super::{
    client::{Check, Client, Fault},
    submit,
};

/// There are faults.
const EXIT_FAULTS: u8 = 3;

/// Checks a file, or a folder as a ZIP archive, as the server checks what is handed in. No attempt is spent.
///
/// Exit codes: 0 it would be taken, 1 refused or not reached, 3 it has faults.
#[derive(Debug, Clone, clap::Args)]
pub struct CheckArgs {
    /// The file; a folder is packed as a ZIP archive.
    pub file: PathBuf,
    #[arg(long, env = "DAUTRI_SERVER", default_value = "http://127.0.0.1:8080", value_name = "URL")]
    pub server: String,
    /// Where it would go: competition/track/phase, as in the page's address, or the phase's id.
    #[arg(long, env = "DAUTRI_PHASE", value_name = "PHASE")]
    pub phase: String,
    /// An API token of a member of the team; make one under your account.
    #[arg(long, env = "DAUTRI_TOKEN", hide_env_values = true, value_name = "TOKEN")]
    pub token: String,
}

pub async fn run(args: CheckArgs) -> anyhow::Result<ExitCode> {
    let client = Client::new(&args.server, Some(args.token.clone()))?;
    let phase = client.phase_id(&args.phase).await?;
    let upload = submit::upload(&client, &phase, &args.file).await?;
    let check = client.check(&phase, &upload).await?;
    for line in lines(&check) {
        submit::print(&line)?;
    }
    Ok(if check.ok { ExitCode::SUCCESS } else { ExitCode::from(EXIT_FAULTS) })
}

fn lines(check: &Check) -> Vec<String> {
    let faults = check.faults.iter().map(Fault::line);
    let warnings = check.warnings.iter().map(|warning| format!("warning: {}", warning.line()));
    let verdict = match (check.ok, check.complete) {
        (true, true) => "the file is fine".to_owned(),
        (true, false) => {
            "no fault was found, but not everything was read; the rest shows when it is judged".to_owned()
        }
        (false, _) => format!("{} faults; no attempt was spent", check.faults.len()),
    };
    faults.chain(warnings).chain([verdict]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_come_first_then_warnings_then_the_sum() {
        let check: Check = serde_json::from_value(serde_json::json!({
            "ok": false, "complete": true,
            "faults": [{"code": "x", "file": "submission/q.csv", "line": 2, "vi": "…", "en": "submission/q.csv, line 2: no."}],
            "warnings": [{"code": "y", "file": null, "line": null, "vi": "…", "en": "there is no file for q2."}],
        }))
        .unwrap();
        let expected = [
            "submission/q.csv:2: no.",
            "warning: there is no file for q2.",
            "1 faults; no attempt was spent",
        ];
        assert_eq!(lines(&check), expected);
    }
}
