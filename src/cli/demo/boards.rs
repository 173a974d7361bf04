//! The boards of the sample competitions, one for each phase, division and split.

use reqwest::StatusCode;
use serde::Serialize;

use super::table::Table;
use crate::cli::client::{Board, Client, ClientError, Competition, Text};

pub const PUBLIC: &str = "public";
const SPLITS: [&str; 2] = [PUBLIC, "private"];

/// Where the teams of a division stand in a phase.
#[derive(Debug, Serialize)]
pub struct Standings {
    pub competition: String,
    pub track: String,
    pub phase: String,
    pub division: String,
    pub split: &'static str,
    #[serde(flatten)]
    board: Board,
    /// Competition, track, phase, division.
    titles: [Text; 4],
}

pub async fn fetch(reader: &Client, competitions: &[Competition]) -> Result<Vec<Standings>, ClientError> {
    let mut found = Vec::new();
    for competition in competitions {
        for track in &competition.tracks {
            for phase in &track.phases {
                for division in &competition.divisions {
                    for split in SPLITS {
                        let path =
                            format!("/phases/{}/board?split={split}&division={}", phase.id, division.slug);
                        let Some(board) = visible(reader.get(&path).await)? else {
                            continue;
                        };
                        found.push(Standings {
                            competition: competition.slug.clone(),
                            track: track.slug.clone(),
                            phase: phase.slug.clone(),
                            division: division.slug.clone(),
                            split,
                            board,
                            titles: [&competition.title, &track.title, &phase.title, &division.title]
                                .map(Text::clone),
                        });
                    }
                }
            }
        }
    }
    Ok(found)
}

/// A board that has rows and that this reader may see.
fn visible(board: Result<Board, ClientError>) -> Result<Option<Board>, ClientError> {
    match board {
        Ok(board) => Ok(Some(board).filter(|board| !board.rows.is_empty())),
        Err(ClientError::Refused { status: StatusCode::FORBIDDEN, .. }) => Ok(None),
        Err(fault) => Err(fault),
    }
}

impl Standings {
    /// For people: titles and columns in both languages.
    pub fn table(&self) -> String {
        let title =
            |language: fn(&Text) -> &str| self.titles.iter().map(language).collect::<Vec<_>>().join(" · ");
        let headings = |rank: &str, team: &str, entries: &str, language: fn(&Text) -> &str| -> Vec<String> {
            let columns = self.board.columns.iter().map(|column| language(&column.title));
            [rank, team].into_iter().chain(columns).chain([entries]).map(str::to_owned).collect()
        };
        let mut table = Table::new(headings("Hạng", "Đội", "Lần nộp", |text| &text.vi));
        table.row(headings("Rank", "Team", "Entries", |text| &text.en));
        table.rule();
        for row in &self.board.rows {
            let value = |metric: &str, precision: usize| match row.values.get(metric) {
                Some(value) => format!("{value:.precision$}"),
                None => "–".to_owned(),
            };
            let values = self.board.columns.iter().map(|column| value(&column.metric, column.precision));
            let head = [row.rank.to_string(), row.team.name.clone()];
            table.row(head.into_iter().chain(values).chain([row.entries.to_string()]));
        }
        format!("\n{}\n{}\n{}", title(|text| &text.vi), title(|text| &text.en), table.render())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_shows_values_with_the_columns_decimals() {
        let text = |word: &str| Text { vi: word.to_owned(), en: word.to_owned() };
        let standings = Standings {
            competition: "digits".to_owned(),
            track: "digits".to_owned(),
            phase: "main".to_owned(),
            division: "a".to_owned(),
            split: PUBLIC,
            board: serde_json::from_value(serde_json::json!({
                "columns": [{"metric": "accuracy", "title": {"vi": "Độ chính xác", "en": "Accuracy"}, "precision": 2}],
                "rows": [{"rank": 1, "team": {"name": "Cửu Long"}, "values": {"accuracy": 0.98765}, "entries": 2}],
            }))
            .unwrap(),
            titles: ["Chữ số", "Cả tập", "Vòng chính", "Bảng A"].map(text),
        };
        let table = standings.table();
        assert!(table.contains("Chữ số · Cả tập · Vòng chính · Bảng A"), "{table}");
        assert!(table.contains("1     Cửu Long          0.99        2"), "{table}");
    }
}
