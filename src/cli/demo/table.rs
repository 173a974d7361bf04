//! Tables in plain text whose columns align by what a terminal shows, not by bytes or code points.

use unicode_width::UnicodeWidthStr as _;

const GAP: &str = "  ";

#[derive(Debug, Default)]
pub struct Table {
    /// `None` is a rule.
    rows: Vec<Option<Vec<String>>>,
}

impl Table {
    pub fn new(headings: impl IntoIterator<Item = impl Into<String>>) -> Self {
        let mut table = Self::default();
        table.row(headings);
        table
    }

    pub fn row(&mut self, cells: impl IntoIterator<Item = impl Into<String>>) {
        self.rows.push(Some(cells.into_iter().map(|cell| printable(&cell.into())).collect()));
    }

    pub fn rule(&mut self) {
        self.rows.push(None);
    }

    /// Columns of numbers are aligned to the right.
    pub fn render(&self) -> String {
        let rows = || self.rows.iter().flatten();
        let columns = rows().map(Vec::len).max().unwrap_or(0);
        let cells = |column: usize| rows().filter_map(move |row| row.get(column));
        let width = |column: usize| cells(column).map(|cell| cell.width()).max().unwrap_or(0);
        let widths: Vec<usize> = (0..columns).map(width).collect();
        let is_number_column = |column: usize| cells(column).next_back().is_some_and(|cell| is_number(cell));
        let numbers: Vec<bool> = (0..columns).map(|column| column > 0 && is_number_column(column)).collect();
        let mut text = String::new();
        for row in &self.rows {
            let line = match row {
                None => widths.iter().map(|width| "─".repeat(*width)).collect::<Vec<_>>().join(GAP),
                Some(cells) => {
                    let cells = cells.iter().zip(&widths).zip(&numbers);
                    cells
                        .map(|((cell, width), right)| pad(cell, *width, *right))
                        .collect::<Vec<_>>()
                        .join(GAP)
                }
            };
            text.push_str(line.trim_end());
            text.push('\n');
        }
        text
    }
}

fn pad(cell: &str, width: usize, right: bool) -> String {
    let space = " ".repeat(width.saturating_sub(cell.width()));
    if right { format!("{space}{cell}") } else { format!("{cell}{space}") }
}

fn is_number(cell: &str) -> bool {
    cell.parse::<f64>().is_ok() || cell == "–"
}

/// A name must not steer the terminal.
fn printable(cell: &str) -> String {
    cell.chars().filter(|letter| !letter.is_control()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_align_whether_their_accents_are_letters_or_marks() {
        let mut table = Table::new(["Đội", "Điểm"]);
        table.row(["Cửu Long", "0.5"]);
        table.row(["Cu\u{31b}\u{309}u Long", "10.25"]);
        table.row(["\u{1b}[31mLan", "1"]);
        let text = table.render();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], "Đội        Điểm");
        assert_eq!(lines[1], "Cửu Long    0.5");
        assert_eq!(lines[2], "Cu\u{31b}\u{309}u Long  10.25");
        assert_eq!(lines[3], "[31mLan       1");
    }
}
