//! Teams as their members and others see them.

use judge_core::text::Text;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::kernel::{
    Timestamp,
    ids::{CompetitionId, DivisionId, TeamId, UserId},
};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Team {
    pub id: TeamId,
    pub name: String,
    pub created_at: Timestamp,
    pub division: Division,
    pub competition: Competition,
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
    /// The most members that a team may have.
    pub max_team_members: i32,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Member {
    pub id: UserId,
    pub name: String,
    pub is_leader: bool,
    #[schema(value_type = String, format = DateTime)]
    pub joined_at: Timestamp,
}

/// A team with its members, in the order in which they joined.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Roster {
    pub team: Team,
    pub members: Vec<Member>,
}

/// A team as the caller may see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Seen {
    Inside(Roster),
    Outside(Team),
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
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invitation {
    pub team: Team,
    pub expires_at: Timestamp,
}
