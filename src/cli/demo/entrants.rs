//! The people and teams who hand the samples in.

use anyhow::Context as _;
use serde_json::json;

use super::{DemoArgs, samples::Sample, say};
use crate::cli::{
    client::{Client, Competition, Page, Team},
    up::logins::{Login, Logins, Role, random_password},
};

/// A caller who is a member of the sample's team; account and team are made if they are not there.
pub async fn ensure_team(
    args: &DemoArgs,
    competition: &Competition,
    sample: &Sample,
) -> anyhow::Result<Client> {
    let name = &sample.expected.team;
    let client = ensure_account(args, &competition.slug, name).await?;
    let teams: Page<Team> = client.get("/me/teams").await?;
    if teams.items.iter().any(|team| team.competition.slug == competition.slug) {
        return Ok(client);
    }
    let request = json!({ "name": name, "division": sample.expected.division });
    let made: Team = client
        .post(&format!("/competitions/{}/teams", competition.slug), &request)
        .await
        .with_context(|| format!("the team {name} cannot be made"))?;
    say(format_args!("{} takes part in {}", made.name, competition.slug));
    Ok(client)
}

/// One account for each team, known by the competition and the team's name.
async fn ensure_account(args: &DemoArgs, competition: &str, team: &str) -> anyhow::Result<Client> {
    let mut logins = Logins::load(&args.data)?;
    let client = Client::new(&args.server, None)?;
    let domain = format!("@{competition}.demo.dautri.local");
    let known = logins.accounts.iter().find(|login| login.name == team && login.email.ends_with(&domain));
    if let Some(login) = known {
        match client.log_in(&login.email, &login.password).await {
            Err(fault) if fault.is("wrong-credentials") => {}
            outcome => return Ok(outcome.map(|()| client)?),
        }
    }
    // Kept before the account is made: a run that is cut in between finds an account it can use.
    let email = format!("{}{domain}", &random_password()?[..6]);
    let login = Login { role: Role::Contestant, name: team.to_owned(), email, password: random_password()? };
    logins.accounts.retain(|other| !(other.name == team && other.email.ends_with(&domain)));
    logins.accounts.push(login.clone());
    logins.save(&args.data)?;
    client
        .sign_up(&login.email, team, &login.password)
        .await
        .with_context(|| format!("an account for {team} cannot be made"))?;
    Ok(client)
}
