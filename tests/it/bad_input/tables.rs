//! Result files with faults: each is named by file and line.

use flate2::{Compress, Compression, FlushCompress};
use serde_json::json;
use sqlx::PgPool;

use super::{
    Arena, Case, End,
    archives::raw_zip::{Entry, archive},
};
use crate::harness::{Contest, zip_of};

const FILE: Option<&str> = Some("predictions.csv");

/// Numbers are asked for, so that NaN and infinity have their turn.
async fn arena(db: PgPool) -> Arena {
    let title = json!({ "vi": "MAE", "en": "MAE" });
    let contest = Contest::result()
        // The worker's own eyes are tested here; what is refused before stands in `checks`.
        .phase("malformed", json!("charge"))
        .with("/tracks/0/tasks/0/scorer/builtin/metrics", json!([{ "metric": "mae" }]))
        .with("/tracks/0/tasks/0/scorer/builtin/target_column", json!("y"))
        .with("/tracks/0/tasks/0/scorer/builtin/prediction_columns", json!(["y"]))
        .phase("board", json!({ "columns": [{ "metric": "mae", "title": title, "order": "asc" }] }))
        .with_file("truth/truth.csv", b"id,y,split\na,1,public\nb,2,public\nc,3,private\nd,4,private\n");
    Arena::open(db, contest, ("p.csv", b"id,y\na,1\nb,3\nc,3\nd,6\n".to_vec())).await
}

fn wrong(
    name: &'static str,
    table: &str,
    code: &'static str,
    line: Option<u64>,
    says: &'static [&'static str],
) -> Case {
    let end = End::Failed { verdict: "wrong_format", code, file: FILE, line, says };
    Case::new(name, "p.csv", table, end)
}

#[sqlx::test(migrations = "./migrations")]
async fn a_table_with_wrong_rows_is_refused_with_the_line(db: PgPool) {
    let mut arena = arena(db).await;
    let cases = vec![
        wrong(
            "wrong header",
            "id,value\na,1\nb,2\nc,3\nd,4\n",
            "wrong_header",
            Some(1),
            &["id,y", "id,value"],
        ),
        wrong("no header", "a,1\nb,2\nc,3\nd,4\n", "wrong_header", Some(1), &["id,y", "a,1"]),
        wrong("a row is missing", "id,y\na,1\nb,2\nd,4\n", "missing_ids", None, &["1", "c"]),
        wrong("only a header", "id,y\n", "missing_ids", None, &["4", "a, b, c"]),
        wrong("a row too many", "id,y\na,1\nb,2\nc,3\nd,4\ne,5\n", "unknown_id", Some(6), &["e"]),
        wrong("an id twice", "id,y\na,1\nb,2\nc,3\nb,2\nd,4\n", "duplicate_id", Some(5), &["b", "3"]),
        wrong("a field too many", "id,y\na,1\nb,2,2\nc,3\nd,4\n", "wrong_field_count", Some(3), &["2", "3"]),
        wrong("a quote that never ends", "id,y\na,\"1\nb,2\n", "malformed_csv", Some(2), &["CSV"]),
    ];
    arena.run(cases).await;
    arena.close().await;
}

#[sqlx::test(migrations = "./migrations")]
async fn what_is_no_number_or_no_text_is_refused_with_the_line(db: PgPool) {
    let mut arena = arena(db).await;
    let with = |value: &str| format!("id,y\na,1\nb,{value}\nc,3\nd,4\n");
    let mut latin: Vec<u8> = with("2").into_bytes();
    latin[11] = 0xe9;
    let not_utf8 = End::Failed {
        verdict: "wrong_format",
        code: "not_utf8",
        file: FILE,
        line: Some(3),
        says: &["UTF-8"],
    };
    let cases = vec![
        wrong("NaN", &with("NaN"), "not_finite", Some(3), &["y", "NaN"]),
        wrong("infinity", &with("-inf"), "not_finite", Some(3), &["y", "-inf"]),
        wrong("more than a double holds", &with("1e999"), "not_finite", Some(3), &["y", "1e999"]),
        wrong("a word", &with("hai"), "bad_number", Some(3), &["y", "hai"]),
        wrong("nothing", &with(""), "bad_number", Some(3), &["y"]),
        wrong(
            "byte-order mark",
            &format!("\u{feff}{}", with("2")),
            "byte_order_mark",
            None,
            &["UTF-8", "BOM"],
        ),
        Case::new("no UTF-8", "p.csv", latin, not_utf8),
        wrong("a formula", &with("=1+1"), "bad_number", Some(3), &["=1+1"]),
    ];
    arena.run(cases).await;
    arena.close().await;
}

/// 600 MB of zeros: one deflated megabyte six hundred times over, whose state the flush has ended each time.
fn bomb() -> Vec<u8> {
    let mut megabyte = Vec::with_capacity(1 << 16);
    let mut deflate = Compress::new(Compression::best(), false);
    deflate.compress_vec(&vec![0; 1 << 20], &mut megabyte, FlushCompress::Full).unwrap();
    let mut entry = Entry::new("predictions.csv", b"");
    entry.content = megabyte.repeat(600);
    (entry.method, entry.claimed) = (8, 600 << 20);
    archive(&[entry])
}

#[sqlx::test(migrations = "./migrations")]
async fn what_is_no_result_file_is_refused_at_the_door_or_told_by_the_worker(db: PgPool) {
    let mut arena = arena(db).await;
    let table: &[u8] = b"id,y\na,1\nb,2\nc,3\nd,4\n";
    let refused = |code, says| End::Refused { status: 422, code, says };
    let told = |code, says| End::failed("wrong_format", code, says);
    let cases = vec![
        Case::new(
            "a spreadsheet",
            "p.xlsx",
            zip_of(&[("xl/workbook.xml", b"<x/>")]),
            refused("spreadsheet", "CSV"),
        ),
        Case::new("an old spreadsheet", "p.xls", b"\xd0\xcf\x11\xe0".to_vec(), refused("spreadsheet", "CSV")),
        Case::new("a disguised archive", "p.csv", zip_of(&[("p.csv", table)]), refused("spreadsheet", "CSV")),
        Case::new("text named as archive", "p.zip", table, refused("not-a-zip", "ZIP")),
        Case::new("nothing", "p.csv", "", refused("empty-file", ".")),
        Case::new(
            "too large",
            "p.csv",
            vec![b'1'; 1_000_001],
            End::Refused { status: 413, code: "file-too-large", says: "1000001" },
        ),
        Case::new(
            "another file in the archive",
            "p.zip",
            zip_of(&[("p.csv", table)]),
            told("missing_file", &["predictions.csv"]),
        ),
        Case::new("a bomb", "p.zip", bomb(), told("unpacked_too_large", &["512 MB"])),
    ];
    arena.run(cases).await;
    arena.close().await;
}
