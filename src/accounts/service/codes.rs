//! Logging in with six digits from a letter.

use std::time::Duration;

use super::{Accounts, confirmation::send, entry::Visit, invalid};
use crate::accounts::{
    AccountError, letters,
    model::User,
    rules::{Email, Password},
    secret,
    store::{codes, mailbox},
};

const CODE_LASTS: Duration = Duration::from_mins(10);
pub(super) const MOST_TRIES: i32 = 5;

impl Accounts {
    /// Sends a code. Whoever asks learns nothing of the address, not even from the time it takes.
    pub async fn request_code(&self, email: &str) -> Result<(), AccountError> {
        let email = Email::parse(email).map_err(invalid("email"))?;
        self.may_write_to(email.as_str()).await?;
        let code = secret::digits();
        let hash = self.hasher.hash(Password::typed(&code)).await?;
        let mut tx = self.db.begin().await?;
        let Some(to) = mailbox::by_address(&mut tx, &email).await? else {
            return Ok(());
        };
        codes::replace(&mut tx, to.user, &hash, CODE_LASTS).await?;
        send(&mut tx, &to, &letters::log_in_code(&code)).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Opens a session by the code of a letter.
    pub async fn log_in_by_code(
        &self,
        email: &str,
        code: &str,
        visit: &Visit<'_>,
    ) -> Result<(User, String), AccountError> {
        let (owner, stored) = match Email::parse(email) {
            Ok(email) => {
                self.log_ins.begin(&format!("code {}", email.as_str()), visit.address)?;
                let mut conn = self.db.acquire().await?;
                match mailbox::by_address(&mut conn, &email).await? {
                    Some(to) => {
                        let stored = codes::try_one(&mut conn, to.user, MOST_TRIES).await?;
                        (Some((to, email)), stored)
                    }
                    None => (None, None),
                }
            }
            Err(_) => (None, None),
        };
        let typed: String = code.chars().filter(|c| !c.is_whitespace()).take(16).collect();
        let right = self.hasher.verify(Password::typed(&typed), stored.clone()).await?;
        let (Some((to, email)), Some(stored), true) = (owner, stored, right) else {
            return Err(AccountError::WrongCode);
        };
        let mut tx = self.db.begin().await?;
        if !codes::use_up(&mut tx, to.user, &stored).await? {
            return Err(AccountError::WrongCode);
        }
        mailbox::confirm(&mut tx, to.user, &to.address).await?;
        let entered = self.enter(&mut tx, to.user, visit).await?;
        tx.commit().await?;
        self.log_ins.succeeded(&format!("code {}", email.as_str()), visit.address);
        Ok(entered)
    }
}
