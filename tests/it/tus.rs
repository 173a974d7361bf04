//! tus beyond its core: expiration, termination, checksum, creation with upload; and a server that is restarted in
//! every stage of an upload.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::time::Duration;

use base64::{Engine, engine::general_purpose::STANDARD};
use chrono::{DateTime, TimeDelta, Utc};
use reqwest::{Method, StatusCode};
use serde_json::json;
use sha1::Sha1;
use sha2::{Digest, Sha256};
use sqlx::PgPool;
use tokio::io::AsyncWriteExt;
use uuid::Uuid;

use super::uploads::{CSV, MB, chunked, comes_back, contest, count, downloaded, noise, offset, received};
use crate::harness::{Answer, Browser, Server, ServerProcess, python_client};

fn sha1(bytes: &[u8]) -> String {
    format!("sha1 {}", STANDARD.encode(Sha1::digest(bytes)))
}

fn sha256(bytes: &[u8]) -> String {
    format!("sha256 {}", STANDARD.encode(Sha256::digest(bytes)))
}

async fn end(person: &Browser, upload: &str) -> Answer {
    let path = format!("/uploads/{upload}");
    person.answer(person.request(Method::DELETE, &path).header("tus-resumable", "1.0.0")).await
}

async fn hand_in(person: &Browser, phase: &str, upload: &str) -> Answer {
    person.post(&format!("/phases/{phase}/submissions"), json!({ "upload": upload })).await
}

async fn append_checked(
    person: &Browser,
    upload: &str,
    at: usize,
    body: impl Into<reqwest::Body>,
    checksum: &str,
) -> Answer {
    person.with("upload-checksum", checksum).append(upload, at, body).await
}

fn expires(answer: &Answer) -> DateTime<Utc> {
    let text = answer.headers["upload-expires"].to_str().unwrap();
    assert!(text.ends_with(" GMT"), "{text}");
    DateTime::parse_from_rfc2822(text).unwrap().to_utc()
}

async fn now(db: &PgPool) -> DateTime<Utc> {
    sqlx::query_scalar("SELECT clock_timestamp()").fetch_one(db).await.unwrap()
}

/// Says when an upload's time is over, in seconds from now.
async fn expire_in(db: &PgPool, upload: &str, seconds: f64) {
    let set = "UPDATE uploads SET expires_at = clock_timestamp() + make_interval(secs => $2) WHERE id = $1";
    let id: Uuid = upload.parse().unwrap();
    sqlx::query(set).bind(id).bind(seconds).execute(db).await.unwrap();
}

/// Every way to ask for an upload; HEAD's answer has no body.
async fn all_answers(person: &Browser, phase: &str, upload: &str) -> Vec<u16> {
    vec![
        offset(person, upload).await.status.as_u16(),
        person.append(upload, 0, CSV).await.status.as_u16(),
        hand_in(person, phase, upload).await.status.as_u16(),
        end(person, upload).await.status.as_u16(),
    ]
}

#[sqlx::test(migrations = "./migrations")]
async fn an_upload_is_kept_for_a_day_after_the_last_that_was_done_with_it(db: PgPool) {
    let (server, phase, _) = contest(db).await;
    let person = server.entrant("sen").await;
    let day = |at: DateTime<Utc>, answer: &Answer| {
        let left = expires(answer) - at;
        assert!(left > TimeDelta::minutes(24 * 60 - 1) && left <= TimeDelta::hours(24), "{left}");
    };
    let begun = person.begin_upload("p.csv", Some(&phase), CSV.len()).await;
    day(now(&server.db).await, &begun);
    let upload = begun.location_id();
    day(now(&server.db).await, &offset(&person, &upload).await);
    expire_in(&server.db, &upload, 60.0).await;
    let nothing = person.append(&upload, 0, Vec::new()).await;
    assert!(expires(&nothing) - now(&server.db).await <= TimeDelta::minutes(1), "nothing came");
    day(now(&server.db).await, &person.append(&upload, 0, CSV[..9].to_vec()).await);
    expire_in(&server.db, &upload, 60.0).await;
    day(now(&server.db).await, &append_checked(&person, &upload, 9, &CSV[9..], &sha1(&CSV[9..])).await);
    assert_eq!(comes_back(&person, &phase, &upload).await, CSV);
    let used = offset(&person, &upload).await;
    assert!(
        used.status == StatusCode::OK && !used.headers.contains_key("upload-expires"),
        "what was used stays"
    );
}

#[sqlx::test(migrations = "./migrations")]
async fn what_was_said_of_a_file_comes_back_with_its_place(db: PgPool) {
    let (server, phase, _) = contest(db).await;
    let person = server.entrant("sen").await;
    let upload = person.begin_upload("bài làm.csv", Some(&phase), 9).await.location_id();
    let said = offset(&person, &upload).await.headers["upload-metadata"].to_str().unwrap().to_owned();
    let (name, phase) = (STANDARD.encode("bài làm.csv"), STANDARD.encode(phase));
    assert_eq!(said, format!("filename {name},phase {phase}"));
}

#[sqlx::test(migrations = "./migrations")]
async fn an_expired_upload_is_gone_before_and_after_the_sweep_and_nobody_elses_business(db: PgPool) {
    let (server, phase, _) = contest(db).await;
    let (person, other) = (server.entrant("sen").await, server.entrant("sung").await);
    let upload = person.upload("p.csv", Some(&phase), CSV).await;
    expire_in(&server.db, &upload, 0.0).await;
    assert_eq!(all_answers(&person, &phase, &upload).await, [410; 4]);
    assert_eq!(hand_in(&person, &phase, &upload).await.code(), (410, "upload-gone"));
    assert_eq!(server.uploads.remove_expired().await.unwrap(), 1);
    assert_eq!(all_answers(&person, &phase, &upload).await, [410; 4]);
    assert_eq!(all_answers(&other, &phase, &upload).await, [404; 4]);
    let old = "UPDATE ended_uploads SET ended_at = ended_at - interval '8 days'";
    sqlx::query(old).execute(&server.db).await.unwrap();
    assert_eq!(server.uploads.remove_expired().await.unwrap(), 0);
    assert_eq!(all_answers(&person, &phase, &upload).await, [404; 4], "forgotten after a week");
}

#[sqlx::test(migrations = "./migrations")]
async fn an_ended_upload_frees_its_bytes_and_its_place_and_is_gone(db: PgPool) {
    let (server, phase, _) = contest(db).await;
    let (person, other) = (server.entrant("sen").await, server.entrant("sung").await);
    let partial = person.begin_upload("p.csv", Some(&phase), 99).await.location_id();
    person.append(&partial, 0, CSV).await;
    // Refused, so its bytes are one blob that nothing uses.
    let refused = person.upload("p.xls", Some(&phase), CSV).await;
    assert_eq!(hand_in(&person, &phase, &refused).await.code(), (422, "spreadsheet"));
    let blobs = server.count_stored("blobs");
    for upload in [&partial, &refused] {
        assert_eq!(end(&other, upload).await.code(), (404, "not-found"));
        let without = person.answer(person.request(Method::DELETE, &format!("/uploads/{upload}"))).await;
        assert_eq!(without.code(), (412, "tus-version"));
        assert_eq!(end(&person, upload).await.status, StatusCode::NO_CONTENT);
        assert_eq!(all_answers(&person, &phase, upload).await, [410; 4]);
        assert_eq!(all_answers(&other, &phase, upload).await, [404; 4]);
    }
    assert_eq!((server.count_stored("parts"), server.count_stored("blobs")), (0, blobs - 1));
    assert_eq!(count(&server.db, "SELECT count(*) FROM uploads WHERE used_at IS NULL").await, 0);
    for _ in 0..10 {
        person.begin_upload("p.csv", Some(&phase), 9).await;
    }
    let full = person.begin_upload("p.csv", Some(&phase), 9).await;
    assert_eq!(full.code(), (429, "too-many-uploads"));
}

#[sqlx::test(migrations = "./migrations")]
async fn what_was_handed_in_cannot_be_ended_any_more(db: PgPool) {
    let (server, phase, _) = contest(db).await;
    let person = server.entrant("sen").await;
    let upload = person.upload("p.csv", Some(&phase), CSV).await;
    let made = hand_in(&person, &phase, &upload).await;
    assert_eq!(end(&person, &upload).await.code(), (409, "upload-kept"));
    assert_eq!(downloaded(&person, &made.text("id")).await, CSV);
}

#[sqlx::test(migrations = "./migrations")]
async fn ending_and_handing_in_at_once_give_one_of_both(db: PgPool) {
    let (server, phase, _) = contest(db).await;
    let person = server.entrant("sen").await;
    for round in 0..12 {
        let upload = person.upload("p.csv", Some(&phase), CSV).await;
        let (ended, made) = tokio::join!(end(&person, &upload), hand_in(&person, &phase, &upload));
        match (ended.code(), made.code()) {
            ((204, _), (410, "upload-gone")) => {}
            ((409, "upload-kept"), (201, _)) => {
                assert_eq!(downloaded(&person, &made.text("id")).await, CSV);
            }
            other => panic!("round {round}: {other:?}"),
        }
    }
    let rows = "SELECT count(*) FROM blobs b JOIN uploads u ON u.blob_id = b.id WHERE u.phase_id IS NOT NULL";
    let rows = count(&server.db, rows).await;
    let made = count(&server.db, "SELECT count(*) FROM submissions").await;
    assert_eq!((rows, server.count_stored("parts")), (made, 0));
}

#[sqlx::test(migrations = "./migrations")]
async fn a_sweep_takes_nothing_that_is_being_handed_in(db: PgPool) {
    let (server, phase, _) = contest(db).await;
    let person = server.entrant("sen").await;
    let user = person.id.parse().unwrap();
    let upload = person.upload("p.csv", Some(&phase), CSV).await;
    expire_in(&server.db, &upload, 30.0).await;
    server.uploads.finish(user, upload.parse().unwrap()).await.unwrap();
    let left = expires(&offset(&person, &upload).await) - now(&server.db).await;
    assert!(left > TimeDelta::hours(23), "finishing keeps it for another while: {left}");
    // Its time is over after all before the hand-in: that is said, and nothing fails.
    expire_in(&server.db, &upload, 0.0).await;
    server.uploads.remove_expired().await.unwrap();
    assert_eq!(hand_in(&person, &phase, &upload).await.code(), (410, "upload-gone"));
    let attempts = person.get(&format!("/phases/{phase}/attempts")).await.body;
    assert_eq!(attempts["used_total"], 0);
}

#[sqlx::test(migrations = "./migrations")]
async fn a_request_that_fits_its_checksum_counts(db: PgPool) {
    let (server, phase, _) = contest(db).await;
    let person = server.entrant("sen").await;
    let bytes = noise(3, 18 * MB + 7);
    let upload = person.begin_upload("p.csv", Some(&phase), bytes.len()).await.location_id();
    let (first, rest) = bytes.split_at(9 * MB + 1);
    let answer = append_checked(&person, &upload, 0, chunked(first, &[65_537]), &sha1(first)).await;
    assert_eq!(answer.status, StatusCode::NO_CONTENT, "{:?}", answer.body);
    assert_eq!(answer.headers["upload-offset"], first.len().to_string().as_str());
    let answer = append_checked(&person, &upload, first.len(), rest.to_vec(), &sha256(rest)).await;
    assert_eq!(answer.status, StatusCode::NO_CONTENT, "{:?}", answer.body);
    assert!(comes_back(&person, &phase, &upload).await == bytes);
}

#[sqlx::test(migrations = "./migrations")]
async fn of_a_request_that_does_not_fit_its_checksum_nothing_is_kept(db: PgPool) {
    let (server, phase, _) = contest(db).await;
    let person = server.entrant("sen").await;
    let bytes = noise(4, 17 * MB);
    let upload = person.begin_upload("p.csv", Some(&phase), bytes.len()).await.location_id();
    person.append(&upload, 0, bytes[..MB].to_vec()).await;
    let mut changed = bytes[MB..].to_vec();
    *changed.last_mut().unwrap() ^= 1;
    let right = sha256(&bytes[MB..]);
    let longer = [&bytes[MB..], b"!"].concat();
    for (body, checksum, status, code) in [
        (&changed, right.clone(), 460, "checksum-mismatch"),
        (&changed, sha1(&bytes[MB..]), 460, "checksum-mismatch"),
        (&bytes[MB..9 * MB].to_vec(), right.clone(), 460, "checksum-mismatch"),
        (&Vec::new(), right.clone(), 460, "checksum-mismatch"),
        (&longer, right.clone(), 413, "more-than-announced"),
        (&changed, "md5 XrY7u+Ae7tCTyyK7j1rNww==".to_owned(), 400, "unknown-checksum"),
        (&changed, "sha1 x".to_owned(), 400, "bad-header"),
        (&changed, "sha1".to_owned(), 400, "bad-header"),
    ] {
        let answer = append_checked(&person, &upload, MB, body.clone(), &checksum).await;
        assert_eq!(answer.code(), (status, code), "{checksum}");
        assert_eq!(received(&person, &upload).await, MB, "{code}");
    }
    let mut waits = 0;
    while server.count_stored("parts") != 1 {
        waits += 1;
        assert!(waits < 100, "the pieces of refused requests go");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(append_checked(&person, &upload, MB, bytes[MB..].to_vec(), &right).await.code().0, 204);
    assert!(comes_back(&person, &phase, &upload).await == bytes);
}

#[sqlx::test(migrations = "./migrations")]
async fn a_broken_connection_keeps_nothing_that_a_checksum_was_to_prove(db: PgPool) {
    let (server, phase, _) = contest(db).await;
    let person = server.entrant("sen").await;
    let token = person.post("/tokens", json!({ "name": "máy" })).await.text("token");
    let upload = person.begin_upload("p.csv", Some(&phase), CSV.len()).await.location_id();
    let address = server.base.strip_prefix("http://").unwrap();
    let mut wire = tokio::net::TcpStream::connect(address).await.unwrap();
    let head = format!(
        "PATCH /api/v1/uploads/{upload} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {token}\r\n\
         Tus-Resumable: 1.0.0\r\nUpload-Offset: 0\r\nUpload-Checksum: {}\r\n\
         Content-Type: application/offset+octet-stream\r\nContent-Length: {}\r\n\r\n",
        sha1(CSV),
        CSV.len()
    );
    wire.write_all(head.as_bytes()).await.unwrap();
    wire.write_all(&CSV[..11]).await.unwrap();
    drop(wire);
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert_eq!(received(&person, &upload).await, 0);
    assert_eq!(server.count_stored("parts"), 0);
    assert_eq!(append_checked(&person, &upload, 0, CSV, &sha1(CSV)).await.code().0, 204);
    assert_eq!(comes_back(&person, &phase, &upload).await, CSV);
}

/// Creates an upload whose bytes, or the first of them, come along.
async fn create_with(
    person: &Browser,
    phase: &str,
    length: usize,
    bytes: &[u8],
    checksum: Option<&str>,
) -> Answer {
    let metadata = format!("filename {},phase {}", STANDARD.encode("p.csv"), STANDARD.encode(phase));
    let mut request = person
        .request(Method::POST, "/uploads")
        .header("tus-resumable", "1.0.0")
        .header("upload-length", length)
        .header("upload-metadata", metadata)
        .header("content-type", "application/offset+octet-stream")
        .body(bytes.to_vec());
    if let Some(checksum) = checksum {
        request = request.header("upload-checksum", checksum);
    }
    person.answer(request).await
}

#[sqlx::test(migrations = "./migrations")]
async fn bytes_may_come_with_the_creation(db: PgPool) {
    let (server, phase, _) = contest(db).await;
    let person = server.entrant("sen").await;
    let all = create_with(&person, &phase, CSV.len(), CSV, Some(&sha256(CSV))).await;
    assert_eq!(all.status, StatusCode::CREATED, "{:?}", all.body);
    assert_eq!(all.headers["upload-offset"], CSV.len().to_string().as_str());
    assert!(expires(&all) > now(&server.db).await);
    assert_eq!(comes_back(&person, &phase, &all.location_id()).await, CSV);

    let some = create_with(&person, &phase, CSV.len(), &CSV[..9], None).await;
    assert_eq!(some.headers["upload-offset"], "9");
    person.append(&some.location_id(), 9, CSV[9..].to_vec()).await;
    assert_eq!(comes_back(&person, &phase, &some.location_id()).await, CSV);

    let plain = person.begin_upload("p.csv", Some(&phase), CSV.len()).await;
    assert!(!plain.headers.contains_key("upload-offset"), "no bytes came");
}

#[sqlx::test(migrations = "./migrations")]
async fn a_creation_whose_bytes_are_refused_leaves_no_upload(db: PgPool) {
    let (server, phase, _) = contest(db).await;
    let person = server.entrant("sen").await;
    let longer = create_with(&person, &phase, 9, CSV, None).await;
    assert_eq!(longer.code(), (413, "more-than-announced"));
    let changed = create_with(&person, &phase, CSV.len(), CSV, Some(&sha1(b"other"))).await;
    assert_eq!(changed.code(), (460, "checksum-mismatch"));
    let unknown = create_with(&person, &phase, CSV.len(), CSV, Some("crc32 AAAA")).await;
    assert_eq!(unknown.code(), (400, "unknown-checksum"));
    let left = "SELECT count(*) FROM uploads WHERE used_at IS NULL AND phase_id IS NOT NULL";
    assert_eq!(count(&server.db, left).await, 0);
    assert_eq!(server.count_stored("parts"), 0);
}

#[sqlx::test(migrations = "./migrations")]
async fn a_client_that_knows_only_post_says_which_method_it_means(db: PgPool) {
    let (server, phase, _) = contest(db).await;
    let person = server.entrant("sen").await;
    let upload = person.begin_upload("p.csv", Some(&phase), CSV.len()).await.location_id();
    let ask = async |method: &str, body: &[u8]| {
        let request = person
            .request(Method::POST, &format!("/uploads/{upload}"))
            .header("tus-resumable", "1.0.0")
            .header("upload-offset", 0)
            .header("content-type", "application/offset+octet-stream")
            .header("x-http-method-override", method)
            .body(body.to_vec());
        person.answer(request).await
    };
    assert_eq!(ask("PATCH", CSV).await.status, StatusCode::NO_CONTENT);
    let head = ask("HEAD", b"").await;
    assert_eq!(
        (head.code().0, &head.headers["upload-offset"]),
        (200, &CSV.len().to_string().parse().unwrap())
    );
    assert_eq!(ask("PUT", b"").await.code(), (400, "bad-header"));
    assert_eq!(ask("DELETE", b"").await.status, StatusCode::NO_CONTENT);
    assert_eq!(offset(&person, &upload).await.status, StatusCode::GONE);
}

/// A stage of an upload at which the server is restarted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    BeforeTheFirstPiece,
    BetweenPieces,
    BeforeAssembly,
    BeforeHandIn,
    AfterHandIn,
}

#[sqlx::test(migrations = "./migrations")]
async fn a_restart_in_any_stage_of_an_upload_loses_nothing(db: PgPool) {
    let (mut server, phase, _) = contest(db).await;
    let mut person = server.entrant("sen").await;
    let bytes = noise(11, 10 * MB + 3);
    let half = 9 * MB;
    for stage in [
        Stage::BeforeTheFirstPiece,
        Stage::BetweenPieces,
        Stage::BeforeAssembly,
        Stage::BeforeHandIn,
        Stage::AfterHandIn,
    ] {
        let upload = person.begin_upload("p.csv", Some(&phase), bytes.len()).await.location_id();
        let restart = async |here: Stage, server: Server, person: Browser| {
            if here != stage {
                return (server, person);
            }
            let server = server.restart().await;
            let person = person.at(&server);
            (server, person)
        };
        (server, person) = restart(Stage::BeforeTheFirstPiece, server, person).await;
        assert_eq!(person.append(&upload, 0, bytes[..half].to_vec()).await.code().0, 204, "{stage:?}");
        (server, person) = restart(Stage::BetweenPieces, server, person).await;
        assert_eq!(received(&person, &upload).await, half, "{stage:?}");
        assert_eq!(person.append(&upload, half, bytes[half..].to_vec()).await.code().0, 204, "{stage:?}");
        (server, person) = restart(Stage::BeforeAssembly, server, person).await;
        assert_eq!(received(&person, &upload).await, bytes.len(), "{stage:?}");
        let finished = server.uploads.finish(person.id.parse().unwrap(), upload.parse().unwrap()).await;
        assert_eq!(finished.unwrap().blob.sha256, Sha256::digest(&bytes).to_vec(), "{stage:?}");
        (server, person) = restart(Stage::BeforeHandIn, server, person).await;
        let made = hand_in(&person, &phase, &upload).await;
        assert_eq!(made.code().0, 201, "{stage:?}: {:?}", made.body);
        (server, person) = restart(Stage::AfterHandIn, server, person).await;
        let again = hand_in(&person, &phase, &upload).await;
        assert_eq!((again.code().0, again.text("id")), (200, made.text("id")), "{stage:?}");
        assert!(downloaded(&person, &made.text("id")).await == bytes, "{stage:?}");
    }
    assert_eq!(server.count_stored("parts"), 0);
}

#[sqlx::test(migrations = "./migrations")]
async fn tuspy_comes_through_with_checksums_though_the_server_is_killed_again_and_again(db: PgPool) {
    let (server, phase, _) = contest(db).await;
    let person = server.entrant("sen").await;
    let token = person.post("/tokens", json!({ "name": "tuspy" })).await.text("token");
    let bytes = noise(21, 24 * MB);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("p.csv");
    std::fs::write(&file, &bytes).unwrap();

    let process = ServerProcess::prepare();
    let mut running = process.start(&server).await;
    let endpoint = format!("{}/api/v1/uploads", process.address());
    let file = file.to_str().unwrap().to_owned();
    let (at, waits_for) = (phase.clone(), token.clone());
    let client = tokio::spawn(async move {
        python_client("tus_upload.py", &["through", &endpoint, &waits_for, &file, &at]).await
    });
    for mark in [3 * MB, 11 * MB, 19 * MB] {
        let arrived = async || {
            let sum = "SELECT coalesce(sum(received), 0)::bigint FROM uploads WHERE phase_id IS NOT NULL";
            count(&server.db, sum).await
        };
        while arrived().await < i64::try_from(mark).unwrap() && !client.is_finished() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        running.kill();
        running = process.start(&server).await;
    }
    let address = client.await.unwrap();
    let person = person.at_address(&process.address());
    let upload = address.rsplit('/').next().unwrap();
    assert!(comes_back(&person, &phase, upload).await == bytes);
    running.terminate().await;
}
