//! Profiles, consent, guardians and evidence: what people say of themselves and what it lets them do.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use dautri::accounts::Role;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::{
    harness::{Answer, Browser, Contest, Server},
    people::{PASSWORD, Site},
};

const PDF: &[u8] = b"%PDF-1.7 giay chung nhan";
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n anh the";
const CSV: &[u8] = b"id,label\na,x\nb,y\nc,x\nd,x\n";

#[expect(clippy::needless_pass_by_value, reason = "reads as a literal")]
fn profile(unit: Value, birth_year: Value) -> Value {
    json!({ "name": "Nguyễn Thị Lan", "lang": "vi", "unit": unit, "birth_year": birth_year, "phone": "+84 90 123 456" })
}

fn university() -> Value {
    json!({ "kind": "university", "name": "ĐHQG-HCM" })
}

async fn agreed(browser: &Browser) -> Value {
    let texts = browser.get("/privacy").await.body;
    json!({ "privacy": texts["privacy"]["version"], "terms": texts["terms"]["version"] })
}

async fn make_team(person: &Browser) -> Answer {
    person.post("/competitions/khong-co/teams", json!({ "name": "Sao Mai", "division": "a" })).await
}

async fn put_evidence(person: &Browser, claim: &str, bytes: &'static [u8]) -> Answer {
    person.answer(person.request(Method::PUT, &format!("/me/evidence?claim={claim}")).body(bytes)).await
}

/// The code of the last letter to a guardian.
async fn guardian_code(db: &PgPool) -> String {
    let letter: String = sqlx::query_scalar(
        "SELECT body FROM mails WHERE body LIKE '%/guardian/%' ORDER BY created_at DESC LIMIT 1",
    )
    .fetch_one(db)
    .await
    .unwrap();
    letter.split("/guardian/").nth(1).unwrap().split_whitespace().next().unwrap().to_owned()
}

#[sqlx::test(migrations = "./migrations")]
async fn a_profile_is_kept_as_it_was_checked(db: PgPool) {
    let site = Site::start(db).await;
    let lan = site.person("lan").await;
    let answer = lan.put("/me/profile", profile(university(), json!(2004))).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    let me = lan.get("/me").await.body;
    assert_eq!(me, answer.body);
    assert_eq!(
        (&me["unit"], &me["birth_year"], &me["name"]),
        (&university(), &json!(2004), &json!("Nguyễn Thị Lan"))
    );
    for (field, wrong) in [
        ("unit.name", profile(json!({ "kind": "school", "name": "" }), Value::Null)),
        ("birth_year", profile(university(), json!(1066))),
        ("phone", json!({ "name": "Lan", "lang": "vi", "unit": university(), "phone": "gọi tôi" })),
        ("name", json!({ "name": "a\u{202e}b", "lang": "vi", "unit": university() })),
    ] {
        let answer = lan.put("/me/profile", wrong).await;
        assert_eq!((answer.code(), &answer.body["field"]), ((422, "invalid"), &json!(field)));
    }
    let none = json!({ "kind": "none", "name": "bỏ đi" });
    assert_eq!(
        lan.put("/me/profile", profile(none, Value::Null)).await.body["unit"],
        json!({ "kind": "none", "name": "" })
    );
}

#[sqlx::test(migrations = "./migrations")]
async fn who_has_not_agreed_takes_no_part_and_may_take_it_back(db: PgPool) {
    let site = Site::start_with(db.clone(), |settings| settings.consent = true).await;
    let lan = site.person("lan").await;
    assert_eq!(lan.get("/me").await.body["needs"], json!(["consent"]));
    assert_eq!(make_team(&lan).await.code(), (403, "consent-needed"));
    let old = json!({ "privacy": "1999-01", "terms": "1999-01" });
    let refused = lan.put("/me/consents", old).await;
    assert_eq!((refused.code(), refused.body["current"].is_string()), ((409, "other-version"), true));
    assert_eq!(make_team(&lan).await.code(), (403, "consent-needed"), "nothing was half agreed to");

    let agreed = agreed(&lan).await;
    for _ in 0..2 {
        assert_eq!(lan.put("/me/consents", agreed.clone()).await.status, StatusCode::NO_CONTENT);
    }
    let given = lan.get("/me").await.body["consents"].clone();
    assert_eq!(given.as_array().unwrap().len(), 2, "once for each document: {given}");
    assert!(given[0]["given_at"].is_string());
    assert_eq!(make_team(&lan).await.code(), (404, "not-found"));

    assert_eq!(lan.delete("/me/consents").await.status, StatusCode::NO_CONTENT);
    assert_eq!(make_team(&lan).await.code(), (403, "consent-needed"));
    assert!(
        lan.get("/me").await.body["consents"][0]["withdrawn_at"].is_string(),
        "what was is not forgotten"
    );
}

#[sqlx::test(migrations = "./migrations")]
async fn a_new_version_asks_everybody_again(db: PgPool) {
    let site = Site::start_with(db.clone(), |settings| settings.consent = true).await;
    let form = |agreed: Value| json!({ "email": "lan@truong.edu.vn", "name": "Lan", "password": PASSWORD, "agreed": agreed });
    let lan = site.browser();
    let wrong = lan.post("/accounts", form(json!({ "privacy": "x", "terms": "x" }))).await;
    assert_eq!(wrong.code(), (409, "other-version"));
    let made = lan.post("/accounts", form(agreed(&lan).await)).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
    assert_eq!(lan.get("/me").await.body["needs"], json!([]));
    sqlx::query("UPDATE consents SET version = '2020-01' WHERE document = 'terms'")
        .execute(&db)
        .await
        .unwrap();
    assert_eq!(lan.get("/me").await.body["needs"], json!(["consent"]));
}

#[sqlx::test(migrations = "./migrations")]
async fn a_pupil_under_age_hands_in_once_a_guardian_agrees(db: PgPool) {
    let server = Server::start(db.clone()).await;
    server.place_fake_image().await;
    let admin = server.admin().await;
    let phase = Contest::result().import(&admin).await;
    let lan = server.entrant("lan").await;
    let school = json!({ "kind": "school", "name": "THPT Lê Hồng Phong" });
    lan.put("/me/profile", profile(school.clone(), Value::Null)).await;
    let upload = lan.upload("p.csv", Some(&phase), CSV).await;
    let hand_in =
        async || lan.post(&format!("/phases/{phase}/submissions"), json!({ "upload": upload })).await;
    assert_eq!(hand_in().await.code(), (403, "birth-year-needed"));
    let young = lan.put("/me/profile", profile(school, json!(2015))).await;
    assert_eq!(young.body["needs"], json!(["guardian-consent"]));
    assert_eq!(hand_in().await.code(), (403, "guardian-consent-needed"));

    let own = lan.put("/me/guardian", json!({ "email": "LAN@truong.edu.vn" })).await;
    assert_eq!(own.code(), (422, "invalid"));
    assert_eq!(lan.put("/me/guardian", json!({ "email": "me@nha.vn" })).await.status, StatusCode::ACCEPTED);
    let hash: Vec<u8> = sqlx::query_scalar("SELECT secret_hash FROM guardians").fetch_one(&db).await.unwrap();
    assert_eq!(hash.len(), 32);
    let code = guardian_code_in_outbox_or_table(&server).await;
    let mother = server.browser();
    let seen = mother.get(&format!("/guardians/{code}")).await;
    assert_eq!((&seen.body["name"], &seen.body["consented"]), (&json!("Nguyễn Thị Lan"), &json!(false)));
    let version = seen.body["privacy"]["version"].clone();
    let agree = async |name: &str, version: Value| {
        mother.post(&format!("/guardians/{code}"), json!({ "name": name, "version": version })).await
    };
    assert_eq!(agree("", version.clone()).await.code(), (422, "invalid"));
    assert_eq!(agree("Nguyễn Văn Mẹ", json!("x")).await.code(), (409, "other-version"));
    assert_eq!(agree("Nguyễn Văn Mẹ", version.clone()).await.status, StatusCode::NO_CONTENT);
    assert_eq!(lan.get("/me").await.body["guardian"]["name"], "Nguyễn Văn Mẹ");

    assert_eq!(mother.delete(&format!("/guardians/{code}")).await.status, StatusCode::NO_CONTENT);
    assert_eq!(hand_in().await.code(), (403, "guardian-consent-needed"), "taken back");
    assert_eq!(agree("Nguyễn Văn Mẹ", version).await.status, StatusCode::NO_CONTENT);
    assert_eq!(hand_in().await.status, StatusCode::CREATED);
    assert_eq!(mother.get("/guardians/dtg_x").await.code(), (410, "dead-link"));
}

/// The server's own task may have sent the letter into the outbox by now.
async fn guardian_code_in_outbox_or_table(server: &Server) -> String {
    for _ in 0..100 {
        let waiting: i64 = sqlx::query_scalar("SELECT count(*) FROM mails WHERE sent_at IS NULL")
            .fetch_one(&server.db)
            .await
            .unwrap();
        if waiting == 0 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    for entry in std::fs::read_dir(&server.config.mail.outbox).unwrap() {
        let text = std::fs::read_to_string(entry.unwrap().path()).unwrap();
        if let Some(code) = code_in(&text) {
            return code;
        }
    }
    guardian_code(&server.db).await
}

/// The code in a letter as it was sent: its body is encoded.
fn code_in(message: &str) -> Option<String> {
    use base64::{Engine, engine::general_purpose::STANDARD};
    let (head, body) = message.split_once("\r\n\r\n")?;
    let text = if head.contains("Content-Transfer-Encoding: base64") {
        String::from_utf8(STANDARD.decode(body.replace(['\r', '\n'], "")).ok()?).ok()?
    } else {
        body.replace("=\r\n", "").replace("=3D", "=")
    };
    Some(text.split("/guardian/").nth(1)?.split_whitespace().next()?.to_owned())
}

#[sqlx::test(migrations = "./migrations")]
async fn a_guardians_link_dies_after_two_weeks_and_with_its_successor(db: PgPool) {
    let site = Site::start(db.clone()).await;
    let lan = site.person("lan").await;
    lan.put("/me/guardian", json!({ "email": "me@nha.vn" })).await;
    let first = guardian_code(&db).await;
    lan.put("/me/guardian", json!({ "email": "ba@nha.vn" })).await;
    let second = guardian_code(&db).await;
    assert_eq!(site.browser().get(&format!("/guardians/{first}")).await.code(), (410, "dead-link"));
    assert_eq!(site.browser().get(&format!("/guardians/{second}")).await.status, StatusCode::OK);
    let version = agreed(&lan).await["privacy"].clone();
    sqlx::query("UPDATE guardians SET expires_at = clock_timestamp()").execute(&db).await.unwrap();
    let late = site
        .browser()
        .post(&format!("/guardians/{second}"), json!({ "name": "Ba", "version": version }))
        .await;
    assert_eq!(late.code(), (410, "dead-link"));
}

#[sqlx::test(migrations = "./migrations")]
async fn evidence_is_a_picture_or_a_pdf_of_five_megabytes_at_most(db: PgPool) {
    let server = Server::start(db.clone()).await;
    let lan = server.person("lan").await;
    for junk in [&b""[..], b"PK\x03\x04 zip", b"<svg xmlns=x>", b"%PD"] {
        let answer = lan.answer(lan.request(Method::PUT, "/me/evidence?claim=student").body(junk)).await;
        assert_eq!(answer.code(), (422, "no-evidence"), "{junk:?}");
    }
    let mut large = PDF.to_vec();
    large.resize(5 * 1024 * 1024 + 1, b' ');
    let answer = lan.answer(lan.request(Method::PUT, "/me/evidence?claim=student").body(large)).await;
    assert_eq!(answer.code(), (413, "file-too-large"));
    assert_eq!(put_evidence(&lan, "teacher", PDF).await.code(), (400, "wrong-query"));
    assert_eq!(put_evidence(&lan, "pupil", PDF).await.code(), (403, "birth-year-needed"));
    let blobs: i64 = sqlx::query_scalar("SELECT count(*) FROM blobs").fetch_one(&db).await.unwrap();
    assert_eq!(blobs, 0, "what was refused is not kept");

    let kept = put_evidence(&lan, "student", PDF).await;
    assert_eq!((kept.status, &kept.body["state"]), (StatusCode::OK, &json!("waiting")));
    assert_eq!(lan.get("/me").await.body["status"], Value::Null);
    let other = put_evidence(&lan, "student", PNG).await;
    assert_ne!(other.body["id"], kept.body["id"]);
    let blobs: i64 = sqlx::query_scalar("SELECT count(*) FROM blobs").fetch_one(&db).await.unwrap();
    assert_eq!(blobs, 1, "the one before is gone");
    let file = lan.answer(lan.request(Method::GET, "/me/evidence")).await;
    assert_eq!((file.status, &file.headers["content-type"]), (StatusCode::OK, &"image/png".parse().unwrap()));
    assert_eq!(file.headers["content-security-policy"], "sandbox");
    assert_eq!(lan.delete("/me/evidence").await.status, StatusCode::NO_CONTENT);
    assert_eq!(lan.get("/me/evidence").await.code(), (404, "not-found"));
    assert_eq!(lan.delete("/me/evidence").await.code(), (404, "not-found"));
}

#[sqlx::test(migrations = "./migrations")]
async fn organizers_of_the_persons_competition_decide_on_evidence_and_each_look_is_recorded(db: PgPool) {
    let server = Server::start(db.clone()).await;
    let admin = server.admin().await;
    let organizer = server.person_with("tochuc", &[Role::Organizer]).await;
    let stranger = server.person_with("khac", &[Role::Organizer]).await;
    Contest::result().import(&organizer).await;
    let lan = server.entrant("lan").await;
    let id = put_evidence(&lan, "student", PDF).await.text("id");
    let (file, decision) = (format!("/evidence/{id}/file"), format!("/evidence/{id}/decision"));
    for nobody in [&stranger, &lan] {
        assert_eq!(nobody.get(&file).await.code(), (404, "not-found"));
        assert_eq!(nobody.put(&decision, json!({ "accepted": true })).await.code(), (404, "not-found"));
        assert_eq!(nobody.get("/competitions/thi/evidence").await.code(), (404, "not-found"));
    }
    let listed = organizer.get("/competitions/thi/evidence?waiting=true").await.body;
    assert_eq!((&listed["items"][0]["id"], &listed["items"][0]["name"]), (&json!(id), &json!("lan")));
    assert_eq!(organizer.get(&file).await.status, StatusCode::OK);
    assert_eq!(organizer.put(&decision, json!({ "accepted": false })).await.code(), (422, "invalid"), "why?");
    let refused = organizer.put(&decision, json!({ "accepted": false, "reason": "Ảnh quá mờ." })).await;
    assert_eq!(refused.status, StatusCode::NO_CONTENT);
    let mine = lan.get("/me").await.body;
    assert_eq!((&mine["evidence"]["reason"], &mine["status"]), (&json!("Ảnh quá mờ."), &Value::Null));
    for _ in 0..2 {
        assert_eq!(admin.put(&decision, json!({ "accepted": true })).await.status, StatusCode::NO_CONTENT);
    }
    assert_eq!(lan.get("/me").await.body["status"], "student");
    let acts: Vec<String> =
        sqlx::query_scalar("SELECT verb FROM audit_acts WHERE verb LIKE 'evidence.%' ORDER BY id")
            .fetch_all(&db)
            .await
            .unwrap();
    assert_eq!(acts, ["evidence.seen", "evidence.refused", "evidence.accepted"]);
    let told: i64 = sqlx::query_scalar("SELECT count(*) FROM notifications").fetch_one(&db).await.unwrap();
    assert_eq!(told, 2);
    assert!(
        organizer.get("/competitions/thi/evidence?waiting=true").await.body["items"]
            .as_array()
            .unwrap()
            .is_empty()
    );

    // What it was compared with changes: it is looked at again.
    lan.put("/me/profile", profile(university(), json!(2004))).await;
    assert_eq!(lan.get("/me").await.body["status"], Value::Null);
}

#[sqlx::test(migrations = "./migrations")]
async fn a_division_for_students_takes_accepted_evidence_only(db: PgPool) {
    let server = Server::start(db.clone()).await;
    server.place_fake_image().await;
    let admin = server.admin().await;
    let phase = Contest::result().import(&admin).await;
    sqlx::query("UPDATE divisions SET requires = 'student'").execute(&db).await.unwrap();
    let lan = server.entrant("lan").await;
    assert_eq!(lan.hand_in(&phase, "p.csv", CSV).await.code().1, "evidence-needed");
    let id = put_evidence(&lan, "student", PDF).await.text("id");
    assert_eq!(lan.hand_in(&phase, "p.csv", CSV).await.code().1, "evidence-needed", "it waits");
    admin.put(&format!("/evidence/{id}/decision"), json!({ "accepted": true })).await;
    assert_eq!(lan.hand_in(&phase, "p.csv", CSV).await.status, StatusCode::CREATED);
    lan.delete("/me/evidence").await;
    assert_eq!(lan.hand_in(&phase, "p.csv", CSV).await.code().1, "evidence-needed", "taken back");
}

#[sqlx::test(migrations = "./migrations")]
async fn no_token_changes_who_its_owner_is(db: PgPool) {
    let server = Server::start(db).await;
    let lan = server.person("lan").await;
    let scopes = json!({ "name": "máy", "scopes": ["read", "submit", "manage", "admin"] });
    let token = lan.post("/tokens", scopes).await.text("token");
    let program = server.browser().with("authorization", &format!("Bearer {token}"));
    let agreed = agreed(&lan).await;
    assert_eq!(
        program.put("/me/profile", profile(university(), Value::Null)).await.code(),
        (403, "session-needed")
    );
    assert_eq!(program.put("/me/consents", agreed).await.code(), (403, "session-needed"));
    assert_eq!(program.delete("/me/consents").await.code(), (403, "session-needed"));
    assert_eq!(
        program.put("/me/guardian", json!({ "email": "a@b.vn" })).await.code(),
        (403, "session-needed")
    );
    assert_eq!(put_evidence(&program, "student", PDF).await.code(), (403, "session-needed"));
    assert_eq!(program.delete("/me/evidence").await.code(), (403, "session-needed"));
    let change = json!({ "email": "a@b.vn", "password": PASSWORD });
    assert_eq!(program.put("/me/email", change).await.code(), (403, "session-needed"));
}
