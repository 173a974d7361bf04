//! `dautri judging`: what organizers decide about results, through the public API.

use std::{process::ExitCode, time::Duration};

use clap::{Args, Subcommand};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::time::sleep;

use super::client::Client;

const POLL: Duration = Duration::from_secs(1);

#[derive(Debug, Args)]
pub struct JudgingArgs {
    #[arg(
        long,
        env = "DAUTRI_SERVER",
        default_value = "http://127.0.0.1:8080",
        value_name = "URL",
        global = true
    )]
    server: String,
    /// An organizer's API token.
    #[arg(long, env = "DAUTRI_TOKEN", hide_env_values = true, value_name = "TOKEN", global = true)]
    token: Option<String>,
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Say by which task versions a phase's results were made that count.
    Versions { phase: String },
    /// Judge submissions once more, beside the results that count; prints the rejudging's id.
    Rejudge(Rejudge),
    /// Show how far a rejudging is, and what it changes.
    Show { rejudging: String },
    /// Let a rejudging's results count.
    Apply { rejudging: String },
    /// Give a rejudging up.
    Drop { rejudging: String },
    /// Stop a submission that is not judged yet.
    Cancel {
        submission: String,
        #[arg(long)]
        reason: String,
        /// Give the attempt back.
        #[arg(long)]
        refund: bool,
    },
    /// Give the attempt of a submission back.
    Refund {
        submission: String,
        #[arg(long)]
        reason: String,
    },
    /// Take a submission or a team off every board.
    Disqualify(Ruled),
    /// Let a disqualified submission or team count again.
    Reinstate(Ruled),
    /// Move what waits of a submission to another level of the queue.
    Prioritize {
        submission: String,
        /// background, low, normal, high or urgent
        #[arg(long, default_value = "urgent")]
        level: String,
        #[arg(long)]
        reason: String,
    },
}

#[derive(Debug, Args)]
struct Rejudge {
    /// competition/track/phase, or the phase's id.
    phase: String,
    /// Teams whose results change read it.
    #[arg(long)]
    reason: String,
    /// Only these submissions; may be repeated.
    #[arg(long, value_name = "ID")]
    submission: Vec<String>,
    /// Only this team's.
    #[arg(long, value_name = "ID")]
    team: Option<String>,
    /// Only those with this verdict; may be repeated.
    #[arg(long, value_name = "VERDICT")]
    verdict: Vec<String>,
    /// Only those accepted at this time or later (RFC 3339).
    #[arg(long, value_name = "TIME")]
    since: Option<String>,
    /// Only those accepted before this time (RFC 3339).
    #[arg(long, value_name = "TIME")]
    until: Option<String>,
    /// Only those judged by another version of a task than the newest.
    #[arg(long)]
    outdated: bool,
    /// Judge under the newest task versions, rather than those of the results that count.
    #[arg(long)]
    newest: bool,
    /// Wait until all is judged, and show what changes.
    #[arg(long)]
    wait: bool,
}

#[derive(Debug, Args)]
struct Ruled {
    #[command(flatten)]
    whom: Whom,
    #[arg(long)]
    reason: String,
}

#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
struct Whom {
    #[arg(long, value_name = "ID")]
    submission: Option<String>,
    #[arg(long, value_name = "ID")]
    team: Option<String>,
}

impl Whom {
    fn path(&self, act: &str) -> String {
        match (&self.submission, &self.team) {
            (Some(id), _) => format!("/submissions/{id}/{act}"),
            (None, team) => format!("/teams/{}/{act}", team.as_deref().unwrap_or_default()),
        }
    }
}

#[derive(Debug, Deserialize)]
struct Rejudging {
    id: String,
    state: String,
    submissions: i64,
    evaluations: i64,
    pending: i64,
}

pub async fn run(args: JudgingArgs) -> anyhow::Result<ExitCode> {
    let client = Client::new(&args.server, args.token)?;
    match args.what {
        What::Versions { phase } => {
            let phase = client.phase_id(&phase).await?;
            print_versions(&client.get(&format!("/phases/{phase}/versions")).await?);
        }
        What::Rejudge(rejudge) => stage(&client, rejudge).await?,
        What::Show { rejudging } => show(&client, &rejudging).await?,
        What::Apply { rejudging } => decide(&client, &rejudging, "apply").await?,
        What::Drop { rejudging } => decide(&client, &rejudging, "drop").await?,
        What::Cancel { submission, reason, refund } => {
            let body = json!({ "reason": reason, "refund": refund });
            client.act(&format!("/submissions/{submission}/cancel"), &body).await?;
        }
        What::Refund { submission, reason } => {
            client.act(&format!("/submissions/{submission}/refund"), &json!({ "reason": reason })).await?;
        }
        What::Disqualify(Ruled { whom, reason }) => {
            client.act(&whom.path("disqualify"), &json!({ "reason": reason })).await?;
        }
        What::Reinstate(Ruled { whom, reason }) => {
            client.act(&whom.path("reinstate"), &json!({ "reason": reason })).await?;
        }
        What::Prioritize { submission, level, reason } => {
            let body = json!({ "level": level, "reason": reason });
            let _: Value = client.put(&format!("/submissions/{submission}/priority"), &body).await?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

#[expect(clippy::print_stdout, reason = "the command's result")]
async fn stage(client: &Client, args: Rejudge) -> anyhow::Result<()> {
    let phase = client.phase_id(&args.phase).await?;
    let mut choice = json!({ "verdicts": args.verdict, "outdated": args.outdated });
    if !args.submission.is_empty() {
        choice["submissions"] = json!(args.submission);
    }
    for (name, value) in [("team", args.team), ("since", args.since), ("until", args.until)] {
        if let Some(value) = value {
            choice[name] = json!(value);
        }
    }
    let body = json!({ "reason": args.reason, "newest": args.newest, "choice": choice });
    let mut staged: Rejudging = client.post(&format!("/phases/{phase}/rejudgings"), &body).await?;
    if !args.wait {
        println!("{}", staged.id);
        return Ok(());
    }
    while staged.pending > 0 {
        sleep(POLL).await;
        staged = client.get(&format!("/rejudgings/{}", staged.id)).await?;
    }
    show(client, &staged.id).await
}

#[expect(clippy::print_stdout, reason = "the command's result")]
async fn show(client: &Client, id: &str) -> anyhow::Result<()> {
    let shown: Rejudging = client.get(&format!("/rejudgings/{id}")).await?;
    println!("{}", line(&shown));
    let difference: Value = client.get(&format!("/rejudgings/{id}/difference")).await?;
    for line in difference_lines(&difference) {
        println!("{line}");
    }
    Ok(())
}

#[expect(clippy::print_stdout, reason = "the command's result")]
async fn decide(client: &Client, id: &str, act: &str) -> anyhow::Result<()> {
    let decided: Rejudging = client.post(&format!("/rejudgings/{id}/{act}"), &json!({})).await?;
    println!("{}", line(&decided));
    Ok(())
}

fn line(rejudging: &Rejudging) -> String {
    let Rejudging { id, state, submissions, evaluations, pending } = rejudging;
    format!(
        "rejudging {id}: {state}, {submissions} submissions, {evaluations} evaluations, {pending} to be judged"
    )
}

#[expect(clippy::print_stdout, reason = "the command's result")]
fn print_versions(tasks: &Value) {
    for task in tasks.as_array().into_iter().flatten() {
        let name = task["task"].as_str().unwrap_or_default();
        for version in task["versions"].as_array().into_iter().flatten() {
            let mark = if version["number"] == task["newest"] { " (newest)" } else { "" };
            println!("{name} version {}{mark}: {} submissions", version["number"], version["submissions"]);
        }
    }
}

/// A difference in lines: counts, submissions, teams.
fn difference_lines(difference: &Value) -> Vec<String> {
    let text = |value: &Value| value.as_str().map_or_else(|| "-".to_owned(), ToOwned::to_owned);
    let rank = |place: &Value| place["rank"].as_i64().map_or_else(|| "-".to_owned(), |rank| rank.to_string());
    let mut lines = Vec::new();
    for (name, count) in difference["counts"].as_object().into_iter().flatten() {
        lines.push(format!("{name}: {count}"));
    }
    for change in difference["submissions"].as_array().into_iter().flatten() {
        let side = |side: &Value| format!("{} {}", text(&side["verdict"]), side["public"]);
        let (old, new) = (side(&change["old"]), side(&change["new"]));
        let (id, team) = (text(&change["submission"]), text(&change["team_name"]));
        let (task, kind) = (text(&change["task"]), text(&change["change"]));
        lines.push(format!("submission {id} of {team}, {task}, {kind}: {old} -> {new}"));
    }
    for change in difference["teams"].as_array().into_iter().flatten() {
        let (name, division, split) =
            (text(&change["name"]), text(&change["division"]), text(&change["split"]));
        let (old, new) = (rank(&change["old"]), rank(&change["new"]));
        lines.push(format!("team {name}, {division}, {split}: rank {old} -> {new}"));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_is_readable_by_line() {
        let difference = json!({
            "counts": { "scores": 1 },
            "submissions": [{
                "submission": "1", "team_name": "Sao", "task": "test", "change": "scores",
                "old": { "verdict": "scored", "public": { "f1": 0.5 } },
                "new": { "verdict": "scored", "public": { "f1": 0.9 } },
            }],
            "teams": [{ "name": "Sao", "division": "a", "split": "public", "new": { "rank": 1 } }],
        });
        assert_eq!(
            difference_lines(&difference),
            [
                "scores: 1",
                "submission 1 of Sao, test, scores: scored {\"f1\":0.5} -> scored {\"f1\":0.9}",
                "team Sao, a, public: rank - -> 1",
            ]
        );
    }
}
