//! The log of acts, what people are told, announcements and questions.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use dautri::{
    accounts::Role,
    audit::{self, Act, Audit, ChainFault},
    kernel::ids::{CompetitionId, TeamId, UserId},
    notifications::{Notice, notify},
};
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::harness::{Browser, Contest, Server};

async fn act(db: &PgPool, subject: &str) {
    let mut conn = db.acquire().await.unwrap();
    audit::record(&mut conn, Act::new("team.approved", "team", subject).because("đủ điều kiện"))
        .await
        .unwrap();
}

/// Goes around the database's own rules, as somebody with its superuser could.
async fn tamper(db: &PgPool, sql: &'static str) {
    let mut conn = db.acquire().await.unwrap();
    sqlx::query("SET session_replication_role = replica").execute(&mut *conn).await.unwrap();
    sqlx::query(sql).execute(&mut *conn).await.unwrap();
    sqlx::query("SET session_replication_role = DEFAULT").execute(&mut *conn).await.unwrap();
}

#[sqlx::test(migrations = "./migrations")]
async fn acts_are_sealed_into_one_chain_however_many_seal_at_once(db: PgPool) {
    for n in 0..40 {
        act(&db, &n.to_string()).await;
    }
    let sealers = (0..4).map(|_| {
        let audit = Audit::new(db.clone());
        tokio::spawn(async move { audit.seal().await.unwrap() })
    });
    let mut sealed = 0;
    for sealer in sealers.collect::<Vec<_>>() {
        sealed += sealer.await.unwrap();
    }
    sealed += Audit::new(db.clone()).seal().await.unwrap();
    assert_eq!(sealed, 40);
    act(&db, "later").await;
    let report = Audit::new(db.clone()).verify(None).await.unwrap();
    assert_eq!((report.sealed, report.waiting, &report.faults[..]), (40, 1, &[][..]));
    Audit::new(db.clone()).seal().await.unwrap();
    let noted = Audit::new(db.clone()).verify(Some(&report.head.to_uppercase())).await.unwrap();
    assert_eq!((noted.sealed, noted.waiting, &noted.faults[..]), (41, 0, &[][..]));
}

#[sqlx::test(migrations = "./migrations")]
async fn an_act_whose_transaction_is_rolled_back_leaves_nothing(db: PgPool) {
    let mut tx = db.begin().await.unwrap();
    audit::record(&mut tx, Act::new("team.approved", "team", "a")).await.unwrap();
    tx.rollback().await.unwrap();
    act(&db, "b").await;
    Audit::new(db.clone()).seal().await.unwrap();
    let report = Audit::new(db).verify(None).await.unwrap();
    assert_eq!((report.sealed, &report.faults[..]), (1, &[][..]));
}

#[sqlx::test(migrations = "./migrations")]
async fn the_database_refuses_to_change_what_was_recorded(db: PgPool) {
    act(&db, "a").await;
    Audit::new(db.clone()).seal().await.unwrap();
    for sql in [
        "UPDATE audit_acts SET reason = 'x'",
        "DELETE FROM audit_acts",
        "TRUNCATE audit_acts CASCADE",
        "UPDATE audit_seals SET number = 7",
        "DELETE FROM audit_seals",
        "TRUNCATE audit_seals",
    ] {
        let error = sqlx::query(sql).execute(&db).await.unwrap_err().to_string();
        assert!(error.contains("never changed"), "{sql}: {error}");
    }
}

#[sqlx::test(migrations = "./migrations")]
async fn whoever_goes_around_the_database_is_found_out(db: PgPool) {
    let audit = Audit::new(db.clone());
    for n in 0..5 {
        act(&db, &n.to_string()).await;
    }
    audit.seal().await.unwrap();
    let head = audit.verify(None).await.unwrap().head;
    let faults = async || audit.verify(Some(&head)).await.unwrap().faults;

    tamper(&db, "UPDATE audit_acts SET reason = 'x' WHERE subject_id = '2'").await;
    assert_eq!(faults().await, [ChainFault::Changed { number: 3, act: 3 }]);
    tamper(&db, "UPDATE audit_acts SET reason = 'đủ điều kiện' WHERE subject_id = '2'").await;
    assert_eq!(faults().await, []);

    tamper(&db, "DELETE FROM audit_acts WHERE subject_id = '1'").await;
    assert_eq!(faults().await, [ChainFault::MissingAct { number: 2, act: 2 }]);

    tamper(&db, "DELETE FROM audit_seals WHERE number = 4").await;
    let found = faults().await;
    assert!(found.contains(&ChainFault::MissingSeal { expected: 4, found: 5 }), "{found:?}");
    assert!(found.contains(&ChainFault::Unsealed { count: 1 }), "{found:?}");

    // The end cut off and its acts with it: only a head that was noted down elsewhere can tell.
    tamper(&db, "DELETE FROM audit_seals WHERE number >= 4").await;
    tamper(&db, "DELETE FROM audit_acts WHERE id >= 4").await;
    assert!(faults().await.contains(&ChainFault::NotedHashMissing));
}

#[sqlx::test(migrations = "./migrations")]
async fn acts_are_read_by_the_organizers_of_their_competition_and_by_administrators(db: PgPool) {
    let server = Server::start(db.clone()).await;
    let admin = server.admin().await;
    let organizer = server.person_with("organizer", &[Role::Organizer]).await;
    let other = server.person_with("other", &[Role::Organizer]).await;
    let lan = server.person("lan").await;
    Contest::result().import(&organizer).await;
    let announced = organizer
        .post(
            "/competitions/thi/announcements",
            json!({ "title": { "vi": "Mở vòng 1", "en": "Round 1 opens" }, "body": { "vi": "Nộp đi", "en": "Hand in" } }),
        )
        .await;
    assert_eq!(announced.status, 201, "{:?}", announced.body);
    let path = "/competitions/thi/audit";
    let acts = organizer.get(path).await;
    let verbs: Vec<&str> =
        acts.body["items"].as_array().unwrap().iter().map(|a| a["verb"].as_str().unwrap()).collect();
    assert_eq!(verbs[0], "announcement.published", "{:?}", acts.body);
    assert_eq!(acts.body["items"][0]["actor"], json!(organizer.id));
    assert_eq!(other.get(path).await.code(), (403, "forbidden"));
    assert_eq!(lan.get(path).await.code(), (403, "forbidden"));
    assert_eq!(server.browser().get(path).await.code(), (401, "not-logged-in"));
    assert_eq!(organizer.get("/audit").await.code(), (403, "forbidden"));
    let first = admin.get("/audit?limit=1").await;
    assert_eq!(first.body["items"].as_array().unwrap().len(), 1);
    let before = first.text("next");
    let second = admin.get(&format!("/audit?limit=200&before={before}")).await;
    assert!(!second.body["items"].as_array().unwrap().contains(&first.body["items"][0]));
    let head = server.browser().get("/audit/head").await;
    assert_eq!(head.status, 200, "{:?}", head.body);
}

fn team_approved(name: &str) -> Notice {
    Notice::TeamApproved {
        competition: CompetitionId::new(),
        team: TeamId::new(),
        team_name: name.to_owned(),
    }
}

async fn tell(db: &PgPool, people: &[&Browser], notice: &Notice) {
    let users: Vec<UserId> = people.iter().map(|p| p.id.parse().unwrap()).collect();
    let mut tx = db.begin().await.unwrap();
    notify(&mut tx, &users, notice).await.unwrap();
    tx.commit().await.unwrap();
}

async fn letters(db: &PgPool, person: &Browser, subject: &str) -> i64 {
    sqlx::query_scalar("SELECT count(*) FROM mails WHERE user_id = $1 AND subject LIKE '%' || $2 || '%'")
        .bind(person.id.parse::<uuid::Uuid>().unwrap())
        .bind(subject)
        .fetch_one(db)
        .await
        .unwrap()
}

#[sqlx::test(migrations = "./migrations")]
async fn notices_are_ones_own_and_can_be_read_once(db: PgPool) {
    let server = Server::start(db.clone()).await;
    let (lan, minh) = (server.person("lan").await, server.person("minh").await);
    tell(&db, &[&lan], &team_approved("Sao Mai")).await;
    tell(&db, &[&lan, &minh], &team_approved("Sao Hôm")).await;
    let mine = lan.get("/me/notifications").await;
    assert_eq!(mine.body["unread"], 2);
    assert_eq!(mine.body["items"][0]["notice"]["kind"], "team_approved");
    assert!(mine.body["items"][0]["sentence"]["vi"].as_str().unwrap().contains("Sao Hôm"));
    let id = mine.body["items"][1]["id"].clone();
    // Somebody else's notice cannot be marked.
    assert_eq!(minh.post("/me/notifications/read", json!({ "ids": [id] })).await.body["unread"], 1);
    assert_eq!(lan.get("/me/notifications").await.body["unread"], 2);
    assert_eq!(lan.post("/me/notifications/read", json!({ "ids": [id] })).await.body["unread"], 1);
    let unread = lan.get("/me/notifications?unread=true").await;
    assert_eq!(unread.body["items"].as_array().unwrap().len(), 1);
    assert_eq!(lan.post("/me/notifications/read", json!({})).await.body["unread"], 0);
    assert_eq!(server.browser().get("/me/notifications").await.code(), (401, "not-logged-in"));
}

#[sqlx::test(migrations = "./migrations")]
async fn a_kind_of_notice_that_nobody_wants_by_mail_is_shown_and_not_mailed(db: PgPool) {
    let server = Server::start(db.clone()).await;
    let (lan, minh) = (server.person("lan").await, server.person("minh").await);
    let path = "/me/notification-preferences/team_approved";
    assert_eq!(lan.put(path, json!({ "by_mail": false })).await.status, 204);
    assert_eq!(lan.put(path, json!({ "by_mail": false })).await.status, 204);
    tell(&db, &[&lan, &minh], &team_approved("Sao Mai")).await;
    assert_eq!(lan.get("/me/notifications").await.body["unread"], 1);
    assert_eq!((letters(&db, &lan, "Sao Mai").await, letters(&db, &minh, "Sao Mai").await), (0, 1));
    assert_eq!(lan.put(path, json!({ "by_mail": true })).await.status, 204);
    tell(&db, &[&lan], &team_approved("Sao Mai")).await;
    assert_eq!(letters(&db, &lan, "Sao Mai").await, 1);
    let unknown = lan.put("/me/notification-preferences/weather", json!({ "by_mail": true })).await;
    assert_eq!(unknown.code(), (422, "unknown-notice-kind"));
    let all = lan.get("/me/notification-preferences").await;
    let joined = all.body.as_array().unwrap().iter().find(|p| p["kind"] == "team_member_joined").unwrap();
    assert_eq!((&joined["by_mail"], &joined["default"]), (&json!(false), &json!(false)));
}

#[sqlx::test(migrations = "./migrations")]
async fn an_announcement_reaches_every_member_and_everybody_can_read_it(db: PgPool) {
    let server = Server::start(db.clone()).await;
    let organizer = server.person_with("organizer", &[Role::Organizer]).await;
    Contest::result().import(&organizer).await;
    let lan = server.entrant("lan").await;
    let outsider = server.person("minh").await;
    let path = "/competitions/thi/announcements";
    let text = json!({ "title": { "vi": "Lùi hạn", "en": "Later deadline" }, "body": { "vi": "Một\nngày", "en": "One\nday" } });
    assert_eq!(lan.post(path, text.clone()).await.code(), (403, "forbidden"));
    let made = organizer.post(path, text).await;
    assert_eq!(made.status, 201, "{:?}", made.body);
    assert_eq!(lan.get("/me/notifications").await.body["items"][0]["notice"]["kind"], "announcement");
    assert_eq!(letters(&db, &lan, "Lùi hạn").await, 1);
    assert_eq!(outsider.get("/me/notifications").await.body["unread"], 0);
    let listed = server.browser().get(path).await;
    assert_eq!(listed.body["items"][0]["body"]["vi"], "Một\nngày");
    for wrong in [
        json!({ "title": { "vi": "", "en": "x" }, "body": { "vi": "x", "en": "x" } }),
        json!({ "title": { "vi": "x", "en": "x" }, "body": { "vi": "x", "en": "a\u{0}b" } }),
        json!({ "title": { "vi": "x", "en": "x" }, "body": { "vi": "x".repeat(10_001), "en": "x" } }),
    ] {
        assert_eq!(organizer.post(path, wrong).await.code(), (422, "invalid"));
    }
    let withdrawal = format!("/announcements/{}/withdrawal", made.text("id"));
    assert_eq!(lan.post(&withdrawal, json!({ "reason": "nhầm" })).await.code(), (403, "forbidden"));
    assert_eq!(organizer.post(&withdrawal, json!({ "reason": "nhầm" })).await.status, 204);
    assert_eq!(organizer.post(&withdrawal, json!({ "reason": "nhầm" })).await.code(), (404, "not-found"));
    assert_eq!(server.browser().get(path).await.body["items"], json!([]));
}

fn subjects(page: &Value) -> Vec<&str> {
    page["items"].as_array().unwrap().iter().map(|q| q["subject"].as_str().unwrap()).collect()
}

#[sqlx::test(migrations = "./migrations")]
async fn a_question_is_private_until_it_is_answered_publicly(db: PgPool) {
    let server = Server::start(db.clone()).await;
    let organizer = server.person_with("organizer", &[Role::Organizer]).await;
    Contest::result().import(&organizer).await;
    let (lan, minh) = (server.person("lan").await, server.person("minh").await);
    let path = "/competitions/thi/questions";
    let asked = lan.post(path, json!({ "subject": "Hạn nộp?", "body": "Mấy giờ ạ?" })).await;
    assert_eq!(asked.status, 201, "{:?}", asked.body);
    assert_eq!(organizer.get("/me/notifications").await.body["items"][0]["notice"]["kind"], "question_asked");
    assert_eq!(subjects(&minh.get(path).await.body), [""; 0]);
    assert_eq!(subjects(&server.browser().get(path).await.body), [""; 0]);
    assert_eq!(subjects(&lan.get(path).await.body), ["Hạn nộp?"]);
    let seen = organizer.get(&format!("{path}?unanswered=true")).await;
    assert_eq!(seen.body["items"][0]["asker"]["name"], "lan");

    let answer = format!("/questions/{}/answer", asked.text("id"));
    let text = json!({ "answer": "17 giờ." });
    assert_eq!(minh.put(&answer, text.clone()).await.code(), (404, "not-found"), "not theirs to know of");
    assert_eq!(lan.put(&answer, text.clone()).await.code(), (403, "forbidden"));
    assert_eq!(organizer.put(&answer, text).await.status, 200);
    assert_eq!(lan.get("/me/notifications").await.body["items"][0]["notice"]["kind"], "question_answered");
    assert_eq!(subjects(&minh.get(path).await.body), [""; 0], "the answer was to the asker alone");
    assert_eq!(subjects(&organizer.get(&format!("{path}?unanswered=true")).await.body), [""; 0]);

    assert_eq!(organizer.put(&answer, json!({ "answer": "17 giờ.", "public": true })).await.status, 200);
    let public = server.browser().get(path).await;
    assert_eq!(public.body["items"][0]["answer"], "17 giờ.");
    assert!(!public.body.to_string().contains("lan"), "a public question never names its asker");
}

#[sqlx::test(migrations = "./migrations")]
async fn nobody_floods_the_organizers_with_questions(db: PgPool) {
    let server = Server::start(db.clone()).await;
    let organizer = server.person_with("organizer", &[Role::Organizer]).await;
    Contest::result().import(&organizer).await;
    let lan = server.person("lan").await;
    let path = "/competitions/thi/questions";
    let asking = (0..24).map(|n| {
        let lan = lan.clone();
        tokio::spawn(async move {
            lan.post(path, json!({ "subject": format!("Câu {n}"), "body": "?" })).await.status.as_u16()
        })
    });
    let mut answers = Vec::new();
    for one in asking.collect::<Vec<_>>() {
        answers.push(one.await.unwrap());
    }
    assert_eq!(answers.iter().filter(|code| **code == 201).count(), 10, "{answers:?}");
    assert_eq!(answers.iter().filter(|code| **code == 409).count(), 14, "{answers:?}");
    assert_eq!(server.browser().post(path, json!({ "subject": "a", "body": "b" })).await.code().0, 401);
}
