//! `dautri download` and `dautri rules`, as a contestant runs them.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{
    path::Path,
    process::Output,
    sync::{Arc, Mutex},
};

use axum::{Router, extract::State, http::HeaderMap, response::IntoResponse, routing::get};
use reqwest::StatusCode;
use serde_json::json;
use sqlx::PgPool;

use super::data::{contest, set, text};
use crate::harness::{Browser, Server};

async fn dautri(server: &Server, token: Option<&str>, arguments: &[&str]) -> Output {
    let mut command = tokio::process::Command::new(env!("CARGO_BIN_EXE_dautri"));
    command.args(arguments).env("DAUTRI_SERVER", &server.base).env("NO_PROXY", "*").kill_on_drop(true);
    if let Some(token) = token {
        command.env("DAUTRI_TOKEN", token);
    }
    let run = tokio::time::timeout(std::time::Duration::from_mins(1), command.output());
    run.await.unwrap().unwrap()
}

fn said(output: &Output) -> (bool, String, String) {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    let mut lines: Vec<String> = text(&output.stdout).lines().map(str::to_owned).collect();
    lines.sort();
    (output.status.success(), lines.join("\n"), text(&output.stderr))
}

async fn token(person: &Browser) -> String {
    person.post("/tokens", json!({ "name": "máy" })).await.text("token")
}

fn holds(folder: &Path, path: &str, content: &[u8]) {
    assert_eq!(std::fs::read(folder.join(path)).unwrap(), content, "{path}");
}

#[sqlx::test(migrations = "./migrations")]
async fn a_download_brings_what_one_may_read_goes_on_where_it_broke_and_checks_it(db: PgPool) {
    let server = Server::start(db).await;
    let admin = server.admin().await;
    let numbers: Vec<u8> = (0..100_000_u32).flat_map(u32::to_le_bytes).collect();
    let sets = [set("open", "public", &json!({})), set("agreed", "rules", &json!({}))];
    contest(&sets)
        .with_file("public/open/đường dẫn/số.bin", &numbers)
        .with_file("public/open/rỗng.txt", b"")
        .import(&admin)
        .await;
    let person = server.person("sen").await;
    let token = token(&person).await;
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().to_str().unwrap();

    let (good, lines, told) = said(&dautri(&server, Some(&token), &["download", "thi", "--out", out]).await);
    assert!(good, "{told}");
    assert_eq!(lines.lines().count(), 3, "{lines}");
    assert!(told.contains("agreed: Read the rules"), "{told}");
    holds(folder.path(), "open/public/open/a.csv", b"open");
    holds(folder.path(), "open/public/open/rỗng.txt", b"");
    let place = folder.path().join("open/public/open/đường dẫn/số.bin");
    assert!(std::fs::read(&place).unwrap() == numbers);

    // Broken off in the middle; one file changed at home; one kept.
    let part = place.with_file_name("số.bin.part");
    std::fs::write(&part, &numbers[..123_456]).unwrap();
    std::fs::remove_file(&place).unwrap();
    std::fs::write(folder.path().join("open/public/open/a.csv"), b"evil").unwrap();
    let (good, lines, _) = said(&dautri(&server, None, &["download", "thi", "open", "--out", out]).await);
    assert!(good && lines.contains("rỗng.txt: kept") && lines.contains("số.bin: fetched"), "{lines}");
    assert!(std::fs::read(&place).unwrap() == numbers && !part.exists());
    holds(folder.path(), "open/public/open/a.csv", b"open");

    // What lies half-fetched is another file's: found out by its hash, and fetched again at the next try.
    std::fs::remove_file(&place).unwrap();
    std::fs::write(&part, vec![7; 123_456]).unwrap();
    let only = ["download", "thi", "open", "--out", out, "--only", "**/*.bin"];
    let (good, _, told) = said(&dautri(&server, None, &only).await);
    assert!(!good && told.contains("other bytes"), "{told}");
    let (good, lines, _) = said(&dautri(&server, None, &only).await);
    assert!(good && lines.lines().count() == 1, "{lines}");
    assert!(std::fs::read(&place).unwrap() == numbers);

    let (good, _, told) = said(&dautri(&server, None, &["download", "thi", "agreed", "--out", out]).await);
    assert!(!good && told.contains("not-logged-in"), "{told}");
}

#[sqlx::test(migrations = "./migrations")]
async fn rules_are_shown_and_accepted_from_the_terminal(db: PgPool) {
    let server = Server::start(db).await;
    let admin = server.admin().await;
    contest(&[set("agreed", "rules", &json!({}))]).import(&admin).await;
    let token = token(&server.person("sen").await).await;
    let (good, shown, _) = said(&dautri(&server, Some(&token), &["rules", "thi"]).await);
    assert!(good && shown.contains("Article 1.") && shown.contains("not accepted"), "{shown}");
    let accepted = ["rules", "thi", "--accept", "--vi"];
    let (good, shown, _) = said(&dautri(&server, Some(&token), &accepted).await);
    assert!(good && shown.contains("Điều 1.") && shown.contains("accepted at"), "{shown}");
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().to_str().unwrap();
    let (good, ..) = said(&dautri(&server, Some(&token), &["download", "thi", "agreed", "--out", out]).await);
    assert!(good);
    holds(folder.path(), "agreed/public/agreed/a.csv", b"agreed");
}

/// What a mirror was asked, and whether the caller showed a credential.
type Asked = Arc<Mutex<Vec<(String, bool)>>>;

async fn mirror() -> (String, Asked) {
    async fn file(
        State(asked): State<Asked>,
        axum::extract::Path(path): axum::extract::Path<String>,
        headers: HeaderMap,
    ) -> impl IntoResponse {
        let credential = headers.contains_key("authorization") || headers.contains_key("cookie");
        asked.lock().unwrap().push((path.clone(), credential));
        match path.as_str() {
            "good/a.csv" => (StatusCode::OK, "open"),
            "bad/a.csv" => (StatusCode::OK, "evil"),
            "long/a.csv" => (StatusCode::OK, "open and more"),
            _ => (StatusCode::NOT_FOUND, ""),
        }
    }
    let asked = Asked::default();
    let router = Router::new().route("/{*path}", get(file)).with_state(asked.clone());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async { axum::serve(listener, router).await });
    (address, asked)
}

#[sqlx::test(migrations = "./migrations")]
async fn mirrors_are_asked_only_on_request_and_believed_only_with_the_right_bytes(db: PgPool) {
    let server = Server::start(db).await;
    let admin = server.admin().await;
    let (address, asked) = mirror().await;
    let token = token(&server.person("sen").await).await;
    let folder = tempfile::tempdir().unwrap();
    for (mirrors, expected) in [
        (vec!["good"], "fetched from a mirror"),
        (vec!["bad", "good"], "fetched from a mirror"),
        (vec!["none", "bad"], "fetched"),
        (vec!["long"], "fetched from a mirror"),
    ] {
        let addresses: Vec<String> = mirrors.iter().map(|name| format!("{address}/{name}")).collect();
        let sets = [json!({ "slug": "open", "title": text("open"),
                            "files": [{ "path": "public/open", "mirrors": addresses }] })];
        contest(&sets).import(&admin).await;
        let out = tempfile::tempdir_in(folder.path()).unwrap();
        let place = out.path().to_str().unwrap();
        let plain = ["download", "thi", "open", "--out", place];
        let before = asked.lock().unwrap().len();
        let (good, lines, told) = said(&dautri(&server, Some(&token), &plain).await);
        assert!(good && lines.ends_with("a.csv: fetched"), "{lines} {told}");
        assert_eq!(asked.lock().unwrap().len(), before, "no mirror was asked");
        std::fs::remove_file(out.path().join("open/public/open/a.csv")).unwrap();
        let first = [&plain[..], &["--mirrors"]].concat();
        let (good, lines, told) = said(&dautri(&server, Some(&token), &first).await);
        assert!(good && lines.ends_with(&format!("a.csv: {expected}")), "{mirrors:?}: {lines} {told}");
        holds(out.path(), "open/public/open/a.csv", b"open");
    }
    let asked = asked.lock().unwrap().clone();
    assert!(!asked.is_empty() && asked.iter().all(|(_, credential)| !credential), "{asked:?}");
}

#[sqlx::test(migrations = "./migrations")]
async fn what_only_a_mirror_has_is_taken_from_there(db: PgPool) {
    let server = Server::start(db).await;
    let admin = server.admin().await;
    let (address, _) = mirror().await;
    let sha256 = hex::encode(<sha2::Sha256 as sha2::Digest>::digest(b"open"));
    let file = |name: &str| {
        json!({ "path": format!("{name}.csv"), "size": 4, "sha256": sha256,
                "mirrors": [format!("{address}/{name}/a.csv")] })
    };
    let sets = [json!({ "slug": "open", "title": text("open"), "files": [file("good"), file("bad")] })];
    contest(&sets).import(&admin).await;
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().to_str().unwrap();
    let (good, lines, told) = said(&dautri(&server, None, &["download", "thi", "--out", out]).await);
    assert!(
        !good && lines.ends_with("good.csv: fetched from a mirror") && told.contains("bad.csv"),
        "{told}"
    );
    holds(folder.path(), "open/good.csv", b"open");
    assert!(!folder.path().join("open/bad.csv").exists());
}
