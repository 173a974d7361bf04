//! Hostile and broken archives.

use judge_core::{faults::FaultKind, protocol::Plan, verdict::Verdict};

use crate::{
    Test,
    contest::Contest,
    fixtures::{MIB, Worker, kinds, predict_plan, verdict, zip},
    raw_zip::{Entry, archive},
    tests,
};

pub fn tests() -> Vec<Test> {
    tests![
        hostile_archives_are_refused_with_their_path,
        a_blob_that_is_not_what_was_promised_is_the_platforms_fault
    ]
}

fn cases() -> Vec<(&'static str, Vec<u8>, FaultKind)> {
    let program = || Entry::new("predict.py", b"pass");
    let with = |entry: Entry| archive(&[program(), entry]);
    let path = |path: &str| path.to_owned();
    let unsafe_path = |name: &str| FaultKind::UnsafePath { path: name.to_owned() };
    let link = |name: &str| FaultKind::LinkEntry { path: name.to_owned() };
    let long = "a".repeat(300);
    let quoted = judge_core::faults::quote(&long);
    let many: Vec<Entry> = (0..101).map(|number| Entry::new(&format!("f{number}"), b"")).collect();
    let zeros = "\0".repeat(32 << 20);
    let mut encrypted = Entry::new("secret.txt", b"0123456789abcdef");
    encrypted.flags = 1;
    let mut lying = Entry::new("lie.bin", b"much longer than it says");
    lying.claimed = 3;
    let mut wrong_sum = Entry::new("sum.bin", b"abc");
    wrong_sum.crc ^= 1;
    let mut other_method = Entry::new("packed.xz", b"abc");
    other_method.method = 95;
    let honest = zip(&[("predict.py", "print(1)\n"), ("w", &"weights ".repeat(1000))]);
    vec![
        ("zip slip", with(Entry::new("../../evil", b"x")), unsafe_path("../../evil")),
        ("slip inside", with(Entry::new("a/../../evil", b"x")), unsafe_path("a/../../evil")),
        ("absolute", with(Entry::new("/etc/cron.d/evil", b"x")), unsafe_path("/etc/cron.d/evil")),
        ("backslash", with(Entry::new("..\\evil", b"x")), unsafe_path("..\\evil")),
        ("drive", with(Entry::new("C:/evil", b"x")), unsafe_path("C:/evil")),
        ("NUL", with(Entry::new("a\0b", b"x")), unsafe_path("a\0b")),
        ("long name", with(Entry::new(&long, b"x")), unsafe_path(&quoted)),
        ("symlink", with(Entry::new("link", b"/etc/passwd").mode(0o120_777)), link("link")),
        ("device", with(Entry::new("dev", b"").mode(0o060_644)), link("dev")),
        ("pipe", with(Entry::new("pipe", b"").mode(0o010_644)), link("pipe")),
        (
            "duplicate",
            with(Entry::new("predict.py", b"evil")),
            FaultKind::DuplicatePath { path: path("predict.py") },
        ),
        (
            "case",
            with(Entry::new("Predict.PY", b"evil")),
            FaultKind::DuplicatePath { path: path("Predict.PY") },
        ),
        (
            "file as folder",
            with(Entry::new("predict.py/x", b"1")),
            FaultKind::DuplicatePath { path: path("predict.py") },
        ),
        ("encrypted", with(encrypted), FaultKind::EncryptedEntry { path: path("secret.txt") }),
        ("too many", archive(&many), FaultKind::TooManyFiles { limit: 100 }),
        ("bomb", zip(&[("predict.py", &zeros)]), FaultKind::UnpackedTooLarge { limit_bytes: 8 * MIB }),
        ("wrong sum", with(wrong_sum), FaultKind::CorruptArchive),
        ("lie", with(lying), FaultKind::CorruptArchive),
        ("other method", with(other_method), FaultKind::CorruptArchive),
        ("cut short", honest[..honest.len() / 2].to_vec(), FaultKind::CorruptArchive),
        ("text", b"import this\n".to_vec(), FaultKind::NotAZip),
        ("empty", Vec::new(), FaultKind::EmptyFile),
        ("no entries", archive(&[]), FaultKind::EmptyArchive),
        ("no program", zip(&[("main.py", "")]), FaultKind::MissingFile { path: path("predict.py") }),
    ]
}

async fn hostile_archives_are_refused_with_their_path() {
    let contest = Contest::open().await;
    let worker = Worker::start_with(&contest, |config| config.slots = 2);
    let mut jobs = Vec::new();
    for (name, bytes, fault) in cases() {
        let mut plan = predict_plan(&contest, "").await;
        plan.submission = contest.blob(bytes);
        jobs.push((name, contest.submit(Plan::Predict(plan)), fault));
    }
    let mut wrong = Vec::new();
    for (name, job, fault) in jobs {
        let outcome = contest.outcome(job).await;
        if verdict(&outcome) != Some(Verdict::WrongFormat) || kinds(&outcome) != [fault] {
            wrong.push(format!("{name}: {outcome:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    worker.stop().await;
}

async fn a_blob_that_is_not_what_was_promised_is_the_platforms_fault() {
    let contest = Contest::open().await;
    let worker = Worker::start(&contest);
    let plan = predict_plan(&contest, "").await;
    contest.tamper(&plan.submission, b"other bytes");
    let job = contest.submit(Plan::Predict(plan));
    let outcome = contest.outcome(job).await;
    assert_eq!(verdict(&outcome), Some(Verdict::PlatformFault));
    let [FaultKind::Platform { reason }] = &kinds(&outcome)[..] else { panic!("{outcome:?}") };
    assert!(reason.contains("hash") && !reason.contains("signature"), "{reason}");
    worker.stop().await;
}
