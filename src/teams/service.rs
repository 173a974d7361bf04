//! Who may do what to a team, each in one transaction.

use std::sync::Arc;

use sqlx::{PgConnection, PgPool};

use super::{
    TeamError,
    model::{Invitation, Member, NewInvitation, Roster, Seen},
    rules::{self, Joining, Leaving},
    store::{self, invitations, members, teams},
};
use crate::{
    accounts::{Principal, secret},
    competitions::access,
    kernel::ids::{TeamId, UserId},
};

/// What invitations begin with.
const INVITATION_PREFIX: &str = "dti_";
const MAX_INVITATIONS: i64 = 20;

#[derive(Debug, Clone)]
pub struct Teams {
    db: PgPool,
    public_url: Arc<str>,
}

impl Teams {
    pub fn new(db: PgPool, public_url: &str) -> Self {
        Self { db, public_url: public_url.into() }
    }

    /// Makes a team that the caller leads.
    pub async fn create(
        &self,
        caller: &Principal,
        competition: &str,
        name: &str,
        division: &str,
    ) -> Result<Roster, TeamError> {
        if !rules::is_slug(competition) {
            return Err(TeamError::NotFound);
        }
        let name = rules::team_name(name).map_err(TeamError::InvalidName)?;
        let unknown = || TeamError::UnknownDivision(division.chars().take(100).collect());
        if !rules::is_slug(division) {
            return Err(unknown());
        }
        let mut tx = self.db.begin().await?;
        let competition = teams::competition(&mut tx, competition).await?.ok_or(TeamError::NotFound)?;
        let division = teams::division(&mut tx, competition, division).await?.ok_or_else(unknown)?;
        // Asked before the insert, which would blame the name where the same call is made twice.
        if store::team_of(&mut tx, competition, caller.user).await?.is_some() {
            return Err(TeamError::AlreadyInATeam);
        }
        let team = teams::insert(&mut tx, competition, division, &name).await?;
        members::insert(&mut tx, team, competition, caller.user, true).await?;
        let roster = roster(&mut tx, team).await?;
        tx.commit().await?;
        Ok(roster)
    }

    /// Members and organizers see who is in the team; others only what boards show.
    pub async fn see(&self, caller: Option<&Principal>, id: TeamId) -> Result<Seen, TeamError> {
        let mut conn = self.db.acquire().await?;
        let Roster { team, members } = roster(&mut conn, id).await?;
        let is_member = caller.is_some_and(|caller| members.iter().any(|member| member.id == caller.user));
        if is_member || access::is_organizer(&mut conn, caller, team.competition.id).await? {
            Ok(Seen::Inside(Roster { team, members }))
        } else {
            Ok(Seen::Outside(team))
        }
    }

    /// The caller's teams, newest first.
    pub async fn mine(&self, caller: &Principal) -> Result<Vec<Roster>, TeamError> {
        let mut conn = self.db.acquire().await?;
        let mut rosters = Vec::new();
        for team in teams::list_of(&mut conn, caller.user).await? {
            let members = members::list(&mut conn, team.id).await?;
            rosters.push(Roster { team, members });
        }
        Ok(rosters)
    }

    pub async fn invite(&self, caller: &Principal, id: TeamId) -> Result<NewInvitation, TeamError> {
        let mut tx = self.db.begin().await?;
        lock_as_leader(&mut tx, caller, id).await?;
        if invitations::count(&mut tx, id).await? >= MAX_INVITATIONS {
            return Err(TeamError::TooManyInvitations { limit: MAX_INVITATIONS });
        }
        let code = secret::fresh(INVITATION_PREFIX);
        let expires_at = invitations::insert(&mut tx, id, &secret::hash(&code), caller.user).await?;
        tx.commit().await?;
        Ok(NewInvitation { link: format!("{}/join/{code}", self.public_url), code, expires_at })
    }

    pub async fn revoke_invitations(&self, caller: &Principal, id: TeamId) -> Result<(), TeamError> {
        let mut tx = self.db.begin().await?;
        lock_as_leader(&mut tx, caller, id).await?;
        invitations::revoke_all(&mut tx, id).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Where an invitation leads to, for whoever holds it.
    pub async fn invitation(&self, code: &str) -> Result<Invitation, TeamError> {
        let hash = secret::hash_shown(INVITATION_PREFIX, code).ok_or(TeamError::DeadInvitation)?;
        let mut conn = self.db.acquire().await?;
        let live = invitations::find_live(&mut conn, &hash).await?.ok_or(TeamError::DeadInvitation)?;
        let team = teams::find(&mut conn, live.team).await?.ok_or(TeamError::DeadInvitation)?;
        Ok(Invitation { team, expires_at: live.expires_at })
    }

    /// Joins the team of an invitation. Once more by the same person changes nothing.
    pub async fn join(&self, caller: &Principal, code: &str) -> Result<Roster, TeamError> {
        let hash = secret::hash_shown(INVITATION_PREFIX, code).ok_or(TeamError::DeadInvitation)?;
        let mut tx = self.db.begin().await?;
        let id = invitations::find_live(&mut tx, &hash).await?.ok_or(TeamError::DeadInvitation)?.team;
        // While we waited for the row, the team may have ended and the invitation been revoked.
        if !teams::lock(&mut tx, id).await? || invitations::find_live(&mut tx, &hash).await?.is_none() {
            return Err(TeamError::DeadInvitation);
        }
        let Roster { team, members } = roster(&mut tx, id).await?;
        let limit = team.competition.max_team_members;
        match rules::joining(&members, caller.user, limit) {
            Joining::AlreadyIn => return Ok(Roster { team, members }),
            Joining::Full => return Err(TeamError::Full { limit }),
            Joining::Free => members::insert(&mut tx, id, team.competition.id, caller.user, false).await?,
        }
        let roster = roster(&mut tx, id).await?;
        tx.commit().await?;
        Ok(roster)
    }

    /// The caller leaves; the leader's place passes on, and the last one's leaving ends the team.
    pub async fn leave(&self, caller: &Principal, id: TeamId) -> Result<(), TeamError> {
        let mut tx = self.db.begin().await?;
        let members = lock_as_member(&mut tx, caller, id).await?;
        remove(&mut tx, id, &members, caller.user).await?;
        tx.commit().await?;
        Ok(())
    }

    /// The leader takes a member out.
    pub async fn remove_member(&self, caller: &Principal, id: TeamId, user: UserId) -> Result<(), TeamError> {
        let mut tx = self.db.begin().await?;
        let members = lock_as_leader(&mut tx, caller, id).await?;
        if !members.iter().any(|member| member.id == user) {
            return Err(TeamError::NotFound);
        }
        remove(&mut tx, id, &members, user).await?;
        tx.commit().await?;
        Ok(())
    }
}

async fn roster(conn: &mut PgConnection, id: TeamId) -> Result<Roster, TeamError> {
    let team = teams::find(conn, id).await?.ok_or(TeamError::NotFound)?;
    let members = members::list(conn, id).await?;
    Ok(Roster { team, members })
}

/// Holds the team's row; strangers learn nothing of the team.
async fn lock_as_member(
    conn: &mut PgConnection,
    caller: &Principal,
    id: TeamId,
) -> Result<Vec<Member>, TeamError> {
    if !teams::lock(conn, id).await? {
        return Err(TeamError::NotFound);
    }
    let members = members::list(conn, id).await?;
    let is_member = members.iter().any(|member| member.id == caller.user);
    if is_member { Ok(members) } else { Err(TeamError::NotFound) }
}

async fn lock_as_leader(
    conn: &mut PgConnection,
    caller: &Principal,
    id: TeamId,
) -> Result<Vec<Member>, TeamError> {
    let members = lock_as_member(conn, caller, id).await?;
    let leads = members.iter().any(|member| member.id == caller.user && member.is_leader);
    if leads { Ok(members) } else { Err(TeamError::LeaderOnly) }
}

async fn remove(
    conn: &mut PgConnection,
    id: TeamId,
    members: &[Member],
    user: UserId,
) -> Result<(), TeamError> {
    match rules::leaving(members, user) {
        Leaving::Last => {
            if !teams::delete(conn, id).await? {
                return Err(TeamError::LastMember);
            }
        }
        Leaving::Succession(next) => {
            members::delete(conn, id, user).await?;
            members::make_leader(conn, id, next).await?;
        }
        Leaving::Plain => members::delete(conn, id, user).await?,
    }
    Ok(())
}
