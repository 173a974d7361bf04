//! All teams as a spreadsheet.

use super::{Teams, organized, roster};
use crate::{
    accounts::Principal,
    audit::{self, Act},
    kernel::paging::Cursor,
    teams::{
        TeamError,
        form::{Asked, Field, asked, to_cell},
        model::{Filter, Member, Roster},
        store::teams,
    },
};

const AT_ONCE: i64 = 200;

impl Teams {
    /// A CSV file with one row for each member, for an organizer. It can be imported again.
    pub async fn export(&self, caller: &Principal, competition: &str) -> Result<Vec<u8>, TeamError> {
        let mut tx = self.db.begin().await?;
        let rules = organized(&mut tx, caller, competition).await?;
        let mut table = csv::Writer::from_writer("\u{feff}".as_bytes().to_vec());
        write(&mut table, header(&rules.fields).into_iter())?;
        let mut before = Cursor::START;
        loop {
            let page = teams::list(&mut tx, rules.competition, &Filter::default(), before, AT_ONCE).await?;
            for team in &page {
                let roster = roster(&mut tx, team.id).await?;
                for member in &roster.members {
                    write(&mut table, row(&rules.fields, &roster, member).into_iter())?;
                }
            }
            match page.last() {
                Some(last) => before = Cursor { at: last.created_at, id: last.id.0 },
                None => break,
            }
        }
        // Addresses leave the platform here, so this is an act.
        let act = Act::new("teams.exported", "competition", rules.competition).by(caller.user);
        audit::record(&mut tx, act.in_competition(rules.competition)).await?;
        tx.commit().await?;
        table.into_inner().map_err(|error| TeamError::Io(error.into_error()))
    }
}

fn write(table: &mut csv::Writer<Vec<u8>>, cells: impl Iterator<Item = String>) -> Result<(), TeamError> {
    table.write_record(cells.map(guarded)).map_err(|error| TeamError::Io(error.into()))
}

/// Names that an import understands.
fn header(fields: &[Field]) -> Vec<String> {
    let columns = ["team", "division", "state", "member", "email", "leader", "joined"].map(str::to_owned);
    let answers = asked(fields, Asked::Team).chain(asked(fields, Asked::Member));
    columns.into_iter().chain(answers.map(|field| field.key.clone())).collect()
}

fn row(fields: &[Field], Roster { team, .. }: &Roster, member: &Member) -> Vec<String> {
    let mut cells = vec![
        team.name.clone(),
        team.division.slug.clone(),
        team.state.as_str().to_owned(),
        member.name.clone(),
        member.email.clone(),
        if member.is_leader { "yes" } else { "no" }.to_owned(),
        member.joined_at.to_rfc3339(),
    ];
    cells.extend(asked(fields, Asked::Team).map(|field| to_cell(team.answers.get(&field.key))));
    cells.extend(asked(fields, Asked::Member).map(|field| to_cell(member.answers.get(&field.key))));
    cells
}

/// What a spreadsheet program would take for a formula is shown as text.
fn guarded(cell: String) -> String {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) && cell.parse::<f64>().is_err() {
        format!("'{cell}")
    } else {
        cell
    }
}

#[cfg(test)]
mod tests {
    use super::guarded;

    #[test]
    fn a_formula_becomes_text_and_a_number_stays_one() {
        for cell in ["=1+1", "+84 90", "@SUM(A1)", "-2+3", "\tx", "=HYPERLINK(\"http://x\")"] {
            assert_eq!(guarded(cell.to_owned()), format!("'{cell}"));
        }
        for cell in ["-2.5", "+3", "Sao Mai", "", "a=b"] {
            assert_eq!(guarded(cell.to_owned()), cell);
        }
    }
}
