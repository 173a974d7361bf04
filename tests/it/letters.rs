//! Letters: that they are sent, once, and what can be done with what stands in them.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{num::NonZeroU32, path::PathBuf, time::Duration};

use dautri::{
    config,
    mail::{self, Letter, Post},
};
use futures::future::join_all;
use reqwest::StatusCode;
use serde_json::json;
use sqlx::PgPool;

use crate::{
    harness::{Server, SmtpServer},
    people::{Answer, Browser, PASSWORD, Site},
};

const NEW_PASSWORD: &str = "mật khẩu mới tinh";

/// Texts of the letters to an address that wait to be sent, oldest first.
async fn letters(db: &PgPool, name: &str) -> Vec<String> {
    let waiting = "SELECT body FROM mails WHERE address = $1 AND sent_at IS NULL ORDER BY created_at";
    sqlx::query_scalar(waiting).bind(format!("{name}@truong.edu.vn")).fetch_all(db).await.unwrap()
}

/// The code at the end of the last letter's link of this kind.
async fn link(db: &PgPool, name: &str, kind: &str) -> String {
    let letters = letters(db, name).await;
    let marker = format!("http://dautri.test/{kind}/");
    let letter = letters.iter().rev().find(|letter| letter.contains(&marker)).unwrap();
    letter.split(&marker).nth(1).unwrap().split_whitespace().next().unwrap().to_owned()
}

/// The six digits of the last letter.
async fn digits(db: &PgPool, name: &str) -> String {
    let letter = letters(db, name).await.pop().unwrap();
    let digits = letter.split(|c: char| !c.is_ascii_digit()).find(|run| run.len() == 6);
    digits.unwrap().to_owned()
}

fn address(name: &str) -> serde_json::Value {
    json!({ "email": format!("{name}@truong.edu.vn") })
}

async fn with_code(site: &Site, name: &str, code: &str) -> Answer {
    let form = json!({ "email": format!("{name}@truong.edu.vn"), "code": code });
    site.browser().post("/session/code", form).await
}

async fn log_in(site: &Site, name: &str, password: &str) -> Answer {
    let form = json!({ "email": format!("{name}@truong.edu.vn"), "password": password });
    site.browser().post("/session", form).await
}

async fn make_team(person: &Browser) -> Answer {
    person.post("/competitions/khong-co/teams", json!({ "name": "Sao Mai", "division": "a" })).await
}

#[sqlx::test(migrations = "./migrations")]
async fn who_must_confirm_takes_no_part_before(db: PgPool) {
    let site = Site::start_with(db.clone(), |settings| settings.confirm_email = true).await;
    let lan = site.person("lan").await;
    let me = lan.get("/me").await;
    assert_eq!(
        (&me.body["needs"], &me.body["email_confirmed"]),
        (&json!(["email-confirmation"]), &json!(false))
    );
    assert_eq!(make_team(&lan).await.code(), (403, "email-unconfirmed"));
    assert_eq!(lan.post("/invitations/dti_x", json!({})).await.code(), (403, "email-unconfirmed"));

    let code = link(&db, "lan", "confirm").await;
    // By whatever browser the letter was opened in.
    let confirmed = site.browser().post(&format!("/confirmations/{code}"), json!({})).await;
    assert_eq!(confirmed.status, StatusCode::NO_CONTENT);
    let me = lan.get("/me").await;
    assert_eq!((&me.body["needs"], &me.body["email_confirmed"]), (&json!([]), &json!(true)));
    assert_eq!(make_team(&lan).await.code(), (404, "not-found"), "only the competition is missing now");
    let again = site.browser().post(&format!("/confirmations/{code}"), json!({})).await;
    assert_eq!(again.code(), (410, "dead-link"));
}

#[sqlx::test(migrations = "./migrations")]
async fn where_nobody_must_confirm_everybody_takes_part(db: PgPool) {
    let site = Site::start(db).await;
    let lan = site.person("lan").await;
    assert_eq!(lan.get("/me").await.body["needs"], json!([]));
    assert_eq!(make_team(&lan).await.code(), (404, "not-found"));
}

#[sqlx::test(migrations = "./migrations")]
async fn a_newer_link_kills_the_older_and_time_kills_both(db: PgPool) {
    let site = Site::start(db.clone()).await;
    let lan = site.person("lan").await;
    let first = link(&db, "lan", "confirm").await;
    assert_eq!(lan.post("/me/confirmation", json!({})).await.status, StatusCode::ACCEPTED);
    let second = link(&db, "lan", "confirm").await;
    assert_ne!(first, second);
    let confirm = async |code: &str| site.browser().post(&format!("/confirmations/{code}"), json!({})).await;
    assert_eq!(confirm(&first).await.code(), (410, "dead-link"));
    sqlx::query("UPDATE mail_links SET expires_at = clock_timestamp()").execute(&db).await.unwrap();
    assert_eq!(confirm(&second).await.code(), (410, "dead-link"));
    for junk in ["", "x", "dtr_x", "%00", &second.replace("dtc_", "dtr_")] {
        assert!([404, 405, 410].contains(&confirm(junk).await.status.as_u16()), "{junk}");
    }
    lan.post("/me/confirmation", json!({})).await;
    let third = link(&db, "lan", "confirm").await;
    assert_eq!(confirm(&third).await.status, StatusCode::NO_CONTENT);
    let before = letters(&db, "lan").await.len();
    assert_eq!(lan.post("/me/confirmation", json!({})).await.status, StatusCode::ACCEPTED);
    assert_eq!(letters(&db, "lan").await.len(), before, "nothing waits to be confirmed");
}

#[sqlx::test(migrations = "./migrations")]
async fn a_new_address_holds_once_it_is_confirmed(db: PgPool) {
    let site = Site::start(db.clone()).await;
    let (lan, minh) = (site.person("lan").await, site.person("minh").await);
    let change = |name: &str, password: &str| json!({ "email": format!("{name}@truong.edu.vn"), "password": password });
    assert_eq!(lan.put("/me/email", change("hoa", "không đúng đâu")).await.code(), (403, "wrong-password"));
    assert_eq!(lan.put("/me/email", change("minh", PASSWORD)).await.code(), (409, "email-taken"));
    assert_eq!(lan.put("/me/email", change("hoa", PASSWORD)).await.status, StatusCode::ACCEPTED);
    let me = lan.get("/me").await.body;
    assert_eq!(
        (&me["email"], &me["email_pending"]),
        (&json!("lan@truong.edu.vn"), &json!("hoa@truong.edu.vn"))
    );
    let told = letters(&db, "lan").await.pop().unwrap();
    assert!(told.contains("đổi địa chỉ"), "{told}");

    // Somebody else takes the address before it is confirmed.
    let code = link(&db, "hoa", "confirm").await;
    assert_eq!(minh.put("/me/email", change("hoa", PASSWORD)).await.status, StatusCode::ACCEPTED);
    let quicker = link(&db, "hoa", "confirm").await;
    let confirm = async |code: &str| site.browser().post(&format!("/confirmations/{code}"), json!({})).await;
    assert_eq!(confirm(&quicker).await.status, StatusCode::NO_CONTENT);
    assert_eq!(confirm(&code).await.code(), (409, "email-taken"));
    assert_eq!(lan.get("/me").await.body["email"], "lan@truong.edu.vn");
    assert_eq!(log_in(&site, "hoa", PASSWORD).await.text("id"), minh.id);
    assert_eq!(log_in(&site, "minh", PASSWORD).await.code(), (401, "wrong-credentials"));
}

#[sqlx::test(migrations = "./migrations")]
async fn asking_for_a_letter_tells_nothing_of_an_address(db: PgPool) {
    let site = Site::start(db.clone()).await;
    site.person("lan").await;
    for path in ["/password-resets", "/session/codes"] {
        let (known, unknown) =
            (site.browser().post(path, address("LAN")).await, site.browser().post(path, address("ai")).await);
        assert_eq!((known.status, known.body), (unknown.status, unknown.body), "{path}");
        assert_eq!(unknown.status, StatusCode::ACCEPTED);
        assert!(letters(&db, "ai").await.is_empty());
        let wrong = site.browser().post(path, json!({ "email": "x@y\r\nBcc: z@w.vn" })).await;
        assert_eq!(wrong.code(), (422, "invalid"));
    }
    assert_eq!(letters(&db, "lan").await.len(), 3);
    let before = site.accounts.passwords_hashed();
    site.browser().post("/session/codes", address("ai")).await;
    assert_eq!(site.accounts.passwords_hashed() - before, 1, "an unknown address costs the same hash");
}

#[sqlx::test(migrations = "./migrations")]
async fn a_reset_works_once_and_ends_every_session(db: PgPool) {
    let site = Site::start(db.clone()).await;
    let lan = site.person("lan").await;
    site.browser().post("/password-resets", address("lan")).await;
    let code = link(&db, "lan", "reset").await;
    let stored: Vec<Vec<u8>> =
        sqlx::query_scalar("SELECT secret_hash FROM mail_links").fetch_all(&db).await.unwrap();
    assert!(stored.contains(&dautri::accounts::secret::hash(&code).to_vec()), "only the hash is kept");

    let path = format!("/password-resets/{code}");
    let short = site.browser().put(&path, json!({ "password": "ngắn" })).await;
    assert_eq!(short.code(), (422, "invalid"), "and the link still works:");
    let (one, two) = (site.browser(), site.browser());
    let form = || json!({ "password": NEW_PASSWORD });
    let (a, b) = tokio::join!(one.put(&path, form()), two.put(&path, form()));
    let mut codes = [a.code(), b.code()];
    codes.sort_unstable();
    assert_eq!(codes, [(204, ""), (410, "dead-link")]);

    assert_eq!(lan.get("/session").await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(log_in(&site, "lan", PASSWORD).await.code(), (401, "wrong-credentials"));
    assert_eq!(log_in(&site, "lan", NEW_PASSWORD).await.status, StatusCode::OK);
    assert!(letters(&db, "lan").await.pop().unwrap().contains("đã được đặt lại"));
}

#[sqlx::test(migrations = "./migrations")]
async fn a_reset_is_dead_after_an_hour_and_costs_no_hash(db: PgPool) {
    let site = Site::start(db.clone()).await;
    site.person("lan").await;
    site.browser().post("/password-resets", address("lan")).await;
    let lasts: bool = sqlx::query_scalar(
        "SELECT expires_at = created_at + interval '1 hour' OR expires_at - created_at < interval '1 hour 1 second'
                AND expires_at - created_at > interval '59 minutes'
         FROM mail_links WHERE purpose = 'reset'",
    )
    .fetch_one(&db)
    .await
    .unwrap();
    assert!(lasts);
    let code = link(&db, "lan", "reset").await;
    sqlx::query("UPDATE mail_links SET expires_at = clock_timestamp()").execute(&db).await.unwrap();
    let before = site.accounts.passwords_hashed();
    let late =
        site.browser().put(&format!("/password-resets/{code}"), json!({ "password": NEW_PASSWORD })).await;
    assert_eq!(late.code(), (410, "dead-link"));
    assert_eq!(site.accounts.passwords_hashed(), before);
}

#[sqlx::test(migrations = "./migrations")]
async fn a_code_opens_one_session(db: PgPool) {
    let site = Site::start(db.clone()).await;
    let lan = site.person("lan").await;
    site.browser().post("/session/codes", address("lan")).await;
    let first = digits(&db, "lan").await;
    site.browser().post("/session/codes", address("lan")).await;
    let code = digits(&db, "lan").await;
    if first != code {
        assert_eq!(
            with_code(&site, "lan", &first).await.code(),
            (401, "wrong-code"),
            "a newer one replaced it"
        );
    }
    assert_eq!(with_code(&site, "minh", &code).await.code(), (401, "wrong-code"), "it is Lan's");
    let spaced = format!("{} {}", &code[..3], &code[3..]);
    let answer = with_code(&site, "lan", &spaced).await;
    assert_eq!((answer.status, answer.text("id")), (StatusCode::OK, lan.id.clone()));
    assert_eq!(with_code(&site, "lan", &code).await.code(), (401, "wrong-code"), "once");
    assert_eq!(lan.get("/me").await.body["email_confirmed"], true, "the mailbox is proved");
}

#[sqlx::test(migrations = "./migrations")]
async fn of_many_guesses_at_once_five_count_and_kill_the_code(db: PgPool) {
    let site = Site::start(db.clone()).await;
    site.person("lan").await;
    site.browser().post("/session/codes", address("lan")).await;
    let code = digits(&db, "lan").await;
    let wrong = if code == "000000" { "000001" } else { "000000" };
    let guesses = join_all((0..32).map(|_| with_code(&site, "lan", wrong))).await;
    assert!(guesses.iter().all(|guess| [401, 429].contains(&guess.status.as_u16())));
    let tries: i32 = sqlx::query_scalar("SELECT tries FROM log_in_codes").fetch_one(&db).await.unwrap();
    assert_eq!(tries, 5);
    tokio::time::sleep(Duration::from_millis(1100)).await;
    assert_eq!(with_code(&site, "lan", &code).await.code(), (401, "wrong-code"), "even the right one");
}

#[sqlx::test(migrations = "./migrations")]
async fn a_code_is_dead_after_ten_minutes(db: PgPool) {
    let site = Site::start(db.clone()).await;
    site.person("lan").await;
    site.browser().post("/session/codes", address("lan")).await;
    let code = digits(&db, "lan").await;
    let minutes: f64 = sqlx::query_scalar(
        "SELECT extract(epoch FROM expires_at - created_at)::float8 / 60 FROM log_in_codes",
    )
    .fetch_one(&db)
    .await
    .unwrap();
    assert!((minutes - 10.0).abs() < 0.1, "{minutes}");
    sqlx::query("UPDATE log_in_codes SET expires_at = clock_timestamp()").execute(&db).await.unwrap();
    assert_eq!(with_code(&site, "lan", &code).await.code(), (401, "wrong-code"));
}

#[sqlx::test(migrations = "./migrations")]
async fn an_address_gets_few_letters_an_hour_and_a_stranger_is_told_the_same(db: PgPool) {
    let limits = config::Limits { letters: NonZeroU32::new(3), ..config::Limits::OFF };
    let site = Site::start_limited(db.clone(), limits).await;
    site.person("lan").await;
    for name in ["lan", "ai"] {
        // The sign-up's own letter counts.
        for _ in 0..if name == "lan" { 2 } else { 3 } {
            let asked = site.browser().post("/password-resets", address(name)).await;
            assert_eq!(asked.status, StatusCode::ACCEPTED, "{name}");
        }
        let refused = site.browser().post("/session/codes", address(name)).await;
        assert_eq!(refused.code(), (429, "too-often"), "{name}");
        assert_eq!(refused.headers["retry-after"], "1200", "{name}");
        assert_eq!(refused.body["seconds"], 1200);
    }
    assert_eq!(letters(&db, "lan").await.len(), 3);
    let minh = site.person("minh").await;
    assert_eq!(minh.post("/me/confirmation", json!({})).await.status, StatusCode::ACCEPTED, "others go on");
}

fn settings(smtp_url: Option<&str>, outbox: PathBuf) -> config::Mail {
    config::Mail {
        smtp_url: smtp_url.map(str::to_owned),
        from: "Đấu Trí <thi@dautri.test>".to_owned(),
        outbox,
    }
}

async fn enqueue(db: &PgPool, address: &str, subject: &str) {
    let letter = Letter { user: None, address, subject, body: "Mã của bạn: 123456\n.\nHết.\n" };
    mail::enqueue(&mut db.acquire().await.unwrap(), &letter).await.unwrap();
}

#[sqlx::test(migrations = "./migrations")]
async fn several_senders_send_each_letter_once(db: PgPool) {
    let server = SmtpServer::start().await;
    let settings = settings(Some(&server.url), PathBuf::new());
    for n in 0..40 {
        enqueue(&db, &format!("p{n}@x.vn"), &format!("Thư số {n}")).await;
    }
    let senders: Vec<Post> = (0..4).map(|_| Post::new(db.clone(), &settings).unwrap()).collect();
    join_all(senders.iter().map(async |post| while post.send_next().await.unwrap() {})).await;
    let messages = server.messages();
    assert_eq!(messages.len(), 40);
    let mut to: Vec<&str> =
        messages.iter().map(|m| m.lines().find(|line| line.starts_with("To: ")).unwrap()).collect();
    to.sort_unstable();
    to.dedup();
    assert_eq!(to.len(), 40);
    let left: i64 =
        sqlx::query_scalar("SELECT count(*) FROM mails WHERE sent_at IS NULL OR body <> '' OR tries <> 1")
            .fetch_one(&db)
            .await
            .unwrap();
    assert_eq!(left, 0, "and what was in them is forgotten");
}

#[sqlx::test(migrations = "./migrations")]
async fn a_letter_that_fails_is_tried_again_later_and_one_without_hope_is_not(db: PgPool) {
    let server = SmtpServer::start().await;
    let post = Post::new(db.clone(), &settings(Some(&server.url), PathBuf::new())).unwrap();
    enqueue(&db, "later@x.vn", "a").await;
    enqueue(&db, "refuse@x.vn", "b").await;
    enqueue(&db, "lan@x.vn\r\nBcc: ai@x.vn", "c").await;
    while post.send_next().await.unwrap() {}
    assert!(server.messages().is_empty());
    let rows: Vec<(String, i32, Option<f64>, bool)> = sqlx::query_as(
        "SELECT left(address, 5), tries, extract(epoch FROM nullif(due_at, 'infinity') - clock_timestamp())::float8,
                failure <> '' FROM mails ORDER BY subject",
    )
    .fetch_all(&db)
    .await
    .unwrap();
    assert_eq!(
        rows.iter().map(|row| (row.0.as_str(), row.1, row.3)).collect::<Vec<_>>(),
        [("later", 1, true), ("refus", 1, true), ("lan@x", 1, true)]
    );
    assert!(rows[0].2.is_some_and(|seconds| (20.0..31.0).contains(&seconds)), "{rows:?}");
    assert_eq!((rows[1].2, rows[2].2), (None, None), "never again");
    // A server that is away is no reason to give up either.
    sqlx::query("UPDATE mails SET due_at = clock_timestamp() WHERE due_at < 'infinity'")
        .execute(&db)
        .await
        .unwrap();
    let away = Post::new(db.clone(), &settings(Some("smtp://127.0.0.1:9"), PathBuf::new())).unwrap();
    assert!(away.send_next().await.unwrap());
    let (tries, put_off): (i32, bool) = sqlx::query_as(
        "SELECT tries, due_at > clock_timestamp() + interval '90 seconds' FROM mails WHERE subject = 'a'",
    )
    .fetch_one(&db)
    .await
    .unwrap();
    assert_eq!((tries, put_off), (2, true));
}

#[sqlx::test(migrations = "./migrations")]
async fn a_mail_server_that_must_encrypt_and_does_not_gets_nothing(db: PgPool) {
    let server = SmtpServer::start().await;
    let url = format!("{}?tls=required", server.url);
    let post = Post::new(db.clone(), &settings(Some(&url), PathBuf::new())).unwrap();
    enqueue(&db, "lan@x.vn", "a").await;
    assert!(post.send_next().await.unwrap());
    assert!(server.messages().is_empty());
    let sent: bool =
        sqlx::query_scalar("SELECT sent_at IS NOT NULL FROM mails").fetch_one(&db).await.unwrap();
    assert!(!sent);
}

#[sqlx::test(migrations = "./migrations")]
async fn a_sender_that_died_leaves_its_letter_to_the_next(db: PgPool) {
    let server = SmtpServer::start().await;
    let post = Post::new(db.clone(), &settings(Some(&server.url), PathBuf::new())).unwrap();
    enqueue(&db, "lan@x.vn", "a").await;
    // As a claim leaves it.
    sqlx::query("UPDATE mails SET tries = 1, body = E'a\\n.\\nb\\n', due_at = clock_timestamp() + interval '5 minutes'")
        .execute(&db)
        .await
        .unwrap();
    assert!(!post.send_next().await.unwrap(), "the other may still be at it");
    sqlx::query("UPDATE mails SET due_at = clock_timestamp()").execute(&db).await.unwrap();
    assert!(post.send_next().await.unwrap());
    assert_eq!(server.messages().len(), 1);
    assert!(server.messages()[0].contains("\r\n..\r\n"), "a lone dot does not end a letter");
}

#[sqlx::test(migrations = "./migrations")]
async fn without_a_mail_server_a_running_server_fills_the_outbox(db: PgPool) {
    let server = Server::start(db).await;
    server.person("lan").await;
    let outbox = server.config.mail.outbox.clone();
    for _ in 0..100 {
        let files: Vec<_> =
            std::fs::read_dir(&outbox).into_iter().flatten().map(|e| e.unwrap().path()).collect();
        if let [file] = files.as_slice()
            && file.extension().is_some_and(|extension| extension == "eml")
        {
            use std::os::unix::fs::PermissionsExt;
            let text = std::fs::read_to_string(file).unwrap();
            assert!(text.contains("To: lan@truong.edu.vn"), "{text}");
            assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("no letter in {}", outbox.display());
}
