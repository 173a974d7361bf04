//! `dautri demo`: fills a server with the sample competitions and checks that it scores their samples right.
//!
//! Purpose: what a visitor of a fresh installation sees, and the whole path in one command: image, import,
//! sign-up, team, upload, judging, board.
//! Invariants: everything goes through the public API, as anybody could do it; a second run hands in only what
//! changed, and compares all; nothing is said to be right that the server did not just answer.
//! Neighbours: `up` starts it and keeps the log-ins; `client` speaks to the server.

mod boards;
mod entrants;
mod record;
mod samples;
mod table;
mod verify;

use std::{
    fmt,
    io::Write as _,
    path::{Path, PathBuf},
    process::ExitCode,
    time::Duration,
};

use anyhow::{Context as _, bail};
use serde::Serialize;
use serde_json::json;
use tokio::time::{Instant, sleep};

use self::{
    boards::Standings,
    record::{HandedIn, Record},
    samples::{Dataset, Sample},
    verify::Checked,
};
use super::{
    client::{Client, Competition, Image, Import, Source, Submission, pack_folder},
    up::logins::Logins,
};

const POLL: Duration = Duration::from_millis(300);
/// All samples must be judged within this time.
const JUDGING_DEADLINE: Duration = Duration::from_mins(15);
/// What a data set's folder holds beside its definition.
const BESIDE_DEFINITION: &[&str] = &["samples"];

/// Imports the sample competitions, hands in their samples and shows the boards.
///
/// Exit code 1 if a sample misses its expected verdict or scores.
#[derive(Debug, Clone, clap::Args)]
pub struct DemoArgs {
    #[arg(long, env = "DAUTRI_SERVER", default_value = "http://127.0.0.1:8080", value_name = "URL")]
    pub server: String,
    /// Data folder of `dautri up`: its log-ins are used and the demo's are added.
    #[arg(long, env = "DAUTRI_DATA", default_value = ".dautri", value_name = "DIR")]
    pub data: PathBuf,
    /// Folder of the sample competitions.
    #[arg(long, env = "DAUTRI_DATASETS", default_value = "datasets", value_name = "DIR")]
    pub datasets: PathBuf,
    /// The sandbox image that they need, as `docker save` writes it; its name is the file's.
    #[arg(long, env = "DAUTRI_IMAGE", default_value = ".dautri/images/python-ml.tar", value_name = "FILE")]
    pub image: PathBuf,
    /// The server ends afterwards, so its address and log-ins are not shown.
    #[arg(long)]
    pub once: bool,
    /// Prints the boards as one JSON document on standard output; all else goes to standard error.
    #[arg(long)]
    pub json: bool,
}

pub async fn run(args: DemoArgs) -> anyhow::Result<ExitCode> {
    let begin = Instant::now();
    let admin = log_in(&args).await?;
    let mut record = Record::load(&args.data)?;
    ensure_image(&admin, &args.image, &mut record).await?;
    let datasets = samples::read(&args.datasets)?;
    let mut competitions = Vec::new();
    let mut handed_in = Vec::new();
    for dataset in &datasets {
        let competition = ensure_competition(&admin, dataset, &mut record).await?;
        for sample in &dataset.samples {
            let submission = hand_in(&args, &admin, &competition, sample, &mut record).await;
            handed_in.push((sample, submission));
        }
        competitions.push(competition);
    }
    say(format_args!("Waiting for {} samples to be judged", handed_in.len()));
    let deadline = Instant::now() + JUDGING_DEADLINE;
    let mut checked = Vec::new();
    for (sample, submission) in handed_in {
        let judged = match submission {
            Ok(id) => judged(&admin, &id, deadline).await,
            Err(fault) => Err(fault),
        };
        checked.push(verify::check(sample, judged));
    }
    let boards = boards::fetch(&admin, &competitions).await?;
    report(&args, &boards, &checked, begin.elapsed())?;
    Ok(if checked.iter().all(Checked::is_right) { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn log_in(args: &DemoArgs) -> anyhow::Result<Client> {
    let logins = Logins::load(&args.data)?;
    let login = logins.administrator().with_context(|| {
        format!("{} names no administrator; dautri up makes it", Logins::path(&args.data).display())
    })?;
    let client = Client::new(&args.server, None)?;
    client.log_in(&login.email, &login.password).await.with_context(|| {
        format!("the administrator of {} cannot log in", Logins::path(&args.data).display())
    })?;
    Ok(client)
}

/// Stores the sandbox image on the server unless it has the very same.
async fn ensure_image(admin: &Client, archive: &Path, record: &mut Record) -> anyhow::Result<()> {
    let name = archive.file_stem().and_then(|stem| stem.to_str()).context("the image's file has no name")?;
    let sha256 = record.hash(archive).await?;
    let images: Vec<Image> = admin.get("/images").await?;
    if images.iter().any(|image| image.name == name && image.archive_sha256 == sha256) {
        return Ok(());
    }
    say(format_args!("Storing the sandbox image {name} on the server"));
    let source = Source { file: archive, name: &format!("{name}.tar"), phase: None };
    let upload = admin.upload(&source, &|_, _| ()).await?;
    let stored: Image = admin.post("/images", &json!({ "name": name, "upload": upload })).await?;
    if stored.archive_sha256 != sha256 {
        bail!("{} changed while it was uploaded; run the demo again", archive.display());
    }
    Ok(())
}

/// Imports a data set unless the server has this very definition.
async fn ensure_competition(
    admin: &Client,
    dataset: &Dataset,
    record: &mut Record,
) -> anyhow::Result<Competition> {
    let packed = pack_folder(&dataset.folder, BESIDE_DEFINITION).await?;
    if let Some(slug) = record.imported(&dataset.name, &packed.sha256) {
        match admin.get(&format!("/competitions/{slug}")).await {
            Ok(competition) => return Ok(competition),
            Err(fault) if fault.is("not-found") => {}
            Err(fault) => return Err(fault.into()),
        }
    }
    say(format_args!("Importing {}", dataset.name));
    let source = Source { file: packed.path(), name: &format!("{}.zip", dataset.name), phase: None };
    let upload = admin.upload(&source, &|_, _| ()).await?;
    let import: Import = admin
        .post("/competitions", &json!({ "upload": upload }))
        .await
        .with_context(|| format!("{} cannot be imported", dataset.folder.display()))?;
    record.note_import(&dataset.name, &packed.sha256, &import.slug)?;
    Ok(admin.get(&format!("/competitions/{}", import.slug)).await?)
}

/// Hands a sample in, unless it was and nothing changed since; the submission's id.
async fn hand_in(
    args: &DemoArgs,
    admin: &Client,
    competition: &Competition,
    sample: &Sample,
    record: &mut Record,
) -> anyhow::Result<String> {
    let expected = &sample.expected;
    let phase = competition.phase(&expected.track, &expected.phase).with_context(|| {
        format!("there is no phase {}/{}/{}", competition.slug, expected.track, expected.phase)
    })?;
    let file = sample.pack().await?;
    let definition =
        record.definition(&sample.dataset).context("the definition was imported before")?.to_owned();
    if let Some(known) = record.handed_in(&sample.name, &definition, &file.sha256)
        && still_counts(admin, known).await?
    {
        return Ok(known.to_owned());
    }
    let team = entrants::ensure_team(args, competition, sample).await?;
    let source = Source { file: file.path(), name: &file.name, phase: Some(&phase.id) };
    let upload = team.upload(&source, &|_, _| ()).await?;
    let submission = team.hand_in(&phase.id, &upload).await?.id;
    say(format_args!("{} handed in {}", expected.team, sample.name));
    let note = HandedIn { definition, sample: file.sha256.clone(), submission: submission.clone() };
    record.note_hand_in(&sample.name, note)?;
    Ok(submission)
}

/// Whether the server still has a submission, and did not fail it for a fault of its own.
async fn still_counts(admin: &Client, submission: &str) -> anyhow::Result<bool> {
    match admin.submission(submission).await {
        Ok(found) => {
            let failed = |verdict: &Option<String>| verdict.as_deref() == Some("platform_fault");
            Ok(!found.evaluations.iter().any(|evaluation| failed(&evaluation.verdict)))
        }
        Err(fault) if fault.is("not-found") => Ok(false),
        Err(fault) => Err(fault.into()),
    }
}

async fn judged(admin: &Client, id: &str, deadline: Instant) -> anyhow::Result<Submission> {
    loop {
        let submission = admin.submission(id).await?;
        if submission.is_done() {
            return Ok(submission);
        }
        if Instant::now() > deadline {
            bail!("submission {id} was not judged in time; the worker's log says why");
        }
        sleep(POLL).await;
    }
}

fn report(args: &DemoArgs, boards: &[Standings], checked: &[Checked], took: Duration) -> anyhow::Result<()> {
    let tables = boards.iter().filter(|board| board.split == boards::PUBLIC).map(Standings::table);
    let missed = checked.iter().filter(|sample| !sample.is_right());
    let missed = missed.map(|sample| format!("MISSED {}: {}\n", sample.name, sample.mismatches.join("; ")));
    let right = checked.iter().filter(|sample| sample.is_right()).count();
    let seconds = took.as_secs_f64();
    let sum = format!("{right} of {} samples scored as expected ({seconds:.1} s)\n", checked.len());
    let addresses = if args.once { String::new() } else { addresses(args)? };
    let text: String = tables.chain(["\n".to_owned()]).chain(missed).chain([sum, addresses]).collect();
    if !args.json {
        return write!(std::io::stdout(), "{text}").context("standard output is closed");
    }
    say(text.trim_end());
    let document = Document { server: &args.server, boards, samples: checked };
    let document = serde_json::to_string_pretty(&document).context("boards are plain data")?;
    writeln!(std::io::stdout(), "{document}").context("standard output is closed")
}

/// What `--json` prints.
#[derive(Serialize)]
struct Document<'a> {
    server: &'a str,
    boards: &'a [Standings],
    samples: &'a [Checked],
}

fn addresses(args: &DemoArgs) -> anyhow::Result<String> {
    let mut table = table::Table::new(["Log-in", "E-mail", "Password"]);
    for login in Logins::load(&args.data)?.accounts {
        table.row([login.name, login.email, login.password]);
    }
    Ok(format!("\n{}\n{}\n", args.server, table.render()))
}

/// One line for the person at the terminal. A terminal that is gone is no reason to stop.
fn say(line: impl fmt::Display) {
    let _ = writeln!(std::io::stderr(), "{line}");
}
