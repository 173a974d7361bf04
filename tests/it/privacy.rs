//! One person's data: taken along whole, and erased without a trace.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::io::{Cursor, Read};

use dautri::accounts::Role;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, PgPool};

use crate::harness::{Browser, Contest, PASSWORD, Server};

const NAME: &str = "Trần Thị Bích Ngọc";
const ADDRESS: &str = "bichngoc@truong.edu.vn";
const CSV: &[u8] = b"id,label\na,x\nb,y\nc,x\nd,x\n";

/// A person who has left traces everywhere, with a mate in one team and alone in another.
struct Life {
    server: Server,
    ngoc: Browser,
    mate: Browser,
    shared: String,
    alone: String,
    submission: String,
}

impl Life {
    async fn lead(db: PgPool) -> Self {
        let server = Server::start(db).await;
        server.place_fake_image().await;
        let admin = server.admin().await;
        let phase = Contest::result().import(&admin).await;
        Contest::result().with("/slug", json!("thi-hai")).import(&admin).await;
        let ngoc = server.person_with("bichngoc", &[Role::Organizer]).await;
        let mate = server.person("mate").await;
        fill_in(&ngoc).await;
        let alone = make_team(&ngoc, "thi", NAME).await;
        let shared = make_team(&ngoc, "thi-hai", "Đội chung").await;
        let invitation = ngoc.post(&format!("/teams/{shared}/invitations"), json!({})).await.text("code");
        let joined = mate.post(&format!("/invitations/{invitation}"), json!({})).await;
        assert_eq!(joined.status, StatusCode::OK, "{}", joined.body);
        let handed_in = ngoc.hand_in(&phase, &format!("{NAME}.csv"), CSV).await;
        assert_eq!(handed_in.status, StatusCode::CREATED, "{}", handed_in.body);
        ngoc.upload(&format!("{NAME} khác.csv"), Some(&phase), CSV).await;
        let submission = handed_in.text("id");
        Self { server, ngoc, mate, shared, alone, submission }
    }
}

/// Everything that somebody can leave with their account.
async fn fill_in(person: &Browser) {
    let texts = person.get("/privacy").await.body;
    let agreed = json!({ "privacy": texts["privacy"]["version"], "terms": texts["terms"]["version"] });
    let unit = json!({ "kind": "school", "name": "THPT của Bích Ngọc" });
    let profile =
        json!({ "name": NAME, "lang": "vi", "unit": unit, "birth_year": 2000, "phone": "+84 909 909 909" });
    let change = json!({ "email": "ngoc.moi@truong.edu.vn", "password": PASSWORD });
    for answer in [
        person.put("/me/profile", profile).await,
        person.put("/me/consents", agreed).await,
        person.put("/me/guardian", json!({ "email": "me.ngoc@nha.vn" })).await,
        person.put("/me/email", change).await,
        person.post("/tokens", json!({ "name": format!("máy của {NAME}") })).await,
        person.post("/password-resets", json!({ "email": ADDRESS })).await,
        person.post("/session/codes", json!({ "email": ADDRESS })).await,
        person
            .answer(person.request(Method::PUT, "/me/evidence?claim=pupil").body("%PDF-1.7 Bích Ngọc"))
            .await,
    ] {
        assert!(answer.status.is_success(), "{} {}", answer.status, answer.body);
    }
}

async fn make_team(person: &Browser, competition: &str, name: &str) -> String {
    let path = format!("/competitions/{competition}/teams");
    let made = person.post(&path, json!({ "name": name, "division": "a" })).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
    made.text("id")
}

/// Rows of any table in which one of these words stands, with the table's name.
async fn traces(db: &PgPool, words: &[&str]) -> Vec<String> {
    let tables: Vec<String> =
        sqlx::query_scalar("SELECT tablename::text FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
            .fetch_all(db)
            .await
            .unwrap();
    assert!(tables.len() > 30, "{tables:?}");
    let mut found = Vec::new();
    for table in tables {
        let rows: Vec<String> =
            sqlx::query_scalar(AssertSqlSafe(format!("SELECT to_jsonb(t)::text FROM {table} t")))
                .fetch_all(db)
                .await
                .unwrap();
        let hits = rows.into_iter().filter(|row| words.iter().any(|word| row.contains(word)));
        found.extend(hits.map(|row| format!("{table}: {row}")));
    }
    found
}

const WORDS: [&str; 9] =
    [NAME, "Bích Ngọc", ADDRESS, "bichngoc", "ngoc.moi", "me.ngoc", "909 909", "Bích", "THPT của"];

#[sqlx::test(migrations = "./migrations")]
async fn nothing_in_the_database_names_who_was_erased(db: PgPool) {
    let life = Life::lead(db.clone()).await;
    let ngoc = &life.ngoc;
    assert!(traces(&db, &WORDS).await.len() > 10, "the life has left traces");
    let blobs: i64 = sqlx::query_scalar("SELECT count(*) FROM blobs").fetch_one(&db).await.unwrap();
    let acts: Vec<Value> =
        sqlx::query_scalar("SELECT to_jsonb(a) FROM audit_acts a ORDER BY id").fetch_all(&db).await.unwrap();

    let wrong = ngoc.post("/me/erasure", json!({ "password": "không đúng đâu" })).await;
    assert_eq!(wrong.code(), (403, "wrong-password"));
    assert_eq!(ngoc.post("/me/erasure", json!({})).await.code(), (403, "wrong-password"));
    let gone = ngoc.post("/me/erasure", json!({ "password": PASSWORD })).await;
    assert_eq!(gone.status, StatusCode::NO_CONTENT, "{}", gone.body);
    assert!(gone.cookie().contains("Max-Age=0"));

    assert_eq!(traces(&db, &WORDS).await, Vec::<String>::new());
    let left: (i64, i64, i64) = sqlx::query_as(
        "SELECT (SELECT count(*) FROM blobs), (SELECT count(*) FROM submissions WHERE user_id IS NULL),
                (SELECT count(*) FROM mails)",
    )
    .fetch_one(&db)
    .await
    .unwrap();
    assert_eq!((left.0, left.1), (blobs - 1, 1), "the evidence is gone, the submission stays");
    let now: Vec<Value> =
        sqlx::query_scalar("SELECT to_jsonb(a) FROM audit_acts a ORDER BY id").fetch_all(&db).await.unwrap();
    assert_eq!(now[..acts.len()], acts, "no record was touched");
    assert_eq!(now.last().unwrap()["verb"], "user.erased");

    assert_eq!(ngoc.get("/session").await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(
        ngoc.post("/session", json!({ "email": ADDRESS, "password": PASSWORD })).await.code(),
        (401, "wrong-credentials")
    );
    let again = json!({ "email": ADDRESS, "name": "Người mới", "password": PASSWORD });
    assert_eq!(life.server.browser().post("/accounts", again).await.status, StatusCode::CREATED);
}

#[sqlx::test(migrations = "./migrations")]
async fn teams_go_on_without_who_was_erased(db: PgPool) {
    let life = Life::lead(db.clone()).await;
    let gone = life.ngoc.post("/me/erasure", json!({ "password": PASSWORD })).await;
    assert_eq!(gone.status, StatusCode::NO_CONTENT, "{}", gone.body);
    let shared = life.mate.get(&format!("/teams/{}", life.shared)).await.body;
    let members = shared["members"].as_array().unwrap();
    assert_eq!((members.len(), &members[0]["id"]), (1, &json!(life.mate.id)));
    let (leads, nameless, kept): (bool, bool, i64) = sqlx::query_as(
        "SELECT (SELECT is_leader FROM team_members WHERE team_id = $1::uuid),
                (SELECT name LIKE 'Đội ẩn danh %' FROM teams WHERE id = $2::uuid),
                (SELECT count(*) FROM submissions WHERE id = $3::uuid AND team_id = $2::uuid)",
    )
    .bind(&life.shared)
    .bind(&life.alone)
    .bind(&life.submission)
    .fetch_one(&db)
    .await
    .unwrap();
    assert_eq!((leads, nameless, kept), (true, true, 1));
}

#[sqlx::test(migrations = "./migrations")]
async fn a_code_from_a_letter_erases_too_and_the_last_administrator_stays(db: PgPool) {
    let server = Server::start(db.clone()).await;
    let (admin, lan) = (server.admin().await, server.person("lan").await);
    let refused = admin.post("/me/erasure", json!({ "password": PASSWORD })).await;
    assert_eq!(refused.code(), (409, "last-admin"));
    assert_eq!(admin.get("/session").await.status, StatusCode::OK);

    let token = lan.post("/tokens", json!({ "name": "máy", "scopes": ["admin"] })).await.text("token");
    let program = server.browser().with("authorization", &format!("Bearer {token}"));
    assert_eq!(
        program.post("/me/erasure", json!({ "password": PASSWORD })).await.code(),
        (403, "session-needed")
    );
    assert_eq!(program.get("/me/data").await.code(), (403, "session-needed"));

    assert_eq!(lan.post("/me/erasure", json!({ "code": "123456" })).await.code(), (401, "wrong-code"));
    server.stop().await;
    // Without the server's own task the letter stays where it can be read.
    let site = crate::people::Site::start(db.clone()).await;
    site.browser().post("/session/codes", json!({ "email": "lan@truong.edu.vn" })).await;
    let letter: String =
        sqlx::query_scalar("SELECT body FROM mails WHERE sent_at IS NULL ORDER BY created_at DESC LIMIT 1")
            .fetch_one(&db)
            .await
            .unwrap();
    let code = letter.split(|c: char| !c.is_ascii_digit()).find(|run| run.len() == 6).unwrap().to_owned();
    let server = Server::start(db.clone()).await;
    let gone = lan.at(&server).post("/me/erasure", json!({ "code": code })).await;
    assert_eq!(gone.status, StatusCode::NO_CONTENT, "{}", gone.body);
    assert_eq!(traces(&db, &["lan@truong"]).await, Vec::<String>::new());
}

#[sqlx::test(migrations = "./migrations")]
async fn what_one_takes_along_is_whole_and_ones_own(db: PgPool) {
    let life = Life::lead(db).await;
    let request = life.ngoc.request(Method::GET, "/me/data");
    let response = request.send().await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(response.headers()["cache-control"], "no-store");
    let bytes = response.bytes().await.unwrap();
    let mut zip = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    let mut text = String::new();
    zip.by_name("data.json").unwrap().read_to_string(&mut text).unwrap();
    let mut evidence = String::new();
    zip.by_name("evidence.pdf").unwrap().read_to_string(&mut evidence).unwrap();
    assert!(evidence.contains("Bích Ngọc"));
    let data: Value = serde_json::from_str(&text).unwrap();
    let names: Vec<&String> = data.as_object().unwrap().keys().collect();
    for room in
        ["account", "submissions", "teams", "uploads", "organizes", "notifications", "acts", "letters"]
    {
        assert!(data.get(room).is_some(), "{room} is missing in {names:?}");
    }
    assert_eq!(data["account"]["user"]["email"], ADDRESS);
    assert_eq!(data["account"]["profile"]["birth_year"], 2000);
    assert_eq!(data["account"]["guardian"]["address"], "me.ngoc@nha.vn");
    assert_eq!(data["submissions"][0]["id"], life.submission.as_str());
    assert_eq!(data["teams"].as_array().unwrap().len(), 2);
    for secret in ["secret_hash", "password_hash", "code_hash", "argon2", "mate@truong"] {
        assert!(!text.contains(secret), "{secret}");
    }
}

#[sqlx::test(migrations = "./migrations")]
async fn nothing_that_refers_to_people_can_keep_one_from_being_erased(db: PgPool) {
    let stubborn: Vec<String> = sqlx::query_scalar(
        "SELECT conrelid::regclass || '.' || conname FROM pg_constraint
         WHERE contype = 'f' AND confrelid = 'users'::regclass AND confdeltype NOT IN ('c', 'n')",
    )
    .fetch_all(&db)
    .await
    .unwrap();
    assert_eq!(stubborn, Vec::<String>::new(), "say ON DELETE CASCADE or ON DELETE SET NULL");
}
