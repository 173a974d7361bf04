//! What tokens may do of what their owners may.

use dautri::accounts::{Role, secret};
use reqwest::StatusCode;
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::people::{Browser, Site};

/// The scopes of a token, and what four calls with it come to.
type Row = (&'static [&'static str], [(u16, &'static str); 4]);

async fn token(site: &Site, owner: &Browser, scopes: &[&str]) -> Browser {
    let made = owner.post("/tokens", json!({ "name": "máy", "scopes": scopes })).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
    site.browser().with("authorization", &format!("Bearer {}", made.text("token")))
}

#[sqlx::test(migrations = "./migrations")]
async fn a_token_takes_part_and_does_no_more_unless_it_is_asked_for(db: PgPool) {
    let site = Site::start(db).await;
    let admin = site.person_with("admin", &[Role::Admin]).await;
    let made = admin.post("/tokens", json!({ "name": "máy" })).await;
    assert_eq!(made.body["scopes"], json!(["read", "submit"]));
    let program = site.browser().with("authorization", &format!("Bearer {}", made.text("token")));
    assert_eq!(program.get("/session").await.status, StatusCode::OK);
    let refused = program.get("/users").await;
    assert_eq!((refused.code(), &refused.body["scope"]), ((403, "scope-needed"), &json!("admin")));
    assert_eq!(admin.get("/tokens").await.body["items"][0]["scopes"], json!(["read", "submit"]));
    for (wrong, code) in
        [(json!([]), "invalid"), (json!(["all"]), "wrong-fields"), (json!("read"), "wrong-fields")]
    {
        let answer = admin.post("/tokens", json!({ "name": "máy", "scopes": wrong })).await;
        assert_eq!(answer.code(), (422, code), "{wrong}");
    }
}

#[sqlx::test(migrations = "./migrations")]
async fn each_scope_opens_its_own_routes(db: PgPool) {
    let site = Site::start(db).await;
    let admin = site.person_with("admin", &[Role::Admin]).await;
    let lan = site.person("lan").await;
    let roles = format!("/users/{}/roles", lan.id);
    // Reading as oneself, a contestant's call, an administrator's two calls.
    let table: [Row; 6] = [
        (&["read"], [(200, ""), (403, "scope-needed"), (403, "scope-needed"), (403, "scope-needed")]),
        (
            &["submit"],
            [(403, "scope-needed"), (404, "not-found"), (403, "scope-needed"), (403, "scope-needed")],
        ),
        (&["read", "submit"], [(200, ""), (404, "not-found"), (403, "scope-needed"), (403, "scope-needed")]),
        (&["manage"], [(200, ""), (404, "not-found"), (403, "scope-needed"), (403, "scope-needed")]),
        (&["admin"], [(200, ""), (404, "not-found"), (200, ""), (200, "")]),
        (&["read", "submit", "manage", "admin"], [(200, ""), (404, "not-found"), (200, ""), (200, "")]),
    ];
    for (scopes, expected) in table {
        let program = token(&site, &admin, scopes).await;
        let team = json!({ "name": "Sao Mai", "division": "a" });
        let answers = [
            program.get("/session").await,
            program.post("/competitions/khong-co/teams", team).await,
            program.get("/users").await,
            program.put(&roles, json!({ "roles": [] })).await,
        ];
        let codes: Vec<_> = answers.iter().map(crate::harness::Answer::code).collect();
        assert_eq!(codes, expected, "{scopes:?}");
    }
}

#[sqlx::test(migrations = "./migrations")]
async fn who_lacks_the_role_is_not_told_of_scopes(db: PgPool) {
    let site = Site::start(db).await;
    let lan = site.person("lan").await;
    let program = token(&site, &lan, &["read", "submit"]).await;
    assert_eq!(program.get("/users").await.code(), (403, "forbidden"), "no token of theirs would do");
    let all = token(&site, &lan, &["read", "submit", "manage", "admin"]).await;
    assert_eq!(all.get("/users").await.code(), (403, "forbidden"), "a scope gives no role");
}

#[sqlx::test(migrations = "./migrations")]
async fn tokens_from_before_keep_all_their_power(db: PgPool) {
    let site = Site::start(db.clone()).await;
    let admin = site.person_with("admin", &[Role::Admin]).await;
    let old = secret::fresh("dt_");
    sqlx::query("INSERT INTO api_tokens (id, user_id, name, secret_hash) VALUES (gen_random_uuid(), $1::uuid, 'cũ', $2)")
        .bind(&admin.id)
        .bind(&secret::hash(&old)[..])
        .execute(&db)
        .await
        .unwrap();
    let program = site.browser().with("authorization", &format!("Bearer {old}"));
    assert_eq!(program.get("/users").await.status, StatusCode::OK);
    let listed: Value = admin.get("/tokens").await.body;
    assert_eq!(listed["items"][0]["scopes"], json!(["read", "submit", "manage", "admin"]));
}
