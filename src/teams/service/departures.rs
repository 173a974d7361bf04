//! Who left a team that had handed something in, and may not be in another one yet.

use super::{Teams, organized};
use crate::{
    accounts::Principal,
    audit::{self, Act},
    kernel::ids::UserId,
    teams::{TeamError, model::Departure, rules, store::departures},
};

impl Teams {
    /// Those whom an organizer may release, the latest first.
    pub async fn departures(
        &self,
        caller: &Principal,
        competition: &str,
    ) -> Result<Vec<Departure>, TeamError> {
        let mut conn = self.db.acquire().await?;
        let rules = organized(&mut conn, caller, competition).await?;
        Ok(departures::list(&mut conn, rules.competition).await?)
    }

    /// The person may be in another team of the competition from now on.
    pub async fn release(
        &self,
        caller: &Principal,
        competition: &str,
        user: UserId,
        reason: &str,
    ) -> Result<(), TeamError> {
        let reason = rules::reason(reason).map_err(TeamError::InvalidReason)?;
        let mut tx = self.db.begin().await?;
        let rules = organized(&mut tx, caller, competition).await?;
        if !departures::release(&mut tx, rules.competition, user).await? {
            return Err(TeamError::NotFound);
        }
        let act = Act::new("team.member_released", "user", user).by(caller.user);
        audit::record(&mut tx, act.in_competition(rules.competition).because(&reason)).await?;
        tx.commit().await?;
        Ok(())
    }
}
