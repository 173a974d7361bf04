//! `dautri export`.

use std::{path::PathBuf, process::ExitCode};

use super::client::Client;

/// Downloads a competition with its truth and programs, as a ZIP archive that `dautri import` takes.
#[derive(Debug, clap::Args)]
pub struct ExportArgs {
    /// The competition's name in addresses.
    slug: String,
    /// Where the archive goes; SLUG.zip in this folder unless given.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Address of the server.
    #[arg(long, env = "DAUTRI_SERVER", default_value = "http://127.0.0.1:8080")]
    server: String,
    /// An organizer's API token.
    #[arg(long, env = "DAUTRI_TOKEN", hide_env_values = true)]
    token: String,
}

#[expect(clippy::print_stdout, reason = "the command's result")]
pub async fn run(args: ExportArgs) -> anyhow::Result<ExitCode> {
    let client = Client::new(&args.server, Some(args.token))?;
    let out = args.out.unwrap_or_else(|| PathBuf::from(format!("{}.zip", args.slug)));
    let size = client.export(&args.slug, &out).await?;
    println!("{}: {size} bytes", out.display());
    Ok(ExitCode::SUCCESS)
}
