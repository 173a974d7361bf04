//! Whether a person reads the mailbox of their address.

use std::time::Duration;

use sqlx::PgConnection;

use super::{Accounts, invalid};
use crate::{
    accounts::{
        AccountError,
        letters::{self, Words},
        model::{Principal, Purpose},
        rules::{Email, Password},
        secret,
        store::{
            links,
            mailbox::{self, Mailbox},
            users,
        },
    },
    db,
    mail::{self, Letter},
};

pub const CONFIRM_PREFIX: &str = "dtc_";
const CONFIRM_LASTS: Duration = Duration::from_hours(72);

impl Accounts {
    /// Sends a link that proves the mailbox; it makes `to.address` the person's own.
    pub(super) async fn ask_to_confirm(
        &self,
        conn: &mut PgConnection,
        to: &Mailbox,
    ) -> Result<(), AccountError> {
        let code = secret::fresh(CONFIRM_PREFIX);
        let hash = secret::hash(&code);
        links::replace(conn, to.user, Purpose::Confirm, &hash, &to.address, CONFIRM_LASTS).await?;
        let link = format!("{}/confirm/{code}", self.public_url);
        send(conn, to, &letters::confirm(&link)).await
    }

    /// Sends the link again, to the address that waits to be confirmed; nothing where none does.
    pub async fn request_confirmation(&self, caller: &Principal) -> Result<(), AccountError> {
        let mut tx = self.db.begin().await?;
        let to = mailbox::of(&mut tx, caller.user).await?.ok_or(AccountError::NotFound)?;
        let waiting = links::address(&mut tx, caller.user, Purpose::Confirm).await?;
        let address = match waiting {
            Some(address) => address,
            None if to.confirmed => return Ok(()),
            None => to.address,
        };
        self.may_write_to(&address).await?;
        self.ask_to_confirm(&mut tx, &Mailbox { address, ..to }).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Uses the link of a letter.
    pub async fn confirm(&self, code: &str) -> Result<(), AccountError> {
        let hash = secret::hash_shown(CONFIRM_PREFIX, code).ok_or(AccountError::DeadLink)?;
        let mut tx = self.db.begin().await?;
        let link = links::take(&mut tx, Purpose::Confirm, &hash).await?.ok_or(AccountError::DeadLink)?;
        take_address(&mut tx, &link).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Asks the new address to confirm itself; until then the old one stays. The old one is told.
    pub async fn change_email(
        &self,
        caller: &Principal,
        email: &str,
        password: &str,
    ) -> Result<(), AccountError> {
        let email = Email::parse(email).map_err(invalid("email"))?;
        self.prove(caller, password).await?;
        self.may_have_written(caller.user).await?;
        self.may_write_to(email.as_str()).await?;
        let mut tx = self.db.begin().await?;
        let old = mailbox::of(&mut tx, caller.user).await?.ok_or(AccountError::NotFound)?;
        if mailbox::by_address(&mut tx, &email).await?.is_some_and(|owner| owner.user != caller.user) {
            return Err(AccountError::EmailTaken);
        }
        if old.address != email.as_str() {
            send(&mut tx, &old, &letters::address_changes()).await?;
        }
        let new = Mailbox { address: email.as_str().to_owned(), ..old };
        self.ask_to_confirm(&mut tx, &new).await?;
        tx.commit().await?;
        Ok(())
    }

    /// The caller types their password once more, in a browser.
    pub(super) async fn prove(&self, caller: &Principal, password: &str) -> Result<(), AccountError> {
        caller.session().ok_or(AccountError::SessionNeeded)?;
        let stored = {
            let mut conn = self.db.acquire().await?;
            users::password_of(&mut conn, caller.user).await?.ok_or(AccountError::NotFound)?
        };
        self.log_ins.begin(&caller.user.to_string(), None)?;
        if !self.hasher.verify(Password::typed(password), Some(stored)).await? {
            return Err(AccountError::WrongPassword);
        }
        self.log_ins.succeeded(&caller.user.to_string(), None);
        Ok(())
    }
}

async fn take_address(conn: &mut PgConnection, link: &links::Live) -> Result<(), AccountError> {
    mailbox::confirm(conn, link.user, &link.address).await.map_err(|error| match db::violated(&error) {
        Some("users_email_key") => AccountError::EmailTaken,
        _ => error.into(),
    })?;
    // A reset that went to the address of before must not work any more.
    links::delete(conn, link.user, Purpose::Reset).await?;
    Ok(())
}

/// Writes a letter in the person's language.
pub async fn send(conn: &mut PgConnection, to: &Mailbox, words: &Words) -> Result<(), AccountError> {
    let (subject, body) = (words.subject.get(to.lang), words.body.get(to.lang));
    mail::enqueue(conn, &Letter { user: Some(to.user), address: &to.address, subject, body }).await?;
    Ok(())
}
