//! Sign-up, log-in, sessions, tokens and roles, over HTTP.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use dautri::accounts::{Role, Roles, secret};
use reqwest::StatusCode;
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::people::{Answer, Browser, PASSWORD, Site, api, teams, until_waiting};

fn log_in_form(name: &str, password: &str) -> Value {
    json!({ "email": format!("{name}@truong.edu.vn"), "password": password })
}

async fn log_in(site: &Site, name: &str) -> (Browser, Answer) {
    let browser = site.browser();
    let answer = browser.post("/session", log_in_form(name, PASSWORD)).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    (browser, answer)
}

/// The secret in a `Set-Cookie`.
fn secret_of(answer: &Answer) -> String {
    let cookie = answer.cookie();
    cookie.strip_prefix("dautri_session=").unwrap().split(';').next().unwrap().to_owned()
}

async fn token_of(browser: &Browser) -> Answer {
    let answer = browser.post("/tokens", json!({ "name": "máy tính phòng lab" })).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.body);
    answer
}

fn program(site: &Site, token: &str) -> Browser {
    site.browser().with("authorization", &format!("Bearer {token}"))
}

#[sqlx::test(migrations = "./migrations")]
async fn who_signs_up_is_logged_in(db: PgPool) {
    let site = Site::start(db).await;
    let browser = site.browser().with("accept-language", "en-GB");
    let form = json!({ "email": " Lan@Truong.EDU.vn ", "name": " Nguyễn  Thị Lan ", "password": PASSWORD });
    let answer = browser.post("/accounts", form).await;
    assert_eq!(answer.status, StatusCode::CREATED);
    insta::assert_json_snapshot!(answer.body, { ".id" => "[id]", ".created_at" => "[time]" }, @r#"
    {
      "created_at": "[time]",
      "email": "lan@truong.edu.vn",
      "id": "[id]",
      "lang": "en",
      "name": "Nguyễn Thị Lan",
      "roles": []
    }
    "#);
    assert_eq!(browser.get("/session").await.body, answer.body);
}

#[sqlx::test(migrations = "./migrations")]
async fn the_cookie_is_out_of_reach_for_scripts_and_other_sites(db: PgPool) {
    let site = Site::start(db.clone()).await;
    site.person("lan").await;
    let (_, answer) = log_in(&site, "lan").await;
    let attributes = answer.cookie().replace(&secret_of(&answer), "S");
    assert_eq!(attributes, "dautri_session=S; HttpOnly; SameSite=Lax; Path=/; Max-Age=86400");

    let encrypted = Site::start_at(db, "https://thi.hcmc.vn").await;
    let (_, answer) = log_in(&encrypted, "lan").await;
    assert!(answer.cookie().contains("; Secure;"), "{}", answer.cookie());
}

#[sqlx::test(migrations = "./migrations")]
async fn only_hashes_are_stored(db: PgPool) {
    let site = Site::start(db.clone()).await;
    site.person("lan").await;
    let (browser, answer) = log_in(&site, "lan").await;
    let token = token_of(&browser).await.text("token");
    let password: String =
        sqlx::query_scalar("SELECT password_hash FROM users").fetch_one(&db).await.unwrap();
    assert!(password.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{password}");
    let session: Vec<u8> = sqlx::query_scalar("SELECT secret_hash FROM sessions ORDER BY id DESC LIMIT 1")
        .fetch_one(&db)
        .await
        .unwrap();
    assert_eq!(session, secret::hash(&secret_of(&answer)));
    let stored: Vec<u8> =
        sqlx::query_scalar("SELECT secret_hash FROM api_tokens").fetch_one(&db).await.unwrap();
    assert_eq!(stored, secret::hash(&token));
}

#[sqlx::test(migrations = "./migrations")]
async fn an_address_has_one_account_whatever_its_case(db: PgPool) {
    let site = Site::start(db).await;
    site.person("lan").await;
    let form = json!({ "email": "LAN@truong.edu.vn", "name": "Lan", "password": PASSWORD });
    assert_eq!(site.browser().post("/accounts", form).await.code(), (409, "email-taken"));
}

#[sqlx::test(migrations = "./migrations")]
async fn of_two_sign_ups_at_once_with_one_address_one_wins(db: PgPool) {
    let site = Site::start(db.clone()).await;
    let form = |email| json!({ "email": email, "name": "Lan", "password": PASSWORD });
    let (one, two) = (site.browser(), site.browser());
    let (a, b) = tokio::join!(
        one.post("/accounts", form("lan@truong.edu.vn")),
        two.post("/accounts", form("Lan@Truong.edu.vn")),
    );
    let mut codes = [a.code(), b.code()];
    codes.sort_unstable();
    assert_eq!(codes, [(201, ""), (409, "email-taken")]);
    let rows: (i64, i64) =
        sqlx::query_as("SELECT (SELECT count(*) FROM users), (SELECT count(*) FROM sessions)")
            .fetch_one(&db)
            .await
            .unwrap();
    assert_eq!(rows, (1, 1));
}

#[sqlx::test(migrations = "./migrations")]
async fn bad_fields_are_named_and_cost_no_hash(db: PgPool) {
    let site = Site::start(db).await;
    let browser = site.browser();
    let long = "x".repeat(201);
    for (field, value) in [
        ("email", "lan"),
        ("email", "lan@truong.edu.vn\u{0}"),
        ("name", ""),
        ("name", "La\u{0}n"),
        ("name", "a\u{202e}b"),
        ("name", &long),
        ("password", "ngắn quá"),
        ("password", &long),
    ] {
        let mut form = json!({ "email": "lan@truong.edu.vn", "name": "Lan", "password": PASSWORD });
        form[field] = value.into();
        let answer = browser.post("/accounts", form).await;
        assert_eq!(answer.code(), (422, "invalid"), "{field} {value:?}");
        assert_eq!(answer.body["field"], field, "{value:?}");
        assert_ne!(answer.body["vi"], answer.body["en"]);
    }
    let incomplete = browser.post("/accounts", json!({ "email": "lan@truong.edu.vn" })).await;
    assert_eq!(incomplete.code(), (422, "wrong-fields"));
    assert_eq!(site.accounts.passwords_hashed(), 0);
}

#[sqlx::test(migrations = "./migrations")]
async fn an_unknown_address_looks_like_a_wrong_password(db: PgPool) {
    let site = Site::start(db).await;
    site.person("lan").await;
    let mut answers = Vec::new();
    for (name, password) in [("lan", "không đúng đâu"), ("minh", PASSWORD), ("minh\u{0}", PASSWORD), ("", "")]
    {
        let before = site.accounts.passwords_hashed();
        let answer = site.browser().post("/session", log_in_form(name, password)).await;
        assert_eq!(answer.code(), (401, "wrong-credentials"));
        assert_eq!(site.accounts.passwords_hashed() - before, 1, "one hash for {name:?}");
        assert!(!answer.headers.contains_key("set-cookie"));
        answers.push(answer.body);
    }
    assert!(answers.windows(2).all(|pair| pair[0] == pair[1]));
}

#[sqlx::test(migrations = "./migrations")]
async fn a_password_is_right_in_either_unicode_form(db: PgPool) {
    let site = Site::start(db).await;
    site.accounts.create_user("a@b.vn", "An", "tiếng việt ệ ệ", &Roles::default()).await.unwrap();
    let form =
        json!({ "email": "a@b.vn", "password": "tie\u{302}\u{301}ng vie\u{323}\u{302}t e\u{323}\u{302} ệ" });
    assert_eq!(site.browser().post("/session", form).await.status, StatusCode::OK);
}

#[sqlx::test(migrations = "./migrations")]
async fn logging_in_again_ends_the_session_that_the_browser_had(db: PgPool) {
    let site = Site::start(db).await;
    let browser = site.person("lan").await;
    let other = log_in(&site, "lan").await.0;
    browser.post("/session", log_in_form("lan", PASSWORD)).await;
    let list = browser.get("/sessions").await;
    assert_eq!(list.body["items"].as_array().unwrap().len(), 2);
    assert_eq!(other.get("/session").await.status, StatusCode::OK);
}

#[sqlx::test(migrations = "./migrations")]
async fn a_session_that_was_revoked_is_refused_at_once(db: PgPool) {
    let site = Site::start(db).await;
    let lan = site.person("lan").await;
    let phone = log_in(&site, "lan").await.0;
    let list = lan.get("/sessions").await.body;
    let items = list["items"].as_array().unwrap();
    assert_eq!(items.iter().map(|s| s["current"] == true).collect::<Vec<_>>(), [false, true], "newest first");
    let id = items[0]["id"].as_str().unwrap();
    assert_eq!(phone.get("/session").await.status, StatusCode::OK);
    assert_eq!(lan.delete(&format!("/sessions/{id}")).await.status, StatusCode::NO_CONTENT);
    assert_eq!(phone.get("/session").await.code(), (401, "not-logged-in"));
    assert_eq!(lan.delete(&format!("/sessions/{id}")).await.code(), (404, "not-found"));
    assert_eq!(lan.get("/session").await.status, StatusCode::OK);
}

#[sqlx::test(migrations = "./migrations")]
async fn logging_out_ends_the_session_and_may_be_repeated(db: PgPool) {
    let site = Site::start(db).await;
    site.person("lan").await;
    let (browser, answer) = log_in(&site, "lan").await;
    let thief = site.browser().with("cookie", &format!("dautri_session={}", secret_of(&answer)));
    assert_eq!(thief.get("/session").await.status, StatusCode::OK);
    let out = browser.delete("/session").await;
    assert_eq!(out.status, StatusCode::NO_CONTENT);
    assert!(out.cookie().contains("Max-Age=0"), "{}", out.cookie());
    assert_eq!(thief.get("/session").await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(browser.delete("/session").await.status, StatusCode::NO_CONTENT);
}

#[sqlx::test(migrations = "./migrations")]
async fn a_session_ends_when_its_time_is_over(db: PgPool) {
    let site = Site::start(db.clone()).await;
    let lan = site.person("lan").await;
    sqlx::query("UPDATE sessions SET expires_at = clock_timestamp()").execute(&db).await.unwrap();
    assert_eq!(lan.get("/session").await.status, StatusCode::UNAUTHORIZED);
    log_in(&site, "lan").await;
    let rows: i64 = sqlx::query_scalar("SELECT count(*) FROM sessions").fetch_one(&db).await.unwrap();
    assert_eq!(rows, 1, "a log-in clears what has expired");
}

#[sqlx::test(migrations = "./migrations")]
async fn somebody_elses_sessions_and_tokens_do_not_exist(db: PgPool) {
    let site = Site::start(db).await;
    let (lan, minh) = (site.person("lan").await, site.person("minh").await);
    let session = lan.get("/sessions").await.body["items"][0]["id"].as_str().unwrap().to_owned();
    let token = token_of(&lan).await;
    assert_eq!(minh.delete(&format!("/sessions/{session}")).await.code(), (404, "not-found"));
    assert_eq!(minh.delete(&format!("/tokens/{}", token.text("id"))).await.code(), (404, "not-found"));
    assert_eq!(minh.delete("/tokens/không-phải-id").await.code(), (404, "not-found"));
    assert_eq!(minh.get("/tokens").await.body["items"], json!([]));
    assert_eq!(lan.get("/session").await.status, StatusCode::OK);
    assert_eq!(program(&site, &token.text("token")).get("/session").await.status, StatusCode::OK);
}

#[sqlx::test(migrations = "./migrations")]
async fn a_token_works_until_it_is_revoked(db: PgPool) {
    let site = Site::start(db).await;
    let lan = site.person("lan").await;
    let token = token_of(&lan).await;
    assert!(token.text("token").starts_with("dt_"));
    assert!(lan.get("/tokens").await.body["items"][0].get("last_used_at").is_none());
    let program = program(&site, &token.text("token"));
    assert_eq!(program.get("/session").await.text("id"), lan.id);
    let listed = lan.get("/tokens").await.body["items"][0].clone();
    assert!(listed["last_used_at"].is_string());
    assert!(listed.get("token").is_none(), "the secret is shown once");
    assert_eq!(lan.delete(&format!("/tokens/{}", token.text("id"))).await.status, StatusCode::NO_CONTENT);
    let refused = program.get("/session").await;
    assert_eq!(refused.code(), (401, "not-logged-in"));
    assert_eq!(refused.headers["www-authenticate"], "Bearer realm=\"dautri\"");
    assert_eq!(lan.delete(&format!("/tokens/{}", token.text("id"))).await.code(), (404, "not-found"));
    assert_eq!(lan.get("/tokens").await.body["items"], json!([]));
}

#[sqlx::test(migrations = "./migrations")]
async fn a_bad_token_is_refused_even_beside_a_good_cookie(db: PgPool) {
    let site = Site::start(db).await;
    let lan = site.person("lan").await;
    let unknown = format!("Bearer {}", secret::fresh("dt_"));
    for value in ["Bearer", "bearer x", "Bearer dt_", "Bearer \u{1b0}", &unknown] {
        let answer = lan.with("authorization", value).get("/session").await;
        assert_eq!(answer.code(), (401, "not-logged-in"), "{value:?}");
    }
    assert_eq!(lan.with("authorization", "Basic bGFu").get("/session").await.status, StatusCode::OK);
}

#[sqlx::test(migrations = "./migrations")]
async fn a_bearer_of_another_room_is_nobody_here(db: PgPool) {
    let site = Site::start(db).await;
    let (lan, admin) = (site.person("lan").await, site.person_with("admin", &[Role::Admin]).await);
    let worker = admin.with("authorization", &format!("Bearer {}", secret::fresh("dtw_")));
    assert_eq!(worker.get("/users").await.code(), (401, "not-logged-in"), "its cookie counts for nothing");
    let log_in = worker.post("/session", log_in_form("lan", PASSWORD)).await;
    assert_eq!(log_in.text("id"), lan.id, "what is open to all stays open");
}

#[sqlx::test(migrations = "./migrations")]
async fn answers_that_last_learn_that_a_credential_ended(db: PgPool) {
    let site = Site::start(db.clone()).await;
    let lan = site.person("lan").await;
    let (_, answer) = log_in(&site, "lan").await;
    let token = token_of(&lan).await;
    let session = site.accounts.by_cookie(&secret_of(&answer)).await.unwrap().unwrap();
    let program = site.accounts.by_token(&token.text("token")).await.unwrap().unwrap();
    assert!(site.accounts.still_valid(&session).await && site.accounts.still_valid(&program).await);
    site.accounts.revoke_session(&session, session.session().unwrap()).await.unwrap();
    lan.delete(&format!("/tokens/{}", token.text("id"))).await;
    assert!(!site.accounts.still_valid(&session).await);
    assert!(!site.accounts.still_valid(&program).await);
}

#[sqlx::test(migrations = "./migrations")]
async fn a_token_makes_no_tokens_and_changes_no_password(db: PgPool) {
    let site = Site::start(db).await;
    let lan = site.person("lan").await;
    let program = program(&site, &token_of(&lan).await.text("token"));
    assert_eq!(program.post("/tokens", json!({ "name": "con" })).await.code(), (403, "session-needed"));
    let change = json!({ "current": PASSWORD, "new": "mật khẩu mới tinh" });
    assert_eq!(program.put("/me/password", change).await.code(), (403, "session-needed"));
    assert_eq!(program.delete("/session").await.status, StatusCode::NO_CONTENT);
    assert_eq!(program.get("/session").await.status, StatusCode::OK, "a token is revoked, not logged out");
}

#[sqlx::test(migrations = "./migrations")]
async fn nobody_hoards_tokens(db: PgPool) {
    let site = Site::start(db.clone()).await;
    let lan = site.person("lan").await;
    sqlx::query(
        "INSERT INTO api_tokens (id, user_id, name, secret_hash)
         SELECT gen_random_uuid(), u.id, 'x', sha256(n::text::bytea) FROM users u, generate_series(1, 49) n",
    )
    .execute(&db)
    .await
    .unwrap();
    let form = || json!({ "name": "nữa" });
    let (a, b) = tokio::join!(lan.post("/tokens", form()), lan.post("/tokens", form()));
    let mut codes = [a.code(), b.code()];
    codes.sort_unstable();
    assert_eq!(codes, [(201, ""), (409, "token-limit")]);
    let first = lan.get("/tokens?limit=30").await.body;
    let next = first["next"].as_str().unwrap();
    let second = lan.get(&format!("/tokens?limit=30&cursor={next}")).await.body;
    assert_eq!(second["items"].as_array().unwrap().len(), 20);
    assert!(second.get("next").is_none());
}

#[sqlx::test(migrations = "./migrations")]
async fn a_new_password_ends_the_other_sessions(db: PgPool) {
    let site = Site::start(db).await;
    let lan = site.person("lan").await;
    let phone = log_in(&site, "lan").await.0;
    let change = |current: &str| json!({ "current": current, "new": "mật khẩu mới tinh" });
    assert_eq!(lan.put("/me/password", change("không đúng đâu")).await.code(), (403, "wrong-password"));
    let short = lan.put("/me/password", json!({ "current": PASSWORD, "new": "ngắn" })).await;
    assert_eq!((short.code(), &short.body["field"]), ((422, "invalid"), &json!("new")));
    assert_eq!(phone.get("/session").await.status, StatusCode::OK);

    assert_eq!(lan.put("/me/password", change(PASSWORD)).await.status, StatusCode::NO_CONTENT);
    assert_eq!(phone.get("/session").await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(lan.get("/session").await.status, StatusCode::OK);
    let old = site.browser().post("/session", log_in_form("lan", PASSWORD)).await;
    assert_eq!(old.code(), (401, "wrong-credentials"));
    let new = site.browser().post("/session", log_in_form("lan", "mật khẩu mới tinh")).await;
    assert_eq!(new.status, StatusCode::OK);
}

#[sqlx::test(migrations = "./migrations")]
async fn of_two_password_changes_at_once_one_wins(db: PgPool) {
    let site = Site::start(db).await;
    let lan = site.person("lan").await;
    let change = |new: &str| json!({ "current": PASSWORD, "new": new });
    let (a, b) = tokio::join!(
        lan.put("/me/password", change("mật khẩu thứ nhất")),
        lan.put("/me/password", change("mật khẩu thứ hai")),
    );
    let mut codes = [a.code(), b.code()];
    codes.sort_unstable();
    assert_eq!(codes, [(204, ""), (403, "wrong-password")]);
}

#[sqlx::test(migrations = "./migrations")]
async fn another_sites_page_cannot_use_the_cookie(db: PgPool) {
    let site = Site::start(db).await;
    let lan = site.person("lan").await;
    let token = token_of(&lan).await.text("token");
    for (header, value) in [
        ("origin", "https://evil.example"),
        ("origin", "null"),
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
    ] {
        let page = lan.with(header, value);
        assert_eq!(page.post("/tokens", json!({ "name": "x" })).await.code(), (403, "cross-site"), "{value}");
        assert_eq!(page.delete("/session").await.code(), (403, "cross-site"), "{value}");
        assert_eq!(page.get("/session").await.status, StatusCode::OK, "reading changes nothing: {value}");
        let bearer = program(&site, &token).with(header, value);
        let id = secret::fresh("");
        assert_eq!(bearer.delete(&format!("/tokens/{id}")).await.code(), (404, "not-found"), "{value}");
    }
    let own = lan.with("origin", "http://dautri.test").with("sec-fetch-site", "same-origin");
    assert_eq!(own.post("/tokens", json!({ "name": "x" })).await.status, StatusCode::CREATED);
}

#[sqlx::test(migrations = "./migrations")]
async fn without_a_plausible_credential_the_database_is_not_asked(db: PgPool) {
    let site = Site::start(db.clone()).await;
    let lan = site.person("lan").await;
    db.close().await;
    let stranger = site.browser();
    assert_eq!(stranger.get("/session").await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(
        stranger.with("cookie", "dautri_session=x").get("/session").await.status,
        StatusCode::UNAUTHORIZED
    );
    let junk = stranger.with("authorization", "Bearer dt_x");
    assert_eq!(junk.get("/session").await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(lan.get("/session").await.code(), (503, "unavailable"));
}

#[sqlx::test(migrations = "./migrations")]
async fn being_seen_is_recorded_once_a_minute(db: PgPool) {
    let site = Site::start(db.clone()).await;
    let lan = site.person("lan").await;
    let token = token_of(&lan).await.text("token");
    let program = program(&site, &token);
    let marks = "SELECT (SELECT xmin::text FROM sessions) || '/' || (SELECT xmin::text FROM api_tokens)";
    let mark = async || -> String {
        lan.get("/session").await;
        program.get("/session").await;
        sqlx::query_scalar(marks).fetch_one(&db).await.unwrap()
    };
    let first = mark().await;
    assert_eq!(mark().await, first, "no row was written again");
    sqlx::query("UPDATE sessions SET last_seen_at = last_seen_at - interval '61 seconds'")
        .execute(&db)
        .await
        .unwrap();
    sqlx::query("UPDATE api_tokens SET last_used_at = last_used_at - interval '61 seconds'")
        .execute(&db)
        .await
        .unwrap();
    mark().await;
    let fresh: bool = sqlx::query_scalar(
        "SELECT s.last_seen_at > clock_timestamp() - interval '10 seconds'
            AND t.last_used_at > clock_timestamp() - interval '10 seconds' FROM sessions s, api_tokens t",
    )
    .fetch_one(&db)
    .await
    .unwrap();
    assert!(fresh);
}

#[sqlx::test(migrations = "./migrations")]
async fn roles_hold_from_the_next_request_on(db: PgPool) {
    let site = Site::start(db).await;
    let (admin, lan) = (site.person_with("admin", &[Role::Admin]).await, site.person("lan").await);
    let path = format!("/users/{}/roles", lan.id);
    assert_eq!(lan.get("/users").await.code(), (403, "forbidden"));
    assert_eq!(lan.put(&path, json!({ "roles": ["admin"] })).await.code(), (403, "forbidden"));
    assert_eq!(site.browser().get("/users").await.code(), (401, "not-logged-in"));

    let changed = admin.put(&path, json!({ "roles": ["juror", "admin", "juror"] })).await;
    assert_eq!(changed.body["roles"], json!(["admin", "juror"]));
    assert_eq!(lan.get("/users").await.status, StatusCode::OK);
    admin.put(&path, json!({ "roles": ["organizer"] })).await;
    assert_eq!(lan.get("/users").await.code(), (403, "forbidden"));
    assert_eq!(lan.get("/session").await.body["roles"], json!(["organizer"]));

    assert_eq!(admin.put(&path, json!({ "roles": ["king"] })).await.code(), (422, "wrong-fields"));
    let nobody = format!("/users/{}/roles", lan.id.replace(|c: char| c.is_ascii_digit(), "0"));
    assert_eq!(admin.put(&nobody, json!({ "roles": [] })).await.code(), (404, "not-found"));
    assert_eq!(admin.put("/users/x/roles", json!({ "roles": [] })).await.code(), (404, "not-found"));
}

#[sqlx::test(migrations = "./migrations")]
async fn one_administrator_always_remains(db: PgPool) {
    let site = Site::start(db.clone()).await;
    let lan = site.person_with("lan", &[Role::Admin]).await;
    let minh = site.person_with("minh", &[Role::Admin]).await;
    let none = || json!({ "roles": [] });
    let (lan_roles, minh_roles) = (format!("/users/{}/roles", lan.id), format!("/users/{}/roles", minh.id));
    // Both wait for the administrators' rows, so that neither has seen the other when it goes on.
    let mut tx = db.begin().await.unwrap();
    sqlx::query("SELECT 1 FROM user_roles FOR UPDATE").execute(&mut *tx).await.unwrap();
    let (a, b, ()) = tokio::join!(lan.put(&minh_roles, none()), minh.put(&lan_roles, none()), async {
        until_waiting(&db, 2).await;
        tx.rollback().await.unwrap();
    });
    let mut codes = [a.code(), b.code()];
    codes.sort_unstable();
    assert_eq!(codes, [(200, ""), (409, "last-admin")]);
    let admins: i64 = sqlx::query_scalar("SELECT count(*) FROM user_roles").fetch_one(&db).await.unwrap();
    assert_eq!(admins, 1);
}

#[sqlx::test(migrations = "./migrations")]
async fn people_are_listed_by_page_and_by_the_beginning_of_their_address(db: PgPool) {
    let site = Site::start(db).await;
    let admin = site.person_with("admin", &[Role::Admin]).await;
    for name in ["lan", "lan2", "minh"] {
        site.accounts.create_user(&format!("{name}@b.vn"), name, PASSWORD, &Roles::default()).await.unwrap();
    }
    let names = |answer: &Answer| -> Vec<String> {
        answer.body["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|u| u["name"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(names(&admin.get("/users?email=LAN").await), ["lan2", "lan"]);
    for hostile in ["%25", "_", "%00", "lan%00", "%5C", "%F0%9F%98%80"] {
        let answer = admin.get(&format!("/users?email={hostile}")).await;
        assert_eq!((answer.status, names(&answer).len()), (StatusCode::OK, 0), "{hostile}");
    }
    let mut seen = Vec::new();
    let mut cursor = String::new();
    for _ in 0..2 {
        let answer = admin.get(&format!("/users?limit=2{cursor}")).await;
        seen.extend(names(&answer));
        cursor = answer.body["next"].as_str().map(|next| format!("&cursor={next}")).unwrap_or_default();
    }
    assert_eq!(
        (seen.as_slice(), cursor.as_str()),
        (&["minh", "lan2", "lan", "admin"].map(String::from)[..], "")
    );
    assert_eq!(admin.get("/users?cursor=x").await.code(), (400, "wrong-cursor"));
}

#[sqlx::test(migrations = "./migrations")]
async fn the_command_line_makes_an_administrator_who_can_log_in(db: PgPool) {
    let site = Site::start(db).await;
    let roles: Roles = ["admin".parse().unwrap(), Role::Organizer].into_iter().collect();
    let user = site.accounts.create_user("admin@dautri.local", "Quản trị", PASSWORD, &roles).await.unwrap();
    assert!(user.roles.is_admin());
    let again = site.accounts.create_user("ADMIN@dautri.local", "Quản trị", PASSWORD, &roles).await;
    assert_eq!(again.unwrap_err().to_string(), "the address has an account already");
    let browser = site.browser();
    browser.post("/session", json!({ "email": "admin@dautri.local", "password": PASSWORD })).await;
    assert_eq!(browser.get("/users").await.status, StatusCode::OK);
}

#[sqlx::test(migrations = "./migrations")]
async fn every_operation_is_described_with_a_tag_and_its_problems(db: PgPool) {
    let site = Site::start(db.clone()).await;
    let openapi = api(&site.accounts, teams(db, "http://x")).into_openapi();
    let document = serde_json::to_value(openapi).unwrap();
    let mut operations = 0;
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            operations += 1;
            assert!(
                ["accounts", "teams"].contains(&operation["tags"][0].as_str().unwrap()),
                "{method} {path}"
            );
            assert!(operation["summary"].is_string(), "{method} {path}");
            let problems = operation["responses"]
                .as_object()
                .unwrap()
                .iter()
                .filter(|(status, _)| status.as_str() >= "4");
            for (status, response) in problems {
                let schema = &response["content"]["application/problem+json"]["schema"];
                assert_eq!(schema["$ref"], "#/components/schemas/ProblemBody", "{method} {path} {status}");
            }
        }
    }
    assert_eq!(operations, 54);
}
