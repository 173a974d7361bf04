//! The server's check, in its confined child process.

use std::path::{Path, PathBuf};

use judge_core::{
    check::{ArchiveLimits, Check, Findings},
    faults::{Fault, FaultKind},
};

use crate::{
    Test,
    fixtures::zip,
    raw_zip::{Entry, archive},
    tests,
};

pub fn tests() -> Vec<Test> {
    tests![
        a_table_and_a_pack_are_read_against_the_truths_archive,
        an_archive_is_read_to_its_end_and_nothing_of_it_is_written,
        what_takes_too_much_is_left_to_the_worker,
        a_file_that_is_gone_is_an_error_and_no_finding,
    ]
}

const LIMITS: ArchiveLimits = ArchiveLimits { bytes: 64 << 20, files: 100 };

struct Place(tempfile::TempDir);

impl Place {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn file(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.0.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    }
}

async fn check(check: Check, file: &Path, truth: Option<&Path>) -> std::io::Result<Findings> {
    judge::check(check, file, truth).await
}

fn table(zipped: bool) -> Check {
    let spec = serde_json::json!({
        "predictions_file": "p.csv", "target_column": "y", "prediction_columns": ["y"],
        "metrics": [{"metric": "mae"}],
    });
    Check::Table { spec: serde_json::from_value(spec).unwrap(), zipped, limits: LIMITS }
}

fn one(kind: FaultKind) -> Findings {
    Findings { faults: vec![Fault::new(kind)], ..Findings::default() }
}

async fn a_table_and_a_pack_are_read_against_the_truths_archive() {
    let place = Place::new();
    let truth = place.file("truth.zip", zip(&[("other.txt", "x"), ("truth.csv", "id,y\n1,0\n2,0\n")]));
    let good = place.file("good", "id,y\n2,1\n1,1\n");
    let packed = place.file("packed", zip(&[("bài/p.csv", "id,y\n2,1\n1,x\n"), ("bài/readme", "y")]));
    assert_eq!(check(table(false), &good, Some(&truth)).await.unwrap(), Findings::default());
    let fault = FaultKind::BadNumber { column: "y".into(), value: "x".into() };
    let expected = Findings { faults: vec![Fault::at_line("p.csv", 3, fault)], ..Findings::default() };
    assert_eq!(check(table(true), &packed, Some(&truth)).await.unwrap(), expected);
    assert_eq!(check(table(true), &good, Some(&truth)).await.unwrap(), one(FaultKind::NotAZip));
    let no_truth = place.file("no-truth.zip", zip(&[("other.txt", "x")]));
    assert_eq!(check(table(false), &good, Some(&no_truth)).await.unwrap(), Findings::incomplete());

    let pack = || Check::Pack { spec: serde_json::from_str("{}").unwrap() };
    let query = r#"{"query": "q", "type": "kis", "split": "public", "video": "V", "ranges": [[1, 9]]}"#;
    let truth = place.file("pack.zip", zip(&[("truth.json", &format!(r#"{{"queries": [{query}]}}"#))]));
    let answers = place.file("answers", zip(&[("submission/q.csv", "V,1\n"), ("__MACOSX/._q", "x")]));
    assert_eq!(check(pack(), &answers, Some(&truth)).await.unwrap(), Findings::default());
    let book = place.file("book", zip(&[("[Content_Types].xml", "x"), ("xl/workbook.xml", "x")]));
    assert_eq!(check(pack(), &book, Some(&truth)).await.unwrap(), one(FaultKind::SpreadsheetFile));
}

async fn an_archive_is_read_to_its_end_and_nothing_of_it_is_written() {
    let place = Place::new();
    let holds = |name: &str| Check::Archive { required_files: vec![name.to_owned()], limits: LIMITS };
    let fine = place.file("fine", zip(&[("a/predict.py", "x"), ("a/w", "y")]));
    assert_eq!(check(holds("predict.py"), &fine, None).await.unwrap(), Findings::default());
    let missing = FaultKind::MissingFile { path: "main.py".into() };
    assert_eq!(check(holds("main.py"), &fine, None).await.unwrap(), one(missing));
    let bad = archive(&[
        Entry::new("../up", b"1"),
        Entry::new("predict.py", b"x"),
        Entry::new("link", b"/etc/passwd").mode(0o120_777),
        Entry::new("PREDICT.py", b"x"),
    ]);
    let found = check(holds("predict.py"), &place.file("bad", bad), None).await.unwrap();
    let kinds: Vec<&FaultKind> = found.faults.iter().map(|fault| &fault.kind).collect();
    assert!(
        matches!(
            kinds[..],
            [FaultKind::UnsafePath { .. }, FaultKind::LinkEntry { .. }, FaultKind::DuplicatePath { .. }]
        ),
        "{kinds:?}"
    );
    let zeros = "0".repeat(65 << 20);
    let bomb = place.file("bomb", zip(&[("predict.py", &zeros)]));
    let large = FaultKind::UnpackedTooLarge { limit_bytes: LIMITS.bytes };
    assert_eq!(check(holds("predict.py"), &bomb, None).await.unwrap(), one(large));
    let names: Vec<_> = std::fs::read_dir(place.0.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(names.len(), 3, "{names:?}");
}

async fn what_takes_too_much_is_left_to_the_worker() {
    let place = Place::new();
    let truth = place.file("truth.zip", zip(&[("truth.csv", "id,y\n1,0\n")]));
    let huge = place.file("huge", "");
    std::fs::File::options().write(true).open(&huge).unwrap().set_len(3 << 30).unwrap();
    assert_eq!(check(table(false), &huge, Some(&truth)).await.unwrap(), Findings::incomplete());
}

async fn a_file_that_is_gone_is_an_error_and_no_finding() {
    let place = Place::new();
    let holds = Check::Archive { required_files: Vec::new(), limits: LIMITS };
    assert!(check(holds, &place.0.path().join("gone"), None).await.is_err());
}
