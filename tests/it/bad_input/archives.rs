//! ZIP archives that are none, or do harm when unpacked.

#[path = "../../../judge/tests/worker/raw_zip.rs"]
pub mod raw_zip;

use raw_zip::{Entry, archive};
use serde_json::json;
use sqlx::PgPool;

use super::{Arena, Case, End, programs::honest};
use crate::harness::{Contest, zip_of};

const MIB: u64 = 1 << 20;

async fn arena(db: PgPool) -> Arena {
    let contest = Contest::code(&["python3", "predict.py"]).limit("unpacked_bytes", 8 * MIB);
    // The worker's own eyes are tested here; what is refused before stands in `checks`.
    let contest = contest.phase("malformed", json!("charge"));
    Arena::open(db, contest.limit("unpacked_files", 100), ("bai.zip", honest())).await
}

fn wrong(name: &'static str, bytes: Vec<u8>, code: &'static str, says: &'static [&'static str]) -> Case {
    Case::new(name, "bai.zip", bytes, End::failed("wrong_format", code, says))
}

fn corrupt_inside(file: &'static str) -> End {
    let (verdict, code) = ("wrong_format", "corrupt_archive");
    End::Failed { verdict, code, file: Some(file), line: None, says: &["ZIP"] }
}

fn beside(entry: Entry) -> Vec<u8> {
    archive(&[Entry::new("predict.py", b"print(1)"), entry])
}

#[sqlx::test(migrations = "./migrations")]
async fn what_is_no_program_archive_is_refused_at_the_door_or_told_by_the_worker(db: PgPool) {
    let mut arena = arena(db).await;
    let not_a_zip = || End::Refused { status: 422, code: "not-a-zip", says: "ZIP" };
    let cut = honest()[..honest().len() / 2].to_vec();
    let too_large = || End::Refused { status: 413, code: "file-too-large", says: "1000000" };
    let empty = End::Refused { status: 422, code: "empty-file", says: "." };
    let mut flipped = zip_of(&[("predict.py", &b"print('x')\n".repeat(50))]);
    flipped[45] ^= 0xff;
    let cases = vec![
        Case::new("a program without its archive", "predict.py", "print(1)", not_a_zip()),
        Case::new("another kind of archive", "bai.zip", b"\x1f\x8b\x08\0\0\0\0\0".to_vec(), not_a_zip()),
        Case::new("too large", "bai.zip", vec![b'P'; 1_000_001], too_large()),
        Case::new("nothing", "bai.zip", "", empty),
        wrong("cut short", cut, "corrupt_archive", &["ZIP"]),
        Case::new("a bit flipped", "bai.zip", flipped, corrupt_inside("predict.py")),
        wrong("an archive of nothing", archive(&[]), "empty_archive", &["ZIP"]),
        wrong("no predict.py", zip_of(&[("main.py", b"print(1)")]), "missing_file", &["predict.py"]),
    ];
    arena.run(cases).await;
    arena.close().await;
}

#[sqlx::test(migrations = "./migrations")]
async fn an_archive_that_does_harm_when_unpacked_is_refused_with_its_path(db: PgPool) {
    let mut arena = arena(db).await;
    let zeros = vec![0; 32 << 20];
    let many: Vec<Entry> = (0..101).map(|number| Entry::new(&format!("f{number}"), b"")).collect();
    let slip = "../../../../../../tmp/dautri-zip-slip";
    let target = std::path::Path::new("/tmp/dautri-zip-slip");
    let mut lie = Entry::new("lie.bin", b"much longer than it says");
    lie.claimed = 3;
    let cases = vec![
        wrong("slip", beside(Entry::new(slip, b"x")), "unsafe_path", &["../../../tmp/dautri-zip-slip"]),
        wrong("absolute", beside(Entry::new("/tmp/dautri-zip-slip", b"x")), "unsafe_path", &["/tmp/dautri"]),
        wrong("link", beside(Entry::new("l", b"/etc/passwd").mode(0o120_777)), "link_entry", &["l"]),
        wrong("twice", beside(Entry::new("Predict.py", b"2")), "duplicate_path", &["Predict.py"]),
        wrong("bomb", zip_of(&[("predict.py", &zeros)]), "unpacked_too_large", &["8 MB"]),
        wrong("too many files", archive(&many), "too_many_files", &["100"]),
        Case::new("false size", "bai.zip", beside(lie), corrupt_inside("lie.bin")),
    ];
    arena.run(cases).await;
    assert!(!target.exists(), "an archive wrote outside its folder");
    arena.close().await;
}
