//! What people agree to, and what guardians agree to for them.

use std::time::Duration;

use sqlx::PgConnection;

use super::{Accounts, invalid};
use crate::{
    accounts::{
        AccountError,
        documents::Documents,
        letters,
        model::Principal,
        rules::{self, Email},
        secret,
        store::{
            consents::{self, Ward},
            mailbox, users,
        },
    },
    kernel::ids::UserId,
    mail::{self, Letter},
};

pub const GUARDIAN_PREFIX: &str = "dtg_";
const GUARDIAN_LASTS: Duration = Duration::from_hours(24 * 14);

/// The versions that somebody says they have read.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize, utoipa::ToSchema)]
pub struct Agreed {
    #[schema(example = "2026-11")]
    pub privacy: String,
    #[schema(example = "2026-11")]
    pub terms: String,
}

impl Accounts {
    pub fn documents(&self) -> &Documents {
        &self.documents
    }

    /// Records that the caller agrees to these versions, which must be the current ones.
    pub async fn consent(&self, caller: &Principal, agreed: &Agreed) -> Result<(), AccountError> {
        caller.session().ok_or(AccountError::SessionNeeded)?;
        let mut tx = self.db.begin().await?;
        if !users::lock(&mut tx, caller.user).await? {
            return Err(AccountError::NotFound);
        }
        self.record_consent(&mut tx, caller.user, agreed).await?;
        tx.commit().await?;
        Ok(())
    }

    pub(super) async fn record_consent(
        &self,
        conn: &mut PgConnection,
        user: UserId,
        agreed: &Agreed,
    ) -> Result<(), AccountError> {
        for (name, document) in self.documents.named() {
            let version = if name == "privacy" { &agreed.privacy } else { &agreed.terms };
            if *version != document.version {
                return Err(AccountError::OtherVersion { current: document.version.clone() });
            }
            consents::give(conn, user, name, version, &document.hash()).await?;
        }
        Ok(())
    }

    /// The caller takes back what they agreed to: they take no part from now on.
    pub async fn withdraw_consent(&self, caller: &Principal) -> Result<(), AccountError> {
        caller.session().ok_or(AccountError::SessionNeeded)?;
        consents::withdraw(&mut *self.db.acquire().await?, caller.user).await?;
        Ok(())
    }

    /// Names a guardian and writes to them.
    pub async fn name_guardian(&self, caller: &Principal, email: &str) -> Result<(), AccountError> {
        caller.session().ok_or(AccountError::SessionNeeded)?;
        let email = Email::parse(email).map_err(invalid("email"))?;
        self.may_have_written(caller.user).await?;
        self.may_write_to(email.as_str()).await?;
        let mut tx = self.db.begin().await?;
        let pupil = mailbox::of(&mut tx, caller.user).await?.ok_or(AccountError::NotFound)?;
        if pupil.address.eq_ignore_ascii_case(email.as_str()) {
            return Err(AccountError::OwnGuardian);
        }
        let code = secret::fresh(GUARDIAN_PREFIX);
        let hash = secret::hash(&code);
        consents::name_guardian(&mut tx, caller.user, email.as_str(), &hash, GUARDIAN_LASTS).await?;
        let words = letters::guardian(&format!("{}/guardian/{code}", self.public_url));
        let (subject, body) = (words.subject.get(pupil.lang), words.body.get(pupil.lang));
        let letter = Letter { user: Some(caller.user), address: email.as_str(), subject, body };
        mail::enqueue(&mut tx, &letter).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Whom the link's holder is asked about.
    pub async fn ward(&self, code: &str) -> Result<Ward, AccountError> {
        let hash = secret::hash_shown(GUARDIAN_PREFIX, code).ok_or(AccountError::DeadLink)?;
        let ward = consents::ward(&mut *self.db.acquire().await?, &hash).await?;
        ward.filter(|ward| ward.open || ward.consented).ok_or(AccountError::DeadLink)
    }

    /// The guardian has seen the privacy notice of this version and agrees.
    pub async fn agree_as_guardian(&self, code: &str, name: &str, version: &str) -> Result<(), AccountError> {
        let hash = secret::hash_shown(GUARDIAN_PREFIX, code).ok_or(AccountError::DeadLink)?;
        let name = rules::person_name(name).map_err(invalid("name"))?;
        let current = &self.documents.privacy.version;
        if version != current {
            return Err(AccountError::OtherVersion { current: current.clone() });
        }
        let agreed = consents::agree(&mut *self.db.acquire().await?, &hash, &name, current).await?;
        if agreed { Ok(()) } else { Err(AccountError::DeadLink) }
    }

    /// The guardian takes it back; the pupil hands nothing in from now on.
    pub async fn disagree_as_guardian(&self, code: &str) -> Result<(), AccountError> {
        let hash = secret::hash_shown(GUARDIAN_PREFIX, code).ok_or(AccountError::DeadLink)?;
        let done = consents::disagree(&mut *self.db.acquire().await?, &hash).await?;
        if done { Ok(()) } else { Err(AccountError::DeadLink) }
    }
}
