//! `dautri import`.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    process::ExitCode,
};

use super::client::{Client, Import, Source, pack_folder};

#[derive(Debug, clap::Args)]
pub struct ImportArgs {
    /// Folder or ZIP archive with `dautri.yaml`, or a bundle of Codabench or CodaLab (`competition.yaml`).
    source: PathBuf,
    /// A bundle's name in addresses; made from its title unless given.
    #[arg(long)]
    slug: Option<String>,
    /// Stored sandbox image that takes the place of the bundle's Docker image; `python-ml` unless given.
    #[arg(long, value_name = "DOCKER=STORED", value_parser = mapping)]
    image: Vec<(String, String)>,
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
    let packed = if args.source.is_dir() {
        Some(pack_folder(&args.source, skipped(&args.source)).await?)
    } else {
        None
    };
    let file = packed.as_ref().map_or(args.source.as_path(), |packed| packed.path());
    let source = Source { file, name: "competition.zip", phase: None };
    let upload = client.upload(&source, &|_, _| {}).await?;
    let images: BTreeMap<String, String> = args.image.into_iter().collect();
    let body = serde_json::json!({
        "upload": upload, "reason": args.reason, "slug": args.slug, "images": images,
    });
    let import: Import = client.post("/competitions", &body).await?;
    println!("{}: {}", import.slug, import.result);
    for note in import.notes {
        println!("- {}", note.en);
    }
    Ok(ExitCode::SUCCESS)
}

/// A definition's samples are for the demo; a bundle may name any of its folders.
fn skipped(folder: &Path) -> &'static [&'static str] {
    if folder.join("dautri.yaml").exists() { &["samples"] } else { &[".git"] }
}

fn mapping(text: &str) -> Result<(String, String), String> {
    match text.rsplit_once('=') {
        Some((docker, stored)) if !docker.is_empty() && !stored.is_empty() => {
            Ok((docker.to_owned(), stored.to_owned()))
        }
        _ => Err("write it like codalab/codalab-legacy:py37=python-ml".to_owned()),
    }
}
