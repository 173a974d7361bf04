//! Reads a stranger's spreadsheet or CSV file as a table of text.
//!
//! Formulas are not computed: the value that the file keeps beside a formula is what is read. Of merged cells the
//! first one has the text.

use std::{
    fs::File,
    io::{self, BufReader, Read, Seek, SeekFrom},
    os::fd::AsFd,
};

use calamine::{DataRef, Reader, Xlsx};
use judge_core::sheet::{Builder, Sheet, SheetFault, SheetLimits, delimiter};

use super::{Answer, Confinement, confine};

/// Parts of an honest spreadsheet: sheets, styles, pictures.
const MOST_PARTS: usize = 2000;

/// Why a file gave no table.
enum NoSheet {
    Fault(SheetFault),
    Io(io::Error),
}

impl From<SheetFault> for NoSheet {
    fn from(fault: SheetFault) -> Self {
        Self::Fault(fault)
    }
}

impl From<io::Error> for NoSheet {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

pub(crate) fn read_sheet(confinement: &Confinement, limits: SheetLimits) -> Answer {
    if let Err(error) = confine::confine(confinement) {
        return Answer::Failed(format!("the child could not be confined: {error}"));
    }
    let file = match io::stdin().as_fd().try_clone_to_owned() {
        Ok(file) => File::from(file),
        Err(error) => return Answer::Failed(format!("the file cannot be read: {error}")),
    };
    match read(file, limits) {
        Ok(sheet) => Answer::Sheet(Ok(sheet)),
        Err(NoSheet::Fault(fault)) => Answer::Sheet(Err(fault)),
        Err(NoSheet::Io(error)) => Answer::Failed(format!("the file cannot be read: {error}")),
    }
}

fn read(mut file: File, limits: SheetLimits) -> Result<Sheet, NoSheet> {
    let mut magic = Vec::new();
    (&mut file).take(4).read_to_end(&mut magic)?;
    file.seek(SeekFrom::Start(0))?;
    match magic[..] {
        [] => Err(SheetFault::SheetEmpty.into()),
        [b'P', b'K', 3, 4] => {
            check_unpacked(&mut file, limits.unpacked_bytes)?;
            file.seek(SeekFrom::Start(0))?;
            xlsx(file, limits)
        }
        // The spreadsheets of before 2007, PDF, pictures.
        [0xd0, 0xcf, ..] | [b'%', b'P', b'D', b'F'] | [0x89, b'P', ..] | [0xff, 0xd8, ..] => {
            Err(SheetFault::NotASheet.into())
        }
        _ => csv(file, limits),
    }
}

/// What an archive says of its size is not believed: everything is unpacked once, into nothing.
fn check_unpacked(file: &mut File, limit: u64) -> Result<(), NoSheet> {
    let too_large = SheetFault::SheetTooLarge { limit_bytes: limit };
    let mut archive = zip::ZipArchive::new(file).map_err(|_| SheetFault::SheetCorrupt)?;
    if archive.len() > MOST_PARTS {
        return Err(too_large.into());
    }
    let mut left = limit;
    for at in 0..archive.len() {
        let part = archive.by_index(at).map_err(|_| SheetFault::SheetCorrupt)?;
        let bytes =
            io::copy(&mut part.take(left + 1), &mut io::sink()).map_err(|_| SheetFault::SheetCorrupt)?;
        left = left.checked_sub(bytes).ok_or_else(|| too_large.clone())?;
    }
    Ok(())
}

fn xlsx(file: File, limits: SheetLimits) -> Result<Sheet, NoSheet> {
    // A ZIP archive that is no spreadsheet fails here.
    let mut book = Xlsx::new(BufReader::new(file)).map_err(|_| SheetFault::NotASheet)?;
    let first = book.sheet_names().first().cloned().ok_or(SheetFault::SheetEmpty)?;
    let mut cells = book.worksheet_cells_reader(&first).map_err(|_| SheetFault::SheetCorrupt)?;
    let mut sheet = Builder::new(limits);
    while let Some(cell) = cells.next_cell().map_err(|_| SheetFault::SheetCorrupt)? {
        let (row, column) = cell.get_position();
        let text = match cell.get_value() {
            DataRef::SharedString(text) => {
                sheet.cell(u64::from(row) + 1, column as usize, text)?;
                continue;
            }
            value => text(value),
        };
        sheet.cell(u64::from(row) + 1, column as usize, &text)?;
    }
    Ok(sheet.finish()?)
}

/// A value as people would type it.
fn text(value: &DataRef<'_>) -> String {
    match value {
        DataRef::Int(number) => number.to_string(),
        DataRef::Float(number) => number.to_string(),
        DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => text.clone(),
        DataRef::SharedString(text) => (*text).to_owned(),
        DataRef::Bool(yes) => yes.to_string(),
        DataRef::DateTime(at) if at.is_datetime() => {
            let (year, month, day, ..) = at.to_ymd_hms_milli();
            format!("{year:04}-{month:02}-{day:02}")
        }
        DataRef::DateTime(duration) => duration.as_f64().to_string(),
        DataRef::Error(_) | DataRef::Empty => String::new(),
    }
}

fn csv(file: File, limits: SheetLimits) -> Result<Sheet, NoSheet> {
    let mut bytes = Vec::new();
    file.take(limits.unpacked_bytes + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limits.unpacked_bytes {
        return Err(SheetFault::SheetTooLarge { limit_bytes: limits.unpacked_bytes }.into());
    }
    let text = std::str::from_utf8(&bytes).map_err(|_| SheetFault::SheetNotUtf8)?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if text.contains('\0') {
        return Err(SheetFault::NotASheet.into());
    }
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter(text))
        .from_reader(text.as_bytes());
    let mut sheet = Builder::new(limits);
    let mut lines = Lines { text: text.as_bytes(), at: 0, line: 1 };
    for record in reader.records() {
        let record = record.map_err(|_| SheetFault::SheetCorrupt)?;
        let line = lines.of(record.position().map_or(0, csv::Position::byte));
        for (column, cell) in record.iter().enumerate() {
            sheet.cell(line, column, cell)?;
        }
    }
    Ok(sheet.finish()?)
}

/// Which line a record begins in. The reader counts the empty lines before a record as part of it.
struct Lines<'a> {
    text: &'a [u8],
    at: usize,
    line: u64,
}

impl Lines<'_> {
    /// Records come in their order.
    fn of(&mut self, start: u64) -> u64 {
        let start = usize::try_from(start).map_or(self.text.len(), |start| start.min(self.text.len()));
        let empty = self.text[start..].iter().take_while(|byte| b"\r\n".contains(byte)).count();
        let passed = self.text[self.at..start + empty].split(|byte| *byte == b'\n').count() - 1;
        self.at = start + empty;
        self.line += passed as u64;
        self.line
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    const LIMITS: SheetLimits =
        SheetLimits { rows: 10, columns: 5, cell_chars: 50, unpacked_bytes: 64 * 1024 };

    fn table(bytes: &[u8]) -> Result<Vec<(u64, Vec<String>)>, SheetFault> {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(bytes).unwrap();
        file.seek(SeekFrom::Start(0)).unwrap();
        match read(file, LIMITS) {
            Ok(sheet) => Ok(sheet.rows.into_iter().map(|row| (row.line, row.cells)).collect()),
            Err(NoSheet::Fault(fault)) => Err(fault),
            Err(NoSheet::Io(error)) => panic!("{error}"),
        }
    }

    /// A spreadsheet whose only sheet has these rows as XML.
    fn book(rows: &str) -> Vec<u8> {
        let parts = [
            (
                "[Content_Types].xml",
                r#"<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>"#.to_owned(),
            ),
            (
                "_rels/.rels",
                r#"<Relationships><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>"#.to_owned(),
            ),
            (
                "xl/workbook.xml",
                r#"<workbook xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="Đội" sheetId="1" r:id="rId1"/></sheets></workbook>"#.to_owned(),
            ),
            (
                "xl/_rels/workbook.xml.rels",
                r#"<Relationships><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>"#.to_owned(),
            ),
            ("xl/worksheets/sheet1.xml", format!("<worksheet><sheetData>{rows}</sheetData></worksheet>")),
        ];
        let mut zip = zip::ZipWriter::new(io::Cursor::new(Vec::new()));
        for (name, text) in parts {
            zip.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
            zip.write_all(text.as_bytes()).unwrap();
        }
        zip.finish().unwrap().into_inner()
    }

    fn inline(place: &str, text: &str) -> String {
        format!(r#"<c r="{place}" t="inlineStr"><is><t>{text}</t></is></c>"#)
    }

    fn row(number: u64, cells: &str) -> String {
        format!(r#"<row r="{number}">{cells}</row>"#)
    }

    #[test]
    fn csv_is_read_with_either_delimiter_and_with_a_byte_order_mark() {
        let expected =
            Ok(vec![(1, vec!["đội".to_owned(), "bảng".into()]), (3, vec!["Sao; Mai".into(), "a".into()])]);
        assert_eq!(table("\u{feff}đội;bảng\n\n\"Sao; Mai\";a\n".as_bytes()), expected);
        assert_eq!(table("đội,bảng\r\n\r\nSao; Mai,a\r\n".as_bytes()), expected);
    }

    #[test]
    fn what_is_no_table_is_refused_by_its_kind() {
        assert_eq!(table(b""), Err(SheetFault::SheetEmpty));
        assert_eq!(table(b"\n\n"), Err(SheetFault::SheetEmpty));
        assert_eq!(table(b"t\xean,b\n"), Err(SheetFault::SheetNotUtf8), "Windows-1258");
        assert_eq!(table(b"\xd0\xcf\x11\xe0"), Err(SheetFault::NotASheet), "a spreadsheet of before 2007");
        assert_eq!(table(b"a,b\0\n"), Err(SheetFault::NotASheet));
        assert_eq!(table(b"PK\x03\x04rest"), Err(SheetFault::SheetCorrupt));
        let mut zip = zip::ZipWriter::new(io::Cursor::new(Vec::new()));
        zip.start_file("a.txt", zip::write::SimpleFileOptions::default()).unwrap();
        assert_eq!(table(&zip.finish().unwrap().into_inner()), Err(SheetFault::NotASheet), "a ZIP archive");
    }

    #[test]
    fn a_spreadsheet_gives_text_numbers_and_the_kept_value_of_a_formula() {
        let cells = inline("A3", "Sao Mai")
            + r#"<c r="B3"><v>2008</v></c><c r="C3"><f>1+1</f><v>2</v></c><c r="D3" t="b"><v>1</v></c>"#;
        let book = book(&(row(1, &inline("A1", "team")) + &row(3, &cells)));
        let cells = ["Sao Mai", "2008", "2", "true"].map(str::to_owned).to_vec();
        assert_eq!(table(&book), Ok(vec![(1, vec!["team".to_owned()]), (3, cells)]));
    }

    #[test]
    fn a_cell_far_away_costs_nothing_but_a_sentence() {
        let far = row(1, &inline("A1", "team")) + &row(1_048_576, &inline("XFD1048576", "x"));
        assert_eq!(table(&book(&far)), Err(SheetFault::TooManyColumns { line: 1_048_576, limit: 5 }));
        let many: String = (1..=12).map(|n| row(n, &inline(&format!("A{n}"), "x"))).collect();
        assert_eq!(table(&book(&many)), Err(SheetFault::TooManyRows { limit: 10 }));
    }

    #[test]
    fn an_archive_that_unpacks_to_much_is_refused_before_it_is_parsed() {
        let bomb = book(&" ".repeat(10_000_000));
        assert!(bomb.len() < 20_000, "{}", bomb.len());
        assert_eq!(table(&bomb), Err(SheetFault::SheetTooLarge { limit_bytes: 64 * 1024 }));
    }
}
