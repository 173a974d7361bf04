//! `dautri rules`.

use std::process::ExitCode;

use anyhow::Context as _;

use super::client::Client;

/// Shows a competition's rules and whether you have accepted them; with --accept, accepts them as they are shown.
#[derive(Debug, clap::Args)]
pub struct RulesArgs {
    /// The competition's name in addresses.
    competition: String,
    /// Accepts the rules.
    #[arg(long)]
    accept: bool,
    /// Show them in Vietnamese.
    #[arg(long)]
    vi: bool,
    #[arg(long, env = "DAUTRI_SERVER", default_value = "http://127.0.0.1:8080", value_name = "URL")]
    server: String,
    /// Your API token.
    #[arg(long, env = "DAUTRI_TOKEN", hide_env_values = true, value_name = "TOKEN")]
    token: String,
}

#[expect(clippy::print_stdout, reason = "the command's result")]
pub async fn run(args: RulesArgs) -> anyhow::Result<ExitCode> {
    let client = Client::new(&args.server, Some(args.token))?;
    let mut standing = client.acceptance(&args.competition).await?;
    let version = standing.version.clone().context("the competition has published no rules")?;
    let text = client.page(&args.competition, &standing.page).await?.context("the rules' page is gone")?;
    println!("{}", if args.vi { text.vi } else { text.en }.trim_end());
    println!();
    println!("version {version}");
    if args.accept {
        standing = client.accept_rules(&args.competition, &version).await?;
    }
    match standing.accepted_at {
        Some(at) => println!("accepted at {at}"),
        None => println!("not accepted{}", if standing.required { "; handing in needs it" } else { "" }),
    }
    Ok(ExitCode::SUCCESS)
}
