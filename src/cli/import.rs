//! `dautri import`.

use std::{path::PathBuf, process::ExitCode};

use super::client::{Client, Import, Source, pack_folder};

#[derive(Debug, clap::Args)]
pub struct ImportArgs {
    /// Folder or ZIP archive with `dautri.yaml`.
    source: PathBuf,
    /// Address of the server.
    #[arg(long, env = "DAUTRI_SERVER", default_value = "http://127.0.0.1:8080")]
    server: String,
    /// An organizer's API token.
    #[arg(long, env = "DAUTRI_TOKEN", hide_env_values = true)]
    token: String,
    /// Why times or limits of running phases change. Everybody may read it.
    #[arg(long)]
    reason: Option<String>,
}

#[expect(clippy::print_stdout, reason = "the command's result")]
pub async fn run(args: ImportArgs) -> anyhow::Result<ExitCode> {
    let client = Client::new(&args.server, Some(args.token))?;
    let packed =
        if args.source.is_dir() { Some(pack_folder(&args.source, &["samples"]).await?) } else { None };
    let file = packed.as_ref().map_or(args.source.as_path(), |packed| packed.path());
    let source = Source { file, name: "competition.zip", phase: None };
    let upload = client.upload(&source, &|_, _| {}).await?;
    let body = serde_json::json!({ "upload": upload, "reason": args.reason });
    let import: Import = client.post("/competitions", &body).await?;
    println!("{}: {}", import.slug, import.result);
    Ok(ExitCode::SUCCESS)
}
