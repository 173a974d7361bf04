//! Who has an account, and who may do more than take part.

use super::Accounts;
use crate::{
    accounts::{
        AccountError,
        model::{Principal, Roles, User},
        rules::Email,
        store::users,
    },
    audit::{self, Act},
    kernel::{ids::UserId, paging::Cursor},
};

impl Accounts {
    /// People whose address begins so, for an administrator.
    pub async fn users(
        &self,
        caller: &Principal,
        email_prefix: &str,
        before: Cursor,
        fetch: i64,
    ) -> Result<Vec<User>, AccountError> {
        if !caller.is_admin() {
            return Err(AccountError::Forbidden);
        }
        self.people(email_prefix, before, fetch).await
    }

    /// The same for the operator.
    pub async fn people(
        &self,
        email_prefix: &str,
        before: Cursor,
        fetch: i64,
    ) -> Result<Vec<User>, AccountError> {
        // No address holds such characters, and PostgreSQL takes no text with a zero byte.
        if email_prefix.contains(char::is_control) {
            return Ok(Vec::new());
        }
        let mut conn = self.db.acquire().await?;
        Ok(users::list(&mut conn, &email_prefix.trim().to_lowercase(), before, fetch).await?)
    }

    /// The person with this address, for the operator.
    pub async fn user_by_email(&self, email: &str) -> Result<User, AccountError> {
        let email = Email::parse(email).map_err(|cause| AccountError::Invalid { field: "email", cause })?;
        let mut conn = self.db.acquire().await?;
        let known = users::password_by_email(&mut conn, &email).await?.ok_or(AccountError::NotFound)?;
        users::find(&mut conn, known.user).await?.ok_or(AccountError::NotFound)
    }

    /// An administrator gives a person exactly these roles.
    pub async fn change_roles(
        &self,
        caller: &Principal,
        user: UserId,
        roles: &Roles,
    ) -> Result<User, AccountError> {
        if !caller.is_admin() {
            return Err(AccountError::Forbidden);
        }
        self.give_roles(Some(caller.user), user, roles).await
    }

    /// The operator gives a person exactly these roles; the last administrator keeps theirs.
    pub async fn set_roles(&self, user: UserId, roles: &Roles) -> Result<User, AccountError> {
        self.give_roles(None, user, roles).await
    }

    async fn give_roles(
        &self,
        by: Option<UserId>,
        user: UserId,
        roles: &Roles,
    ) -> Result<User, AccountError> {
        let mut tx = self.db.begin().await?;
        if !users::lock(&mut tx, user).await? {
            return Err(AccountError::NotFound);
        }
        if !roles.is_admin() && users::lock_admins(&mut tx).await? == [user] {
            return Err(AccountError::LastAdmin);
        }
        users::replace_roles(&mut tx, user, roles).await?;
        let mut act = Act::new("user.roles_set", "user", user).with(serde_json::json!({ "roles": roles }));
        act.actor = by;
        audit::record(&mut tx, act).await?;
        let changed = users::find(&mut tx, user).await?.ok_or(AccountError::NotFound)?;
        tx.commit().await?;
        Ok(changed)
    }
}
