//! Packs of ranked answers: what is checked, what teams are told of the rules, what an organizer may define.

use reqwest::StatusCode;
use serde_json::{Value, json};
use sqlx::PgPool;

use super::{check, places, site, used};
use crate::harness::{Contest, FakeWorker, zip_of};

const TASK: &str = "/tracks/0/tasks/0";

pub fn truth() -> Value {
    json!({ "queries": [
        { "query": "query-1-kis", "type": "kis", "split": "public", "video": "L01_V001", "ranges": [[100, 120]] },
        { "query": "query-2-qa", "type": "qa", "split": "private", "video": "L01_V002", "ranges": [[10, 20]],
          "answers": ["bảy"] },
        { "query": "query-3-trake", "type": "trake", "split": "public", "video": "L02_V001",
          "ranges": [[10, 19], [20, 29]] },
    ] })
}

pub fn contest() -> Contest {
    let title = json!({ "vi": "Điểm", "en": "Score" });
    Contest::result()
        .with(&format!("{TASK}/scorer"), json!({ "retrieval": {} }))
        .phase(
            "board",
            json!({ "columns": [{ "metric": "score", "title": title, "order": "desc" }], "counts": "last" }),
        )
        .phase("attempts", json!({ "total": 3 }))
        .with_file("truth/truth.json", truth().to_string().as_bytes())
}

pub fn good() -> Vec<u8> {
    zip_of(&[
        ("submission/query-1-kis.csv", b"L01_V001,110\n"),
        ("submission/query-2-qa.csv", "L01_V002,15,\"bảy, hay tám\"\n".as_bytes()),
        ("submission/query-3-trake.csv", b"L02_V001,10,20\n"),
    ])
}

#[sqlx::test(migrations = "./migrations")]
async fn a_pack_with_faults_costs_none_of_the_three_attempts_and_names_each_by_file_and_line(db: PgPool) {
    let (_server, _, person, phase) = site(db, contest()).await;
    let wrong = zip_of(&[
        ("submission/query-1-kis.csv", b"\xef\xbb\xbfL01_V001.mp4,1\nL01_V001,1.5\n"),
        ("submission/query-2-qa.csv", b"L01_V002,1,ba\xd2y\nL01_V002,1,a,b\n"),
        ("submission/query-3-trake.csv", b"L02_V001,2,1\nL02_V001,1\n"),
        ("submission/query-4-kis.csv", b"L01_V001,1\n"),
        ("submission/query-5.xlsx", b"PK\x03\x04"),
    ]);
    let refused = person.hand_in(&phase, "bai.zip", &wrong).await;
    assert_eq!(refused.code(), (422, "malformed"), "{}", refused.body);
    let found = places(&refused.body["faults"]);
    let expected = [
        ("byte_order_mark", "query-1-kis.csv", None),
        ("video_extension", "query-1-kis.csv", Some(1)),
        ("bad_frame", "query-1-kis.csv", Some(2)),
        ("not_utf8", "query-2-qa.csv", Some(1)),
        ("unquoted_comma", "query-2-qa.csv", Some(2)),
        ("frames_out_of_order", "query-3-trake.csv", Some(1)),
        ("wrong_event_count", "query-3-trake.csv", Some(2)),
        ("unknown_query", "query-4-kis.csv", None),
        ("spreadsheet_file", "query-5.xlsx", None),
    ];
    let expected: Vec<_> = expected
        .iter()
        .map(|(code, file, line)| ((*code).to_owned(), Some(format!("submission/{file}")), *line))
        .collect();
    assert_eq!(found, expected);
    let bare = zip_of(&[("query-1-kis.csv", b"L01_V001,1\n")]);
    let refused = person.hand_in(&phase, "bai.zip", &bare).await;
    assert_eq!(refused.body["faults"][0]["code"], "folder_missing", "{}", refused.body);
    assert_eq!(person.hand_in(&phase, "query-1-kis.csv", b"L01_V001,1\n").await.code(), (422, "not-a-zip"));
    assert_eq!(used(&person, &phase).await, 0);
    for number in 1..=3 {
        assert_eq!(person.hand_in(&phase, "bai.zip", &good()).await.status, StatusCode::CREATED);
        assert_eq!(used(&person, &phase).await, number);
    }
    assert_eq!(person.hand_in(&phase, "bai.zip", &good()).await.code(), (409, "attempts-spent"));
}

#[sqlx::test(migrations = "./migrations")]
async fn a_query_without_a_file_is_a_warning_at_the_check_and_at_the_hand_in(db: PgPool) {
    let (server, _, person, phase) = site(db, contest()).await;
    let part = zip_of(&[("submission/query-1-kis.csv", b"L01_V001,110\n"), ("ghi-chu.txt", b"x")]);
    let found = check(&person, &phase, "bai nop", &part).await;
    assert_eq!((&found["ok"], &found["complete"]), (&json!(true), &json!(true)), "{found}");
    let codes = |value: &Value| places(value).into_iter().map(|place| place.0).collect::<Vec<_>>();
    let expected = ["ignored_file", "missing_query", "missing_query"];
    assert_eq!(codes(&found["warnings"]), expected);
    let made = person.hand_in(&phase, "bai nop", &part).await;
    assert_eq!(
        (made.status, codes(&made.body["warnings"])),
        (StatusCode::CREATED, expected.map(str::to_owned).into())
    );
    // Whatever it is called, the worker gets an archive.
    let lease = FakeWorker::enrol(&server).await.claim().await;
    assert_eq!(lease["plan"]["predictions"]["form"], "zip", "{lease}");
    assert_eq!(lease["plan"]["scorer"]["kind"], "retrieval", "{lease}");
}

#[sqlx::test(migrations = "./migrations")]
async fn how_answers_are_compared_is_shown_to_teams(db: PgPool) {
    let rules = json!({ "retrieval": { "answers": { "ignore_case": false, "unicode": "nfkc" } } });
    let (server, _, person, _) = site(db, contest().with(&format!("{TASK}/scorer"), rules)).await;
    for reader in [&person, &server.browser()] {
        let shown = reader.get("/competitions/thi").await.body;
        let answers = &shown["tracks"][0]["tasks"][0]["answers"];
        let expected =
            json!({ "trim": true, "collapse_spaces": true, "ignore_case": false, "unicode": "nfkc" });
        for (rule, value) in expected.as_object().unwrap() {
            assert_eq!(&answers[rule], value, "{answers}");
        }
        assert!(answers["text"]["en"].as_str().unwrap().contains("upper and lower case differ"), "{answers}");
        assert!(answers["text"]["vi"].as_str().unwrap().contains("phân biệt chữ hoa"), "{answers}");
        assert!(!shown.to_string().contains("L01_V001"), "the truth stays hidden");
    }
}

#[sqlx::test(migrations = "./migrations")]
async fn a_truth_that_could_score_nothing_is_refused_at_the_import(db: PgPool) {
    let (_server, admin, _, _) = site(db, Contest::result()).await;
    let wrong = |change: fn(&mut Value)| {
        let mut truth = truth();
        change(&mut truth);
        contest().with_file("truth/truth.json", truth.to_string().as_bytes())
    };
    let on_code = Contest::code(&["x"]).with(&format!("{TASK}/scorer"), json!({ "retrieval": {} }));
    let cases = [
        ("query-2-qa", wrong(|truth| truth["queries"][1]["answers"] = json!([]))),
        ("twice", wrong(|truth| truth["queries"][1]["query"] = json!("QUERY-1-KIS"))),
        (
            "no query is public",
            wrong(|truth| {
                truth["queries"][0]["split"] = json!("private");
                truth["queries"][2]["split"] = json!("private");
            }),
        ),
        ("result track", on_code),
        (
            "no metric accuracy",
            contest().phase(
                "board",
                json!({ "columns": [
            { "metric": "accuracy", "title": { "vi": "a", "en": "a" }, "order": "desc" }] }),
            ),
        ),
    ];
    for (says, contest) in cases {
        let upload = admin.upload("thi.zip", None, &contest.archive()).await;
        let refused = admin.post("/competitions", json!({ "upload": upload })).await;
        assert_eq!(refused.code(), (422, "definition-wrong"), "{says}: {}", refused.body);
        assert!(refused.text("en").contains(says), "{}", refused.body);
    }
    let missing =
        contest().with(&format!("{TASK}/scorer"), json!({ "retrieval": { "truth_file": "khac.json" } }));
    let upload = admin.upload("thi.zip", None, &missing.archive()).await;
    let refused = admin.post("/competitions", json!({ "upload": upload })).await;
    assert_eq!(refused.code(), (422, "definition-file-missing"), "{}", refused.body);
}
