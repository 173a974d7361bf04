//! tus 1.0: every refusal, every way to be cut off, and a real client.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::time::Duration;

use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use futures::future::join_all;
use reqwest::{Body, Method, StatusCode};
use serde_json::json;
use sha2::{Digest, Sha256};
use sqlx::PgPool;
use tokio::io::AsyncWriteExt;

use crate::harness::{Answer, Browser, Contest, Server, python_client, zip_of};

pub const CSV: &[u8] = b"id,label\na,x\nb,y\nc,x\nd,x\n";
pub const MB: usize = 1024 * 1024;

/// A server with a result contest that takes 64 MB.
pub async fn contest(db: PgPool) -> (Server, String, Browser) {
    let server = Server::start_on(db, super::STORAGE).await;
    let admin = server.admin().await;
    // What is sent here is noise: it is taken as it comes.
    let contest = Contest::result().phase("malformed", json!("charge"));
    let phase = contest.with("/tracks/0/upload/max_bytes", json!(64 * MB)).import(&admin).await;
    (server, phase, admin)
}

/// Bytes that repeat nowhere.
pub fn noise(seed: u64, length: usize) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut bytes = vec![0; length];
    for byte in &mut bytes {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        *byte = (state >> 56) as u8;
    }
    bytes
}

pub async fn offset(person: &Browser, upload: &str) -> Answer {
    let request =
        person.request(Method::HEAD, &format!("/uploads/{upload}")).header("tus-resumable", "1.0.0");
    person.answer(request).await
}

pub async fn received(person: &Browser, upload: &str) -> usize {
    let answer = offset(person, upload).await;
    assert_eq!(answer.status, StatusCode::OK);
    answer.headers["upload-offset"].to_str().unwrap().parse().unwrap()
}

/// Hands an upload in and downloads it again.
pub async fn comes_back(person: &Browser, phase: &str, upload: &str) -> Bytes {
    let answer = person.post(&format!("/phases/{phase}/submissions"), json!({ "upload": upload })).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{:?}", answer.body);
    let bytes = downloaded(person, &answer.text("id")).await;
    assert_eq!(answer.text("sha256"), hex::encode(Sha256::digest(&bytes)));
    bytes
}

pub async fn downloaded(person: &Browser, submission: &str) -> Bytes {
    let file = person.request(Method::GET, &format!("/submissions/{submission}/file"));
    file.send().await.unwrap().bytes().await.unwrap()
}

/// A body that comes in chunks of these sizes, over and over.
pub fn chunked(bytes: &[u8], sizes: &[usize]) -> Body {
    let bytes = Bytes::copy_from_slice(bytes);
    let (mut at, mut chunks) = (0, Vec::new());
    for size in sizes.iter().cycle() {
        if at >= bytes.len() {
            break;
        }
        let end = (at + size).min(bytes.len());
        chunks.push(Ok::<_, std::io::Error>(bytes.slice(at..end)));
        at = end;
    }
    Body::wrap_stream(futures::stream::iter(chunks))
}

/// Who, method, path, headers; status and code.
type Case<'a> = (&'a Browser, Method, &'a str, Vec<(&'static str, &'a str)>, u16, &'static str);

#[sqlx::test(migrations = "./migrations")]
async fn every_misuse_is_told_apart_by_status_and_code(db: PgPool) {
    let (server, phase, _) = contest(db).await;
    let (person, other, nobody) = (server.person("sen").await, server.person("sung").await, server.browser());
    let theirs = other.begin_upload("a", Some(&phase), 9).await.location_id();
    let mine = person.begin_upload("a", Some(&phase), 9).await.location_id();
    let named = format!("phase {}", STANDARD.encode(&phase));
    let stranger = format!("phase {}", STANDARD.encode(uuid::Uuid::nil().to_string()));
    let (mine, theirs) = (format!("/uploads/{mine}"), format!("/uploads/{theirs}"));
    let unknown = format!("/uploads/{}", uuid::Uuid::nil());
    let tus = ("tus-resumable", "1.0.0");
    let kind = ("content-type", "application/offset+octet-stream");
    let (post, patch) = (Method::POST, Method::PATCH);
    let cases: Vec<Case> = vec![
        (&nobody, post.clone(), "/uploads", vec![tus, ("upload-length", "9")], 401, "not-logged-in"),
        (&nobody, patch.clone(), &mine, vec![tus, kind, ("upload-offset", "0")], 401, "not-logged-in"),
        (&person, post.clone(), "/uploads", vec![("upload-length", "9")], 412, "tus-version"),
        (&person, post.clone(), "/uploads", vec![("tus-resumable", "0.2.2")], 412, "tus-version"),
        (&person, patch.clone(), &mine, vec![kind, ("upload-offset", "0")], 412, "tus-version"),
        (&person, post.clone(), "/uploads", vec![tus], 400, "bad-header"),
        (&person, post.clone(), "/uploads", vec![tus, ("upload-length", "neun")], 400, "bad-header"),
        (&person, post.clone(), "/uploads", vec![tus, ("upload-length", "-1")], 400, "bad-header"),
        (
            &person,
            post.clone(),
            "/uploads",
            vec![tus, ("upload-length", "99999999999999999999")],
            400,
            "bad-header",
        ),
        (
            &person,
            post.clone(),
            "/uploads",
            vec![tus, ("upload-length", "9"), ("upload-metadata", "filename ???")],
            400,
            "bad-header",
        ),
        (&person, post.clone(), "/uploads", vec![tus, ("upload-length", "9")], 403, "phase-needed"),
        (
            &person,
            post.clone(),
            "/uploads",
            vec![tus, ("upload-length", "9"), ("upload-metadata", &stranger)],
            404,
            "not-found",
        ),
        (
            &person,
            post.clone(),
            "/uploads",
            vec![tus, ("upload-length", "67108865"), ("upload-metadata", &named)],
            413,
            "file-too-large",
        ),
        (&person, patch.clone(), &mine, vec![tus, ("upload-offset", "0")], 415, "wrong-content-type"),
        (
            &person,
            patch.clone(),
            &mine,
            vec![tus, ("content-type", "text/csv"), ("upload-offset", "0")],
            415,
            "wrong-content-type",
        ),
        (&person, patch.clone(), &mine, vec![tus, kind], 400, "bad-header"),
        (&person, patch.clone(), &mine, vec![tus, kind, ("upload-offset", "x")], 400, "bad-header"),
        (&person, patch.clone(), &mine, vec![tus, kind, ("upload-offset", "5")], 409, "wrong-offset"),
        (&person, patch.clone(), &mine, vec![tus, kind, ("upload-offset", "-1")], 409, "wrong-offset"),
        (&person, patch.clone(), &theirs, vec![tus, kind, ("upload-offset", "0")], 404, "not-found"),
        (&person, patch.clone(), &unknown, vec![tus, kind, ("upload-offset", "0")], 404, "not-found"),
        (&person, patch, "/uploads/khong", vec![tus, kind, ("upload-offset", "0")], 404, "not-found"),
    ];
    for (who, method, path, headers, status, code) in cases {
        let mut request = who.request(method.clone(), path).body(b"1234".to_vec());
        for (name, value) in &headers {
            request = request.header(*name, *value);
        }
        let answer = who.answer(request).await;
        assert_eq!(answer.code(), (status, code), "{method} {path} {headers:?}");
        assert_eq!(answer.headers["tus-resumable"], "1.0.0", "{method} {path} {headers:?}");
        if status == 412 {
            assert_eq!(answer.headers["tus-version"], "1.0.0");
        }
        assert!(!answer.text("vi").is_empty() && !answer.text("en").is_empty());
    }
    let heads = [(&nobody, mine.as_str(), 401), (&person, &theirs, 404), (&person, &unknown, 404)];
    for (who, path, status) in heads {
        let head = who.answer(who.request(Method::HEAD, path).header("tus-resumable", "1.0.0")).await;
        assert_eq!(head.status, status, "{path}");
    }
    assert_eq!(received(&person, mine.rsplit('/').next().unwrap()).await, 0, "no refusal left a byte");
}

#[sqlx::test(migrations = "./migrations")]
async fn anybody_may_ask_which_parts_of_tus_there_are(db: PgPool) {
    let server = Server::start_on(db, super::STORAGE).await;
    let nobody = server.browser();
    let answer = nobody.answer(nobody.request(Method::OPTIONS, "/uploads")).await;
    assert_eq!(answer.status, StatusCode::NO_CONTENT);
    assert_eq!(
        (&answer.headers["tus-version"], &answer.headers["tus-checksum-algorithm"]),
        (&"1.0.0".parse().unwrap(), &"sha1,sha256".parse().unwrap())
    );
    let extensions = "creation,creation-with-upload,expiration,checksum,termination";
    assert_eq!(answer.headers["tus-extension"], extensions);
}

#[sqlx::test(migrations = "./migrations")]
async fn a_file_of_exactly_the_limit_is_taken_and_one_byte_more_is_not(db: PgPool) {
    let (server, phase, _) = contest(db).await;
    let person = server.person("sen").await;
    assert_eq!(person.begin_upload("a", Some(&phase), 64 * MB).await.status, StatusCode::CREATED);
    let refused = person.begin_upload("a", Some(&phase), 64 * MB + 1).await;
    assert_eq!(refused.code(), (413, "file-too-large"));
    assert_eq!(refused.body["limit"], 64 * MB);
}

#[sqlx::test(migrations = "./migrations")]
async fn more_bytes_than_announced_are_refused_however_they_are_cut(db: PgPool) {
    let (server, phase, _) = contest(db).await;
    let person = server.entrant("sen").await;
    let longer = [CSV, b"!"].concat();
    for sizes in [&[1000][..], &[CSV.len(), 1], &[1]] {
        let upload = person.begin_upload("p.csv", Some(&phase), CSV.len()).await.location_id();
        let answer = person.append(&upload, 0, chunked(&longer, sizes)).await;
        assert_eq!(answer.code(), (413, "more-than-announced"), "{sizes:?}");
        let beyond = person.append(&upload, CSV.len(), b"!".to_vec()).await;
        assert_eq!(beyond.code(), (413, "more-than-announced"), "{sizes:?}");
        assert_eq!(comes_back(&person, &phase, &upload).await, CSV, "what was announced is there");
    }
}

#[sqlx::test(migrations = "./migrations")]
async fn the_eleventh_open_upload_has_to_wait_and_nobody_else_does(db: PgPool) {
    let (server, phase, _) = contest(db).await;
    let (person, other) = (server.entrant("sen").await, server.person("sung").await);
    let mut uploads = Vec::new();
    for _ in 0..10 {
        uploads.push(person.begin_upload("p.csv", Some(&phase), CSV.len()).await.location_id());
    }
    let refused = person.begin_upload("p.csv", Some(&phase), 9).await;
    assert_eq!(refused.code(), (429, "too-many-uploads"));
    assert!(refused.headers.contains_key("retry-after"));
    assert_eq!(other.begin_upload("p.csv", Some(&phase), 9).await.status, StatusCode::CREATED);
    person.append(&uploads[0], 0, CSV).await;
    comes_back(&person, &phase, &uploads[0]).await;
    assert_eq!(person.begin_upload("p.csv", Some(&phase), 9).await.status, StatusCode::CREATED);
}

#[sqlx::test(migrations = "./migrations")]
async fn files_that_were_refused_do_not_lock_their_sender_out(db: PgPool) {
    let (server, phase, _) = contest(db).await;
    let person = server.entrant("sen").await;
    for round in 0..12 {
        let refused = person.hand_in(&phase, "p.xlsx", CSV).await;
        assert_eq!(refused.code(), (422, "spreadsheet"), "round {round}");
    }
    assert_eq!(person.hand_in(&phase, "p.csv", CSV).await.status, StatusCode::CREATED);
}

#[sqlx::test(migrations = "./migrations")]
async fn pieces_above_eight_megabytes_and_odd_chunks_come_back_byte_for_byte(db: PgPool) {
    let (server, phase, _) = contest(db).await;
    let person = server.entrant("sen").await;
    let length = 17 * MB + 4321;
    let bytes = noise(1, length);
    // Where the file is cut into requests, and how each request is cut into chunks.
    let ways: [(&[usize], &[usize]); 4] = [
        (&[], &[65_537]),
        (&[8 * MB], &[8 * MB + 1, 1]),
        (&[1, 2, 8 * MB - 1, 8 * MB + 1], &[1_000_003, 7]),
        (&[12_345_678, 16 * MB], &[999_983]),
    ];
    for (cuts, sizes) in ways {
        let upload = person.begin_upload("p.csv", Some(&phase), length).await.location_id();
        let mut at = 0;
        for end in cuts.iter().copied().chain([length]) {
            let answer = person.append(&upload, at, chunked(&bytes[at..end], sizes)).await;
            assert_eq!(answer.status, StatusCode::NO_CONTENT, "{cuts:?}: {:?}", answer.body);
            assert_eq!(answer.headers["upload-offset"], end.to_string().as_str());
            assert_eq!(received(&person, &upload).await, end);
            at = end;
        }
        assert!(comes_back(&person, &phase, &upload).await == bytes, "{cuts:?} {sizes:?}");
    }
}

#[sqlx::test(migrations = "./migrations")]
async fn an_empty_piece_moves_nothing(db: PgPool) {
    let (server, phase, _) = contest(db).await;
    let person = server.entrant("sen").await;
    let upload = person.begin_upload("p.csv", Some(&phase), CSV.len()).await.location_id();
    for at in [0, 10] {
        let nothing = person.append(&upload, at, Vec::new()).await;
        assert_eq!(nothing.status, StatusCode::NO_CONTENT);
        assert_eq!(nothing.headers["upload-offset"], at.to_string().as_str());
        let end = if at == 0 { 10 } else { CSV.len() };
        person.append(&upload, at, CSV[at..end].to_vec()).await;
    }
    assert_eq!(comes_back(&person, &phase, &upload).await, CSV);
}

#[sqlx::test(migrations = "./migrations")]
async fn an_empty_file_is_complete_at_once_and_costs_no_attempt(db: PgPool) {
    let (server, phase, _) = contest(db).await;
    let person = server.entrant("sen").await;
    let upload = person.begin_upload("p.csv", Some(&phase), 0).await.location_id();
    let head = offset(&person, &upload).await;
    assert_eq!(
        (&head.headers["upload-offset"], &head.headers["upload-length"]),
        (&"0".parse().unwrap(), &"0".parse().unwrap())
    );
    let refused = person.post(&format!("/phases/{phase}/submissions"), json!({ "upload": upload })).await;
    assert_eq!(refused.code(), (422, "empty-file"));
    let attempts = person.get(&format!("/phases/{phase}/attempts")).await.body;
    assert_eq!(attempts["used_total"], 0);
}

#[sqlx::test(migrations = "./migrations")]
async fn what_is_not_complete_cannot_be_handed_in(db: PgPool) {
    let (server, phase, _) = contest(db).await;
    let person = server.entrant("sen").await;
    let upload = person.begin_upload("p.csv", Some(&phase), CSV.len()).await.location_id();
    person.append(&upload, 0, CSV[..9].to_vec()).await;
    let refused = person.post(&format!("/phases/{phase}/submissions"), json!({ "upload": upload })).await;
    assert_eq!(refused.code(), (409, "upload-incomplete"));
    assert_eq!((&refused.body["received"], &refused.body["length"]), (&json!(9), &json!(CSV.len())));
}

#[sqlx::test(migrations = "./migrations")]
async fn a_broken_connection_keeps_what_came(db: PgPool) {
    let (server, phase, _) = contest(db).await;
    let person = server.entrant("sen").await;
    let token = person.post("/tokens", json!({ "name": "máy" })).await.text("token");
    let upload = person.begin_upload("p.csv", Some(&phase), CSV.len()).await.location_id();
    let address = server.base.strip_prefix("http://").unwrap();
    let mut wire = tokio::net::TcpStream::connect(address).await.unwrap();
    let head = format!(
        "PATCH /api/v1/uploads/{upload} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {token}\r\n\
         Tus-Resumable: 1.0.0\r\nUpload-Offset: 0\r\nContent-Type: application/offset+octet-stream\r\n\
         Content-Length: {}\r\n\r\n",
        CSV.len()
    );
    wire.write_all(head.as_bytes()).await.unwrap();
    wire.write_all(&CSV[..11]).await.unwrap();
    drop(wire);
    let kept = async {
        while received(&person, &upload).await != 11 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), kept).await.expect("the bytes that came are kept");
    assert_eq!(person.append(&upload, 11, CSV[11..].to_vec()).await.status, StatusCode::NO_CONTENT);
    assert_eq!(comes_back(&person, &phase, &upload).await, CSV);
}

#[sqlx::test(migrations = "./migrations")]
async fn of_pieces_sent_at_once_to_one_place_exactly_one_wins(db: PgPool) {
    let (server, phase, _) = contest(db).await;
    let person = server.entrant("sen").await;
    let length = 9 * MB;
    let upload = person.begin_upload("p.csv", Some(&phase), length).await.location_id();
    let rivals: Vec<Vec<u8>> = (0..4).map(|seed| noise(seed, length)).collect();
    let answers = join_all(rivals.iter().map(|bytes| person.append(&upload, 0, bytes.clone()))).await;
    let winners: Vec<usize> =
        (0..rivals.len()).filter(|i| answers[*i].status == StatusCode::NO_CONTENT).collect();
    assert_eq!(winners.len(), 1, "{answers:?}");
    for (index, answer) in answers.iter().enumerate() {
        assert!(index == winners[0] || answer.code() == (409, "wrong-offset"), "{answer:?}");
    }
    assert!(comes_back(&person, &phase, &upload).await == rivals[winners[0]]);
    assert_eq!(server.count_stored("parts"), 0, "nobody's pieces stay behind");
}

#[sqlx::test(migrations = "./migrations")]
async fn an_upload_goes_on_after_the_server_died(db: PgPool) {
    let (server, phase, _) = contest(db).await;
    let person = server.entrant("sen").await;
    let bytes = noise(7, 19 * MB);
    let upload = person.begin_upload("p.csv", Some(&phase), bytes.len()).await.location_id();
    person.append(&upload, 0, bytes[..9 * MB + 5].to_vec()).await;
    let server = server.restart().await;
    let person = person.at(&server);
    let at = received(&person, &upload).await;
    assert_eq!(at, 9 * MB + 5, "what was acknowledged is there");
    let rest = person.append(&upload, at, bytes[at..].to_vec()).await;
    assert_eq!(rest.status, StatusCode::NO_CONTENT);
    assert!(comes_back(&person, &phase, &upload).await == bytes);
}

#[sqlx::test(migrations = "./migrations")]
async fn somebody_elses_upload_cannot_be_handed_in(db: PgPool) {
    let (server, phase, _) = contest(db).await;
    let (owner, thief) = (server.entrant("sen").await, server.entrant("sung").await);
    let upload = owner.upload("p.csv", Some(&phase), CSV).await;
    let stolen = thief.post(&format!("/phases/{phase}/submissions"), json!({ "upload": upload })).await;
    assert_eq!(stolen.code(), (404, "not-found"));
    assert_eq!(comes_back(&owner, &phase, &upload).await, CSV, "its owner still can");
    let late = thief.post(&format!("/phases/{phase}/submissions"), json!({ "upload": upload })).await;
    assert_eq!(late.code(), (404, "not-found"), "not even when it is a submission");
}

pub async fn count(db: &PgPool, query: &'static str) -> i64 {
    sqlx::query_scalar(query).fetch_one(db).await.unwrap()
}

#[sqlx::test(migrations = "./migrations")]
async fn expired_uploads_go_with_their_rows_and_bytes_and_used_ones_stay(db: PgPool) {
    let (server, phase, _) = contest(db).await;
    let person = server.entrant("sen").await;
    let used = person.hand_in(&phase, "p.csv", CSV).await.text("id");
    let (rows_before, files_before) =
        (count(&server.db, "SELECT count(*) FROM blobs").await, server.count_stored("blobs"));
    let partial = person.begin_upload("p.csv", Some(&phase), 99).await.location_id();
    person.append(&partial, 0, CSV).await;
    // Refused, so its bytes are put together and used by nobody.
    assert_eq!(person.hand_in(&phase, "p.xls", CSV).await.code(), (422, "spreadsheet"));
    let fresh = person.begin_upload("p.csv", Some(&phase), 5).await.location_id();
    let old = "UPDATE uploads SET expires_at = clock_timestamp() WHERE id <> $1";
    sqlx::query(old).bind(fresh.parse::<uuid::Uuid>().unwrap()).execute(&server.db).await.unwrap();

    assert_eq!(offset(&person, &partial).await.status, StatusCode::GONE);
    assert_eq!(server.uploads.remove_expired().await.unwrap(), 2);
    assert_eq!(server.uploads.remove_expired().await.unwrap(), 0);
    assert_eq!(
        count(&server.db, "SELECT count(*) FROM uploads WHERE used_at IS NULL").await,
        1,
        "the fresh one"
    );
    assert_eq!(count(&server.db, "SELECT count(*) FROM upload_parts").await, 0);
    assert_eq!(count(&server.db, "SELECT count(*) FROM blobs").await, rows_before);
    assert_eq!((server.count_stored("blobs"), server.count_stored("parts")), (files_before, 0));
    assert_eq!(downloaded(&person, &used).await, CSV);
}

#[sqlx::test(migrations = "./migrations")]
async fn an_expired_upload_takes_no_bytes_away_that_a_competition_has_as_well(db: PgPool) {
    let (server, phase, admin) = contest(db).await;
    let person = server.entrant("sen").await;
    // The same bytes as the public file below, refused and so never used.
    assert_eq!(person.hand_in(&phase, "p.xls", CSV).await.code(), (422, "spreadsheet"));
    let file = json!([{ "path": "sample.csv", "title": { "vi": "Mẫu", "en": "Sample" } }]);
    Contest::result().with("/files", file).with_file("sample.csv", CSV).import(&admin).await;
    sqlx::query("UPDATE uploads SET expires_at = clock_timestamp()").execute(&server.db).await.unwrap();
    assert_eq!(server.uploads.remove_expired().await.unwrap(), 1);
    let file = admin.request(Method::GET, "/competitions/thi/files/sample.csv").send().await.unwrap();
    assert_eq!(file.bytes().await.unwrap(), CSV);
}

#[sqlx::test(migrations = "./migrations")]
async fn tuspy_uploads_twenty_megabytes_is_cut_off_and_goes_on(db: PgPool) {
    let (server, phase, _) = contest(db).await;
    let person = server.entrant("sen").await;
    let token = person.post("/tokens", json!({ "name": "tuspy" })).await.text("token");
    let bytes = noise(20, 20 * MB);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("p.csv");
    std::fs::write(&file, &bytes).unwrap();
    let file = file.to_str().unwrap();

    let endpoint = format!("{}/api/v1/uploads", server.base);
    let stop_at = (7 * MB).to_string();
    let address = python_client("tus_upload.py", &["begin", &endpoint, &token, file, &stop_at, &phase]).await;
    let began_at: usize =
        python_client("tus_upload.py", &["resume", &address, &token, file]).await.parse().unwrap();
    assert!((7 * MB..8 * MB).contains(&began_at), "{began_at}");

    let upload = address.rsplit('/').next().unwrap();
    let answer = person.post(&format!("/phases/{phase}/submissions"), json!({ "upload": upload })).await;
    assert_eq!(answer.text("filename"), "bài làm.csv");
    assert_eq!(answer.text("sha256"), hex::encode(Sha256::digest(&bytes)));
    assert!(downloaded(&person, &answer.text("id")).await == bytes);
}

#[sqlx::test(migrations = "./migrations")]
async fn an_upload_ends_up_in_one_place_only(db: PgPool) {
    let (server, phase, admin) = contest(db).await;
    let upload =
        admin.upload("thi.zip", None, &Contest::result().with("/slug", json!("khac")).archive()).await;
    assert_eq!(admin.post("/competitions", json!({ "upload": upload })).await.status, StatusCode::CREATED);
    let again = admin.post("/competitions", json!({ "upload": upload })).await;
    assert_eq!(again.code(), (409, "upload-used"));
    let person = server.entrant("sen").await;
    let elsewhere = person.upload("p.csv", Some(&phase), &zip_of(&[("p.csv", CSV)])).await;
    let refused = person.post("/competitions", json!({ "upload": elsewhere })).await;
    assert_eq!(refused.code(), (403, "forbidden"));
}
