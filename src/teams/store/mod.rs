//! All SQL of teams. `team_of` and `is_member` are for other rooms too.

pub(super) mod departures;
pub mod disqualification;
pub(super) mod invitations;
pub(super) mod members;
pub(super) mod merges;
pub(super) mod readiness;
pub(super) mod registration;
pub(super) mod reviews;
pub(super) mod sheets;
pub(super) mod teams;

pub use members::{held, is_member, team_of};
