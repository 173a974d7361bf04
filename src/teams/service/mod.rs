//! Who may do what to a team, each in one transaction.

mod approval;
mod departures;
mod export;
mod invitations;
mod membership;
mod merging;
mod registration;
mod sheets;

use std::{fmt, sync::Arc};

use sqlx::{PgConnection, PgPool};
use tokio::sync::Semaphore;

pub use approval::Decided;
pub use membership::NewTeam;
pub use sheets::{MOST_BYTES as MOST_SHEET_BYTES, ReadSheet};

use super::{
    TeamError,
    model::{DivisionRules, Member, Registration, Roster},
    readiness,
    results::Results,
    rules,
    store::{members, registration as rules_of, teams},
};
use crate::{
    accounts::Principal,
    competitions::access,
    kernel::ids::{CompetitionId, TeamId, UserId},
};

#[derive(Debug, Clone)]
pub struct Teams {
    db: PgPool,
    public_url: Arc<str>,
    results: Arc<dyn Results>,
    read_sheet: SheetReader,
    sheet_turns: Arc<Semaphore>,
}

#[derive(Clone)]
struct SheetReader(ReadSheet);

impl fmt::Debug for SheetReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SheetReader")
    }
}

/// Spreadsheets that are read at once.
const SHEETS_AT_ONCE: usize = 2;

impl Teams {
    pub fn new(db: PgPool, public_url: &str, results: Arc<dyn Results>, read_sheet: ReadSheet) -> Self {
        let sheet_turns = Arc::new(Semaphore::new(SHEETS_AT_ONCE));
        Self { db, public_url: public_url.into(), results, read_sheet: SheetReader(read_sheet), sheet_turns }
    }
}

async fn roster(conn: &mut PgConnection, id: TeamId) -> Result<Roster, TeamError> {
    let team = teams::find(conn, id).await?.ok_or(TeamError::NotFound)?;
    let members = members::list(conn, id).await?;
    let obstacles = readiness::obstacles(conn, id).await?;
    Ok(Roster { team, members, obstacles })
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
    if leads(&members, caller.user) { Ok(members) } else { Err(TeamError::LeaderOnly) }
}

/// Holds the team's row for an organizer of its competition. Everybody may see a team, so others are told that
/// they may not do this.
async fn lock_as_organizer(
    conn: &mut PgConnection,
    caller: &Principal,
    id: TeamId,
) -> Result<Roster, TeamError> {
    if !teams::lock(conn, id).await? {
        return Err(TeamError::NotFound);
    }
    let roster = roster(conn, id).await?;
    if access::is_organizer(conn, Some(caller), roster.team.competition.id).await? {
        Ok(roster)
    } else {
        Err(TeamError::Forbidden)
    }
}

fn leads(members: &[Member], user: UserId) -> bool {
    members.iter().any(|member| member.id == user && member.is_leader)
}

fn users(members: &[Member]) -> Vec<UserId> {
    members.iter().map(|member| member.id).collect()
}

/// How teams register for the competition of this slug.
async fn registration(conn: &mut PgConnection, slug: &str) -> Result<Registration, TeamError> {
    if !rules::is_slug(slug) {
        return Err(TeamError::NotFound);
    }
    rules_of::of_slug(conn, slug).await?.ok_or(TeamError::NotFound)
}

/// The same for an organizer of that competition.
async fn organized(
    conn: &mut PgConnection,
    caller: &Principal,
    slug: &str,
) -> Result<Registration, TeamError> {
    let registration = registration(conn, slug).await?;
    if access::is_organizer(conn, Some(caller), registration.competition).await? {
        Ok(registration)
    } else {
        Err(TeamError::Forbidden)
    }
}

async fn division(
    conn: &mut PgConnection,
    competition: CompetitionId,
    slug: &str,
) -> Result<DivisionRules, TeamError> {
    let found = rules_of::divisions(conn, competition).await?.into_iter().find(|d| d.slug == slug);
    found.ok_or_else(|| TeamError::UnknownDivision(slug.chars().take(100).collect()))
}

/// Refuses outside of the registration's window.
fn open(registration: &Registration) -> Result<(), TeamError> {
    match rules::window(registration) {
        rules::Window::Open => Ok(()),
        rules::Window::Early(opens_at) => Err(TeamError::RegistrationNotOpen { opens_at }),
        rules::Window::Late(closed_at) => Err(TeamError::RegistrationClosed { closed_at }),
    }
}
