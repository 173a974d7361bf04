use axum::{extract::FromRequestParts, http::request::Parts};

use super::CurrentUser;
use crate::{
    accounts::{Accounts, Principal},
    web::{Problem, internal},
};

/// The caller, where nothing keeps them from taking part: being in a team and handing in.
#[derive(Debug, Clone)]
pub struct Participant(pub Principal);

impl<S: Sync> FromRequestParts<S> for Participant {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let CurrentUser(caller) = CurrentUser::from_request_parts(parts, state).await?;
        let accounts = parts.extensions.get::<Accounts>();
        let accounts = accounts.ok_or_else(|| internal(anyhow::anyhow!("`authenticate` did not run")))?;
        accounts.may_take_part(caller.user).await?;
        Ok(Self(caller))
    }
}
