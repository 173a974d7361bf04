//! What people say about themselves, and what they must do before they take part.

use super::{Accounts, invalid};
use crate::{
    accounts::{
        AccountError,
        model::{Principal, Purpose},
        profile::{self, Act, Demands, Me, Profile, ProfileChange, Unit, UnitKind},
        rules,
        store::{consents, evidence, links, profiles, users},
    },
    kernel::ids::UserId,
};

impl Accounts {
    /// All that the caller sees of themselves, with what they must do before they take part.
    pub async fn me(&self, caller: &Principal) -> Result<Me, AccountError> {
        let mut conn = self.db.acquire().await?;
        let user = users::find(&mut conn, caller.user).await?.ok_or(AccountError::NotFound)?;
        let facts = profiles::facts(&mut conn, caller.user, &self.documents).await?;
        let facts = facts.ok_or(AccountError::NotFound)?;
        Ok(Me {
            user,
            email_confirmed: facts.email_confirmed,
            email_pending: links::address(&mut conn, caller.user, Purpose::Confirm).await?,
            profile: profiles::find(&mut conn, caller.user).await?,
            status: profiles::status(&mut conn, caller.user).await?,
            evidence: evidence::of(&mut conn, caller.user).await?,
            consents: consents::list(&mut conn, caller.user).await?,
            guardian: consents::guardian(&mut conn, caller.user).await?,
            needs: profile::needs(&facts, &self.demands()),
        })
    }

    fn demands(&self) -> Demands {
        Demands {
            email_confirmation: self.settings.confirm_email,
            consent: self.settings.consent,
            guardian_age: self.settings.guardian_age.into(),
        }
    }

    /// Whether nothing keeps a person from being in a team, or from handing in.
    pub async fn may(&self, user: UserId, act: Act) -> Result<(), AccountError> {
        let mut conn = self.db.acquire().await?;
        let facts = profiles::facts(&mut conn, user, &self.documents).await?.ok_or(AccountError::NotFound)?;
        let mut needs = profile::needs(&facts, &self.demands()).into_iter();
        match needs.find(|need| need.keeps_from(act)) {
            Some(need) => Err(AccountError::Missing(need)),
            None => Ok(()),
        }
    }

    /// Replaces what the caller says about themselves.
    pub async fn change_profile(
        &self,
        caller: &Principal,
        change: &ProfileChange,
    ) -> Result<Me, AccountError> {
        caller.session().ok_or(AccountError::SessionNeeded)?;
        let name = rules::person_name(&change.name).map_err(invalid("name"))?;
        let profile = checked(&change.profile)?;
        let mut tx = self.db.begin().await?;
        if !users::lock(&mut tx, caller.user).await? {
            return Err(AccountError::NotFound);
        }
        let before = profiles::find(&mut tx, caller.user).await?;
        profiles::rename(&mut tx, caller.user, &name, change.lang).await?;
        profiles::replace(&mut tx, caller.user, &profile).await?;
        // The evidence was compared with these.
        if (before.birth_year, &before.unit) != (profile.birth_year, &profile.unit) {
            evidence::reopen(&mut tx, caller.user).await?;
        }
        tx.commit().await?;
        self.me(caller).await
    }
}

fn checked(profile: &Profile) -> Result<Profile, AccountError> {
    let unit = match profile.unit.kind {
        UnitKind::None => Unit::default(),
        kind => {
            let name = rules::line(&profile.unit.name, 2, 200).map_err(invalid("unit.name"))?;
            Unit { kind, name }
        }
    };
    if let Some(year) = profile.birth_year
        && !(1900..=2200).contains(&year)
    {
        return Err(AccountError::Invalid { field: "birth_year", cause: rules::Invalid::Year });
    }
    let phone = rules::phone(&profile.phone).map_err(invalid("phone"))?;
    Ok(Profile { unit, birth_year: profile.birth_year, phone })
}
