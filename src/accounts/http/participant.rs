use axum::{extract::FromRequestParts, http::request::Parts};

use super::CurrentUser;
use crate::{
    accounts::{Accounts, Principal, profile::Act},
    web::{Problem, internal},
};

/// The caller, where nothing keeps them from being in a team.
#[derive(Debug, Clone)]
pub struct Participant(pub Principal);

/// The caller, where nothing keeps them from handing in.
#[derive(Debug, Clone)]
pub struct Entrant(pub Principal);

impl<S: Sync> FromRequestParts<S> for Participant {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        caller_who_may(parts, state, Act::JoinTeam).await.map(Self)
    }
}

impl<S: Sync> FromRequestParts<S> for Entrant {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        caller_who_may(parts, state, Act::HandIn).await.map(Self)
    }
}

async fn caller_who_may<S: Sync>(parts: &mut Parts, state: &S, act: Act) -> Result<Principal, Problem> {
    let CurrentUser(caller) = CurrentUser::from_request_parts(parts, state).await?;
    let accounts = parts.extensions.get::<Accounts>();
    let accounts = accounts.ok_or_else(|| internal(anyhow::anyhow!("`authenticate` did not run")))?;
    accounts.may(caller.user, act).await?;
    Ok(caller)
}
