//! From rows to members of teams.

use std::collections::HashSet;

use judge_core::sheet::{Row, Sheet};
use serde_json::{Map, Value};

use super::{Columns, RowFault};
use crate::{
    accounts::rules::{self as people, Email},
    teams::{
        form::{self, Asked, Field},
        rules,
    },
};

/// A member of a team, as one row says.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    pub team: String,
    /// Slug or title of a division; empty: as the rows above say, or the only one.
    pub division: String,
    pub email: Email,
    /// Empty where the row has none.
    pub name: String,
    pub is_leader: bool,
    pub unit: String,
    pub team_answers: Map<String, Value>,
    pub own_answers: Map<String, Value>,
}

/// Each row below the header with what it says or why it cannot be used. A row without a team belongs to the team of
/// the row above: so merged cells read.
pub fn entries(sheet: &Sheet, columns: &Columns, fields: &[Field]) -> Vec<(u64, Result<Entry, RowFault>)> {
    let (mut team, mut division) = (String::new(), String::new());
    let mut seen = HashSet::new();
    let mut found = Vec::new();
    for row in sheet.rows.iter().skip(1) {
        let own = unguarded(row.cell(columns.team));
        if !own.is_empty() && own != team {
            own.clone_into(&mut team);
            division.clear();
        }
        let cell = columns.division.map_or("", |column| row.cell(column));
        if !cell.is_empty() {
            cell.clone_into(&mut division);
        }
        let entry = entry(row, columns, fields, &team, &division).and_then(|entry| {
            if seen.insert(entry.email.as_str().to_owned()) { Ok(entry) } else { Err(RowFault::TwiceInFile) }
        });
        found.push((row.line, entry));
    }
    found
}

fn entry(
    row: &Row,
    columns: &Columns,
    fields: &[Field],
    team: &str,
    division: &str,
) -> Result<Entry, RowFault> {
    let cell = |column: Option<usize>| column.map_or("", |column| unguarded(row.cell(column)));
    if team.is_empty() {
        return Err(RowFault::TeamMissing);
    }
    let email = cell(Some(columns.email));
    if email.is_empty() {
        return Err(RowFault::EmailMissing);
    }
    let name = cell(columns.member);
    let optional = |text: &str| if text.is_empty() { Ok(String::new()) } else { people::person_name(text) };
    let mut entry = Entry {
        team: rules::team_name(team).map_err(|_| RowFault::BadTeamName)?,
        division: division.to_owned(),
        email: Email::parse(email).map_err(|_| RowFault::BadEmail)?,
        name: optional(name).map_err(|_| RowFault::BadMemberName)?,
        is_leader: form::yes_or_no(cell(columns.leader)).ok_or(RowFault::BadLeader)?,
        unit: people::line(cell(columns.unit), 0, 200).map_err(|_| RowFault::BadUnit)?,
        team_answers: Map::new(),
        own_answers: Map::new(),
    };
    for (column, field) in &columns.fields {
        let field = &fields[*field];
        let answer = form::from_cell(field, cell(Some(*column)));
        let answer = answer.map_err(|wrong| RowFault::Answer { field: field.key.clone(), wrong })?;
        let answers = match field.of {
            Asked::Team => &mut entry.team_answers,
            Asked::Member => &mut entry.own_answers,
        };
        answers.extend(answer.map(|answer| (field.key.clone(), answer)));
    }
    Ok(entry)
}

/// Our own export puts an apostrophe before what a spreadsheet would take for a formula.
fn unguarded(cell: &str) -> &str {
    match cell.strip_prefix('\'') {
        Some(rest) if rest.starts_with(['=', '+', '-', '@']) => rest,
        _ => cell,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::teams::import::header_of;

    fn read(rows: &[&[&str]]) -> Vec<(u64, Result<Entry, RowFault>)> {
        let rows = (1..)
            .zip(rows)
            .map(|(line, cells)| Row { line, cells: cells.iter().map(|cell| (*cell).to_owned()).collect() });
        let sheet = Sheet { rows: rows.collect() };
        let columns = header_of(&sheet.rows[0], &[]).unwrap();
        entries(&sheet, &columns, &[])
    }

    #[test]
    fn a_row_without_a_team_belongs_to_the_team_above() {
        let found = read(&[
            &["team", "division", "email", "leader"],
            &["Sao Mai", "a", "lan@truong.edu.vn"],
            &["", "", "Minh@Truong.edu.vn", "x"],
            &["Biển Xanh", "", "mai@truong.edu.vn"],
        ]);
        let entries: Vec<_> = found.into_iter().map(|(_, entry)| entry.unwrap()).collect();
        let said: Vec<_> = entries
            .iter()
            .map(|e| (e.team.as_str(), e.division.as_str(), e.email.as_str(), e.is_leader))
            .collect();
        assert_eq!(
            said,
            [
                ("Sao Mai", "a", "lan@truong.edu.vn", false),
                ("Sao Mai", "a", "minh@truong.edu.vn", true),
                ("Biển Xanh", "", "mai@truong.edu.vn", false),
            ]
        );
    }

    #[test]
    fn each_fault_is_named_with_its_row() {
        let found = read(&[
            &["team", "email", "member", "leader"],
            &["", "lan@truong.edu.vn"],
            &["Sao Mai", ""],
            &["Sao Mai", "lan"],
            &["S", "lan@truong.edu.vn"],
            &["Sao Mai", "lan@truong.edu.vn", "a\u{200b}"],
            &["Sao Mai", "lan@truong.edu.vn", "Lan", "có lẽ"],
            &["Sao Mai", "lan@truong.edu.vn", "Lan"],
            &["Biển Xanh", "LAN@truong.edu.vn", "Lan"],
        ]);
        let faults: Vec<_> = found.into_iter().map(|(line, entry)| (line, entry.err())).collect();
        assert_eq!(
            faults,
            [
                (2, Some(RowFault::TeamMissing)),
                (3, Some(RowFault::EmailMissing)),
                (4, Some(RowFault::BadEmail)),
                (5, Some(RowFault::BadTeamName)),
                (6, Some(RowFault::BadMemberName)),
                (7, Some(RowFault::BadLeader)),
                (8, None),
                (9, Some(RowFault::TwiceInFile)),
            ]
        );
    }

    #[test]
    fn what_an_export_guarded_is_read_as_it_was() {
        assert_eq!(unguarded("'=1+1"), "=1+1");
        assert_eq!(unguarded("'tis"), "'tis");
    }
}
