//! A server with the rooms of people and teams only, and browsers that use it.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{collections::BTreeMap, time::Duration};

use axum::{Router, middleware};
use dautri::{
    accounts::{self, Accounts, Role, Roles},
    config,
    teams::{self, Teams},
};
use reqwest::{Method, StatusCode, header::HeaderMap};
use serde_json::{Value, json};
use sqlx::PgPool;
use utoipa_axum::router::OpenApiRouter;

pub const PASSWORD: &str = "mật khẩu rất dài";

pub struct Site {
    pub accounts: Accounts,
    base: String,
}

impl Site {
    pub async fn start(db: PgPool) -> Self {
        Self::start_at(db, "http://dautri.test").await
    }

    /// Serves under a public address that differs from the real one, as behind a proxy.
    pub async fn start_at(db: PgPool, public_url: &str) -> Self {
        let settings = config::Accounts { session: Duration::from_hours(24), concurrent_hashes: 2 };
        let accounts = Accounts::new(db.clone(), settings, public_url);
        let router = api(&accounts, Teams::new(db, public_url)).split_for_parts().0;
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, Router::new().nest("/api/v1", router)).await });
        Self { accounts, base }
    }

    /// A browser in which nobody is logged in.
    pub fn browser(&self) -> Browser {
        let client = reqwest::Client::builder().cookie_store(true).no_proxy().build().unwrap();
        Browser { client, base: self.base.clone(), id: String::new(), headers: BTreeMap::new() }
    }

    /// A browser whose person has just signed up as `<name>@truong.edu.vn`.
    pub async fn person(&self, name: &str) -> Browser {
        let mut browser = self.browser();
        let form = json!({ "email": format!("{name}@truong.edu.vn"), "name": name, "password": PASSWORD });
        let answer = browser.post("/accounts", form).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{:?}", answer.body);
        browser.id = answer.text("id");
        browser
    }

    pub async fn person_with(&self, name: &str, roles: &[Role]) -> Browser {
        let browser = self.person(name).await;
        let roles: Roles = roles.iter().copied().collect();
        self.accounts.set_roles(browser.id.parse().unwrap(), &roles).await.unwrap();
        browser
    }
}

/// Both rooms as the composition root puts them together.
pub fn api(accounts: &Accounts, teams: Teams) -> OpenApiRouter {
    accounts::http::router()
        .with_state(accounts.clone())
        .merge(teams::http::router().with_state(teams))
        .layer(middleware::from_fn_with_state(accounts.clone(), accounts::http::authenticate))
}

#[derive(Clone)]
pub struct Browser {
    client: reqwest::Client,
    base: String,
    /// The person's id, where they signed up by `Site::person`.
    pub id: String,
    headers: BTreeMap<&'static str, String>,
}

#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Value,
}

impl Answer {
    pub fn text(&self, field: &str) -> String {
        self.body[field].as_str().unwrap_or_else(|| panic!("no {field} in {}", self.body)).to_owned()
    }

    pub fn code(&self) -> (u16, &str) {
        (self.status.as_u16(), self.body["code"].as_str().unwrap_or(""))
    }

    /// The cookie's value that the answer sets, with its attributes.
    pub fn cookie(&self) -> String {
        self.headers["set-cookie"].to_str().unwrap().to_owned()
    }
}

impl Browser {
    /// The same person, saying this too in every request.
    pub fn with(&self, header: &'static str, value: &str) -> Self {
        let mut other = self.clone();
        other.headers.insert(header, value.to_owned());
        other
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, None).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.send(Method::POST, path, Some(body)).await
    }

    pub async fn put(&self, path: &str, body: Value) -> Answer {
        self.send(Method::PUT, path, Some(body)).await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        self.send(Method::DELETE, path, None).await
    }

    async fn send(&self, method: Method, path: &str, body: Option<Value>) -> Answer {
        let mut request = self.client.request(method, format!("{}/api/v1{path}", self.base));
        for (name, value) in &self.headers {
            request = request.header(*name, value);
        }
        if let Some(body) = body {
            request = request.json(&body);
        }
        let response = request.send().await.unwrap();
        let (status, headers) = (response.status(), response.headers().clone());
        let bytes = response.bytes().await.unwrap();
        let body = if bytes.is_empty() { Value::Null } else { serde_json::from_slice(&bytes).unwrap() };
        Answer { status, headers, body }
    }
}

/// Returns when so many of the server's statements wait for a lock that the test holds.
pub async fn until_waiting(db: &PgPool, statements: i64) {
    let waiting = "SELECT count(*) FROM pg_stat_activity
                   WHERE datname = current_database() AND wait_event_type = 'Lock'";
    for _ in 0..1000 {
        let count: i64 = sqlx::query_scalar(waiting).fetch_one(db).await.unwrap();
        if count == statements {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("no {statements} statements wait for a lock");
}
