//! A table of text as a spreadsheet or a CSV file holds it, and why a file is none.

use serde::{Deserialize, Serialize};

use crate::text::Text;

/// Rows that hold anything, in order. The first one is the header.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Sheet {
    pub rows: Vec<Row>,
}

/// Cells as text, trimmed; cells to the right of the last one are empty.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// As a spreadsheet program numbers it, from 1.
    pub line: u64,
    pub cells: Vec<String>,
}

impl Row {
    /// The cell of a column; empty where the row ends before it.
    pub fn cell(&self, column: usize) -> &str {
        self.cells.get(column).map_or("", String::as_str)
    }
}

/// How much a sheet may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SheetLimits {
    /// Rows below the header.
    pub rows: u64,
    pub columns: u64,
    pub cell_chars: u64,
    /// Of a spreadsheet, unpacked.
    pub unpacked_bytes: u64,
}

/// Why a file is no such table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "code", rename_all = "kebab-case")]
pub enum SheetFault {
    SheetEmpty,
    /// Neither XLSX nor text.
    NotASheet,
    SheetCorrupt,
    SheetNotUtf8,
    SheetTooLarge {
        limit_bytes: u64,
    },
    TooManyRows {
        limit: u64,
    },
    TooManyColumns {
        line: u64,
        limit: u64,
    },
    CellTooLong {
        line: u64,
        limit: u64,
    },
}

impl SheetFault {
    pub fn code(&self) -> &'static str {
        match self {
            Self::SheetEmpty => "sheet-empty",
            Self::NotASheet => "not-a-sheet",
            Self::SheetCorrupt => "sheet-corrupt",
            Self::SheetNotUtf8 => "sheet-not-utf8",
            Self::SheetTooLarge { .. } => "sheet-too-large",
            Self::TooManyRows { .. } => "too-many-rows",
            Self::TooManyColumns { .. } => "too-many-columns",
            Self::CellTooLong { .. } => "cell-too-long",
        }
    }

    /// What is wrong, and what to do.
    pub fn sentence(&self) -> Text {
        match self {
            Self::SheetEmpty => Text::new(
                "Tệp không có dòng nào. Dòng đầu phải là tên các cột.",
                "The file holds no row. The first row must name the columns.",
            ),
            Self::NotASheet => Text::new(
                "Đây không phải bảng tính XLSX hay tệp CSV. Hãy lưu lại thành .xlsx hoặc .csv (UTF-8).",
                "This is neither an XLSX spreadsheet nor a CSV file. Save it as .xlsx or .csv (UTF-8).",
            ),
            Self::SheetCorrupt => Text::new(
                "Tệp bị hỏng, không đọc được. Hãy mở bằng phần mềm bảng tính và lưu lại.",
                "The file is corrupt and cannot be read. Open it in a spreadsheet program and save it again.",
            ),
            Self::SheetNotUtf8 => Text::new(
                "Tệp CSV không phải UTF-8. Hãy lưu lại dưới dạng CSV UTF-8.",
                "The CSV file is not UTF-8. Save it as CSV UTF-8.",
            ),
            Self::SheetTooLarge { limit_bytes } => {
                let mebibytes = limit_bytes / (1024 * 1024);
                Text::new(
                    format!(
                        "Tệp quá lớn: khi giải nén vượt {mebibytes} MB. Hãy xoá hình ảnh và các trang tính thừa."
                    ),
                    format!(
                        "The file is too large: unpacked it exceeds {mebibytes} MB. Remove pictures and sheets that are not needed."
                    ),
                )
            }
            Self::TooManyRows { limit } => Text::new(
                format!("Tệp có quá {limit} dòng dữ liệu. Hãy chia thành nhiều tệp."),
                format!("The file has more than {limit} rows below the header. Split it."),
            ),
            Self::TooManyColumns { line, limit } => Text::new(
                format!("Dòng {line} có ô ở sau cột thứ {limit}. Hãy xoá các cột thừa."),
                format!("Row {line} has a cell beyond column {limit}. Remove columns that are not needed."),
            ),
            Self::CellTooLong { line, limit } => Text::new(
                format!("Dòng {line} có ô dài hơn {limit} ký tự. Hãy rút gọn."),
                format!("Row {line} has a cell of more than {limit} characters. Shorten it."),
            ),
        }
    }
}

/// Takes in rows as they come and keeps within the limits.
#[derive(Debug)]
pub struct Builder {
    limits: SheetLimits,
    sheet: Sheet,
}

impl Builder {
    pub fn new(limits: SheetLimits) -> Self {
        Self { limits, sheet: Sheet::default() }
    }

    /// Adds a cell, counted from 0. Rows come in order; empty cells are none.
    pub fn cell(&mut self, line: u64, column: usize, text: &str) -> Result<(), SheetFault> {
        let text = text.trim();
        if text.is_empty() {
            return Ok(());
        }
        if column as u64 >= self.limits.columns {
            return Err(SheetFault::TooManyColumns { line, limit: self.limits.columns });
        }
        if text.chars().count() as u64 > self.limits.cell_chars {
            return Err(SheetFault::CellTooLong { line, limit: self.limits.cell_chars });
        }
        if self.sheet.rows.last().is_none_or(|row| row.line != line) {
            // The header is a row too.
            if self.sheet.rows.len() as u64 > self.limits.rows {
                return Err(SheetFault::TooManyRows { limit: self.limits.rows });
            }
            self.sheet.rows.push(Row { line, cells: Vec::new() });
        }
        let row = self.sheet.rows.last_mut().expect("a row was pushed");
        if row.cells.len() <= column {
            row.cells.resize(column + 1, String::new());
        }
        text.clone_into(&mut row.cells[column]);
        Ok(())
    }

    pub fn finish(self) -> Result<Sheet, SheetFault> {
        if self.sheet.rows.is_empty() { Err(SheetFault::SheetEmpty) } else { Ok(self.sheet) }
    }
}

/// Whether the first line separates by semicolons, as spreadsheet programs do where the comma is decimal.
pub fn delimiter(text: &str) -> u8 {
    let mut quoted = false;
    let (mut commas, mut semicolons) = (0, 0);
    for byte in text.bytes() {
        match byte {
            b'"' => quoted = !quoted,
            b'\n' | b'\r' if !quoted => break,
            b',' if !quoted => commas += 1,
            b';' if !quoted => semicolons += 1,
            _ => {}
        }
    }
    if semicolons > commas { b';' } else { b',' }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: SheetLimits = SheetLimits { rows: 2, columns: 3, cell_chars: 4, unpacked_bytes: 0 };

    #[test]
    fn rows_without_anything_are_none_and_cells_keep_their_columns() {
        let mut sheet = Builder::new(LIMITS);
        sheet.cell(1, 0, " a ").unwrap();
        sheet.cell(2, 9, "  ").unwrap();
        sheet.cell(5, 2, "c").unwrap();
        let sheet = sheet.finish().unwrap();
        assert_eq!(sheet.rows[0], Row { line: 1, cells: vec!["a".into()] });
        assert_eq!(sheet.rows[1], Row { line: 5, cells: vec![String::new(), String::new(), "c".into()] });
        assert_eq!((sheet.rows[0].cell(7), sheet.rows[1].cell(2)), ("", "c"));
    }

    #[test]
    fn every_limit_holds() {
        let mut sheet = Builder::new(LIMITS);
        for line in 1..=3 {
            sheet.cell(line, 0, "a").unwrap();
        }
        assert_eq!(sheet.cell(4, 0, "a"), Err(SheetFault::TooManyRows { limit: 2 }));
        let mut sheet = Builder::new(LIMITS);
        assert_eq!(sheet.cell(1, 3, "a"), Err(SheetFault::TooManyColumns { line: 1, limit: 3 }));
        assert_eq!(sheet.cell(1, 0, "ếếếếế"), Err(SheetFault::CellTooLong { line: 1, limit: 4 }));
        assert_eq!(sheet.cell(1, 0, "ếếếế"), Ok(()));
        assert_eq!(Builder::new(LIMITS).finish(), Err(SheetFault::SheetEmpty));
    }

    #[test]
    fn the_header_tells_the_delimiter() {
        assert_eq!(delimiter("team;division\na,b,c,d"), b';');
        assert_eq!(delimiter("team,division"), b',');
        assert_eq!(delimiter("\"a;b;c\",d"), b',');
        assert_eq!(delimiter("team"), b',');
    }
}
