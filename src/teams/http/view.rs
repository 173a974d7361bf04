use judge_core::text::Text;
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    kernel::{
        Timestamp,
        ids::{TeamId, UserId},
    },
    teams::{
        form::Answers,
        model::{Competition, Division, Member, Obstacle, Roster, Seen, Team, TeamState},
        store::disqualification::Disqualification,
    },
};

/// A team. Only its members and the competition's organizers see more than id, name and division.
#[derive(Debug, Serialize, ToSchema)]
pub struct TeamView {
    id: TeamId,
    name: String,
    division: Division,
    /// The team that took this one in.
    #[serde(skip_serializing_if = "Option::is_none")]
    merged_into: Option<TeamId>,
    #[serde(flatten)]
    inside: Option<Inside>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct Inside {
    competition: Competition,
    state: TeamState,
    /// Why it was refused.
    #[serde(skip_serializing_if = "String::is_empty")]
    state_reason: String,
    /// What the organizers wrote to the team last.
    #[serde(skip_serializing_if = "String::is_empty")]
    note: String,
    /// It stands on no board and hands in nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    disqualified: Option<Disqualification>,
    /// What keeps the team from handing in outside of practice; empty: nothing.
    obstacles: Vec<ObstacleView>,
    /// Answers to the form's questions about the team.
    #[schema(value_type = Object)]
    answers: Answers,
    /// In the order in which they joined.
    members: Vec<MemberView>,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct MemberView {
    id: UserId,
    name: String,
    /// For organizers only.
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<String>,
    is_leader: bool,
    #[schema(value_type = String, format = DateTime)]
    joined_at: Timestamp,
    /// Answers to the form's questions about each member.
    #[serde(skip_serializing_if = "Answers::is_empty")]
    #[schema(value_type = Object)]
    answers: Answers,
}

/// What is in the team's way, and what to do.
#[derive(Debug, Serialize, ToSchema)]
pub struct ObstacleView {
    #[serde(flatten)]
    facts: Obstacle,
    #[serde(flatten)]
    text: Text,
}

impl From<Obstacle> for ObstacleView {
    fn from(facts: Obstacle) -> Self {
        let text = facts.sentence();
        Self { facts, text }
    }
}

impl TeamView {
    /// As organizers see it.
    pub fn organized(roster: Roster) -> Self {
        Self::inside(roster, true)
    }

    fn inside(Roster { team, members, obstacles }: Roster, with_addresses: bool) -> Self {
        let member = |member: Member| MemberView {
            id: member.id,
            name: member.name,
            email: with_addresses.then_some(member.email),
            is_leader: member.is_leader,
            joined_at: member.joined_at,
            answers: member.answers,
        };
        let inside = Inside {
            competition: team.competition,
            state: team.state,
            state_reason: team.state_reason,
            note: team.note,
            disqualified: team.disqualified,
            obstacles: obstacles.into_iter().map(ObstacleView::from).collect(),
            answers: team.answers,
            members: members.into_iter().map(member).collect(),
            created_at: team.created_at,
        };
        Self {
            id: team.id,
            name: team.name,
            division: team.division,
            merged_into: team.merged_into,
            inside: Some(inside),
        }
    }
}

impl From<Roster> for TeamView {
    fn from(roster: Roster) -> Self {
        Self::inside(roster, false)
    }
}

impl From<Seen> for TeamView {
    fn from(seen: Seen) -> Self {
        match seen {
            Seen::Inside(roster) => roster.into(),
            Seen::Organizer(roster) => Self::organized(roster),
            Seen::Outside(Team { id, name, division, merged_into, .. }) => {
                Self { id, name, division, merged_into, inside: None }
            }
        }
    }
}
