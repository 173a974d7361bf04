//! `dautri download`.

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::ensure;
use futures::{StreamExt as _, stream};

use super::client::{Client, Fetched, ManifestFile, SetVersion};

/// Files that are fetched side by side.
const AT_ONCE: usize = 4;

/// Downloads a competition's data sets, each into a folder of its name.
///
/// Files that are there already are kept, broken ones are gone on with, and every one is checked by its SHA-256.
#[derive(Debug, clap::Args)]
#[command(disable_version_flag = true)]
pub struct DownloadArgs {
    /// The competition's name in addresses.
    competition: String,
    /// The data set; all that you may read unless given.
    set: Option<String>,
    /// Only these files: a path, a folder, or a pattern such as 'images/L0[1-3]/**'.
    #[arg(long, value_name = "GLOB")]
    only: Option<String>,
    /// The folder that takes them.
    #[arg(long, value_name = "DIR", default_value = ".")]
    out: PathBuf,
    /// The number of the data's version.
    #[arg(long, default_value = "latest", value_name = "NUMBER")]
    version: String,
    /// Asks mirrors first; the server only for what they lack.
    #[arg(long)]
    mirrors: bool,
    #[arg(long, env = "DAUTRI_SERVER", default_value = "http://127.0.0.1:8080", value_name = "URL")]
    server: String,
    /// An API token; data that is open to everybody needs none.
    #[arg(long, env = "DAUTRI_TOKEN", hide_env_values = true, value_name = "TOKEN")]
    token: Option<String>,
}

#[expect(clippy::print_stderr, reason = "what cannot be had is said beside the results")]
pub async fn run(args: DownloadArgs) -> anyhow::Result<ExitCode> {
    let client = Client::new(&args.server, args.token.clone())?;
    let sets = if let Some(set) = &args.set {
        vec![set.clone()]
    } else {
        let listed = client.data(&args.competition).await?.sets;
        ensure!(!listed.is_empty(), "{} has no data", args.competition);
        for set in listed.iter().filter(|set| !set.readable) {
            let why = set.refusal.as_ref().map_or("", |refusal| refusal.en.as_str());
            eprintln!("dautri: {}: {why}", set.slug);
        }
        listed.into_iter().filter(|set| set.readable).map(|set| set.slug).collect()
    };
    ensure!(!sets.is_empty(), "there is nothing that you may read");
    let mut all = true;
    for set in &sets {
        let version = SetVersion { competition: &args.competition, set, version: &args.version };
        let manifest = match client.manifest(version, args.only.as_deref()).await {
            // A pattern need not fit a file of every set.
            Err(fault) if args.set.is_none() && fault.is("nothing-selected") => continue,
            other => other?,
        };
        // The number, so that a version published meanwhile mixes nothing.
        let number = manifest.version.to_string();
        let version = SetVersion { version: &number, ..version };
        all &= fetch_all(&client, version, &manifest.files, &args.out.join(set), args.mirrors).await;
    }
    Ok(if all { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Fetches the files; `false`: one could not be had, and the others are there all the same.
#[expect(clippy::print_stdout, reason = "the command's result")]
#[expect(clippy::print_stderr, reason = "what cannot be had is said beside the results")]
async fn fetch_all(
    client: &Client,
    version: SetVersion<'_>,
    files: &[ManifestFile],
    folder: &Path,
    mirrors: bool,
) -> bool {
    let fetching = files.iter().map(async |file| (file, client.fetch(version, file, folder, mirrors).await));
    let mut done = stream::iter(fetching).buffer_unordered(AT_ONCE);
    let mut all = true;
    while let Some((file, outcome)) = done.next().await {
        match outcome {
            Ok(Fetched::Kept) => println!("{}/{}: kept", version.set, file.path),
            Ok(Fetched::FromServer) => println!("{}/{}: fetched", version.set, file.path),
            Ok(Fetched::FromMirror) => println!("{}/{}: fetched from a mirror", version.set, file.path),
            Err(fault) => {
                all = false;
                eprintln!("dautri: {}/{}: {fault}", version.set, file.path);
            }
        }
    }
    all
}
