//! Downloads: whole, in part, labelled so that no stranger's file runs here, and nothing that is not listed.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::io::{Cursor, Read};

use reqwest::{Method, StatusCode, header::HeaderMap};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use sqlx::PgPool;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::harness::{Browser, Contest, Server};

const CSV: &[u8] = b"id,label\na,x\nb,y\nc,x\nd,x\n";
const TRAIN: &[u8] = b"0123456789";
const PATH: &str = "/competitions/thi/files/public/train.csv";

async fn contest(db: PgPool) -> (Server, Browser, String) {
    let server = Server::start_on(db, super::STORAGE).await;
    let admin = server.admin().await;
    let title = json!({ "vi": "Dữ liệu", "en": "Data" });
    let files =
        json!([{ "path": "public/train.csv", "title": title }, { "path": "starter-kit", "title": title }]);
    let phase = Contest::result()
        .phase("malformed", json!("charge"))
        .with("/files", files)
        .with_file("public/train.csv", TRAIN)
        .with_file("public/secret.csv", b"not listed")
        .with_file("starter-kit/predict.py", b"print(1)")
        .with_file("starter-kit/data/x.csv", b"1,2")
        .import(&admin)
        .await;
    (server, admin, phase)
}

async fn get(person: &Browser, path: &str, headers: &[(&str, &str)]) -> (StatusCode, HeaderMap, Vec<u8>) {
    let mut request = person.request(Method::GET, path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let answer = request.send().await.unwrap();
    (answer.status(), answer.headers().clone(), answer.bytes().await.unwrap().to_vec())
}

#[sqlx::test(migrations = "./migrations")]
async fn every_listed_file_has_the_size_and_hash_that_the_list_says(db: PgPool) {
    let (server, ..) = contest(db).await;
    let nobody = server.browser();
    let shown = nobody.get("/competitions/thi").await.body;
    let files = shown["files"].as_array().unwrap();
    let paths: Vec<&Value> = files.iter().map(|f| &f["path"]).collect();
    assert_eq!(paths, ["public/train.csv", "starter-kit.zip"]);
    for file in files {
        let path = format!("/competitions/thi/files/{}", file["path"].as_str().unwrap());
        let (status, headers, bytes) = get(&nobody, &path, &[]).await;
        assert_eq!(status, StatusCode::OK, "{path}");
        assert_eq!(json!(bytes.len()), file["size"]);
        assert_eq!(json!(hex::encode(Sha256::digest(&bytes))), file["sha256"]);
        assert_eq!(headers["content-length"], bytes.len().to_string().as_str());
        assert_eq!(headers["etag"], format!("\"{}\"", file["sha256"].as_str().unwrap()).as_str());
    }
}

#[sqlx::test(migrations = "./migrations")]
async fn a_folder_comes_as_one_archive_of_its_files(db: PgPool) {
    let (server, ..) = contest(db).await;
    let (_, _, bytes) = get(&server.browser(), "/competitions/thi/files/starter-kit.zip", &[]).await;
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    let mut found = Vec::new();
    for index in 0..archive.len() {
        let mut file = archive.by_index(index).unwrap();
        let mut text = String::new();
        file.read_to_string(&mut text).unwrap();
        found.push((file.name().unwrap().to_string(), text));
    }
    let expected = [("data/x.csv", "1,2"), ("predict.py", "print(1)")];
    assert_eq!(found, expected.map(|(name, text)| (name.to_owned(), text.to_owned())));
}

#[sqlx::test(migrations = "./migrations")]
async fn a_part_is_sent_where_a_part_is_asked_for(db: PgPool) {
    let (server, ..) = contest(db).await;
    let nobody = server.browser();
    for (range, content_range, bytes) in [
        ("bytes=0-3", "bytes 0-3/10", &b"0123"[..]),
        ("bytes=7-", "bytes 7-9/10", b"789"),
        ("bytes=-2", "bytes 8-9/10", b"89"),
        ("bytes=5-999", "bytes 5-9/10", b"56789"),
        ("bytes=0-0", "bytes 0-0/10", b"0"),
    ] {
        let (status, headers, body) = get(&nobody, PATH, &[("range", range)]).await;
        assert_eq!((status, body.as_slice()), (StatusCode::PARTIAL_CONTENT, bytes), "{range}");
        assert_eq!(headers["content-range"], content_range);
        assert_eq!(headers["content-length"], bytes.len().to_string().as_str());
    }
    for range in ["bytes=10-", "bytes=99-100", "bytes=-0"] {
        let (status, headers, _) = get(&nobody, PATH, &[("range", range)]).await;
        assert_eq!(status, StatusCode::RANGE_NOT_SATISFIABLE, "{range}");
        assert_eq!(headers["content-range"], "bytes */10");
    }
    for range in ["bytes=0-1,3-4", "lines=1-2", "bytes=5-1", "bytes=x-y", "bytes=18446744073709551615-"] {
        let (status, _, body) = get(&nobody, PATH, &[("range", range)]).await;
        let whole = (status, body.as_slice()) == (StatusCode::OK, TRAIN);
        assert!(whole || status == StatusCode::RANGE_NOT_SATISFIABLE, "{range}: {status}");
    }
}

#[sqlx::test(migrations = "./migrations")]
async fn what_a_client_has_is_not_sent_again_and_parts_of_another_version_are_not_mixed(db: PgPool) {
    let (server, ..) = contest(db).await;
    let nobody = server.browser();
    let (_, headers, _) = get(&nobody, PATH, &[]).await;
    let tag = headers["etag"].to_str().unwrap();
    let (status, _, body) = get(&nobody, PATH, &[("if-none-match", tag)]).await;
    assert_eq!((status, body.len()), (StatusCode::NOT_MODIFIED, 0));
    let (status, _, body) = get(&nobody, PATH, &[("range", "bytes=2-3"), ("if-range", tag)]).await;
    assert_eq!((status, body.as_slice()), (StatusCode::PARTIAL_CONTENT, &b"23"[..]));
    let (status, _, body) = get(&nobody, PATH, &[("range", "bytes=2-3"), ("if-range", "\"old\"")]).await;
    assert_eq!((status, body.as_slice()), (StatusCode::OK, TRAIN));
    let head = nobody.request(Method::HEAD, PATH).send().await.unwrap();
    assert_eq!((head.status(), &head.headers()["content-length"]), (StatusCode::OK, &"10".parse().unwrap()));
}

#[sqlx::test(migrations = "./migrations")]
async fn no_download_can_run_in_this_origin(db: PgPool) {
    let (server, _, phase) = contest(db).await;
    server.place_fake_image().await;
    let person = server.entrant("sen").await;
    // A result file that says it is a page.
    let made = person.hand_in(&phase, "trang \"a\".html", b"<script>alert(1)</script>").await;
    let submission = format!("/submissions/{}/file", made.text("id"));
    for path in [PATH, "/images/python-ml/archive", submission.as_str()] {
        let (status, headers, _) = get(&person, path, &[]).await;
        assert_eq!(status, StatusCode::OK, "{path}");
        assert_eq!(headers["x-content-type-options"], "nosniff", "{path}");
        assert_eq!(headers["content-security-policy"], "sandbox", "{path}");
        assert!(headers["content-disposition"].to_str().unwrap().starts_with("attachment;"), "{path}");
        assert!(headers["content-type"].to_str().unwrap().starts_with("application/"), "{path}");
    }
}

#[sqlx::test(migrations = "./migrations")]
async fn a_submissions_file_is_its_teams_and_the_organizers(db: PgPool) {
    let (server, admin, phase) = contest(db).await;
    let (person, other) = (server.entrant("sen").await, server.entrant("sung").await);
    let rival = server.person_with("khac", &[dautri::accounts::Role::Organizer]).await;
    let made = person.hand_in(&phase, "p.csv", CSV).await;
    let path = format!("/submissions/{}/file", made.text("id"));
    for reader in [&person, &admin] {
        let (status, _, bytes) = get(reader, &path, &[]).await;
        assert_eq!((status, bytes.as_slice()), (StatusCode::OK, CSV));
    }
    for stranger in [&other, &rival] {
        assert_eq!(stranger.get(&path).await.code(), (404, "not-found"));
        let (status, ..) = get(stranger, &path, &[("range", "bytes=0-1")]).await;
        assert_eq!(status, StatusCode::NOT_FOUND);
    }
    assert_eq!(server.browser().get(&path).await.code(), (401, "not-logged-in"));
}

/// Sends a path as it is: clients tidy `..` away before they ask.
async fn status_of(server: &Server, path: &str) -> u16 {
    let address = server.base.strip_prefix("http://").unwrap();
    let mut wire = tokio::net::TcpStream::connect(address).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    wire.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    wire.read_to_end(&mut answer).await.unwrap();
    let answer = String::from_utf8_lossy(&answer);
    assert!(!answer.contains("root:"), "{path}");
    answer.split(' ').nth(1).unwrap().parse().unwrap()
}

#[sqlx::test(migrations = "./migrations")]
async fn tricks_with_paths_find_nothing(db: PgPool) {
    let (server, ..) = contest(db).await;
    let files = "/api/v1/competitions/thi/files";
    assert_eq!(status_of(&server, &format!("{files}/public/train.csv")).await, 200);
    for trick in [
        "public/secret.csv",
        "truth/truth.csv",
        "dautri.yaml",
        "starter-kit",
        "starter-kit/predict.py",
        "public/../truth/truth.csv",
        "../../../../../../etc/passwd",
        "..%2f..%2f..%2f..%2fetc%2fpasswd",
        "%2e%2e/%2e%2e/%2e%2e/etc/passwd",
        "....//....//etc/passwd",
        "/etc/passwd",
        "public//train.csv",
        "./public/train.csv",
        "public/train.csv%00",
        "public/train.csv/",
        "PUBLIC/TRAIN.CSV",
        "public%5ctrain.csv",
        "public/%ff",
    ] {
        assert_eq!(status_of(&server, &format!("{files}/{trick}")).await, 404, "{trick}");
    }
    for path in [
        "/api/v1/competitions/khac/files/public/train.csv",
        "/api/v1/images/..%2f..%2fetc%2fpasswd/archive",
        "/assets/..%2fCargo.toml",
        "/assets/%2e%2e%2fsrc%2flib.rs",
        "/../../etc/passwd",
    ] {
        assert_eq!(status_of(&server, path).await, 404, "{path}");
    }
}
