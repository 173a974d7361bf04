//! Sessions and tokens: whose they are, and how they end.

use super::{Accounts, invalid};
use crate::{
    accounts::{
        AccountError,
        model::{ApiToken, Credential, Principal, Roles, Session},
        rules,
        scope::Scopes,
        secret,
        store::{sessions, tokens, users},
    },
    kernel::{
        ids::{ApiTokenId, SessionId},
        paging::Cursor,
    },
};

/// What API tokens begin with, so that scanners for leaked secrets find them.
pub const TOKEN_PREFIX: &str = "dt_";
const MAX_TOKENS: i64 = 50;

impl Accounts {
    /// Whose session a cookie's value opens.
    pub async fn by_cookie(&self, value: &str) -> Result<Option<Principal>, AccountError> {
        let Some(hash) = secret::hash_shown("", value) else {
            return Ok(None);
        };
        let mut conn = self.db.acquire().await?;
        let Some(live) = sessions::find_live(&mut conn, &hash).await? else {
            return Ok(None);
        };
        if live.stale {
            sessions::touch(&mut conn, live.id).await?;
        }
        Ok(Some(Principal {
            user: live.user,
            roles: live.roles.into_iter().collect(),
            credential: Credential::Session(live.id),
            scopes: Scopes::all(),
            withheld: None,
        }))
    }

    /// Whose token this is.
    pub async fn by_token(&self, token: &str) -> Result<Option<Principal>, AccountError> {
        let Some(hash) = secret::hash_shown(TOKEN_PREFIX, token) else {
            return Ok(None);
        };
        let mut conn = self.db.acquire().await?;
        let Some(live) = tokens::find_live(&mut conn, &hash).await? else {
            return Ok(None);
        };
        if live.stale {
            tokens::touch(&mut conn, live.id).await?;
        }
        let (roles, scopes): (Roles, Scopes) = (live.roles.into_iter().collect(), live.scopes.into());
        Ok(Some(Principal {
            user: live.user,
            roles: scopes.narrow(&roles),
            credential: Credential::Token(live.id),
            withheld: scopes.withholds(&roles),
            scopes,
        }))
    }

    /// Whether the credential of a long request still holds. A database that does not answer is no reason to
    /// throw a reader out.
    pub async fn still_valid(&self, caller: &Principal) -> bool {
        let Ok(mut conn) = self.db.acquire().await else {
            return true;
        };
        let live = match caller.credential {
            Credential::Session(id) => sessions::is_live(&mut conn, id).await,
            Credential::Token(id) => tokens::is_live(&mut conn, id).await,
        };
        live.unwrap_or(true)
    }

    pub async fn sessions(
        &self,
        caller: &Principal,
        before: Cursor,
        fetch: i64,
    ) -> Result<Vec<Session>, AccountError> {
        let mut conn = self.db.acquire().await?;
        Ok(sessions::list(&mut conn, caller.user, before, fetch).await?)
    }

    pub async fn revoke_session(&self, caller: &Principal, id: SessionId) -> Result<(), AccountError> {
        let mut conn = self.db.acquire().await?;
        let found = sessions::delete(&mut conn, caller.user, id).await?;
        if found { Ok(()) } else { Err(AccountError::NotFound) }
    }

    pub async fn tokens(
        &self,
        caller: &Principal,
        before: Cursor,
        fetch: i64,
    ) -> Result<Vec<ApiToken>, AccountError> {
        let mut conn = self.db.acquire().await?;
        Ok(tokens::list(&mut conn, caller.user, before, fetch).await?)
    }

    /// Makes a token, with its secret. A token may not: one that leaked must not outlive its revocation in its children.
    pub async fn create_token(
        &self,
        caller: &Principal,
        name: &str,
        scopes: &Scopes,
    ) -> Result<(ApiToken, String), AccountError> {
        caller.session().ok_or(AccountError::SessionNeeded)?;
        if scopes.is_empty() {
            return Err(AccountError::NoScope);
        }
        let name = rules::token_name(name).map_err(invalid("name"))?;
        let mut tx = self.db.begin().await?;
        if !users::lock(&mut tx, caller.user).await? {
            return Err(AccountError::NotFound);
        }
        if tokens::count(&mut tx, caller.user).await? >= MAX_TOKENS {
            return Err(AccountError::TooManyTokens { limit: MAX_TOKENS });
        }
        let secret = secret::fresh(TOKEN_PREFIX);
        let token = tokens::insert(&mut tx, caller.user, &name, &secret::hash(&secret), scopes).await?;
        tx.commit().await?;
        Ok((token, secret))
    }

    pub async fn revoke_token(&self, caller: &Principal, id: ApiTokenId) -> Result<(), AccountError> {
        let mut conn = self.db.acquire().await?;
        let found = tokens::revoke(&mut conn, caller.user, id).await?;
        if found { Ok(()) } else { Err(AccountError::NotFound) }
    }
}
