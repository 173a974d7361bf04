//! Which column of a spreadsheet holds what, by the names in its first row.

use judge_core::{sheet::Row, text::Text};
use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

use crate::teams::form::Field;

/// Where things stand in a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Columns {
    pub team: usize,
    pub email: usize,
    pub division: Option<usize>,
    pub member: Option<usize>,
    pub leader: Option<usize>,
    pub unit: Option<usize>,
    /// Questions of the form, by their place in it.
    pub fields: Vec<(usize, usize)>,
    /// Names of columns that say nothing here.
    pub ignored: Vec<String>,
}

/// Why a first row names no columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HeaderFault {
    Missing { column: &'static str },
    Twice { column: String },
}

impl HeaderFault {
    pub fn code(&self) -> &'static str {
        match self {
            Self::Missing { .. } => "column-missing",
            Self::Twice { .. } => "column-twice",
        }
    }

    pub fn sentence(&self) -> Text {
        match self {
            Self::Missing { column } => Text::new(
                format!("Dòng đầu thiếu cột «{column}». Dòng đầu phải có ít nhất hai cột «đội» và «email»."),
                format!(
                    "The first row lacks the column “{column}”. It must at least name the columns “team” and “email”."
                ),
            ),
            Self::Twice { column } => Text::new(
                format!("Dòng đầu có hai cột «{column}». Hãy xoá bớt một cột."),
                format!("The first row names the column “{column}” twice. Remove one."),
            ),
        }
    }
}

/// What people call each column, without accents and spaces.
const NAMES: &[(&str, &[&str])] = &[
    ("team", &["team", "teamname", "doi", "tendoi"]),
    ("email", &["email", "mail", "emailaddress", "diachiemail", "thudientu"]),
    ("division", &["division", "board", "bang", "bangthi"]),
    ("member", &["member", "membername", "name", "fullname", "thanhvien", "hoten", "hovaten", "ten"]),
    ("leader", &["leader", "captain", "doitruong", "truongnhom"]),
    ("unit", &["unit", "school", "organization", "donvi", "truong"]),
];

/// Reads the first row. A question of the form goes before a column of the same name.
pub fn header_of(row: &Row, fields: &[Field]) -> Result<Columns, HeaderFault> {
    let mut places: Vec<Option<usize>> = vec![None; NAMES.len()];
    let mut answers: Vec<(usize, usize)> = Vec::new();
    let mut ignored = Vec::new();
    for (at, cell) in row.cells.iter().enumerate().filter(|(_, cell)| !cell.is_empty()) {
        let name = plain(cell);
        let twice = || HeaderFault::Twice { column: cell.chars().take(60).collect() };
        let asks = |field: &Field| {
            [&field.key, &field.title.vi, &field.title.en].into_iter().any(|title| plain(title) == name)
        };
        if let Some(field) = fields.iter().position(asks) {
            if answers.iter().any(|(_, other)| *other == field) {
                return Err(twice());
            }
            answers.push((at, field));
        } else if let Some(column) = NAMES.iter().position(|(_, names)| names.contains(&name.as_str())) {
            if places[column].replace(at).is_some() {
                return Err(twice());
            }
        } else {
            ignored.push(cell.chars().take(60).collect());
        }
    }
    let needed = |column: usize| places[column].ok_or(HeaderFault::Missing { column: NAMES[column].0 });
    Ok(Columns {
        team: needed(0)?,
        email: needed(1)?,
        division: places[2],
        member: places[3],
        leader: places[4],
        unit: places[5],
        fields: answers,
        ignored,
    })
}

/// Letters and digits in lower case, without accents.
pub(super) fn plain(text: &str) -> String {
    let letters = text.nfd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase);
    letters.map(|c| if c == 'đ' { 'd' } else { c }).filter(|c| c.is_alphanumeric()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::teams::form::{Asked, FieldKind};

    fn row(cells: &[&str]) -> Row {
        Row { line: 1, cells: cells.iter().map(|cell| (*cell).to_owned()).collect() }
    }

    fn school() -> Field {
        Field {
            key: "school".into(),
            title: Text::new("Trường học", "Your school"),
            kind: FieldKind::Text,
            of: Asked::Team,
            required: false,
            choices: Vec::new(),
            max_length: None,
        }
    }

    #[test]
    fn both_languages_name_the_columns_in_any_order() {
        let vi = header_of(&row(&["STT", "Họ và tên", "E-mail", "TÊN ĐỘI", "Bảng thi", "Đội trưởng"]), &[])
            .unwrap();
        assert_eq!((vi.team, vi.email, vi.member), (3, 2, Some(1)));
        assert_eq!((vi.division, vi.leader, vi.unit), (Some(4), Some(5), None));
        assert_eq!(vi.ignored, ["STT"]);
        let en = header_of(&row(&["Team name", "", "Email", "Unit"]), &[]).unwrap();
        assert_eq!((en.team, en.email, en.unit), (0, 2, Some(3)));
        assert_eq!(
            header_of(&row(&["Do\u{323}\u{302}i", "email"]), &[]).unwrap().team,
            0,
            "decomposed letters"
        );
    }

    #[test]
    fn a_question_of_the_form_goes_before_a_column_of_its_name() {
        let columns = header_of(&row(&["team", "email", "School"]), &[school()]).unwrap();
        assert_eq!((columns.fields, columns.unit), (vec![(2, 0)], None));
        let columns = header_of(&row(&["team", "email", "trường học"]), &[school()]).unwrap();
        assert_eq!(columns.fields, [(2, 0)]);
    }

    #[test]
    fn what_is_needed_must_be_there_once() {
        let missing = |column| Err(HeaderFault::Missing { column });
        assert_eq!(header_of(&row(&["a", "email"]), &[]), missing("team"));
        assert_eq!(header_of(&row(&["team"]), &[]), missing("email"));
        assert_eq!(
            header_of(&row(&["team", "email", "Mail"]), &[]),
            Err(HeaderFault::Twice { column: "Mail".into() })
        );
    }
}
