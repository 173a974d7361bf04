//! `dautri phase`: what organizers do to a running phase.

use std::{io::Write as _, process::ExitCode};

use anyhow::Context as _;
use clap::{Args, Subcommand};
use reqwest::Method;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::client::Client;

#[derive(Debug, clap::Args)]
pub struct PhaseArgs {
    /// Address of the server.
    #[arg(long, env = "DAUTRI_SERVER", default_value = "http://127.0.0.1:8080", global = true)]
    server: String,
    /// An organizer's API token.
    #[arg(long, env = "DAUTRI_TOKEN", hide_env_values = true, global = true, default_value = "")]
    token: String,
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Stop hand-ins, judging or both.
    Pause(Stops),
    /// Let them go on.
    Resume(Stops),
    /// Freeze the board now.
    Freeze(Because),
    /// Show everybody the live board.
    Unfreeze(Because),
    /// Change times and limits.
    Change(Box<Change>),
    /// List what was changed, newest first.
    Changes {
        /// competition/track/phase, or the phase's id.
        phase: String,
    },
    /// Show who advances to a phase; with --fingerprint and --reason: decide it.
    Advance {
        /// The phase that teams advance to: competition/track/phase, or its id.
        phase: String,
        /// Of the ranking that was shown.
        #[arg(long, requires = "reason")]
        fingerprint: Option<String>,
        /// Everybody may read it.
        #[arg(long, requires = "fingerprint")]
        reason: Option<String>,
    },
}

#[derive(Debug, Args)]
struct Because {
    /// competition/track/phase, or the phase's id.
    phase: String,
    /// Why. Everybody may read it.
    #[arg(long)]
    reason: String,
    /// Tell the teams nothing.
    #[arg(long)]
    quiet: bool,
}

#[derive(Debug, Args)]
struct Stops {
    #[command(flatten)]
    because: Because,
    /// Taking submissions.
    #[arg(long, required_unless_present = "judging")]
    hand_ins: bool,
    /// Judging what was handed in.
    #[arg(long)]
    judging: bool,
}

#[derive(Debug, Args)]
struct Change {
    #[command(flatten)]
    because: Because,
    /// Such as 2026-12-01T08:00:00+07:00.
    #[arg(long, value_name = "TIME")]
    starts: Option<String>,
    #[arg(long, value_name = "TIME")]
    ends: Option<String>,
    /// A time, or `none`.
    #[arg(long, value_name = "TIME")]
    freeze: Option<String>,
    /// A number, or `none`.
    #[arg(long, value_name = "N")]
    attempts_daily: Option<String>,
    /// A number, or `none`.
    #[arg(long, value_name = "N")]
    attempts_total: Option<String>,
    /// A number, or `none`.
    #[arg(long, value_name = "N")]
    max_running: Option<String>,
    /// Reopen a phase whose private scores were public.
    #[arg(long)]
    force: bool,
}

impl Because {
    fn body(&self) -> Map<String, Value> {
        Map::from_iter([("reason".to_owned(), json!(self.reason)), ("notice".to_owned(), json!(!self.quiet))])
    }
}

impl Stops {
    fn body(&self) -> Map<String, Value> {
        let mut body = self.because.body();
        body.insert("hand_ins".to_owned(), json!(self.hand_ins));
        body.insert("judging".to_owned(), json!(self.judging));
        body
    }
}

impl Change {
    fn body(&self) -> Map<String, Value> {
        let mut body = self.because.body();
        body.insert("force".to_owned(), json!(self.force));
        let values = [
            ("starts_at", &self.starts),
            ("ends_at", &self.ends),
            ("freeze_at", &self.freeze),
            ("attempts_daily", &self.attempts_daily),
            ("attempts_total", &self.attempts_total),
            ("max_running", &self.max_running),
        ];
        for (field, value) in values {
            if let Some(text) = value {
                body.insert(field.to_owned(), setting(text));
            }
        }
        body
    }
}

/// `none`, a number, or a text that the server reads as a time.
fn setting(text: &str) -> Value {
    if text == "none" { Value::Null } else { text.parse::<i32>().map_or_else(|_| json!(text), |n| json!(n)) }
}

#[derive(Debug, Deserialize)]
#[expect(clippy::struct_field_names, reason = "the API's names")]
struct Made {
    kind: String,
    fields: Vec<Field>,
    reason: String,
    made_at: String,
}

#[derive(Debug, Deserialize)]
#[expect(clippy::struct_field_names, reason = "the API's names")]
struct Field {
    field: String,
    old: Value,
    new: Value,
}

#[derive(Debug, Deserialize)]
struct List {
    items: Vec<Made>,
}

#[derive(Debug, Deserialize)]
struct Advancement {
    state: String,
    top: i32,
    fingerprint: String,
    teams: Vec<Candidate>,
}

#[derive(Debug, Deserialize)]
struct Candidate {
    name: String,
    division: String,
    rank: Option<i64>,
    advances: bool,
}

pub async fn run(args: PhaseArgs) -> anyhow::Result<ExitCode> {
    let client = Client::new(&args.server, Some(args.token).filter(|token| !token.is_empty()))?;
    match args.what {
        What::Pause(stops) => act(&client, Method::POST, &stops.because.phase, "/pause", stops.body()).await,
        What::Resume(stops) => {
            act(&client, Method::POST, &stops.because.phase, "/resume", stops.body()).await
        }
        What::Freeze(because) => act(&client, Method::POST, &because.phase, "/freeze", because.body()).await,
        What::Unfreeze(because) => {
            act(&client, Method::POST, &because.phase, "/unfreeze", because.body()).await
        }
        What::Change(change) => act(&client, Method::PATCH, &change.because.phase, "", change.body()).await,
        What::Changes { phase } => {
            let phase = client.phase_id(&phase).await?;
            let list: List = client.get(&format!("/phases/{phase}/changes")).await?;
            print(list.items.iter().flat_map(told))
        }
        What::Advance { phase, fingerprint, reason } => {
            let path = format!("/phases/{}/advancement", client.phase_id(&phase).await?);
            let advancement: Advancement = match fingerprint {
                Some(fingerprint) => {
                    client.post(&path, &json!({ "fingerprint": fingerprint, "reason": reason })).await?
                }
                None => client.get(&path).await?,
            };
            print(ranking(&advancement))
        }
    }
}

async fn act(
    client: &Client,
    method: Method,
    phase: &str,
    call: &str,
    body: Map<String, Value>,
) -> anyhow::Result<ExitCode> {
    let phase = client.phase_id(phase).await?;
    let made: Made = client.call(method, &format!("/phases/{phase}{call}"), &body).await?;
    print(told(&made))
}

fn told(made: &Made) -> Vec<String> {
    let mut lines = vec![format!("{} {}: {}", made.made_at, made.kind, made.reason)];
    lines.extend(made.fields.iter().map(|f| format!("  {}: {} → {}", f.field, f.old, f.new)));
    lines
}

fn ranking(advancement: &Advancement) -> Vec<String> {
    let Advancement { state, top, fingerprint, teams } = advancement;
    let mut lines = vec![format!("{state}: the top {top} of each division; fingerprint {fingerprint}")];
    lines.extend(teams.iter().map(|team| {
        let mark = if team.advances { "+" } else { "-" };
        let rank = team.rank.map_or_else(|| "added".to_owned(), |rank| rank.to_string());
        format!("  {mark} {} {rank} {}", team.division, team.name)
    }));
    lines
}

fn print(lines: impl IntoIterator<Item = String>) -> anyhow::Result<ExitCode> {
    let mut out = std::io::stdout();
    for line in lines {
        writeln!(out, "{line}").context("standard output is closed")?;
    }
    Ok(ExitCode::SUCCESS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn none_is_no_limit_and_what_is_not_said_stays() {
        let change = Change {
            because: Because { phase: "a/b/c".into(), reason: "thử".into(), quiet: true },
            starts: None,
            ends: Some("2026-12-01T08:00:00+07:00".into()),
            freeze: Some("none".into()),
            attempts_daily: Some("3".into()),
            attempts_total: None,
            max_running: None,
            force: false,
        };
        let expected = json!({
            "reason": "thử", "notice": false, "force": false, "ends_at": "2026-12-01T08:00:00+07:00",
            "freeze_at": null, "attempts_daily": 3,
        });
        assert_eq!(Value::Object(change.body()), expected);
    }
}
