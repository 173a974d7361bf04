//! Teams as their members and others see them.

use judge_core::text::Text;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    form::{Answers, Field},
    store::disqualification::Disqualification,
};
/// A division may require one of every member.
pub use crate::accounts::profile::Status;
use crate::kernel::{
    Timestamp,
    ids::{CompetitionId, DivisionId, MergeId, TeamId, UserId},
};

#[derive(Debug, Clone, PartialEq)]
pub struct Team {
    pub id: TeamId,
    pub name: String,
    pub created_at: Timestamp,
    pub state: TeamState,
    /// Why it was refused, in the organizer's words; empty otherwise.
    pub state_reason: String,
    /// What the organizers wrote to the team last.
    pub note: String,
    pub disqualified: Option<Disqualification>,
    pub merged_into: Option<TeamId>,
    pub answers: Answers,
    pub division: Division,
    pub competition: Competition,
}

/// Whether a team takes part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, sqlx::Type, ToSchema)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum TeamState {
    /// An organizer has not decided yet.
    Waiting,
    Approved,
    Refused,
    /// Another team took it in.
    Merged,
}

impl TeamState {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Approved => "approved",
            Self::Refused => "refused",
            Self::Merged => "merged",
        }
    }
}

/// Whether organizers decide on every team.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema, sqlx::Type, ToSchema,
)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum Approval {
    /// Every team takes part at once.
    #[default]
    None,
    /// A team waits until an organizer approves it.
    Required,
}

impl Approval {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Required => "required",
        }
    }

    /// The state that a new team begins in.
    pub fn first_state(self) -> TeamState {
        match self {
            Self::None => TeamState::Approved,
            Self::Required => TeamState::Waiting,
        }
    }
}

/// The class of entrants that a team is ranked in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Division {
    pub id: DivisionId,
    pub slug: String,
    pub title: Text,
}

/// What a team needs to know of its competition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Competition {
    pub id: CompetitionId,
    pub slug: String,
    pub title: Text,
    /// The fewest members with which the team may hand in.
    pub min_team_members: i32,
    /// The most members that the team may have.
    pub max_team_members: i32,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Member {
    pub id: UserId,
    pub name: String,
    pub email: String,
    pub is_leader: bool,
    pub joined_at: Timestamp,
    pub answers: Answers,
}

/// A team with its members, in the order in which they joined.
#[derive(Debug, Clone, PartialEq)]
pub struct Roster {
    pub team: Team,
    pub members: Vec<Member>,
    /// What keeps the team from handing in.
    pub obstacles: Vec<Obstacle>,
}

/// What keeps a team from handing in outside of practice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(tag = "code", rename_all = "kebab-case")]
pub enum Obstacle {
    /// No organizer has approved it yet.
    TeamNotApproved,
    TeamRefused {
        reason: String,
    },
    TeamTooSmall {
        members: usize,
        min: i32,
    },
    /// Members who have not proved the status that the division requires.
    EvidenceNeeded {
        status: Status,
        members: Vec<UserId>,
    },
    /// Required questions of the form that the team or a member has not answered.
    AnswersMissing {
        fields: Vec<String>,
    },
}

/// A team as the caller may see it.
#[derive(Debug, Clone, PartialEq)]
pub enum Seen {
    Inside(Roster),
    /// With the members' addresses.
    Organizer(Roster),
    Outside(Team),
}

/// How teams register for a competition.
#[derive(Debug, Clone, PartialEq)]
pub struct Registration {
    pub competition: CompetitionId,
    pub slug: String,
    pub min_members: i32,
    pub max_members: i32,
    pub opens_at: Option<Timestamp>,
    pub closes_at: Option<Timestamp>,
    pub approval: Approval,
    pub merge_until: Option<Timestamp>,
    pub fields: Vec<Field>,
    /// The database's clock when this was read.
    pub now: Timestamp,
}

/// A division with its conditions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct DivisionRules {
    pub id: DivisionId,
    pub slug: String,
    pub title: Text,
    /// The status that every member must have proved.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub requires: Option<Status>,
    pub min_members: i32,
    pub max_members: i32,
}

/// Which teams an organizer asks for.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    pub state: Option<TeamState>,
    /// Slug of the division.
    pub division: Option<String>,
    /// Part of the team's name, or of a member's name or address.
    pub search: Option<String>,
}

/// What an organizer decides on a team.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    Approve,
    Refuse,
    /// Back to undecided.
    Wait,
}

impl Decision {
    pub fn state(self) -> TeamState {
        match self {
            Self::Approve => TeamState::Approved,
            Self::Refuse => TeamState::Refused,
            Self::Wait => TeamState::Waiting,
        }
    }
}

/// An invitation that was just made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewInvitation {
    /// The secret, shown this once.
    pub code: String,
    pub link: String,
    pub expires_at: Timestamp,
}

/// What the holder of an invitation may know before joining.
#[derive(Debug, Clone, PartialEq)]
pub struct Invitation {
    pub team: Team,
    pub expires_at: Timestamp,
}

/// Somebody who left a team that had handed something in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Departure {
    pub user: UserId,
    pub user_name: String,
    pub team: TeamId,
    pub team_name: String,
    #[schema(value_type = String, format = DateTime)]
    pub left_at: Timestamp,
}

/// One team asks another to take it in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Merge {
    pub id: MergeId,
    /// The team that asks. It goes up in the other one.
    pub from: TeamId,
    pub from_name: String,
    /// The team that is asked. It keeps its name and its leader.
    pub into: TeamId,
    pub into_name: String,
    #[schema(value_type = String, format = DateTime)]
    pub asked_at: Timestamp,
}
