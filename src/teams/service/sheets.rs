//! Teams from a spreadsheet, and as one.

use std::{collections::HashMap, fs::File, io::Write as _, sync::Arc};

use futures::future::BoxFuture;
use judge_core::sheet::{Sheet, SheetFault, SheetLimits};
use serde_json::json;
use sqlx::{Acquire as _, PgConnection};

use super::{Teams, membership, organized};
use crate::{
    accounts::{
        self, Principal,
        profile::{Unit, UnitKind},
    },
    audit::{self, Act},
    kernel::ids::{TeamId, UserId},
    notifications::{Notice, notify},
    teams::{
        TeamError,
        form::{self, Answers, Asked},
        import::{Columns, Entry, Outcome, Report, RowFault, RowReport, entries, header_of},
        model::{DivisionRules, Registration, Status, TeamState},
        rules::{self, Joining},
        store::{self, members, registration as rules_of, sheets, teams},
    },
};

/// Reads a stranger's spreadsheet in a confined child process.
pub type ReadSheet = Arc<
    dyn Fn(File, SheetLimits) -> BoxFuture<'static, anyhow::Result<Result<Sheet, SheetFault>>> + Send + Sync,
>;

/// Bytes of a file as it comes.
pub const MOST_BYTES: usize = 8 * 1024 * 1024;
const LIMITS: SheetLimits =
    SheetLimits { rows: 10_000, columns: 100, cell_chars: 2_100, unpacked_bytes: 64 * 1024 * 1024 };

/// What all rows of an import share.
struct Import<'a> {
    rules: &'a Registration,
    divisions: Vec<DivisionRules>,
    /// Who leads each team that the import makes, by the team's name.
    leaders: HashMap<String, String>,
    public_url: &'a str,
}

/// What a row did.
struct Done {
    outcome: Outcome,
    team: TeamId,
    user: UserId,
    account_made: bool,
}

impl Teams {
    /// Brings teams and members in, row by row, for an organizer. Rows that cannot be used keep no other one out.
    /// Without `apply` everything is done and taken back: the report says what would happen.
    pub async fn import(
        &self,
        caller: &Principal,
        competition: &str,
        bytes: &[u8],
        apply: bool,
    ) -> Result<Report, TeamError> {
        let sheet = self.read(bytes).await?;
        let mut tx = self.db.begin().await?;
        let rules = organized(&mut tx, caller, competition).await?;
        sheets::lock(&mut tx, rules.competition).await?;
        let columns = header_of(&sheet.rows[0], &rules.fields).map_err(TeamError::Header)?;
        let rows = entries(&sheet, &columns, &rules.fields);
        let import = Import {
            divisions: rules_of::divisions(&mut tx, rules.competition).await?,
            leaders: leaders(&rows),
            rules: &rules,
            public_url: &self.public_url,
        };
        let names: Vec<String> = import.leaders.keys().cloned().collect();
        let known = sheets::named(&mut tx, rules.competition, &names).await?;
        teams::lock_of(&mut tx, rules.competition, &known).await?;
        let report = import.run(&mut tx, &sheet, &columns, rows, apply).await?;
        if apply {
            let act = Act::new("teams.imported", "competition", rules.competition).by(caller.user);
            let facts = json!({
                "created": report.created, "joined": report.joined, "accounts": report.accounts,
                "errors": report.errors,
            });
            audit::record(&mut tx, act.in_competition(rules.competition).with(facts)).await?;
            tx.commit().await?;
        } else {
            tx.rollback().await?;
        }
        Ok(report)
    }

    /// Whether the caller organizes the competition.
    pub async fn may_import(&self, caller: &Principal, competition: &str) -> Result<(), TeamError> {
        organized(&mut *self.db.acquire().await?, caller, competition).await.map(drop)
    }

    async fn read(&self, bytes: &[u8]) -> Result<Sheet, TeamError> {
        let mut file = tempfile::tempfile().map_err(TeamError::Io)?;
        file.write_all(bytes).map_err(TeamError::Io)?;
        std::io::Seek::rewind(&mut file).map_err(TeamError::Io)?;
        // Each child may take much memory, so few run at once.
        let _turn = self.sheet_turns.acquire().await.expect("the semaphore is never closed");
        let read = (self.read_sheet.0)(file, LIMITS).await;
        read.map_err(TeamError::Reader)?.map_err(TeamError::Sheet)
    }
}

/// The marked one of each team's rows, or the first one.
fn leaders(rows: &[(u64, Result<Entry, RowFault>)]) -> HashMap<String, String> {
    let mut leaders: HashMap<String, (bool, String)> = HashMap::new();
    for entry in rows.iter().filter_map(|(_, entry)| entry.as_ref().ok()) {
        let email = entry.email.as_str().to_owned();
        let known = leaders.entry(entry.team.clone()).or_insert_with(|| (entry.is_leader, email.clone()));
        if entry.is_leader && !known.0 {
            *known = (true, email);
        }
    }
    leaders.into_iter().map(|(team, (_, email))| (team, email)).collect()
}

impl Import<'_> {
    async fn run(
        &self,
        conn: &mut PgConnection,
        sheet: &Sheet,
        columns: &Columns,
        rows: Vec<(u64, Result<Entry, RowFault>)>,
        apply: bool,
    ) -> Result<Report, TeamError> {
        let mut report = Report {
            applied: apply,
            created: 0,
            joined: 0,
            unchanged: 0,
            errors: 0,
            accounts: 0,
            ignored_columns: columns.ignored.clone(),
            rows: Vec::with_capacity(rows.len()),
        };
        let mut made = Vec::new();
        for ((line, entry), row) in rows.into_iter().zip(sheet.rows.iter().skip(1)) {
            let cell = |column| row.cell(column).chars().take(100).collect::<String>();
            let (mut team, mut email) = (cell(columns.team), cell(columns.email));
            let done = match entry {
                Ok(entry) => {
                    entry.team.clone_into(&mut team);
                    entry.email.as_str().clone_into(&mut email);
                    self.row(conn, &entry).await?
                }
                Err(fault) => Err(fault),
            };
            let (result, fault) = match done {
                Ok(done) => {
                    report.accounts += usize::from(done.account_made);
                    if done.outcome == Outcome::Created {
                        made.push(done.team);
                    }
                    (done.outcome, None)
                }
                Err(fault) => (Outcome::Error, Some(fault)),
            };
            match result {
                Outcome::Created => report.created += 1,
                Outcome::Joined => report.joined += 1,
                Outcome::Unchanged => report.unchanged += 1,
                Outcome::Error => report.errors += 1,
            }
            let (code, text) = fault.map(|fault| (fault.code().to_owned(), fault.sentence())).unzip();
            report.rows.push(RowReport { row: line, team, email, result, code, text });
        }
        // Where the row of the one who was to lead could not be used, the first member leads.
        for team in made {
            sheets::ensure_leader(conn, team).await?;
        }
        Ok(report)
    }

    /// Does what a row says, or nothing of it.
    async fn row(&self, conn: &mut PgConnection, entry: &Entry) -> Result<Result<Done, RowFault>, TeamError> {
        let mut point = conn.begin().await?;
        let done = self.within(&mut point, entry).await?;
        match &done {
            Ok(done) => {
                if matches!(done.outcome, Outcome::Created | Outcome::Joined) {
                    let told = Notice::TeamEnrolled {
                        competition: self.rules.competition,
                        team: done.team,
                        team_name: entry.team.clone(),
                    };
                    notify(&mut point, &[done.user], &told).await?;
                }
                point.commit().await?;
            }
            Err(_) => point.rollback().await?,
        }
        Ok(done)
    }

    async fn within(
        &self,
        conn: &mut PgConnection,
        entry: &Entry,
    ) -> Result<Result<Done, RowFault>, TeamError> {
        let competition = self.rules.competition;
        let known = teams::by_name(conn, competition, &entry.team).await?;
        let (team, is_new) = match known {
            Some(team) => (team, false),
            None => match self.make(conn, entry).await? {
                Ok(team) => (team, true),
                Err(fault) => return Ok(Err(fault)),
            },
        };
        let now = teams::find(conn, team).await?.ok_or(TeamError::NotFound)?;
        if now.state == TeamState::Merged {
            return Ok(Err(RowFault::TeamGone));
        }
        let elsewhere = !entry.division.is_empty() && !self.is(&now.division.slug, &entry.division);
        if elsewhere {
            return Ok(Err(RowFault::OtherDivision));
        }
        let unit = self.unit(&now.division.slug, &entry.unit);
        let person = accounts::enrol(conn, &entry.email, &entry.name, unit, self.public_url).await?;
        let Some((user, account_made)) = person else { return Ok(Err(RowFault::NameMissing)) };
        let done = |outcome| Ok(Ok(Done { outcome, team, user, account_made }));
        match store::team_of(conn, competition, user).await? {
            Some(other) if other == team => return done(Outcome::Unchanged),
            Some(_) => return Ok(Err(RowFault::InAnotherTeam)),
            None => {}
        }
        let limit = now.competition.max_team_members;
        if rules::joining(&members::list(conn, team).await?, user, limit) == Joining::Full {
            return Ok(Err(RowFault::TeamFull { limit }));
        }
        let answers = match self.answers(Asked::Member, entry) {
            Ok(answers) => answers,
            Err(fault) => return Ok(Err(fault)),
        };
        let is_leader =
            is_new_leader(self.leaders.get(&entry.team), entry) && !sheets::has_leader(conn, team).await?;
        match membership::enter(conn, team, competition, user, is_leader, &answers).await {
            Ok(()) => done(if is_new { Outcome::Created } else { Outcome::Joined }),
            Err(TeamError::HandedInElsewhere) => Ok(Err(RowFault::HandedInElsewhere)),
            Err(error) => Err(error),
        }
    }

    /// An organizer's own list needs no approval.
    async fn make(
        &self,
        conn: &mut PgConnection,
        entry: &Entry,
    ) -> Result<Result<TeamId, RowFault>, TeamError> {
        let division = match self.division(&entry.division) {
            Ok(division) => division,
            Err(fault) => return Ok(Err(fault)),
        };
        let answers = match self.answers(Asked::Team, entry) {
            Ok(answers) => answers,
            Err(fault) => return Ok(Err(fault)),
        };
        let (competition, state) = (self.rules.competition, TeamState::Approved);
        Ok(Ok(teams::insert(conn, competition, division.id, &entry.team, state, &answers).await?))
    }

    /// By slug or title; the only one where nothing is said.
    fn division(&self, said: &str) -> Result<&DivisionRules, RowFault> {
        match &self.divisions[..] {
            [only] if said.is_empty() => Ok(only),
            _ if said.is_empty() => Err(RowFault::DivisionMissing),
            all => all.iter().find(|d| self.is(&d.slug, said)).ok_or(RowFault::UnknownDivision),
        }
    }

    /// Where a new member of this division is: the file gives the name alone.
    fn unit(&self, slug: &str, name: &str) -> Option<Unit> {
        let requires = self.divisions.iter().find(|d| d.slug == slug).and_then(|d| d.requires);
        let kind = if requires == Some(Status::Student) { UnitKind::University } else { UnitKind::School };
        (!name.is_empty()).then(|| Unit { kind, name: name.to_owned() })
    }

    /// Whether these words name the division of this slug.
    fn is(&self, slug: &str, said: &str) -> bool {
        let same = |name: &str| name.to_lowercase() == said.to_lowercase();
        same(slug)
            || self.divisions.iter().any(|d| d.slug == slug && (same(&d.title.vi) || same(&d.title.en)))
    }

    /// What is missing the team can still answer itself; what is there must be right.
    fn answers(&self, of: Asked, entry: &Entry) -> Result<Answers, RowFault> {
        let given = if of == Asked::Team { &entry.team_answers } else { &entry.own_answers };
        let mut fields = self.rules.fields.clone();
        for field in &mut fields {
            field.required = false;
        }
        form::check(&fields, of, given).map_err(|(field, wrong)| RowFault::Answer { field, wrong })
    }
}

fn is_new_leader(leader: Option<&String>, entry: &Entry) -> bool {
    leader.is_some_and(|leader| leader == entry.email.as_str())
}
