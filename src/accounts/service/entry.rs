//! Signing up, logging in, and the password.

use std::net::IpAddr;

use judge_core::text::Lang;
use sqlx::PgConnection;

use super::{Accounts, consent::Agreed, invalid};
use crate::{
    accounts::{
        AccountError,
        model::{Principal, Roles, User},
        rules::{self, Email, Password},
        secret,
        store::{
            mailbox, sessions,
            users::{self, NewUser},
        },
    },
    db,
    kernel::ids::UserId,
};

/// What somebody who signs up gives.
#[derive(Debug)]
pub struct SignUp<'a> {
    pub email: &'a str,
    pub name: &'a str,
    pub password: &'a str,
    pub lang: Lang,
    /// The versions of the documents that they agree to.
    pub agreed: Option<&'a Agreed>,
}

/// The browser that asks.
#[derive(Debug)]
pub struct Visit<'a> {
    pub user_agent: &'a str,
    pub address: Option<IpAddr>,
    /// Who was logged in there.
    pub before: Option<&'a Principal>,
}

impl Accounts {
    /// Makes an account and logs its owner in; with the user comes the session's secret.
    pub async fn sign_up(&self, form: SignUp<'_>, user_agent: &str) -> Result<(User, String), AccountError> {
        let email = Email::parse(form.email).map_err(invalid("email"))?;
        let name = rules::person_name(form.name).map_err(invalid("name"))?;
        let password = Password::chosen(form.password).map_err(invalid("password"))?;
        self.may_write_to(email.as_str()).await?;
        let password_hash = self.hasher.hash(password).await?;
        let mut tx = self.db.begin().await?;
        let new = NewUser { email: &email, name: &name, password_hash: &password_hash, lang: form.lang };
        let user = insert_user(&mut tx, &new).await?;
        let secret = self.open_session(&mut tx, user, user_agent).await?;
        let to = mailbox::of(&mut tx, user).await?.ok_or(AccountError::NotFound)?;
        self.ask_to_confirm(&mut tx, &to).await?;
        if let Some(agreed) = form.agreed {
            self.record_consent(&mut tx, user, agreed).await?;
        }
        let user = users::find(&mut tx, user).await?.ok_or(AccountError::NotFound)?;
        tx.commit().await?;
        Ok((user, secret))
    }

    /// Makes an account from the command line.
    pub async fn create_user(
        &self,
        email: &str,
        name: &str,
        password: &str,
        roles: &Roles,
    ) -> Result<User, AccountError> {
        let email = Email::parse(email).map_err(invalid("email"))?;
        let name = rules::person_name(name).map_err(invalid("name"))?;
        let password = Password::chosen(password).map_err(invalid("password"))?;
        let password_hash = self.hasher.hash(password).await?;
        let mut tx = self.db.begin().await?;
        let new = NewUser { email: &email, name: &name, password_hash: &password_hash, lang: Lang::Vi };
        let user = insert_user(&mut tx, &new).await?;
        users::replace_roles(&mut tx, user, roles).await?;
        // The operator vouches for the address.
        mailbox::confirm(&mut tx, user, email.as_str()).await?;
        let user = users::find(&mut tx, user).await?.ok_or(AccountError::NotFound)?;
        tx.commit().await?;
        Ok(user)
    }

    /// Opens a session, whose secret comes with the user; the one that the browser had before ends.
    pub async fn log_in(
        &self,
        email: &str,
        password: &str,
        visit: &Visit<'_>,
    ) -> Result<(User, String), AccountError> {
        let email = Email::parse(email);
        let stored = match &email {
            Ok(email) => {
                self.log_ins.begin(email.as_str(), visit.address)?;
                let mut conn = self.db.acquire().await?;
                users::password_by_email(&mut conn, email).await?
            }
            Err(_) => None,
        };
        let (id, hash) = stored.map(|found| (found.user, found.hash)).unzip();
        let right = self.hasher.verify(Password::typed(password), hash).await?;
        let id = id.filter(|_| right).ok_or(AccountError::WrongCredentials)?;
        let mut tx = self.db.begin().await?;
        let entered = self.enter(&mut tx, id, visit).await?;
        tx.commit().await?;
        if let Ok(email) = &email {
            self.log_ins.succeeded(email.as_str(), visit.address);
        }
        Ok(entered)
    }

    /// Opens a session for who has proved who they are.
    pub(super) async fn enter(
        &self,
        conn: &mut PgConnection,
        id: UserId,
        visit: &Visit<'_>,
    ) -> Result<(User, String), AccountError> {
        let user = users::find(conn, id).await?.ok_or(AccountError::WrongCredentials)?;
        if let Some((owner, session)) = visit.before.and_then(|p| Some((p.user, p.session()?))) {
            sessions::delete(conn, owner, session).await?;
        }
        sessions::delete_expired(conn, id).await?;
        let secret = self.open_session(conn, id, visit.user_agent).await?;
        Ok((user, secret))
    }

    async fn open_session(
        &self,
        conn: &mut PgConnection,
        user: UserId,
        user_agent: &str,
    ) -> Result<String, AccountError> {
        let secret = secret::fresh("");
        sessions::insert(conn, user, &secret::hash(&secret), user_agent, self.settings.session).await?;
        Ok(secret)
    }

    /// Changes the caller's own password and ends all sessions but the one that asks.
    pub async fn change_password(
        &self,
        caller: &Principal,
        current: &str,
        new: &str,
    ) -> Result<(), AccountError> {
        let session = caller.session().ok_or(AccountError::SessionNeeded)?;
        let new = Password::chosen(new).map_err(invalid("new"))?;
        // The connection goes back before the hashing begins, which may wait for its turn.
        let old = {
            let mut conn = self.db.acquire().await?;
            users::password_of(&mut conn, caller.user).await?.ok_or(AccountError::NotFound)?
        };
        self.log_ins.begin(&caller.user.to_string(), None)?;
        if !self.hasher.verify(Password::typed(current), Some(old.clone())).await? {
            return Err(AccountError::WrongPassword);
        }
        self.log_ins.succeeded(&caller.user.to_string(), None);
        let hash = self.hasher.hash(new).await?;
        let mut tx = self.db.begin().await?;
        // Somebody may have changed it meanwhile; then what the caller typed is the current one no more.
        if !users::replace_password(&mut tx, caller.user, &old, &hash).await? {
            return Err(AccountError::WrongPassword);
        }
        sessions::delete_others(&mut tx, caller.user, session).await?;
        tx.commit().await?;
        Ok(())
    }
}

async fn insert_user(conn: &mut PgConnection, new: &NewUser<'_>) -> Result<UserId, AccountError> {
    users::insert(conn, new).await.map_err(|error| match db::violated(&error) {
        Some("users_email_key") => AccountError::EmailTaken,
        _ => error.into(),
    })
}
