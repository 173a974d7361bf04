//! What a team sends is looked over before it costs an attempt.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod command;
mod items;
mod packs;

use std::{sync::Arc, time::Duration};

use futures::future::join_all;
use judge_core::check::Findings;
use reqwest::StatusCode;
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::harness::{Browser, Contest, Server, checker, zip_of};

const CSV: &[u8] = b"id,label\na,x\nb,y\nc,x\nd,x\n";
/// Four faults.
const WRONG: &[u8] = b"id,label\na,x\nb,z\nb,y\ne,x\nd,x,x\n";

async fn site(db: PgPool, contest: Contest) -> (Server, Browser, Browser, String) {
    let server = Server::start(db).await;
    server.place_fake_image().await;
    let admin = server.admin().await;
    let phase = contest.import(&admin).await;
    let person = server.entrant("sen").await;
    (server, admin, person, phase)
}

async fn check(person: &Browser, phase: &str, filename: &str, bytes: &[u8]) -> Value {
    let upload = person.upload(filename, Some(phase), bytes).await;
    let answer = person.post(&format!("/phases/{phase}/checks"), json!({ "upload": upload })).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    answer.body
}

async fn used(person: &Browser, phase: &str) -> Value {
    person.get(&format!("/phases/{phase}/attempts")).await.body["used_total"].clone()
}

/// Code, file and line of each.
fn places(faults: &Value) -> Vec<(String, Option<String>, Option<u64>)> {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let faults = faults.as_array().unwrap().iter();
    faults.map(|f| (text(&f["code"]).unwrap(), text(&f["file"]), f["line"].as_u64())).collect()
}

fn at(code: &str, line: u64) -> (String, Option<String>, Option<u64>) {
    (code.to_owned(), Some("predictions.csv".to_owned()), Some(line))
}

#[sqlx::test(migrations = "./migrations")]
async fn a_malformed_table_is_refused_with_every_fault_and_costs_nothing(db: PgPool) {
    let contest = Contest::result().phase("attempts", json!({ "total": 1 }));
    let (_server, _, person, phase) = site(db, contest).await;
    for (name, bytes) in [("p.csv", WRONG.to_vec()), ("p.zip", zip_of(&[("bài/predictions.csv", WRONG)]))] {
        let refused = person.hand_in(&phase, name, &bytes).await;
        assert_eq!(refused.code(), (422, "malformed"), "{}", refused.body);
        let expected =
            [at("unknown_label", 3), at("duplicate_id", 4), at("unknown_id", 5), at("wrong_field_count", 6)];
        assert_eq!(places(&refused.body["faults"]), expected);
        let first = &refused.body["faults"][0];
        assert!(first["vi"].as_str().unwrap().contains("dòng 3"), "{first}");
        assert!(first["en"].as_str().unwrap().contains("line 3"), "{first}");
        assert!(refused.body["vi"].as_str().unwrap().contains("4 lỗi"), "{}", refused.body);
    }
    assert_eq!(used(&person, &phase).await, 0);
    assert_eq!(person.hand_in(&phase, "p.csv", CSV).await.status, StatusCode::CREATED);
    assert_eq!(used(&person, &phase).await, 1);
    // The attempt is gone: that is said, whatever the file holds.
    assert_eq!(person.hand_in(&phase, "p.csv", WRONG).await.code(), (409, "attempts-spent"));
}

#[sqlx::test(migrations = "./migrations")]
async fn where_the_phase_says_so_a_malformed_file_is_taken_and_costs_an_attempt(db: PgPool) {
    let (_server, admin, person, phase) =
        site(db, Contest::result().phase("malformed", json!("charge"))).await;
    assert_eq!(person.hand_in(&phase, "p.csv", WRONG).await.status, StatusCode::CREATED);
    assert_eq!(used(&person, &phase).await, 1);
    let shown = person.get("/competitions/thi").await.body;
    assert_eq!(shown["tracks"][0]["phases"][0]["malformed"], "charge");
    assert_eq!(check(&person, &phase, "p.csv", WRONG).await["ok"], false, "one may still ask before");
    // Taken back, it holds from the next file on.
    Contest::result().import(&admin).await;
    assert_eq!(person.hand_in(&phase, "p.csv", WRONG).await.code(), (422, "malformed"));
    assert_eq!(used(&person, &phase).await, 1);
}

#[sqlx::test(migrations = "./migrations")]
async fn a_check_spends_nothing_and_what_it_looked_at_can_be_handed_in(db: PgPool) {
    let (_server, _, person, phase) = site(db, Contest::result()).await;
    let path = format!("/phases/{phase}/checks");
    let upload = person.upload("p.csv", Some(&phase), CSV).await;
    let fine = json!({ "ok": true, "complete": true, "faults": [], "warnings": [] });
    for _ in 0..3 {
        assert_eq!(person.post(&path, json!({ "upload": upload })).await.body, fine);
    }
    assert_eq!(used(&person, &phase).await, 0);
    let body = json!({ "upload": upload });
    let made = person.post(&format!("/phases/{phase}/submissions"), body.clone()).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
    assert_eq!(person.post(&path, body).await.body, fine, "also afterwards");
    assert_eq!(used(&person, &phase).await, 1);
    let wrong = check(&person, &phase, "p.csv", WRONG).await;
    assert_eq!((&wrong["ok"], places(&wrong["faults"]).len()), (&json!(false), 4));
    assert_eq!(used(&person, &phase).await, 1);
}

#[sqlx::test(migrations = "./migrations")]
async fn a_check_says_so_when_it_is_the_wrong_kind_of_file(db: PgPool) {
    let (_server, _, person, phase) = site(db, Contest::result()).await;
    let book = zip_of(&[("xl/workbook.xml", b"<x/>")]);
    let cases: [(&str, &[u8], &str); 4] = [
        ("p.xlsx", &book, "spreadsheet_file"),
        ("p.zip", CSV, "not_a_zip"),
        ("p.csv", b"", "empty_file"),
        ("p.zip", &zip_of(&[("khac.csv", CSV)]), "missing_file"),
    ];
    for (name, bytes, code) in cases {
        let found = if bytes.is_empty() {
            let upload = person.begin_upload(name, Some(&phase), 0).await.location_id();
            person.post(&format!("/phases/{phase}/checks"), json!({ "upload": upload })).await.body
        } else {
            check(&person, &phase, name, bytes).await
        };
        assert_eq!(found["faults"][0]["code"], code, "{found}");
        assert_eq!(found["ok"], false);
    }
    assert_eq!(used(&person, &phase).await, 0);
}

#[sqlx::test(migrations = "./migrations")]
async fn a_check_is_for_the_own_upload_of_somebody_in_a_team(db: PgPool) {
    let (server, _, person, phase) = site(db, Contest::result()).await;
    let path = format!("/phases/{phase}/checks");
    let upload = person.upload("p.csv", Some(&phase), CSV).await;
    let body = json!({ "upload": upload });
    assert_eq!(server.browser().post(&path, body.clone()).await.status, StatusCode::UNAUTHORIZED);
    let loner = server.person("lan").await;
    assert_eq!(loner.post(&path, body.clone()).await.code(), (403, "no-team"));
    let other = server.entrant("sung").await;
    assert_eq!(other.post(&path, body.clone()).await.code(), (404, "not-found"));
    let unknown = format!("/phases/{}/checks", uuid::Uuid::new_v4());
    assert_eq!(person.post(&unknown, body).await.code(), (404, "not-found"));
    let half = person.begin_upload("p.csv", Some(&phase), CSV.len()).await.location_id();
    assert_eq!(person.post(&path, json!({ "upload": half })).await.code(), (409, "upload-incomplete"));
}

#[sqlx::test(migrations = "./migrations")]
async fn a_program_that_cannot_be_unpacked_is_refused_before_it_costs_anything(db: PgPool) {
    let contest = Contest::code(&["python3", "predict.py"]).limit("unpacked_bytes", 1 << 20);
    let (_server, _, person, phase) = site(db, contest).await;
    let program: &[u8] = b"print(1)";
    let zeros = vec![0; 2 << 20];
    let cut = zip_of(&[("predict.py", program)])[..60].to_vec();
    let cases = [
        ("no program", zip_of(&[("main.py", program)]), vec!["missing_file"]),
        ("a way out", zip_of(&[("predict.py", program), ("../x", b"1")]), vec!["unsafe_path"]),
        (
            "several faults at once",
            zip_of(&[("/a", b"1"), ("predict.py", program), ("Predict.py", b"2"), ("a\\b", b"3")]),
            vec!["unsafe_path", "duplicate_path", "unsafe_path"],
        ),
        ("a bomb", zip_of(&[("predict.py", &zeros)]), vec!["unpacked_too_large"]),
        ("cut short", cut, vec!["corrupt_archive"]),
    ];
    for (name, bytes, expected) in cases {
        let refused = person.hand_in(&phase, "bai.zip", &bytes).await;
        assert_eq!(refused.code(), (422, "malformed"), "{name}: {}", refused.body);
        let codes: Vec<String> = places(&refused.body["faults"]).into_iter().map(|p| p.0).collect();
        assert_eq!(codes, expected, "{name}");
    }
    let fine = zip_of(&[("bài/predict.py", program), ("bài/mô hình", b"1")]);
    assert_eq!(person.hand_in(&phase, "bai.zip", &fine).await.status, StatusCode::CREATED);
    assert_eq!(used(&person, &phase).await, 1);
}

#[sqlx::test(migrations = "./migrations")]
async fn a_check_tells_which_ids_and_labels_there_are_and_not_which_row_has_which(db: PgPool) {
    let (_server, admin, person, phase) = site(db, Contest::result()).await;
    let files: [&[u8]; 4] = [CSV, b"id,label\na,y\nb,x\nc,y\nd,x\n", WRONG, b"id,label\na,x\n"];
    let mut before = Vec::new();
    for bytes in files {
        before.push(check(&person, &phase, "p.csv", bytes).await);
    }
    let turned = b"id,label,split\na,y,private\nb,x,private\nc,y,public\nd,x,public\n";
    Contest::result().with_file("truth/truth.csv", turned).import(&admin).await;
    for (bytes, before) in files.iter().zip(before) {
        assert_eq!(check(&person, &phase, "p.csv", bytes).await, before);
    }
}

#[sqlx::test(migrations = "./migrations")]
async fn a_truth_that_cannot_be_read_leaves_the_file_to_the_worker(db: PgPool) {
    let broken = Contest::result().with_file("truth/truth.csv", b"id,nhan,split\na,bi mat,public\n");
    let (_server, _, person, phase) = site(db, broken).await;
    let found = check(&person, &phase, "p.csv", CSV).await;
    assert_eq!(found, json!({ "ok": true, "complete": false, "faults": [], "warnings": [] }));
    assert_eq!(person.hand_in(&phase, "p.csv", CSV).await.status, StatusCode::CREATED);
}

#[sqlx::test(migrations = "./migrations")]
async fn thirty_two_files_at_once_are_checked_and_the_limit_still_holds(db: PgPool) {
    let contest = Contest::result().phase("attempts", json!({ "total": 5 }));
    let (_server, _, person, phase) = site(db, contest).await;
    let mut uploads = Vec::new();
    for number in 0..10 {
        let bytes = if number < 8 { CSV } else { WRONG };
        uploads.push(person.upload("p.csv", Some(&phase), bytes).await);
    }
    let path = format!("/phases/{phase}/submissions");
    // Each upload several times: two requests with one upload are one submission.
    let posts = (0..32).map(|n| person.post(&path, json!({ "upload": uploads[n % 10] })));
    let answers = join_all(posts).await;
    assert!(answers.iter().all(|answer| !answer.status.is_server_error()), "{answers:?}");
    let made = answers.iter().filter(|answer| answer.status == StatusCode::CREATED).count();
    assert_eq!((made, used(&person, &phase).await), (5, json!(5)));
    let wrong = answers.iter().enumerate().filter(|(n, _)| n % 10 >= 8);
    for (_, answer) in wrong {
        assert!(["malformed", "attempts-spent"].contains(&answer.code().1), "{}", answer.body);
    }
}

/// What a server's own check finds, after some time.
fn slow(pause: Duration) -> dautri::submissions::Checker {
    Arc::new(move |_, _, _| {
        Box::pin(async move {
            tokio::time::sleep(pause).await;
            Ok(Findings::default())
        })
    })
}

#[sqlx::test(migrations = "./migrations")]
async fn a_check_that_takes_its_time_makes_nobody_late(db: PgPool) {
    let server = Server::start_checking(db, slow(Duration::from_secs(3))).await;
    let phase = Contest::result().import(&server.admin().await).await;
    let person = server.entrant("sen").await;
    let uploads = [(); 2].map(|()| person.upload("p.csv", Some(&phase), CSV));
    let [early, late] = join_all(uploads).await.try_into().unwrap();
    let end = "UPDATE phases SET ends_at = clock_timestamp() + interval '1500 ms'";
    sqlx::query(end).execute(&server.db).await.unwrap();
    let path = format!("/phases/{phase}/submissions");
    let made = person.post(&path, json!({ "upload": early })).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
    let in_time = "SELECT s.accepted_at < p.ends_at AND p.ends_at < clock_timestamp()
                   FROM submissions s JOIN phases p ON p.id = s.phase_id";
    assert!(sqlx::query_scalar::<_, bool>(in_time).fetch_one(&server.db).await.unwrap());
    assert_eq!(person.post(&path, json!({ "upload": late })).await.code(), (409, "phase-closed"));
}

#[sqlx::test(migrations = "./migrations")]
async fn a_server_that_cannot_check_does_not_stop_the_contest(db: PgPool) {
    let broken: dautri::submissions::Checker =
        Arc::new(|_, _, _| Box::pin(async { anyhow::bail!("no process can be started") }));
    let server = Server::start_checking(db, broken).await;
    let phase = Contest::result().import(&server.admin().await).await;
    let person = server.entrant("sen").await;
    assert_eq!(check(&person, &phase, "p.csv", WRONG).await["complete"], false);
    assert_eq!(person.hand_in(&phase, "p.csv", CSV).await.status, StatusCode::CREATED);
}

#[sqlx::test(migrations = "./migrations")]
async fn a_team_that_floods_the_checks_leaves_room_for_the_others(db: PgPool) {
    let lookup = checker();
    let wait: dautri::submissions::Checker = Arc::new(move |check, file, truth| {
        let look = lookup(check, file, truth);
        Box::pin(async move {
            tokio::time::sleep(Duration::from_millis(400)).await;
            look.await
        })
    });
    let server = Server::start_checking(db, wait).await;
    let phase = Contest::result().import(&server.admin().await).await;
    let (many, one) = (server.entrant("sen").await, server.entrant("sung").await);
    let path = format!("/phases/{phase}/checks");
    let upload = many.upload("p.csv", Some(&phase), CSV).await;
    let own = one.upload("p.csv", Some(&phase), CSV).await;
    let flood = join_all((0..24).map(|_| many.post(&path, json!({ "upload": upload }))));
    let honest = async {
        tokio::time::sleep(Duration::from_millis(200)).await;
        let begun = std::time::Instant::now();
        let answer = one.post(&path, json!({ "upload": own })).await;
        (answer.status, begun.elapsed())
    };
    let begun = std::time::Instant::now();
    let (answers, (status, took)) = tokio::join!(flood, honest);
    assert!(answers.iter().all(|answer| answer.status == StatusCode::OK));
    // The flood needs twelve rounds of two; whoever comes beside it waits for one.
    assert_eq!(status, StatusCode::OK);
    assert!(took * 2 < begun.elapsed(), "{took:?} of {:?}", begun.elapsed());
}
