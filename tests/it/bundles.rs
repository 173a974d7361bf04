//! Bundles of Codabench and CodaLab: read as they are meant, or refused by file and key.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fmt::Write as _;
use std::process::Command;

use dautri::accounts::Role;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::harness::{Answer, Browser, Bundle, Contest, Server, zip_of};

async fn site(db: PgPool) -> (Server, Browser) {
    let server = Server::start(db).await;
    server.place_fake_image().await;
    let organizer = server.person_with("btc", &[Role::Organizer]).await;
    (server, organizer)
}

async fn import_with(organizer: &Browser, archive: &[u8], options: Value) -> Answer {
    let mut body = options;
    body["upload"] = json!(organizer.upload("bundle.zip", None, archive).await);
    organizer.post("/competitions", body).await
}

async fn import(organizer: &Browser, archive: &[u8]) -> Answer {
    import_with(organizer, archive, json!({})).await
}

fn notes(answer: &Answer) -> Vec<String> {
    let notes = answer.body["notes"].as_array().cloned().unwrap_or_default();
    notes.iter().map(|note| note["en"].as_str().unwrap().to_owned()).collect()
}

async fn judging(server: &Server) -> Vec<Value> {
    let newest = "SELECT judging FROM task_versions v JOIN tasks k ON k.id = v.task_id ORDER BY k.slug";
    sqlx::query_scalar(newest).fetch_all(&server.db).await.unwrap()
}

#[sqlx::test(migrations = "./migrations")]
async fn a_bundle_becomes_a_competition_and_says_what_is_different(db: PgPool) {
    let (server, organizer) = site(db).await;
    let bundle = Bundle::v2()
        .with("/queue", json!("gpu"))
        .with("/phases/0/auto_migrate_to_this_phase", json!(true))
        .with("/phases/0/hide_prediction_output", json!(true))
        .with("/leaderboards/0/submission_rule", json!("Add_And_Delete"))
        .with("/solutions", json!([{ "index": 0, "tasks": [0], "path": "solution" }]))
        .with_file("solution/answers.txt", b"x");
    let answer = import(&organizer, &bundle.archive()).await;
    assert_eq!(
        (answer.status, answer.body["slug"].as_str()),
        (StatusCode::CREATED, Some("dem-dong")),
        "{:?}",
        answer.body
    );
    let told = notes(&answer).join("\n");
    for part in [
        "logo",
        "solutions",
        "codalab/codalab-legacy:py37 is replaced by the stored image python-ml",
        "“Development” has no end",
        "phases[0].auto_migrate_to_this_phase, queue",
    ] {
        assert!(told.contains(part), "{part} in {told}");
    }
    assert!(answer.body["notes"].as_array().unwrap().iter().all(|n| n["vi"] != n["en"]));
    let shown = organizer.get("/competitions/dem-dong").await.body;
    assert_eq!(shown["title"], json!({ "vi": "Đếm dòng", "en": "Đếm dòng" }));
    assert_eq!(shown["summary"]["en"], "Count the lines.");
    let pages: Vec<_> = shown["pages"].as_array().unwrap().iter().map(|p| p["slug"].clone()).collect();
    assert_eq!(pages, ["overview", "terms"]);
    let phase = &shown["tracks"][0]["phases"][0];
    assert_eq!(phase["starts_at"], "2020-01-02T00:00:00Z");
    assert_eq!((&phase["attempts_daily"], &phase["attempts_total"]), (&json!(5), &json!(100)));
    assert_eq!(phase["board"]["tie_breakers"], json!(["right", "earliest"]));
    assert_eq!(phase["board"]["columns"][0]["precision"], 2);
    assert_eq!((&phase["board"]["counts"], &phase["board"]["final_picks"]), (&json!("best"), &json!(1)));
    assert_eq!(phase["visibility"]["logs"], "organizers", "{phase}");
    let rules = &judging(&server).await[0];
    assert_eq!(rules["scorer"]["program"]["command"], json!(["python3", "score.py"]));
    assert_eq!(rules["scorer"]["program"]["metrics"], json!(["Accuracy (%)"]));
    assert_eq!(rules["scorer"]["program"]["optional_metrics"], json!(["right"]));
    assert_eq!(rules["scorer"]["program"]["limits"]["wall_ms"], 600_000);
    assert_eq!((&rules["program"]["form"], &rules["program"]["command"]), (&json!("codabench"), &json!([])));
    assert_eq!(import(&organizer, &bundle.archive()).await.body["result"], "unchanged");

    let approval = async || {
        let approval =
            sqlx::query_scalar::<_, String>("SELECT team_approval FROM competitions WHERE slug = 'dem-dong'");
        approval.fetch_one(&server.db).await.unwrap()
    };
    assert_eq!(approval().await, "none".to_owned());
    let closed = bundle.with("/registration_auto_approve", Value::Null);
    assert_eq!(import(&organizer, &closed.archive()).await.body["result"], "updated");
    assert_eq!(approval().await, "required".to_owned(), "as on Codabench, unless the bundle says otherwise");
}

#[sqlx::test(migrations = "./migrations")]
async fn an_imported_bundle_goes_out_as_a_definition_and_comes_back_equal(db: PgPool) {
    let (_server, organizer) = site(db).await;
    for (bundle, slug) in [(Bundle::v2(), "dem-dong"), (Bundle::v1(), "old-lines")] {
        let bundle = bundle.with_file("unused.txt", b"left behind");
        assert_eq!(import(&organizer, &bundle.archive()).await.status, StatusCode::CREATED);
        let request = organizer.request(Method::GET, &format!("/competitions/{slug}/definition"));
        let archive = request.send().await.unwrap().bytes().await.unwrap();
        assert_eq!(import(&organizer, &archive).await.body, json!({ "slug": slug, "result": "unchanged" }));
    }
}

#[sqlx::test(migrations = "./migrations")]
async fn an_old_bundle_with_archives_inside_is_read_too(db: PgPool) {
    let (server, organizer) = site(db).await;
    let bundle = Bundle::v1().with("/phases/1/public_data", json!("reference.zip"));
    let answer = import(&organizer, &bundle.archive()).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{:?}", answer.body);
    let told = notes(&answer).join("\n");
    assert!(
        told.contains("admin_names") && told.contains("phases.1.color") && told.contains("overview.html"),
        "{told}"
    );
    let shown = organizer.get("/competitions/old-lines").await.body;
    let pages: Vec<_> = shown["pages"].as_array().unwrap().iter().map(|p| p["slug"].clone()).collect();
    assert_eq!(pages, ["overview", "data", "terms"]);
    let phases = &shown["tracks"][0]["phases"];
    assert_eq!(
        (&phases[0]["title"]["en"], &phases[0]["ends_at"]),
        (&json!("Phase 1"), &phases[1]["starts_at"])
    );
    assert_eq!(phases[1]["starts_at"], "2080-06-01T12:00:00Z", "the time of day is kept");
    assert_eq!(phases[1]["ends_at"], "2090-01-01T00:00:00Z");
    assert_eq!((&phases[0]["attempts_daily"], &phases[0]["attempts_total"]), (&json!(3), &Value::Null));
    let columns: Vec<_> =
        phases[0]["board"]["columns"].as_array().unwrap().iter().map(|c| c["title"]["en"].clone()).collect();
    assert_eq!(columns, ["Accuracy", "Right"]);
    assert_eq!(phases[0]["board"]["counts"], "last");
    assert_eq!(shown["files"][0]["path"], "reference.zip", "what the organizer publishes is published");
    let rules = judging(&server).await;
    assert_eq!(rules.len(), 2);
    assert_eq!(
        rules[0]["scorer"]["program"]["command"],
        json!(["python3", "/app/program/old.py", "/app/input", "/app/output"])
    );
    assert_eq!(rules[0]["scorer"]["program"]["limits"]["wall_ms"], 30_000);
}

#[sqlx::test(migrations = "./migrations")]
async fn tasks_programs_boards_and_public_data_are_taken_over(db: PgPool) {
    let (server, organizer) = site(db).await;
    let column = |index: u32, key: &str, more: Value| {
        let mut column = json!({ "title": key, "key": key, "index": index });
        column.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        column
    };
    let columns = json!([
        column(3, "secret", json!({ "hidden": true })),
        column(0, "a", json!({ "sorting": "asc", "precision": 5 })),
        column(1, "b", json!({ "computation": null, "computation_indexes": null })),
        column(2, "mean", json!({ "computation": "avg", "computation_indexes": ["0", "1"] })),
        column(4, "low", json!({ "computation": "min", "computation_indexes": "0,1" })),
    ]);
    let bundle = Bundle::v2()
        .with("/leaderboards/0/columns", columns)
        .with("/leaderboards/0/primary_index", json!(2))
        .with("/tasks/0/ingestion_program", json!("ingestion"))
        .with("/tasks/0/input_data", json!("./input_data/"))
        .with("/tasks/1", json!({
            "index": 7, "name": "Live", "scoring_program": "scoring_program", "ingestion_program": "ingestion",
            "ingestion_only_during_scoring": true,
        }))
        .with("/phases/0/tasks", json!([0, 7]))
        .with("/phases/0/public_data", json!("input_data"))
        .with("/phases/0/end", json!("12-31-2020"))
        .with("/phases/1", json!({
            "name": "Development", "start": "2020-12-31 00:00:00+00:00", "tasks": [7], "execution_time_limit": 60,
            "max_submissions_per_day": 0, "max_submissions": 0, "starting_kit": "kit",
        }))
        .with_file("ingestion/metadata", b"command: python3 $ingestion_program/run.py $input $predictions")
        .with_file("input_data/x.txt", b"x")
        .with_file("kit/readme", b"x");
    let answer = import(&organizer, &bundle.archive()).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{:?}", answer.body);
    let told = notes(&answer).join("\n");
    assert!(
        told.contains("“Live” has no reference_data") && told.contains("rank") && !told.contains("unused"),
        "{told}"
    );
    let rules = judging(&server).await;
    let commands: Vec<_> = rules.iter().map(|r| r["program"]["ingestion"]["command"].clone()).collect();
    let words = |last: &str| json!(["python3", "/app/program/run.py", "/app/input_data", last]);
    assert_eq!(commands, [words("/app/output"), words("/app/input/res"), words("/app/input/res")]);
    let beside: Vec<_> = rules.iter().map(|r| r["program"]["ingestion"]["while_scoring"].clone()).collect();
    assert_eq!(beside, [Value::Null, json!(true), json!(true)]);
    assert_eq!(
        rules[0]["scorer"]["program"]["metrics"],
        json!(["a", "b"]),
        "the primary column is made of them"
    );
    let limits: Vec<_> = rules.iter().map(|r| r["scorer"]["program"]["limits"]["wall_ms"].clone()).collect();
    assert_eq!(limits, [json!(600_000), json!(600_000), json!(60_000)], "each phase has its own limit");

    let shown = organizer.get("/competitions/dem-dong").await.body;
    let phases = &shown["tracks"][0]["phases"];
    let slugs: Vec<_> = phases.as_array().unwrap().iter().map(|p| p["slug"].clone()).collect();
    assert_eq!(slugs, ["development", "development-2"]);
    assert_eq!(phases[1]["tasks"], json!(["task-7-60s"]));
    assert_eq!((&phases[1]["attempts_daily"], &phases[1]["attempts_total"]), (&Value::Null, &Value::Null));
    let files: Vec<_> = shown["files"].as_array().unwrap().iter().map(|f| f["path"].clone()).collect();
    assert_eq!(files, ["public/input_data.zip", "kit.zip"]);
    let columns: Vec<_> =
        phases[0]["board"]["columns"].as_array().unwrap().iter().map(|c| c["metric"].clone()).collect();
    assert_eq!(columns, ["mean", "a", "b", "low"], "the primary one first, the hidden one nowhere");
    assert_eq!(phases[0]["board"]["tie_breakers"], json!(["a", "b", "low", "earliest"]));
    assert_eq!(phases[0]["board"]["columns"][0]["computed"], json!({ "how": "mean", "of": ["a", "b"] }));
    assert_eq!(
        (&phases[0]["board"]["columns"][1]["order"], &phases[0]["board"]["columns"][1]["precision"]),
        (&json!("asc"), &json!(5))
    );
}

#[sqlx::test(migrations = "./migrations")]
async fn every_fault_of_a_bundle_names_file_and_key(db: PgPool) {
    let (server, organizer) = site(db).await;
    let v2 = Bundle::v2;
    let cases = [
        (v2().with("/title", Value::Null), "competition.yaml", "title", "missing"),
        (v2().with("/title", json!(" ")), "competition.yaml", "title", "empty"),
        (v2().with("/title", json!(["a"])), "competition.yaml", "title", "text"),
        (v2().with("/title", json!("学")), "competition.yaml", "title", "--slug"),
        (v2().with("/version", json!(3)), "competition.yaml", "version", "1 and 2"),
        (v2().with("/terms", Value::Null), "competition.yaml", "terms", "missing"),
        (v2().with_file("terms.md", b" \n"), "competition.yaml", "terms", "empty"),
        (v2().without_file("terms.md"), "competition.yaml", "terms", "terms.md"),
        (v2().with_file("terms.md", b"\xff\xfe"), "competition.yaml", "terms", "UTF-8"),
        (v2().with("/image", Value::Null), "competition.yaml", "image", "missing"),
        (v2().without_file("logo.png"), "competition.yaml", "image", "logo.png"),
        (v2().with("/pages", json!([])), "competition.yaml", "pages", "at least one"),
        (v2().with("/pages/0/file", json!("../etc/passwd")), "competition.yaml", "pages[0].file", "passwd"),
        (v2().with("/pages/0/file", json!("/etc/passwd")), "competition.yaml", "pages[0].file", "passwd"),
        (v2().with("/pages/0/file", json!("pages")), "competition.yaml", "pages[0].file", "no file"),
        (v2().with("/tasks", json!({})), "competition.yaml", "tasks", "list"),
        (v2().with("/tasks/0/index", Value::Null), "competition.yaml", "tasks[0].index", "missing"),
        (
            v2().with("/tasks/1", json!({ "index": 0, "scoring_program": "scoring_program" })),
            "competition.yaml",
            "tasks[1].index",
            "twice",
        ),
        (
            v2().with("/tasks/0/key", json!("3f6e9a0e-0000-4000-8000-000000000000")),
            "competition.yaml",
            "tasks[0].key",
            "Codabench",
        ),
        (
            v2().with("/tasks/0/scoring_program", Value::Null),
            "competition.yaml",
            "tasks[0].scoring_program",
            "missing",
        ),
        (
            v2().with("/tasks/0/scoring_program", json!("khac")),
            "competition.yaml",
            "tasks[0].scoring_program",
            "khac",
        ),
        (
            v2().with("/tasks/0/reference_data", json!("3f6e9a0e-0000-4000-8000-000000000000")),
            "competition.yaml",
            "tasks[0].reference_data",
            "Codabench",
        ),
        (
            v2().with("/tasks/0/reference_data", json!("terms.md")),
            "competition.yaml",
            "tasks[0].reference_data",
            "unpacked",
        ),
        (
            v2().with("/tasks/0/ingestion_only_during_scoring", json!("maybe")),
            "competition.yaml",
            "tasks[0].ingestion_only_during_scoring",
            "true or false",
        ),
        (
            v2().with("/solutions", json!([{ "index": 0, "tasks": [0] }])),
            "competition.yaml",
            "solutions[0].path",
            "missing",
        ),
        (
            v2().with("/solutions", json!([{ "index": 0, "tasks": [4], "path": "terms.md" }])),
            "competition.yaml",
            "solutions[0].tasks[0]",
            "index 4",
        ),
        (v2().with("/phases", Value::Null), "competition.yaml", "phases", "missing"),
        (v2().with("/phases/0/name", Value::Null), "competition.yaml", "phases[0].name", "missing"),
        (
            v2().with("/phases/0/start", json!("09-31-2026")),
            "competition.yaml",
            "phases[0].start",
            "09-31-2026",
        ),
        (
            v2().with("/phases/0/end", json!("1-1-2020")),
            "competition.yaml",
            "phases[0].end",
            "before it starts",
        ),
        (v2().with("/phases/0/tasks", json!([])), "competition.yaml", "phases[0].tasks", "at least one"),
        (v2().with("/phases/0/tasks", json!([9])), "competition.yaml", "phases[0].tasks[0]", "index 9"),
        (
            v2().with("/phases/0/execution_time_limit", json!(100_000)),
            "competition.yaml",
            "phases[0].execution_time_limit",
            "86400",
        ),
        (
            v2().with("/phases/0/max_submissions", json!(-1)),
            "competition.yaml",
            "phases[0].max_submissions",
            "whole number",
        ),
        (
            v2().with("/phases/1", json!({ "name": "x", "start": "1-1-2021", "tasks": [0] })),
            "competition.yaml",
            "phases[0].end",
            "missing",
        ),
        (
            v2().with("/phases/0/end", json!("1-1-2022"))
                .with("/phases/1", json!({ "name": "x", "start": "1-1-2021", "tasks": [0] })),
            "competition.yaml",
            "phases[1].start",
            "before the one before",
        ),
        (v2().with("/leaderboards", Value::Null), "competition.yaml", "leaderboards", "missing"),
        (
            v2().with("/leaderboards", Value::Null).with("/leaderboard", json!([{}])),
            "competition.yaml",
            "leaderboard",
            "called leaderboards",
        ),
        (
            v2().with("/leaderboards/0/columns/0/key", Value::Null),
            "competition.yaml",
            "leaderboards[0].columns[0].key",
            "missing",
        ),
        (
            v2().with("/leaderboards/0/columns/1/index", json!(0)),
            "competition.yaml",
            "leaderboards[0].columns[1].index",
            "twice",
        ),
        (
            v2().with("/leaderboards/0/columns/0/sorting", json!("up")),
            "competition.yaml",
            "leaderboards[0].columns[0].sorting",
            "asc or desc",
        ),
        (
            v2().with("/leaderboards/0/columns/0/precision", json!(99)),
            "competition.yaml",
            "leaderboards[0].columns[0].precision",
            "12",
        ),
        (
            v2().with("/leaderboards/0/columns/0/computation", json!("median")),
            "competition.yaml",
            "leaderboards[0].columns[0].computation",
            "avg",
        ),
        (
            v2().with("/leaderboards/0/columns/0/computation", json!("avg")),
            "competition.yaml",
            "leaderboards[0].columns[0].computation_indexes",
            "missing",
        ),
        (
            v2().with("/leaderboards/0/columns/0/computation", json!("avg"))
                .with("/leaderboards/0/columns/0/computation_indexes", json!([5])),
            "competition.yaml",
            "leaderboards[0].columns[0].computation_indexes",
            "indexes",
        ),
        (
            v2().with("/leaderboards/0/primary_index", json!(8)),
            "competition.yaml",
            "leaderboards[0].primary_index",
            "column 8",
        ),
        (
            v2().with("/leaderboards/0/submission_rule", json!("Force_Luck")),
            "competition.yaml",
            "leaderboards[0].submission_rule",
            "Force_Best",
        ),
        (
            v2().without_file("scoring_program/metadata.yaml"),
            "competition.yaml",
            "tasks[0].scoring_program",
            "metadata",
        ),
        (
            v2().with_file("scoring_program/metadata.yaml", b"description: x"),
            "scoring_program/metadata.yaml",
            "command",
            "missing",
        ),
        (
            v2().with_file("scoring_program/metadata.yaml", b"command: [x"),
            "scoring_program/metadata.yaml",
            "command",
            "read",
        ),
        (
            v2().with_file("scoring_program/metadata.yaml", b"command: python3 'x"),
            "scoring_program/metadata.yaml",
            "command",
            "quotation",
        ),
        (
            v2().with_file("scoring_program/metadata.yaml", &[0xff; 20]),
            "scoring_program/metadata.yaml",
            "command",
            "UTF-8",
        ),
        (
            v2().with_file("scoring_program/metadata.yaml", &vec![b'#'; 70_000]),
            "scoring_program/metadata.yaml",
            "command",
            "long",
        ),
        (Bundle::v1().with("/html/terms", Value::Null), "competition.yaml", "html.terms", "missing"),
        (Bundle::v1().with("/phases", json!({})), "competition.yaml", "phases", "at least one"),
        (
            Bundle::v1().with("/phases/1/start_date", json!("2020-13-01")),
            "competition.yaml",
            "phases.1.start_date",
            "no date",
        ),
        (
            Bundle::v1().with("/phases/1/scoring_program", json!("logo.png")),
            "competition.yaml",
            "phases.1.scoring_program",
            "ZIP",
        ),
        (Bundle::v1().with("/end_date", json!("2019-01-01")), "competition.yaml", "end_date", "ends before"),
        (
            Bundle::v1().with("/leaderboard/columns", json!({})),
            "competition.yaml",
            "leaderboard.columns",
            "no column",
        ),
        (
            Bundle::v1().with("/leaderboard/columns/right/leaderboard", Value::Null),
            "competition.yaml",
            "leaderboard.columns.right.leaderboard",
            "missing",
        ),
    ];
    for (bundle, file, key, part) in cases {
        let answer = import(&organizer, &bundle.archive()).await;
        assert_eq!(answer.code(), (422, "bundle-wrong"), "{key} {part}: {:?}", answer.body);
        assert_eq!(
            (&answer.body["file"], &answer.body["key"]),
            (&json!(file), &json!(key)),
            "{:?}",
            answer.body
        );
        assert!(answer.text("en").contains(part), "{part}: {}", answer.text("en"));
        assert!(answer.text("vi").contains(file) && answer.text("vi") != answer.text("en"));
    }
    let rows: i64 =
        sqlx::query_scalar("SELECT count(*) FROM competitions").fetch_one(&server.db).await.unwrap();
    assert_eq!(rows, 0, "nothing of them is there");
}

#[sqlx::test(migrations = "./migrations")]
async fn hostile_bundles_are_refused_quickly(db: PgPool) {
    let (_server, organizer) = site(db).await;
    let began = std::time::Instant::now();
    let mut bomb = "version: 2\ntitle: x\na: &a [x,x,x,x,x,x,x,x,x]\n".to_owned();
    for (name, before) in "bcdefghij".chars().zip("abcdefghi".chars()) {
        let nine = vec![format!("*{before}"); 9].join(",");
        writeln!(bomb, "{name}: &{name} [{nine}]").unwrap();
    }
    for yaml in [&bomb, "version: 2\ntitle: [", "\u{1}", "[]", "text", ""] {
        let answer = import(&organizer, &Bundle::v2().archive_with(yaml)).await;
        assert_eq!(answer.code(), (422, "bundle-wrong"), "{yaml:.30}: {:?}", answer.body);
    }
    let long = format!("# {}", "x".repeat(2 << 20));
    assert_eq!(import(&organizer, &Bundle::v2().archive_with(&long)).await.code(), (422, "bundle-wrong"));
    for (name, inner) in [
        ("leaves the folder", zip_of(&[("../../x", b"1")])),
        ("twice the same", zip_of(&[("A", b"1"), ("a", b"2")])),
        ("empty", zip_of(&[])),
        ("no archive", b"PK\x03\x04 no".to_vec()),
        ("only folders", zip_of(&[("a/", b"")])),
    ] {
        let bundle = Bundle::v1().with_file("reference.zip", &inner);
        let answer = import(&organizer, &bundle.archive()).await;
        assert_eq!(answer.code(), (422, "bundle-wrong"), "{name}: {:?}", answer.body);
        assert_eq!(answer.body["key"], "phases.1.reference_data", "{name}");
    }
    assert!(began.elapsed() < std::time::Duration::from_mins(1), "{:?}", began.elapsed());
}

#[sqlx::test(migrations = "./migrations")]
async fn images_are_mapped_to_stored_ones_and_names_are_not_taken_by_chance(db: PgPool) {
    let (server, organizer) = site(db).await;
    let bundle = Bundle::v2().with("/docker_image", json!("lab/special:1"));
    let mapped = |stored: &str| json!({ "images": { "lab/special:1": stored } });
    let unknown = import_with(&organizer, &bundle.archive(), mapped("khong-co")).await;
    assert_eq!((unknown.code(), &unknown.body["image"]), ((422, "unknown-image"), &json!("khong-co")));
    let typo =
        import_with(&organizer, &bundle.archive(), json!({ "images": { "lab/spezial:1": "python-ml" } }))
            .await;
    assert_eq!((typo.code(), &typo.body["key"]), ((422, "bundle-wrong"), &json!("docker_image")));
    let fine = import_with(&organizer, &bundle.archive(), mapped("python-ml")).await;
    assert_eq!(fine.status, StatusCode::CREATED, "{:?}", fine.body);
    assert_eq!(judging(&server).await[0]["program"]["image"], "python-ml");

    let taken = Bundle::v2().with("/title", json!("Thi"));
    Contest::result().import(&organizer).await;
    let answer = import(&organizer, &taken.archive()).await;
    assert_eq!((answer.code(), &answer.body["slug"]), ((409, "slug-taken"), &json!("thi")));
    let named = import_with(&organizer, &taken.archive(), json!({ "slug": "thi-khac" })).await;
    assert_eq!((named.status, &named.body["slug"]), (StatusCode::CREATED, &json!("thi-khac")));
    let wrong = import_with(&organizer, &taken.archive(), json!({ "slug": "Thi Khác" })).await;
    assert_eq!(wrong.code(), (422, "definition-wrong"));
    let ours = import_with(&organizer, &Contest::result().archive(), json!({ "slug": "x" })).await;
    assert_eq!(ours.code(), (422, "no-bundle"));
}

#[sqlx::test(migrations = "./migrations")]
async fn the_command_imports_a_bundle_and_tells_what_is_different(db: PgPool) {
    let (server, organizer) = site(db).await;
    let asked = json!({ "name": "máy", "scopes": ["read", "submit", "manage"] });
    let token = organizer.post("/tokens", asked).await.text("token");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bundle.zip");
    std::fs::write(&path, Bundle::v2().archive()).unwrap();
    let run = async |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_dautri"));
        command.arg("import").arg(&path).args(arguments);
        command.env("DAUTRI_SERVER", &server.base).env("DAUTRI_TOKEN", &token);
        let done = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
        String::from_utf8(done.stdout).unwrap() + &String::from_utf8_lossy(&done.stderr)
    };
    let said = run(&["--slug", "dong", "--image", "codalab/codalab-legacy:py37=python-ml"]).await;
    assert!(said.starts_with("dong: created\n- "), "{said}");
    let said = run(&["--image", "python-ml"]).await;
    assert!(said.contains("codalab/codalab-legacy:py37=python-ml"), "{said}");
}
