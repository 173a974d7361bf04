use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    kernel::{Timestamp, ids::TeamId},
    teams::model::{Competition, Division, Member, Roster, Seen, Team},
};

/// A team. Only its members and the competition's organizers see more than id, name and division.
#[derive(Debug, Serialize, ToSchema)]
pub struct TeamView {
    id: TeamId,
    name: String,
    division: Division,
    #[serde(flatten)]
    inside: Option<Inside>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct Inside {
    competition: Competition,
    /// In the order in which they joined.
    members: Vec<Member>,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
}

impl From<Roster> for TeamView {
    fn from(Roster { team, members }: Roster) -> Self {
        let inside = Inside { competition: team.competition, members, created_at: team.created_at };
        Self { id: team.id, name: team.name, division: team.division, inside: Some(inside) }
    }
}

impl From<Seen> for TeamView {
    fn from(seen: Seen) -> Self {
        match seen {
            Seen::Inside(roster) => roster.into(),
            Seen::Outside(Team { id, name, division, .. }) => Self { id, name, division, inside: None },
        }
    }
}
