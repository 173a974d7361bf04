//! Requests that no honest client sends: each gets a problem in both languages, none a 5xx, and none changes
//! anything.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use sqlx::PgPool;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use super::both_languages;
use crate::harness::{Answer, Browser, Contest, FakeWorker, Server};

/// A server with a contest, its administrator and one contestant.
async fn site(db: PgPool) -> (Server, Browser, Browser, String) {
    let server = Server::start(db).await;
    let admin = server.admin().await;
    let phase = Contest::result().import(&admin).await;
    let person = server.entrant("sen").await;
    (server, admin, person, phase)
}

/// Every row of every table that people fill.
async fn rows(server: &Server) -> Vec<i64> {
    let tables = [
        "users",
        "sessions",
        "api_tokens",
        "teams",
        "team_members",
        "uploads",
        "submissions",
        "evaluations",
        "jobs",
    ];
    let mut counts = Vec::new();
    for table in tables {
        let query = sqlx::AssertSqlSafe(format!("SELECT count(*) FROM {table}"));
        counts.push(sqlx::query_scalar(query).fetch_one(&server.db).await.unwrap());
    }
    counts
}

/// What is wrong with an answer that must be a refusal.
fn refusal(answer: &Answer, wanted: Option<u16>) -> Result<(), String> {
    let status = answer.status;
    let told = || format!("{status} {}", answer.body);
    if !status.is_client_error() || wanted.is_some_and(|wanted| wanted != status.as_u16()) {
        return Err(told());
    }
    let kind = answer.headers.get("content-type").map(|value| value.to_str().unwrap());
    if kind != Some("application/problem+json") || answer.body["status"] != status.as_u16() {
        return Err(format!("no problem+json: {kind:?} {}", told()));
    }
    both_languages(&answer.body)
}

/// Every operation of the API, from its own description.
async fn operations(server: &Server) -> Vec<(Method, String, Value)> {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let address = format!("{}/api/openapi.json", server.base);
    let description: Value = client.get(address).send().await.unwrap().json().await.unwrap();
    let mut found = Vec::new();
    for (path, item) in description["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let method = method.to_uppercase().parse().unwrap();
            found.push((method, path.clone(), operation.clone()));
        }
    }
    assert!(found.len() > 40, "{}", found.len());
    found
}

/// Puts the same text in place of every `{parameter}` of a path.
fn filled(path: &str, text: &str) -> String {
    let mut parts = path.split(['{', '}']);
    let mut result = parts.next().unwrap().to_owned();
    while let (Some(_), Some(rest)) = (parts.next(), parts.next()) {
        result.push_str(text);
        result.push_str(rest);
    }
    result
}

const GARBAGE: [&str; 9] = [
    "x",
    "%00",
    "a%00b",
    "%ff%fe",
    "..%2f..%2fetc%2fpasswd",
    "00000000-0000-0000-0000-000000000000",
    "'%20OR%201=1%20--",
    "%E1%BA%A1%F0%9F%92%A5",
    "9223372036854775808",
];

async fn send(person: &Browser, server: &Server, method: &Method, path: &str, body: Option<&str>) -> Answer {
    let api = path.strip_prefix("/api/v1").map(|rest| person.request(method.clone(), rest));
    let request = api.unwrap_or_else(|| {
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        client.request(method.clone(), format!("{}{path}", server.base))
    });
    let request = match body {
        Some(body) => request.header("content-type", "application/json").body(body.to_owned()),
        None => request,
    };
    person.answer(request).await
}

#[sqlx::test(migrations = "./migrations")]
async fn ids_that_name_nothing_are_refused_on_every_route_and_never_fail_the_server(db: PgPool) {
    let (server, admin, _, _) = site(db).await;
    let before = rows(&server).await;
    let long = "a".repeat(4000);
    let mut wrong = Vec::new();
    for (method, path, operation) in operations(&server).await {
        if !path.contains('{') {
            continue;
        }
        let body = operation.get("requestBody").map(|_| "{}");
        for garbage in GARBAGE.iter().copied().chain([long.as_str()]) {
            let address = filled(&path, garbage);
            let answer = send(&admin, &server, &method, &address, body).await;
            // A HEAD has no body, so there is only its status to look at.
            let fine = if method == Method::HEAD {
                answer.status.is_client_error()
            } else {
                refusal(&answer, None).is_ok()
            };
            if !fine {
                wrong.push(format!("{method} {address:.100}: {} {}", answer.status, answer.body));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(rows(&server).await, before);
}

#[sqlx::test(migrations = "./migrations")]
async fn bodies_that_are_not_what_is_asked_for_are_refused_on_every_route(db: PgPool) {
    let (server, admin, person, phase) = site(db).await;
    let team = person.get("/me/teams").await.body["items"][0]["id"].as_str().unwrap_or("x").to_owned();
    let before = rows(&server).await;
    let deep = "[".repeat(100_000);
    let many = format!("[{}]", "{},".repeat(50_000));
    let bodies: [(&str, Option<u16>); 10] = [
        ("", Some(400)),
        ("{", Some(400)),
        ("{\"", Some(400)),
        ("not json", Some(400)),
        ("\u{feff}{}", Some(400)),
        (&deep, None),
        ("[]", Some(422)),
        ("null", Some(422)),
        ("{\"email\": [], \"name\": {}, \"upload\": 1, \"roles\": \"x\"}", Some(422)),
        (&many, None),
    ];
    let mut wrong = Vec::new();
    for (method, path, operation) in operations(&server).await {
        // Where the body may be left out, an empty list says as little as none.
        let needed = operation["requestBody"]["required"] == true;
        if operation["requestBody"]["content"].get("application/json").is_none() || path.contains("/worker/")
        {
            continue;
        }
        let id = if path.contains("/phases/") {
            &phase
        } else if path.contains("/teams/") {
            &team
        } else {
            &admin.id
        };
        let address = filled(&path.replace("{slug}", "thi"), id);
        for (body, status) in bodies {
            let status = status.filter(|status| needed || *status == 400 && !body.is_empty());
            let answer = send(&admin, &server, &method, &address, Some(body)).await;
            if let Err(reason) = refusal(&answer, status) {
                wrong.push(format!("{method} {address} {body:.30}: {reason}"));
            }
        }
        let plain = admin.request(method.clone(), address.strip_prefix("/api/v1").unwrap()).body("{}");
        if let Err(reason) =
            refusal(&admin.answer(plain.header("content-type", "text/plain")).await, Some(415))
        {
            wrong.push(format!("{method} {address} as text: {reason}"));
        }
        let huge = format!("{{\"email\": \"{}\"}}", "a".repeat(3 << 20));
        if let Err(reason) = refusal(&send(&admin, &server, &method, &address, Some(&huge)).await, Some(413))
        {
            wrong.push(format!("{method} {address} of 3 MB: {reason}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(rows(&server).await, before);
}

#[sqlx::test(migrations = "./migrations")]
async fn text_that_no_field_can_hold_is_refused_with_a_sentence(db: PgPool) {
    let (server, admin, person, phase) = site(db).await;
    let other = server.person("sung").await;
    let before = rows(&server).await;
    let long = "ư".repeat(100_000);
    let mut wrong = Vec::new();
    for text in ["", " ", "a\0b", "\u{202e}abc", "a\nb", long.as_str()] {
        let sign_up =
            json!({ "email": format!("{text}@x.vn"), "name": text, "password": "mật khẩu rất dài" });
        let zone = json!({ "email": "ok@x.vn", "name": text, "password": "mật khẩu rất dài" });
        let log_in = json!({ "email": text, "password": text });
        let calls = [
            server.browser().post("/accounts", sign_up).await,
            server.browser().post("/accounts", zone).await,
            server.browser().post("/session", log_in).await,
            other.post("/competitions/thi/teams", json!({ "name": text, "division": "a" })).await,
            other.post("/competitions/thi/teams", json!({ "name": "đội hai", "division": text })).await,
            person.post("/tokens", json!({ "name": text })).await,
            person.put("/me/password", json!({ "current": text, "new": text })).await,
            person.post(&format!("/phases/{phase}/submissions"), json!({ "upload": text })).await,
            admin.post("/competitions", json!({ "upload": text })).await,
            admin.post("/images", json!({ "name": text, "upload": text })).await,
        ];
        for (number, answer) in calls.iter().enumerate() {
            if let Err(reason) = refusal(answer, None) {
                wrong.push(format!("call {number} with {text:.20?}: {reason}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(rows(&server).await, before);
}

#[sqlx::test(migrations = "./migrations")]
async fn parameters_of_an_address_that_make_no_sense_are_refused_or_find_nothing(db: PgPool) {
    let (_server, admin, _, phase) = site(db).await;
    let mut wrong = Vec::new();
    let refused = [
        "/competitions?limit=-1".to_owned(),
        "/competitions?limit=70000".to_owned(),
        "/competitions?cursor=%00".to_owned(),
        "/users?cursor=abc".to_owned(),
        "/queue?limit=x".to_owned(),
        "/alerts?cursor=AAAA".to_owned(),
        format!("/phases/{phase}/board?split=secret"),
        format!("/phases/{phase}/board?division=nowhere"),
        format!("/phases/{phase}/board?division=%00"),
        format!("/phases/{phase}/submissions?cursor=%ff"),
        "/events".to_owned(),
        "/events?topics=".to_owned(),
        "/events?topics=board:x".to_owned(),
        "/events?topics=submission:00000000-0000-0000-0000-000000000000".to_owned(),
        format!("/events?topics={}", vec![format!("board:{phase}"); 51].join(",")),
        "/nowhere".to_owned(),
        "/competitions/".to_owned(),
        "/../../etc/passwd".to_owned(),
    ];
    for path in refused {
        if let Err(reason) = refusal(&admin.get(&path).await, None) {
            wrong.push(format!("{path:.100}: {reason}"));
        }
    }
    for text in ["%00", "%25", "%5c", "_", "%ff"] {
        let found = admin.get(&format!("/users?email={text}")).await;
        let nobody = found.status == StatusCode::OK && found.body["items"] == json!([]);
        if !nobody && refusal(&found, None).is_err() {
            wrong.push(format!("/users?email={text}: {} {}", found.status, found.body));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[sqlx::test(migrations = "./migrations")]
async fn a_method_that_a_route_does_not_take_is_refused(db: PgPool) {
    let (server, admin, ..) = site(db).await;
    let known = operations(&server).await;
    let before = rows(&server).await;
    let methods = [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE, Method::TRACE];
    let mut wrong = Vec::new();
    for (_, path, _) in &known {
        for method in methods.iter().chain([&Method::from_bytes(b"BREW").unwrap()]) {
            if known.iter().any(|(m, p, _)| p == path && m == method) {
                continue;
            }
            let address = filled(path, "00000000-0000-0000-0000-000000000000");
            let answer = send(&admin, &server, method, &address, None).await;
            if let Err(reason) = refusal(&answer, Some(405)) {
                wrong.push(format!("{method} {address}: {reason}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(rows(&server).await, before);
}

#[sqlx::test(migrations = "./migrations")]
async fn a_worker_that_talks_nonsense_is_refused_and_the_job_waits_for_a_better_one(db: PgPool) {
    let (server, _, person, phase) = site(db).await;
    let worker = FakeWorker::enrol(&server).await;
    let handed_in = person.hand_in(&phase, "p.csv", b"id,label\na,x\nb,y\nc,x\nd,x\n").await;
    let lease = worker.claim().await;
    let (job, fence) = (lease["job"].as_str().unwrap(), &lease["fence"]);
    let scores = |scores: Value| json!({ "fence": fence, "usage": {}, "outcome": { "outcome": "scored", "scores": scores } });
    let bodies = [
        ("report", json!({})),
        ("report", json!({ "fence": "x", "outcome": {}, "usage": {} })),
        ("report", json!({ "fence": fence, "usage": {}, "outcome": { "outcome": "won" } })),
        ("report", scores(json!({ "public": { "accuracy": "1" }, "private": {} }))),
        ("report", scores(json!({ "public": { "beauty": 1.0 }, "private": { "beauty": 1.0 } }))),
        (
            "report",
            json!({ "fence": fence, "usage": {}, "outcome": { "outcome": "failed", "verdict": "scored", "faults": [] } }),
        ),
        (
            "report",
            json!({ "fence": i64::MAX, "usage": {}, "outcome": { "outcome": "failed", "verdict": "wrong_format", "faults": [] } }),
        ),
        ("heartbeat", json!({ "fence": null })),
        ("log", json!({ "fence": fence, "seq": -1, "text": "x" })),
        ("log", json!({ "fence": fence, "seq": 0, "text": "x".repeat(20 << 20) })),
        ("return", json!([])),
    ];
    for (call, body) in bodies {
        let (status, answer) = worker.post(&format!("/jobs/{job}/{call}"), body).await;
        assert!(status.is_client_error(), "{call}: {status} {answer}");
        both_languages(&answer).unwrap();
    }
    assert_eq!(worker.score(&lease, 0.5, 0.25).await, StatusCode::NO_CONTENT);
    let shown = person.judged(&handed_in.text("id")).await;
    assert_eq!(shown["scores"]["public"]["accuracy"], 0.5);
}

/// Sends bytes as they are and returns the status of the answer; `hangs up` where there was none.
async fn raw(server: &Server, bytes: &[u8], cut: bool) -> String {
    let mut stream = TcpStream::connect(server.base.strip_prefix("http://").unwrap()).await.unwrap();
    // The server may hang up before it has read all.
    let _ = stream.write_all(bytes).await;
    if cut {
        let _ = stream.shutdown().await;
    }
    let mut line = Vec::new();
    let reading = async {
        while !line.contains(&b'\n') {
            match stream.read_buf(&mut line).await {
                Ok(0) | Err(_) => return,
                Ok(_) => {}
            }
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(10), reading).await.expect("an answer or an end");
    let line = String::from_utf8_lossy(&line).into_owned();
    line.split(' ').nth(1).unwrap_or("hangs up").to_owned()
}

#[sqlx::test(migrations = "./migrations")]
async fn what_is_hardly_http_is_refused_and_the_next_caller_is_served(db: PgPool) {
    let (server, _, person, phase) = site(db).await;
    let before = rows(&server).await;
    let get = "GET /api/v1/competitions HTTP/1.1\r\nHost: x\r\n";
    let post = "POST /api/v1/accounts HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n";
    let long = "a".repeat(1 << 20);
    // Who sends a megabyte of header may lose the answer with the connection.
    let cases: [(&str, Vec<u8>, &[&str]); 9] = [
        ("noise", vec![0xff; 100], &["400"]),
        ("a huge header", format!("{get}X-A: {long}\r\n\r\n").into_bytes(), &["431", "hangs up"]),
        ("many headers", format!("{get}{}\r\n", "X-A: a\r\n".repeat(1000)).into_bytes(), &["431"]),
        ("a huge address", format!("GET /{long} HTTP/1.1\r\n\r\n").into_bytes(), &["414", "431", "hangs up"]),
        (
            "an unknown cookie, huge",
            format!("{get}Cookie: dautri_session={}\r\n\r\n", &long[..100_000]).into_bytes(),
            &["200"],
        ),
        (
            "a token that is no text, where nobody needs one",
            [get.as_bytes(), b"Authorization: Bearer \xff\xfe\r\n\r\n"].concat(),
            &["200"],
        ),
        (
            "two lengths",
            format!("{post}Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello").into_bytes(),
            &["400"],
        ),
        (
            "broken chunks",
            format!("{post}Transfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n0\r\n\r\n").into_bytes(),
            &["400"],
        ),
        (
            "a body cut short",
            format!("{post}Content-Length: 500\r\n\r\n{{\"email\": \"a@b.vn\"").into_bytes(),
            &["400", "hangs up"],
        ),
    ];
    let mut wrong = Vec::new();
    for (name, bytes, wanted) in cases {
        let status = raw(&server, &bytes, name.contains("cut")).await;
        if !wanted.contains(&status.as_str()) {
            wrong.push(format!("{name}: {status}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(rows(&server).await, before);
    let made = person.hand_in(&phase, "p.csv", b"id,label\na,x\nb,y\nc,x\nd,x\n").await;
    assert_eq!(made.status, StatusCode::CREATED, "{:?}", made.body);
}
