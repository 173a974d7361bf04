//! Two teams become one.

use sqlx::PgConnection;

use super::{Teams, leads, lock_as_leader, registration, roster, users};
use crate::{
    accounts::Principal,
    competitions::access,
    kernel::ids::{MergeId, TeamId},
    notifications::{Notice, notify},
    teams::{
        TeamError,
        model::{Merge, Roster, TeamState},
        rules::{self, Side, Unmergeable},
        store::{departures, disqualification, invitations, members, merges, teams},
    },
};

/// Teams that one team asks at a time.
const MOST_ASKED: i64 = 5;

impl Teams {
    /// The leader of one team asks another team to take it in.
    pub async fn ask_to_merge(
        &self,
        caller: &Principal,
        id: TeamId,
        into: TeamId,
    ) -> Result<Merge, TeamError> {
        let mut tx = self.db.begin().await?;
        lock_as_leader(&mut tx, caller, id).await?;
        let from = roster(&mut tx, id).await?;
        let other = roster(&mut tx, into).await?;
        if other.team.competition.id != from.team.competition.id || id == into {
            return Err(TeamError::NotFound);
        }
        self.check(&mut tx, &from, &other).await?;
        if merges::count_asked(&mut tx, id).await? >= MOST_ASKED {
            return Err(TeamError::TooManyMerges { limit: MOST_ASKED });
        }
        let merge = merges::insert(&mut tx, id, into).await?;
        let merge = merges::find(&mut tx, merge).await?.ok_or(TeamError::NotFound)?;
        let leaders: Vec<_> = other.members.iter().filter(|m| m.is_leader).map(|m| m.id).collect();
        let told = Notice::TeamMergeAsked {
            competition: other.team.competition.id,
            team: into,
            team_name: other.team.name,
            asking_name: from.team.name,
        };
        notify(&mut tx, &leaders, &told).await?;
        tx.commit().await?;
        Ok(merge)
    }

    /// What is asked of or by a team, for its members and organizers.
    pub async fn merges(&self, caller: &Principal, id: TeamId) -> Result<Vec<Merge>, TeamError> {
        let mut conn = self.db.acquire().await?;
        let Roster { team, members, .. } = roster(&mut conn, id).await?;
        let is_member = members.iter().any(|member| member.id == caller.user);
        if !is_member && !access::is_organizer(&mut conn, Some(caller), team.competition.id).await? {
            return Err(TeamError::NotFound);
        }
        Ok(merges::list(&mut conn, id).await?)
    }

    /// The leader of the team that is asked accepts: in one transaction everything of both is its own.
    pub async fn accept_merge(&self, caller: &Principal, id: MergeId) -> Result<Roster, TeamError> {
        let mut tx = self.db.begin().await?;
        let (merge, from, into) = lock_both(&mut tx, id).await?;
        answering(caller, &from, &into)?;
        if !leads(&into.members, caller.user) {
            return Err(TeamError::LeaderOnly);
        }
        let state = self.check(&mut tx, &from, &into).await?;
        if !merges::settle(&mut tx, id, "accepted").await? {
            return Err(TeamError::NotFound);
        }
        if state != into.team.state {
            teams::set_state(&mut tx, merge.into, into.team.state, state, "").await?;
        }
        members::move_all(&mut tx, merge.from, merge.into).await?;
        departures::follow_merge(&mut tx, merge.from, merge.into).await?;
        invitations::revoke_all(&mut tx, merge.from).await?;
        merges::withdraw_all(&mut tx, merge.from).await?;
        let after_commit = self.results.merge(&mut tx, merge.from, merge.into).await?;
        merges::retire(&mut tx, merge.from, merge.into).await?;
        let told = Notice::TeamsMerged {
            competition: into.team.competition.id,
            team: merge.into,
            team_name: into.team.name,
            merged_name: from.team.name,
        };
        let everybody = [users(&from.members), users(&into.members)].concat();
        notify(&mut tx, &everybody, &told).await?;
        let roster = roster(&mut tx, merge.into).await?;
        tx.commit().await?;
        after_commit();
        Ok(roster)
    }

    /// The leader of the team that asked withdraws, or the leader of the team that is asked declines.
    pub async fn drop_merge(&self, caller: &Principal, id: MergeId) -> Result<(), TeamError> {
        let mut tx = self.db.begin().await?;
        let (_, from, into) = lock_both(&mut tx, id).await?;
        answering(caller, &from, &into)?;
        let state = if leads(&from.members, caller.user) {
            "withdrawn"
        } else if leads(&into.members, caller.user) {
            "declined"
        } else {
            return Err(TeamError::LeaderOnly);
        };
        merges::settle(&mut tx, id, state).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Whether the two may become one now, and the state that the one then has.
    async fn check(
        &self,
        conn: &mut PgConnection,
        from: &Roster,
        into: &Roster,
    ) -> Result<TeamState, TeamError> {
        for team in [from.team.id, into.team.id] {
            if disqualification::disqualification(conn, team).await?.is_some() {
                return Err(TeamError::Unmergeable(Unmergeable::OutOfContest));
            }
        }
        let rules = registration(conn, &into.team.competition.slug).await?;
        let used = self.results.used(conn, [from.team.id, into.team.id]).await?;
        let side = |roster: &Roster| Side {
            state: roster.team.state,
            division: roster.team.division.id,
            members: roster.members.len(),
        };
        let limit = into.team.competition.max_team_members;
        let time = (rules.now, rules.merge_until);
        rules::merging([side(from), side(into)], time, limit, &used).map_err(TeamError::Unmergeable)
    }
}

/// Holds both teams of an open request, in the order of their ids as everybody does, so that merges, changes of
/// members and hands-in wait for each other and never in a circle.
async fn lock_both(conn: &mut PgConnection, id: MergeId) -> Result<(Merge, Roster, Roster), TeamError> {
    let merge = merges::find(conn, id).await?.ok_or(TeamError::NotFound)?;
    for team in [merge.from.min(merge.into), merge.from.max(merge.into)] {
        teams::lock(conn, team).await?;
    }
    // Somebody may have settled it while this waited.
    let merge = merges::find(conn, id).await?.ok_or(TeamError::NotFound)?;
    let from = roster(conn, merge.from).await?;
    let into = roster(conn, merge.into).await?;
    Ok((merge, from, into))
}

/// Strangers learn nothing of a request.
fn answering(caller: &Principal, from: &Roster, into: &Roster) -> Result<(), TeamError> {
    let both = from.members.iter().chain(&into.members);
    if both.map(|member| member.id).any(|id| id == caller.user) { Ok(()) } else { Err(TeamError::NotFound) }
}
