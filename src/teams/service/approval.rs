//! What organizers decide on teams.

use serde_json::json;
use sqlx::PgConnection;

use super::{Teams, division, lock_as_organizer, organized, roster, users};
use crate::{
    accounts::Principal,
    audit::{self, Act},
    kernel::{
        ids::{CompetitionId, TeamId},
        paging::Cursor,
    },
    notifications::{Notice, notify},
    teams::{
        TeamError,
        model::{Decision, Filter, Obstacle, Roster, TeamState},
        rules,
        store::teams,
    },
};

/// The most teams of one decision.
pub const MOST_TEAMS: usize = 500;

/// What became of one team of a decision.
#[derive(Debug, Clone, PartialEq)]
pub enum Decided {
    Changed(TeamState),
    Unchanged(TeamState),
    /// No team of this competition.
    NotFound,
    /// Another team took it in.
    Merged,
    /// What the team lacks.
    Lacks(Obstacle),
}

impl Teams {
    /// Teams of a competition, newest first, for its organizers.
    pub async fn list(
        &self,
        caller: &Principal,
        competition: &str,
        filter: &Filter,
        before: Cursor,
        fetch: i64,
    ) -> Result<Vec<Roster>, TeamError> {
        let mut conn = self.db.acquire().await?;
        let rules = organized(&mut conn, caller, competition).await?;
        // No name holds such characters, and PostgreSQL takes no text with a zero byte.
        let words = [&filter.search, &filter.division].into_iter().flatten();
        if words.clone().any(|text| text.len() > 400 || text.contains(char::is_control)) {
            return Ok(Vec::new());
        }
        let mut rosters = Vec::new();
        for team in teams::list(&mut conn, rules.competition, filter, before, fetch).await? {
            rosters.push(roster(&mut conn, team.id).await?);
        }
        Ok(rosters)
    }

    /// Decides on one or many teams; what cannot be decided so is said team by team and keeps no other team
    /// from its decision.
    pub async fn decide(
        &self,
        caller: &Principal,
        competition: &str,
        ids: &[TeamId],
        decision: Decision,
        reason: &str,
    ) -> Result<Vec<(TeamId, Decided)>, TeamError> {
        if !(1..=MOST_TEAMS).contains(&ids.len()) {
            return Err(TeamError::TooManyTeams { limit: MOST_TEAMS });
        }
        let reason = if reason.trim().is_empty() && decision != Decision::Refuse {
            String::new()
        } else {
            rules::reason(reason).map_err(TeamError::InvalidReason)?
        };
        let mut tx = self.db.begin().await?;
        let rules = organized(&mut tx, caller, competition).await?;
        let known = teams::lock_of(&mut tx, rules.competition, ids).await?;
        let mut decided = Vec::with_capacity(ids.len());
        for (at, id) in ids.iter().enumerate() {
            if ids[..at].contains(id) {
                continue;
            }
            let outcome = if known.contains(id) {
                decide_one(&mut tx, caller, rules.competition, *id, decision, &reason).await?
            } else {
                Decided::NotFound
            };
            decided.push((*id, outcome));
        }
        tx.commit().await?;
        Ok(decided)
    }

    /// Writes to a team; an empty text takes the last note away.
    pub async fn write_note(&self, caller: &Principal, id: TeamId, text: &str) -> Result<Roster, TeamError> {
        let text = if text.trim().is_empty() {
            String::new()
        } else {
            rules::reason(text).map_err(TeamError::InvalidNote)?
        };
        let mut tx = self.db.begin().await?;
        let before = lock_as_organizer(&mut tx, caller, id).await?;
        if before.team.note == text {
            return Ok(before);
        }
        teams::set_note(&mut tx, id, &text).await?;
        let competition = before.team.competition.id;
        let act = Act::new("team.noted", "team", id).by(caller.user).in_competition(competition);
        audit::record(&mut tx, act.because(&text)).await?;
        if !text.is_empty() {
            let told = Notice::TeamNote { competition, team: id, team_name: before.team.name.clone(), text };
            notify(&mut tx, &users(&before.members), &told).await?;
        }
        let roster = roster(&mut tx, id).await?;
        tx.commit().await?;
        Ok(roster)
    }

    /// Moves a team to another division; its standings follow.
    pub async fn move_to(
        &self,
        caller: &Principal,
        id: TeamId,
        slug: &str,
        reason: &str,
    ) -> Result<Roster, TeamError> {
        let reason = rules::reason(reason).map_err(TeamError::InvalidReason)?;
        let mut tx = self.db.begin().await?;
        let before = lock_as_organizer(&mut tx, caller, id).await?;
        let competition = before.team.competition.id;
        let into = division(&mut tx, competition, slug).await?;
        if before.team.state == TeamState::Merged {
            return Err(TeamError::Merged);
        }
        if before.team.division.id == into.id {
            return Ok(before);
        }
        if i32::try_from(before.members.len()).is_ok_and(|members| members > into.max_members) {
            return Err(TeamError::Full { limit: into.max_members });
        }
        teams::set_division(&mut tx, id, into.id).await?;
        let after_commit = self.results.follow(&mut tx, id).await?;
        let act = Act::new("team.moved", "team", id).by(caller.user).in_competition(competition);
        let facts = json!({ "from": before.team.division.id, "into": into.id });
        audit::record(&mut tx, act.because(&reason).with(facts)).await?;
        let told = Notice::TeamMoved {
            competition,
            team: id,
            team_name: before.team.name.clone(),
            division: into.title,
            reason,
        };
        notify(&mut tx, &users(&before.members), &told).await?;
        let roster = roster(&mut tx, id).await?;
        tx.commit().await?;
        after_commit();
        Ok(roster)
    }
}

/// Decides on a team whose row is held.
async fn decide_one(
    conn: &mut PgConnection,
    caller: &Principal,
    competition: CompetitionId,
    id: TeamId,
    decision: Decision,
    reason: &str,
) -> Result<Decided, TeamError> {
    let Roster { team, members, obstacles } = roster(conn, id).await?;
    let (before, after) = (team.state, decision.state());
    if before == TeamState::Merged {
        return Ok(Decided::Merged);
    }
    if before == after && (after != TeamState::Refused || team.state_reason == reason) {
        return Ok(Decided::Unchanged(after));
    }
    let lacks = obstacles.into_iter().find(|obstacle| !rules::is_undecided(obstacle));
    if let (TeamState::Approved, Some(obstacle)) = (after, lacks) {
        return Ok(Decided::Lacks(obstacle));
    }
    let kept = if after == TeamState::Refused { reason } else { "" };
    teams::set_state(conn, id, before, after, kept).await?;
    let team_name = team.name;
    let (verb, told) = match after {
        TeamState::Approved => {
            ("team.approved", Some(Notice::TeamApproved { competition, team: id, team_name }))
        }
        TeamState::Refused => {
            let reason = reason.to_owned();
            ("team.refused", Some(Notice::TeamRefused { competition, team: id, team_name, reason }))
        }
        TeamState::Waiting | TeamState::Merged => ("team.undecided", None),
    };
    let act = Act::new(verb, "team", id).by(caller.user).in_competition(competition);
    audit::record(conn, act.because(reason)).await?;
    if let Some(told) = told {
        notify(conn, &users(&members), &told).await?;
    }
    Ok(Decided::Changed(after))
}
