//! Making, joining, leading and leaving a team.

use serde_json::{Map, Value};
use sqlx::PgConnection;

use super::{
    Teams, division, lock_as_leader, lock_as_member, lock_as_organizer, open, registration, roster, users,
};
use crate::{
    accounts::{Principal, secret},
    audit::{self, Act},
    competitions::access,
    kernel::ids::{CompetitionId, TeamId, UserId},
    notifications::{Notice, notify},
    teams::{
        TeamError,
        form::{self, Answers, Asked, Field},
        model::{Approval, Member, Roster, Seen, TeamState},
        rules::{self, Joining, Leaving},
        store::{self, departures, invitations, members, teams},
    },
};

/// What somebody who makes a team gives.
#[derive(Debug)]
pub struct NewTeam<'a> {
    pub name: &'a str,
    /// Slug of a division.
    pub division: &'a str,
    /// Answers to the form's questions about the team, and about the one who makes it.
    pub answers: &'a Map<String, Value>,
    pub own_answers: &'a Map<String, Value>,
}

impl Teams {
    /// Makes a team that the caller leads.
    pub async fn create(
        &self,
        caller: &Principal,
        competition: &str,
        new: &NewTeam<'_>,
    ) -> Result<Roster, TeamError> {
        let name = rules::team_name(new.name).map_err(TeamError::InvalidName)?;
        let mut tx = self.db.begin().await?;
        let rules = registration(&mut tx, competition).await?;
        open(&rules)?;
        let division = division(&mut tx, rules.competition, new.division).await?;
        // Asked before the insert, which would blame the name where the same call is made twice.
        if store::team_of(&mut tx, rules.competition, caller.user).await?.is_some() {
            return Err(TeamError::AlreadyInATeam);
        }
        let answers = answers(&rules.fields, Asked::Team, new.answers)?;
        let own = self::answers(&rules.fields, Asked::Member, new.own_answers)?;
        let state = rules.approval.first_state();
        let team = teams::insert(&mut tx, rules.competition, division.id, &name, state, &answers).await?;
        enter(&mut tx, team, rules.competition, caller.user, true, &own).await?;
        let roster = roster(&mut tx, team).await?;
        tx.commit().await?;
        Ok(roster)
    }

    /// Members and organizers see who is in the team; others only what boards show.
    pub async fn see(&self, caller: Option<&Principal>, id: TeamId) -> Result<Seen, TeamError> {
        let mut conn = self.db.acquire().await?;
        let roster = roster(&mut conn, id).await?;
        let is_member = caller.is_some_and(|caller| roster.members.iter().any(|m| m.id == caller.user));
        if access::is_organizer(&mut conn, caller, roster.team.competition.id).await? {
            Ok(Seen::Organizer(roster))
        } else if is_member {
            Ok(Seen::Inside(roster))
        } else {
            Ok(Seen::Outside(roster.team))
        }
    }

    /// The caller's teams, newest first.
    pub async fn mine(&self, caller: &Principal) -> Result<Vec<Roster>, TeamError> {
        let mut conn = self.db.acquire().await?;
        let mut rosters = Vec::new();
        for team in teams::list_of(&mut conn, caller.user).await? {
            rosters.push(roster(&mut conn, team.id).await?);
        }
        Ok(rosters)
    }

    /// Joins the team of an invitation. Once more by the same person changes nothing.
    pub async fn join(
        &self,
        caller: &Principal,
        code: &str,
        given: &Map<String, Value>,
    ) -> Result<Roster, TeamError> {
        let hash = secret::hash_shown(super::invitations::PREFIX, code).ok_or(TeamError::DeadInvitation)?;
        let mut tx = self.db.begin().await?;
        let id = invitations::find_live(&mut tx, &hash).await?.ok_or(TeamError::DeadInvitation)?.team;
        // While we waited for the row, the team may have ended and the invitation been revoked.
        if !teams::lock(&mut tx, id).await? || invitations::find_live(&mut tx, &hash).await?.is_none() {
            return Err(TeamError::DeadInvitation);
        }
        let before = roster(&mut tx, id).await?;
        let limit = before.team.competition.max_team_members;
        match rules::joining(&before.members, caller.user, limit) {
            Joining::AlreadyIn => return Ok(before),
            Joining::Full => return Err(TeamError::Full { limit }),
            Joining::Free => {}
        }
        let rules = registration(&mut tx, &before.team.competition.slug).await?;
        open(&rules)?;
        // Asked before the answers, which are of no use to who may not join.
        if store::team_of(&mut tx, rules.competition, caller.user).await?.is_some() {
            return Err(TeamError::AlreadyInATeam);
        }
        let answers = answers(&rules.fields, Asked::Member, given)?;
        enter(&mut tx, id, rules.competition, caller.user, false, &answers).await?;
        let told = Notice::TeamMemberJoined {
            competition: rules.competition,
            team: id,
            team_name: before.team.name.clone(),
        };
        notify(&mut tx, &users(&before.members), &told).await?;
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
        let team = teams::find(&mut tx, id).await?.ok_or(TeamError::NotFound)?;
        remove(&mut tx, id, &members, user).await?;
        if user != caller.user {
            let told = Notice::TeamMemberRemoved {
                competition: team.competition.id,
                team: id,
                team_name: team.name,
            };
            notify(&mut tx, &[user], &told).await?;
        }
        tx.commit().await?;
        Ok(())
    }

    /// The leader, or an organizer, makes another member the leader.
    pub async fn make_leader(
        &self,
        caller: &Principal,
        id: TeamId,
        user: UserId,
    ) -> Result<Roster, TeamError> {
        let mut tx = self.db.begin().await?;
        let before = lock_as_leader_or_organizer(&mut tx, caller, id).await?;
        let chosen = before.members.iter().find(|member| member.id == user);
        let chosen = chosen.ok_or(TeamError::NotAMember)?;
        if chosen.is_leader {
            return Ok(before);
        }
        members::step_down(&mut tx, id).await?;
        members::make_leader(&mut tx, id, user).await?;
        let competition = before.team.competition.id;
        if !super::leads(&before.members, caller.user) {
            let act = Act::new("team.leader_changed", "team", id).by(caller.user).in_competition(competition);
            audit::record(&mut tx, act.with(serde_json::json!({ "leader": user }))).await?;
        }
        let told = Notice::TeamLeader { competition, team: id, team_name: before.team.name };
        notify(&mut tx, &[user], &told).await?;
        let roster = roster(&mut tx, id).await?;
        tx.commit().await?;
        Ok(roster)
    }

    /// The leader renames the team while it registers, an organizer at any time.
    pub async fn rename(&self, caller: &Principal, id: TeamId, name: &str) -> Result<Roster, TeamError> {
        let name = rules::team_name(name).map_err(TeamError::InvalidName)?;
        let mut tx = self.db.begin().await?;
        let before = lock_as_leader_or_organizer(&mut tx, caller, id).await?;
        let competition = before.team.competition.id;
        if before.team.name == name {
            return Ok(before);
        }
        if access::is_organizer(&mut tx, Some(caller), competition).await? {
            let act = Act::new("team.renamed", "team", id).by(caller.user).in_competition(competition);
            audit::record(&mut tx, act).await?;
        } else {
            let rules = registration(&mut tx, &before.team.competition.slug).await?;
            open(&rules)?;
            if rules.approval == Approval::Required && before.team.state == TeamState::Approved {
                return Err(TeamError::NameApproved);
            }
            consider_again(&mut tx, &before).await?;
        }
        teams::rename(&mut tx, id, &name).await?;
        let after_commit = self.results.follow(&mut tx, id).await?;
        let roster = roster(&mut tx, id).await?;
        tx.commit().await?;
        after_commit();
        Ok(roster)
    }

    /// The leader answers the form's questions about the team.
    pub async fn answer_for_team(
        &self,
        caller: &Principal,
        id: TeamId,
        given: &Map<String, Value>,
    ) -> Result<Roster, TeamError> {
        let mut tx = self.db.begin().await?;
        lock_as_leader(&mut tx, caller, id).await?;
        let before = roster(&mut tx, id).await?;
        let rules = registration(&mut tx, &before.team.competition.slug).await?;
        may_answer(&rules, &before, &form::missing(&rules.fields, Asked::Team, &before.team.answers))?;
        let answers = answers(&rules.fields, Asked::Team, given)?;
        teams::set_answers(&mut tx, id, &answers).await?;
        consider_again(&mut tx, &before).await?;
        let roster = roster(&mut tx, id).await?;
        tx.commit().await?;
        Ok(roster)
    }

    /// A member answers the form's questions about themselves.
    pub async fn answer_for_self(
        &self,
        caller: &Principal,
        id: TeamId,
        given: &Map<String, Value>,
    ) -> Result<Roster, TeamError> {
        let mut tx = self.db.begin().await?;
        let members = lock_as_member(&mut tx, caller, id).await?;
        let before = roster(&mut tx, id).await?;
        let rules = registration(&mut tx, &before.team.competition.slug).await?;
        let own = members.iter().find(|member| member.id == caller.user);
        let missing = own.map(|own| form::missing(&rules.fields, Asked::Member, &own.answers));
        may_answer(&rules, &before, &missing.unwrap_or_default())?;
        let answers = answers(&rules.fields, Asked::Member, given)?;
        members::set_answers(&mut tx, id, caller.user, &answers).await?;
        consider_again(&mut tx, &before).await?;
        let roster = roster(&mut tx, id).await?;
        tx.commit().await?;
        Ok(roster)
    }
}

/// What was approved stays as it was approved; what is missing may always be given.
fn may_answer(
    rules: &crate::teams::model::Registration,
    before: &Roster,
    missing: &[String],
) -> Result<(), TeamError> {
    if !missing.is_empty() {
        return Ok(());
    }
    open(rules)?;
    if rules.approval == Approval::Required && before.team.state == TeamState::Approved {
        return Err(TeamError::AnswersApproved);
    }
    Ok(())
}

/// A refused team that changed something is looked at again.
async fn consider_again(conn: &mut PgConnection, before: &Roster) -> Result<(), TeamError> {
    if before.team.state == TeamState::Refused {
        teams::set_state(conn, before.team.id, TeamState::Refused, TeamState::Waiting, "").await?;
    }
    Ok(())
}

/// The person is in the team from now on, unless another one holds them.
pub(super) async fn enter(
    conn: &mut PgConnection,
    team: TeamId,
    competition: CompetitionId,
    user: UserId,
    is_leader: bool,
    answers: &Answers,
) -> Result<(), TeamError> {
    members::insert(conn, team, competition, user, is_leader, answers).await?;
    // Asked after the insert, which waits for a transaction in which the person leaves another team.
    if departures::bind(conn, competition, user, team).await? {
        return Err(TeamError::HandedInElsewhere);
    }
    Ok(())
}

pub(super) fn answers(fields: &[Field], of: Asked, given: &Map<String, Value>) -> Result<Answers, TeamError> {
    form::check(fields, of, given).map_err(|(field, wrong)| TeamError::Answer { field, wrong })
}

async fn lock_as_leader_or_organizer(
    conn: &mut PgConnection,
    caller: &Principal,
    id: TeamId,
) -> Result<Roster, TeamError> {
    match lock_as_leader(conn, caller, id).await {
        Ok(_) => roster(conn, id).await,
        Err(refused @ (TeamError::LeaderOnly | TeamError::NotFound)) => {
            lock_as_organizer(conn, caller, id).await.map_err(|_| refused)
        }
        Err(error) => Err(error),
    }
}

async fn remove(
    conn: &mut PgConnection,
    id: TeamId,
    members: &[Member],
    user: UserId,
) -> Result<(), TeamError> {
    let succession = match rules::leaving(members, user) {
        Leaving::Last => {
            if !teams::delete(conn, id).await? {
                return Err(TeamError::LastMember);
            }
            return Ok(());
        }
        Leaving::Succession(next) => Some(next),
        Leaving::Plain => None,
    };
    let team = teams::find(conn, id).await?.ok_or(TeamError::NotFound)?;
    let competition = team.competition.id;
    members::delete(conn, id, user).await?;
    departures::note(conn, competition, user, id).await?;
    if let Some(next) = succession {
        members::make_leader(conn, id, next).await?;
        let told = Notice::TeamLeader { competition, team: id, team_name: team.name.clone() };
        notify(conn, &[next], &told).await?;
    }
    Ok(())
}
