//! Who does something too often waits, and nobody else does.

use std::num::NonZeroU32;

use dautri::{accounts::Roles, config::Limits};
use futures::future::join_all;
use reqwest::StatusCode;
use serde_json::json;
use sqlx::PgPool;

use crate::{
    harness::{Contest, PASSWORD, Server},
    people::Site,
};

const CSV: &[u8] = b"id,label\na,x\nb,y\nc,x\nd,x\n";

#[sqlx::test(migrations = "./migrations")]
async fn a_hall_behind_one_address_logs_in_at_once_under_the_default_limits(db: PgPool) {
    let site = Site::start_limited(db, Limits::default()).await;
    let names: Vec<String> = (0..60).map(|n| format!("doi{n}@truong.edu.vn")).collect();
    for name in &names {
        site.accounts.create_user(name, "Đội", PASSWORD, &Roles::default()).await.unwrap();
    }
    let log_ins = names.iter().map(async |name| {
        let form = json!({ "email": name, "password": PASSWORD });
        site.browser().post("/session", form).await.status
    });
    let statuses = join_all(log_ins).await;
    assert!(statuses.iter().all(|status| *status == StatusCode::OK), "{statuses:?}");
}

#[sqlx::test(migrations = "./migrations")]
async fn who_guesses_a_password_waits_and_the_neighbour_does_not(db: PgPool) {
    let site = Site::start_limited(db, Limits::default()).await;
    for name in ["lan", "minh"] {
        let address = format!("{name}@truong.edu.vn");
        site.accounts.create_user(&address, name, PASSWORD, &Roles::default()).await.unwrap();
    }
    let log_in = async |name: &str, password: &str| {
        let form = json!({ "email": format!("{name}@truong.edu.vn"), "password": password });
        site.browser().post("/session", form).await
    };
    // Guesses at once do not slip through together.
    let guesses = join_all((0..32).map(|_| log_in("lan", "không đúng đâu"))).await;
    let tried = guesses.iter().filter(|guess| guess.code() == (401, "wrong-credentials")).count();
    assert_eq!(tried, 5);
    let refused = guesses.iter().find(|guess| guess.code() == (429, "too-often")).unwrap();
    assert_eq!(refused.headers["retry-after"], "1");
    assert_eq!(log_in("minh", PASSWORD).await.status, StatusCode::OK);
    tokio::time::sleep(std::time::Duration::from_millis(1100)).await;
    assert_eq!(log_in("lan", PASSWORD).await.status, StatusCode::OK, "soon enough for who knows it");
}

#[sqlx::test(migrations = "./migrations")]
async fn a_flood_from_one_address_meets_the_backstop(db: PgPool) {
    let limits = Limits { anonymous: NonZeroU32::new(5), proxies: 1, ..Limits::OFF };
    let site = Site::start_limited(db, limits).await;
    let ask = async |address: &str, n: usize| {
        let browser = site.browser().with("x-forwarded-for", address);
        browser.post("/password-resets", json!({ "email": format!("p{n}@x.vn") })).await.status.as_u16()
    };
    for n in 0..5 {
        assert_eq!(ask("1.1.1.1", n).await, 202);
    }
    assert_eq!(ask("1.1.1.1", 5).await, 429);
    assert_eq!(ask("6.6.6.6, 1.1.1.1", 6).await, 429, "what the client wrote itself is not believed");
    assert_eq!(ask("2.2.2.2", 7).await, 202);
}

#[sqlx::test(migrations = "./migrations")]
async fn one_team_does_not_slow_another_down(db: PgPool) {
    let server = Server::start_with(db, |config| {
        config.limits =
            Limits { submissions: NonZeroU32::new(2), uploads: NonZeroU32::new(3), ..Limits::OFF };
    })
    .await;
    server.place_fake_image().await;
    let admin = server.admin().await;
    // The admin's own uploads count too: one for the import.
    let phase = Contest::result().import(&admin).await;
    let (lan, minh) = (server.entrant("lan").await, server.entrant("minh").await);
    let upload = lan.upload("p.csv", Some(&phase), CSV).await;
    let path = format!("/phases/{phase}/submissions");
    let form = || json!({ "upload": upload });
    assert_eq!(lan.post(&path, form()).await.status, StatusCode::CREATED);
    assert_eq!(lan.post(&path, form()).await.status, StatusCode::OK);
    let refused = lan.post(&path, form()).await;
    assert_eq!(refused.code(), (429, "too-often"));
    let wait: u32 = refused.headers["retry-after"].to_str().unwrap().parse().unwrap();
    assert!((20..=30).contains(&wait), "{wait}");
    assert!(refused.body["vi"].as_str().unwrap().contains(&format!("{wait} giây")));
    assert_eq!(minh.hand_in(&phase, "p.csv", CSV).await.status, StatusCode::CREATED);

    // A mate's calls count for the team.
    let team = lan.get("/me/teams").await.body;
    let team = team["items"].get(0).or_else(|| team.get(0)).unwrap()["id"].as_str().unwrap().to_owned();
    let code = lan.post(&format!("/teams/{team}/invitations"), json!({})).await.text("code");
    let mate = server.person("ban").await;
    mate.post(&format!("/invitations/{code}"), json!({})).await;
    assert_eq!(mate.post(&path, form()).await.code(), (429, "too-often"));

    for _ in 0..2 {
        assert_eq!(lan.begin_upload("p.csv", Some(&phase), 1).await.status, StatusCode::CREATED);
    }
    assert_eq!(lan.begin_upload("p.csv", Some(&phase), 1).await.code(), (429, "too-often"));
}
