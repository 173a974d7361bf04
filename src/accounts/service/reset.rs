//! A new password for who forgot it.

use std::time::Duration;

use super::{Accounts, confirmation::send, invalid};
use crate::accounts::{
    AccountError, letters,
    model::Purpose,
    rules::{Email, Password},
    secret,
    store::{codes, links, mailbox, sessions, users},
};

pub const RESET_PREFIX: &str = "dtr_";
const RESET_LASTS: Duration = Duration::from_hours(1);

impl Accounts {
    /// Sends a link with which a new password can be chosen. Whoever asks learns nothing of the address.
    pub async fn request_reset(&self, email: &str) -> Result<(), AccountError> {
        let email = Email::parse(email).map_err(invalid("email"))?;
        self.may_write_to(email.as_str()).await?;
        let mut tx = self.db.begin().await?;
        let Some(to) = mailbox::by_address(&mut tx, &email).await? else {
            return Ok(());
        };
        let code = secret::fresh(RESET_PREFIX);
        let hash = secret::hash(&code);
        links::replace(&mut tx, to.user, Purpose::Reset, &hash, &to.address, RESET_LASTS).await?;
        let link = format!("{}/reset/{code}", self.public_url);
        send(&mut tx, &to, &letters::reset(&link)).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Sets the password by the link of a letter, and ends every session.
    pub async fn reset_password(&self, code: &str, password: &str) -> Result<(), AccountError> {
        let hash = secret::hash_shown(RESET_PREFIX, code).ok_or(AccountError::DeadLink)?;
        let password = Password::chosen(password).map_err(invalid("password"))?;
        // A dead link costs no hash.
        if !links::is_live(&mut *self.db.acquire().await?, Purpose::Reset, &hash).await? {
            return Err(AccountError::DeadLink);
        }
        let password_hash = self.hasher.hash(password).await?;
        let mut tx = self.db.begin().await?;
        let link = links::take(&mut tx, Purpose::Reset, &hash).await?.ok_or(AccountError::DeadLink)?;
        users::set_password(&mut tx, link.user, &password_hash).await?;
        sessions::delete_all(&mut tx, link.user).await?;
        codes::delete(&mut tx, link.user).await?;
        let to = mailbox::of(&mut tx, link.user).await?.ok_or(AccountError::NotFound)?;
        // The letter arrived, so the mailbox is theirs.
        mailbox::confirm(&mut tx, link.user, &to.address).await?;
        send(&mut tx, &to, &letters::password_was_reset()).await?;
        tx.commit().await?;
        Ok(())
    }
}
