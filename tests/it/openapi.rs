//! The description of the API and the API itself say the same.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use reqwest::{Client, Method, StatusCode};
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::{
    architecture::tokens::{Token, tokens},
    harness::{Contest, Server},
};

const CSV: &[u8] = b"id,label\na,x\nb,y\nc,x\nd,x\n";

/// A server with one of everything, and what path parameters stand for.
struct Site {
    server: Server,
    client: Client,
    admin: String,
    contestant: String,
    ids: BTreeMap<&'static str, String>,
}

impl Site {
    async fn open(db: PgPool) -> Self {
        let server = Server::start(db).await;
        server.place_fake_image().await;
        let admin = server.admin().await;
        let title = json!({ "vi": "Mẫu", "en": "Sample" });
        let phase = Contest::result()
            .with("/files", json!([{ "path": "sample.csv", "title": title }]))
            .with_file("sample.csv", CSV)
            .import(&admin)
            .await;
        let person = server.entrant("sen").await;
        let made = person.hand_in(&phase, "p.csv", CSV).await;
        let teams = person.get("/me/teams").await.body;
        let team = teams["items"].get(0).or_else(|| teams.get(0)).unwrap()["id"].as_str().unwrap().to_owned();
        let invitation = person.post(&format!("/teams/{team}/invitations"), json!({})).await;
        let ids = BTreeMap::from([
            ("slug", "thi".to_owned()),
            ("path", "sample.csv".to_owned()),
            ("set", "files".to_owned()),
            ("version", "latest".to_owned()),
            ("name", "python-ml".to_owned()),
            ("code", invitation.text("code")),
            ("phases", phase),
            ("teams", team),
            ("submissions", made.text("id")),
            ("evaluations", made.body["evaluations"][0]["id"].as_str().unwrap().to_owned()),
        ]);
        let token = async |who: &crate::harness::Browser| {
            who.post("/tokens", json!({ "name": "máy", "scopes": ["read", "submit", "manage", "admin"] }))
                .await
                .text("token")
        };
        let (admin, contestant) = (token(&admin).await, token(&person).await);
        let client = Client::builder().no_proxy().build().unwrap();
        Self { server, client, admin, contestant, ids }
    }

    async fn description(&self) -> Value {
        let answer = self.client.get(format!("{}/api/openapi.json", self.server.base)).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK);
        answer.json().await.unwrap()
    }

    /// A path with its parameters filled in: things that exist where there are any.
    fn filled(&self, path: &str) -> String {
        let mut filled = String::new();
        let mut before = "";
        for part in path.split('/').skip(1) {
            let value = match part.strip_prefix('{').and_then(|p| p.strip_suffix('}')) {
                None => part.to_owned(),
                Some("id") => self.ids.get(before).cloned().unwrap_or_else(|| uuid::Uuid::nil().to_string()),
                Some(name) => self.ids.get(name).cloned().unwrap_or_else(|| uuid::Uuid::nil().to_string()),
            };
            filled.push('/');
            filled.push_str(&value);
            before = part;
        }
        filled
    }

    async fn call(&self, method: &str, path: &str, token: Option<&str>) -> (StatusCode, String, Value) {
        let method = Method::from_bytes(method.to_ascii_uppercase().as_bytes()).unwrap();
        let mut request =
            self.client.request(method.clone(), format!("{}{}", self.server.base, self.filled(path)));
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        if [Method::POST, Method::PUT].contains(&method) {
            request = request.json(&json!({}));
        }
        let answer = request.send().await.unwrap();
        let kind = answer.headers().get("content-type").map(|v| v.to_str().unwrap().to_owned());
        let (status, bytes) = (answer.status(), answer.bytes().await.unwrap());
        (status, kind.unwrap_or_default(), serde_json::from_slice(&bytes).unwrap_or(Value::Null))
    }
}

/// Method, path and documented statuses of every operation.
fn operations(description: &Value) -> Vec<(String, String, BTreeSet<String>)> {
    let mut found = Vec::new();
    for (path, item) in description["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            if let Some(responses) = operation["responses"].as_object() {
                found.push((method.clone(), path.clone(), responses.keys().cloned().collect()));
            }
        }
    }
    assert!(found.len() > 50, "{}", found.len());
    found
}

#[sqlx::test(migrations = "./migrations")]
async fn every_operation_answers_as_documented(db: PgPool) {
    let site = Site::open(db).await;
    let mut wrong = Vec::new();
    let callers = [("nobody", None), ("contestant", Some(&*site.contestant)), ("admin", Some(&*site.admin))];
    for (method, path, documented) in operations(&site.description().await) {
        for (who, token) in callers {
            let (status, kind, body) = site.call(&method, &path, token).await;
            let case = format!("{who}: {method} {path} → {status} {body}");
            if !documented.contains(status.as_str()) {
                wrong.push(format!("not documented: {case}"));
            }
            // Nobody gets as far as an object that is not there: what exists was asked for.
            if status == StatusCode::METHOD_NOT_ALLOWED
                || (who == "nobody" && status == StatusCode::NOT_FOUND)
            {
                wrong.push(format!("no such route: {case}"));
            }
            if status.is_server_error() {
                wrong.push(format!("failed: {case}"));
            }
            let refused = status.is_client_error() && method != "head";
            let says = |lang: &str| body[lang].as_str().is_some_and(|text| !text.is_empty());
            if refused && (kind != "application/problem+json" || !says("vi") || !says("en") || !says("code"))
            {
                wrong.push(format!("no problem+json: {case} ({kind})"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[sqlx::test(migrations = "./migrations")]
async fn the_command_prints_what_the_server_serves(db: PgPool) {
    let site = Site::open(db).await;
    let printed = std::process::Command::new(env!("CARGO_BIN_EXE_dautri")).arg("openapi").output().unwrap();
    assert!(printed.status.success());
    let printed: Value = serde_json::from_slice(&printed.stdout).unwrap();
    assert_eq!(site.description().await, printed);
}

#[test]
fn names_in_paths_are_parameters_and_operations_have_names_of_their_own() {
    let description = serde_json::to_value(dautri::app::openapi()).unwrap();
    let mut names = BTreeSet::new();
    for (path, item) in description["paths"].as_object().unwrap() {
        let in_path: BTreeSet<&str> =
            path.split('/').filter_map(|p| p.strip_prefix('{')?.strip_suffix('}')).collect();
        for (method, operation) in item.as_object().unwrap() {
            let parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
            let described: BTreeSet<&str> = parameters
                .iter()
                .filter(|p| p["in"] == "path")
                .map(|p| p["name"].as_str().unwrap())
                .collect();
            assert_eq!(in_path, described, "{method} {path}");
            let name =
                operation["operationId"].as_str().unwrap_or_else(|| panic!("{method} {path} has no name"));
            assert!(names.insert(name.to_owned()), "{name} is there twice");
            let said = [&operation["summary"], &operation["description"]];
            assert!(said.iter().any(|text| text.is_string()), "{method} {path} says nothing");
        }
    }
}

#[sqlx::test(migrations = "./migrations")]
async fn the_readable_page_loads_without_any_other_host(db: PgPool) {
    let server = Server::start(db).await;
    let client = Client::builder().no_proxy().build().unwrap();
    let get = async |path: &str| {
        let answer = client.get(format!("{}{path}", server.base)).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK, "{path}");
        answer.text().await.unwrap()
    };
    let page = get("/api/docs/").await;
    let mut named = Vec::new();
    for mark in ["src=\"", "href=\""] {
        named.extend(page.split(mark).skip(1).map(|rest| rest.split('"').next().unwrap().to_owned()));
    }
    assert!(named.len() >= 3, "{named:?}");
    for name in &named {
        assert!(!name.contains("//"), "{name} is on another host");
        get(&format!("/api/docs/{}", name.trim_start_matches("./"))).await;
    }
    let settings = get("/api/docs/swagger-initializer.js").await;
    assert!(settings.contains("/api/openapi.json"), "{settings}");
    assert!(!settings.contains("http://") && !settings.contains("https://"), "{settings}");
    let no_validator = settings.contains("\"validatorUrl\": \"none\"");
    assert!(no_validator, "the page's default asks a validator on the internet: {settings}");
}

#[sqlx::test(migrations = "./migrations")]
async fn what_no_route_takes_is_a_problem_too(db: PgPool) {
    let site = Site::open(db).await;
    for (method, path, status, code) in [
        ("get", "/api/v1/none", 404, "not-found"),
        ("get", "/api/v2/competitions", 404, "not-found"),
        ("get", "/none", 404, "not-found"),
        ("put", "/api/v1/competitions", 405, "method-not-allowed"),
        ("delete", "/api/worker/v1/claim", 405, "method-not-allowed"),
        ("post", "/", 405, "method-not-allowed"),
    ] {
        let (got, kind, body) = site.call(method, path, None).await;
        assert_eq!((got.as_u16(), &body["code"]), (status, &json!(code)), "{method} {path}");
        assert_eq!(kind, "application/problem+json", "{method} {path}");
    }
}

/// Codes with the texts that stand beside them in the source: `Problem::new(status, code, vi, en)`.
fn problems(source: &str) -> Vec<(String, Vec<String>)> {
    let tokens = tokens(source);
    let mut found = Vec::new();
    for at in 0..tokens.len() {
        let is_call = |tail: &[Token]| {
            matches!(tail,
            [Token::Word(kind), Token::Mark(':'), Token::Mark(':'), Token::Word(new), Token::Mark('('), ..]
                if kind == "Problem" && new == "new")
        };
        if !is_call(&tokens[at..]) {
            continue;
        }
        let (mut depth, mut texts) = (0, Vec::new());
        for token in &tokens[at + 4..] {
            match token {
                Token::Mark('(') => depth += 1,
                Token::Mark(')') => depth -= 1,
                Token::Text(text) => texts.push(text.clone()),
                _ => {}
            }
            if depth == 0 {
                break;
            }
        }
        if !texts.is_empty() {
            found.push((texts.remove(0), texts));
        }
    }
    found
}

fn in_both_languages(texts: &[String]) -> bool {
    matches!(texts, [vi, en] if !vi.is_ascii() && en.len() > 10 && vi != en)
}

#[test]
fn every_code_has_a_sentence_in_both_languages() {
    // Their sentences are made of parts: faults in two languages, or the words of the one who checked.
    const COMPOSED: &[&str] = &["bad-archive", "bundle-wrong", "definition-wrong"];
    let mut codes = BTreeSet::new();
    let mut open = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|e| e == "rs") {
                for (code, texts) in problems(&std::fs::read_to_string(&path).unwrap()) {
                    let right = in_both_languages(&texts) || COMPOSED.contains(&code.as_str());
                    assert!(right, "{}: {code}: {texts:?}", path.display());
                    assert!(code.chars().all(|c| c.is_ascii_lowercase() || c == '-'), "{code}");
                    codes.insert(code);
                }
            }
        }
    }
    assert!(codes.len() > 40, "{codes:?}");
    let problem = |text: &str| problems(&format!("Problem::new(S, \"code\", {text})"))[0].1.clone();
    assert!(in_both_languages(&problem("format!(\"Thiếu {x}\"), \"Missing header\"")));
    assert!(!in_both_languages(&problem("\"Missing\", \"Missing header\"")));
    assert!(!in_both_languages(&problem("\"Thiếu\", \"\"")));
}
