//! Who has an account, and who may do more than take part.

use super::Accounts;
use crate::{
    accounts::{
        AccountError,
        model::{Principal, Roles, User},
        store::users,
    },
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
        // No address holds such characters, and PostgreSQL takes no text with a zero byte.
        if email_prefix.contains(char::is_control) {
            return Ok(Vec::new());
        }
        let mut conn = self.db.acquire().await?;
        Ok(users::list(&mut conn, &email_prefix.trim().to_lowercase(), before, fetch).await?)
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
        self.set_roles(user, roles).await
    }

    /// Gives a person exactly these roles; the last administrator keeps theirs.
    pub async fn set_roles(&self, user: UserId, roles: &Roles) -> Result<User, AccountError> {
        let mut tx = self.db.begin().await?;
        if !users::lock(&mut tx, user).await? {
            return Err(AccountError::NotFound);
        }
        if !roles.is_admin() && users::lock_admins(&mut tx).await? == [user] {
            return Err(AccountError::LastAdmin);
        }
        users::replace_roles(&mut tx, user, roles).await?;
        let changed = users::find(&mut tx, user).await?.ok_or(AccountError::NotFound)?;
        tx.commit().await?;
        Ok(changed)
    }
}
