//! Importing a competition: all of it or nothing, the same twice is once, and nothing hostile gets through.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};

use dautri::accounts::Role;
use reqwest::StatusCode;
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::harness::{Answer, Browser, Contest, FakeWorker, Server, zip_of};

const CSV: &[u8] = b"id,label\na,x\nb,y\nc,x\nd,x\n";
/// The truth of the small contest with one label changed.
const OTHER_TRUTH: &[u8] = b"id,label,split\na,y,public\nb,y,public\nc,x,private\nd,y,private\n";
const TASK: &str = "/tracks/0/tasks/0";
const PHASE: &str = "/tracks/0/phases/0";

async fn site(db: PgPool) -> (Server, Browser) {
    let server = Server::start_on(db, super::STORAGE).await;
    server.place_fake_image().await;
    let organizer = server.person_with("btc", &[Role::Organizer]).await;
    (server, organizer)
}

async fn import(organizer: &Browser, archive: &[u8]) -> Answer {
    let upload = organizer.upload("thi.zip", None, archive).await;
    organizer.post("/competitions", json!({ "upload": upload })).await
}

/// A digest of every table that an import may write, and how many rows it has. Letters are sent and
/// acts are sealed meanwhile.
async fn state(db: &PgPool) -> BTreeMap<String, (i64, Option<String>)> {
    let tables = "SELECT table_name::text FROM information_schema.tables
                  WHERE table_schema = 'public' AND table_type = 'BASE TABLE'
                    AND table_name NOT IN ('uploads', 'upload_parts', 'blobs', 'sessions', 'mails', 'audit_seals',
                                           'audit_unsealed', '_sqlx_migrations')";
    let tables: Vec<String> = sqlx::query_scalar(tables).fetch_all(db).await.unwrap();
    assert!(tables.len() > 15, "{tables:?}");
    let mut state = BTreeMap::new();
    for table in tables {
        let digest =
            format!("SELECT count(*), md5(string_agg(t::text, '|' ORDER BY t::text)) FROM {table} t");
        let found = sqlx::query_as(sqlx::AssertSqlSafe(digest)).fetch_one(db).await.unwrap();
        state.insert(table, found);
    }
    state
}

/// The text of a contest's `dautri.yaml` as an archive with its truth.
fn with_yaml(yaml: &[u8]) -> Vec<u8> {
    zip_of(&[("dautri.yaml", yaml), ("truth/truth.csv", OTHER_TRUTH)])
}

#[sqlx::test(migrations = "./migrations")]
async fn an_import_creates_then_changes_nothing_then_updates(db: PgPool) {
    let (server, organizer) = site(db).await;
    let contest = Contest::result();
    let first = import(&organizer, &contest.archive()).await;
    assert_eq!(
        (first.status, first.body),
        (StatusCode::CREATED, json!({ "slug": "thi", "result": "created" }))
    );
    let before = state(&server.db).await;
    // More often than anybody may have uploads open.
    for _ in 0..11 {
        let same = import(&organizer, &contest.archive()).await;
        assert_eq!((same.status, &same.body["result"]), (StatusCode::OK, &json!("unchanged")));
    }
    assert_eq!(state(&server.db).await, before);
    let changed = contest.with("/title", json!({ "vi": "Khác", "en": "Other" }));
    let updated = import(&organizer, &changed.archive()).await;
    assert_eq!((updated.status, &updated.body["result"]), (StatusCode::OK, &json!("updated")));
    assert_eq!(organizer.get("/competitions/thi").await.body["title"]["vi"], "Khác");
}

#[sqlx::test(migrations = "./migrations")]
async fn one_competition_comes_of_many_imports_at_once(db: PgPool) {
    let (server, organizer) = site(db).await;
    let archive = Contest::result().archive();
    let answers = futures::future::join_all((0..6).map(|_| import(&organizer, &archive))).await;
    let results: Vec<_> = answers.iter().map(|a| (a.status.as_u16(), a.body["result"].clone())).collect();
    assert_eq!(results.iter().filter(|r| **r == (201, json!("created"))).count(), 1, "{results:?}");
    assert_eq!(results.iter().filter(|r| **r == (200, json!("unchanged"))).count(), 5, "{results:?}");
    assert_eq!(state(&server.db).await["competitions"].0, 1);
    assert_eq!(state(&server.db).await["task_versions"].0, 1);
}

#[sqlx::test(migrations = "./migrations")]
async fn a_changed_truth_makes_a_second_version_and_earlier_submissions_keep_theirs(db: PgPool) {
    let (server, organizer) = site(db).await;
    let phase = Contest::result().import(&organizer).await;
    let (person, worker) = (server.entrant("sen").await, FakeWorker::enrol(&server).await);
    let version = async |id: &str| {
        person.get(&format!("/submissions/{id}")).await.body["evaluations"][0]["task_version"].clone()
    };
    let early = person.hand_in(&phase, "p.csv", CSV).await.text("id");
    let same_phase = Contest::result().with_file("truth/truth.csv", OTHER_TRUTH).import(&organizer).await;
    assert_eq!(same_phase, phase);
    let late = person.hand_in(&phase, "p.csv", CSV).await.text("id");
    assert_eq!((version(&early).await, version(&late).await), (json!(1), json!(2)));
    let shown = organizer.get("/competitions/thi").await.body;
    assert_eq!(shown["tracks"][0]["tasks"][0]["version"], 2);

    let truth_of = |lease: &Value| lease["plan"]["truth"].clone();
    let (first, second) = (worker.claim().await, worker.claim().await);
    assert_ne!(truth_of(&first)["sha256"], Value::Null, "{first}");
    assert_ne!(truth_of(&first)["sha256"], truth_of(&second)["sha256"], "each is judged by its own version");
    for lease in [first, second] {
        assert_eq!(worker.score(&lease, 0.5, 0.5).await, StatusCode::NO_CONTENT);
    }
    assert_eq!((version(&early).await, version(&late).await), (json!(1), json!(2)));
}

#[sqlx::test(migrations = "./migrations")]
async fn what_is_in_use_cannot_be_defined_away(db: PgPool) {
    let (server, organizer) = site(db).await;
    let contest = Contest::result();
    let phase = contest.import(&organizer).await;
    let person = server.entrant("sen").await;
    assert_eq!(person.hand_in(&phase, "p.csv", CSV).await.status, StatusCode::CREATED);
    let before = state(&server.db).await;
    let b_only = json!([{ "slug": "b", "title": { "vi": "B", "en": "B" } }]);
    let dropping = [
        ("division", contest.clone().with("/divisions", b_only)),
        ("track", contest.clone().with("/tracks/0/slug", json!("khac"))),
        ("phase", contest.clone().with(&format!("{PHASE}/slug"), json!("khac"))),
        (
            "task",
            contest.clone().with(&format!("{TASK}/slug"), json!("khac")).phase("tasks", json!(["khac"])),
        ),
    ];
    for (what, smaller) in dropping {
        assert_eq!(import(&organizer, &smaller.archive()).await.code(), (409, "in-use"), "{what}");
        assert_eq!(state(&server.db).await, before, "{what}");
    }
    let a_only = json!([{ "slug": "a", "title": { "vi": "A", "en": "A" } }]);
    let unused = import(&organizer, &contest.with("/divisions", a_only).archive()).await;
    assert_eq!(unused.body["result"], "updated", "a division without teams may go");
}

#[sqlx::test(migrations = "./migrations")]
async fn every_rule_refuses_with_its_place(db: PgPool) {
    let (server, organizer) = site(db).await;
    let (result, code) = (Contest::result(), Contest::code(&["python3", "predict.py"]));
    let program = |key: &str, value: Value| {
        let mut scorer =
            json!({ "path": "scorer", "image": "python-ml", "command": ["x"], "metrics": ["accuracy"] });
        scorer[key] = value;
        result
            .clone()
            .with(&format!("{TASK}/scorer"), json!({ "program": scorer }))
            .with_file("scorer/x", b"")
    };
    let builtin =
        |key: &str, value: Value| result.clone().with(&format!("{TASK}/scorer/builtin/{key}"), value);
    let column = |metric: &str, precision: u8| json!([{ "metric": metric, "title": { "vi": "c", "en": "c" }, "order": "desc", "precision": precision }]);
    let title = json!({ "vi": "t", "en": "t" });
    let division = json!({ "slug": "a", "title": title });
    let page = json!({ "slug": "p", "title": title, "vi": "p.md", "en": "p.md" });
    let track = "tracks.track";
    let task = format!("{track}.tasks.task");
    let phase = format!("{track}.phases.main");
    let whole = [
        ("version", json!(2), "version"),
        ("slug", json!("Thi Thử"), "slug"),
        ("slug", json!("-thi"), "slug"),
        ("slug", json!("t".repeat(41)), "slug"),
        ("timezone", json!("Mars/Phobos"), "timezone"),
        ("teams", json!({ "max_members": 0 }), "teams.max_members"),
        ("teams", json!({ "max_members": 101 }), "teams.max_members"),
        ("divisions", json!([]), "divisions"),
        ("divisions", json!([division, division]), "divisions"),
        ("pages", json!([page, page]), "pages"),
        ("tracks", json!([]), "tracks"),
    ];
    let mut cases: Vec<(Contest, String)> = whole
        .into_iter()
        .map(|(key, value, place)| (result.clone().with(&format!("/{key}"), value), place.to_owned()))
        .collect();
    let tracks = |key: &str, value: Value| result.clone().with(&format!("/tracks/0/{key}"), value);
    let phases = |key: &str, value: Value| result.clone().phase(key, value);
    cases.extend([
        (tracks("upload", json!({ "max_bytes": 0 })), format!("{track}.upload.max_bytes")),
        (tracks("upload", json!({ "max_bytes": (64_u64 << 30) + 1 })), format!("{track}.upload.max_bytes")),
        (tracks("tasks", json!([])), format!("{track}.tasks")),
        (tracks("phases", json!([])), format!("{track}.phases")),
        (tracks("kind", json!("code")), task.clone()),
        (code.clone().with("/tracks/0/kind", json!("result")), task.clone()),
        (result.clone().with(&format!("{TASK}/input"), json!("input")), task.clone()),
        (code.clone().with(&format!("{TASK}/program/command"), json!([])), format!("{task}.program.command")),
        (
            code.clone().with(&format!("{TASK}/program/command"), json!(["a\0b"])),
            format!("{task}.program.command"),
        ),
        (code.clone().limit("wall_ms", 0), format!("{task}.program.limits")),
        (
            code.clone().with(
                &format!("{TASK}/program/ingestion"),
                json!({ "program": "input", "image": "python-ml", "command": [] }),
            ),
            format!("{task}.program.ingestion.command"),
        ),
        (builtin("metrics", json!([])), format!("{task}.scorer.builtin")),
        (program("command", json!([])), format!("{task}.scorer.program.command")),
        (program("metrics", json!([])), format!("{task}.scorer.program.metrics")),
        (program("metrics", json!(["accuracy", "accuracy"])), format!("{task}.scorer.program.metrics")),
        (program("limits", json!({ "wall_ms": 0 })), format!("{task}.scorer.program.limits")),
        (phases("ends", json!("2019-01-01T00:00:00+07:00")), phase.clone()),
        (phases("ends", json!("2020-01-01T00:00:00+07:00")), phase.clone()),
        (phases("tasks", json!([])), phase.clone()),
        (phases("tasks", json!(["khac"])), format!("{phase}.tasks")),
        (phases("attempts", json!({ "per_day": 0 })), format!("{phase}.attempts")),
        (phases("attempts", json!({ "total": -1 })), format!("{phase}.attempts")),
        (phases("board/columns", json!([])), format!("{phase}.board.columns")),
        (phases("board/columns", column("f1_macro", 4)), format!("{phase}.board.columns")),
        (phases("board/columns", column("accuracy", 13)), format!("{phase}.board.columns.accuracy")),
        (phases("board/tie_breakers", json!(["luck"])), format!("{phase}.board.tie_breakers")),
    ]);
    for (contest, place) in cases {
        let answer = import(&organizer, &contest.archive()).await;
        assert_eq!(answer.code(), (422, "definition-wrong"), "{place}: {:?}", answer.body);
        assert_eq!(answer.body["place"], json!(place), "{:?}", answer.body);
        assert!(answer.text("en").contains(&place) && answer.text("vi").contains(&place));
        assert_ne!(answer.text("en"), answer.text("vi"), "the reason is in the reader's language");
    }
    assert_eq!(state(&server.db).await["competitions"].0, 0, "nothing of them is there");
}

#[sqlx::test(migrations = "./migrations")]
async fn unknown_keys_and_wrong_types_are_refused_wherever_they_stand(db: PgPool) {
    let (_server, organizer) = site(db).await;
    for pointer in ["", "/divisions/0", "/tracks/0", TASK, PHASE, "/tracks/0/phases/0/board"] {
        let contest = Contest::result().with(&format!("{pointer}/colour"), json!("red"));
        let answer = import(&organizer, &contest.archive()).await;
        assert_eq!(answer.code(), (422, "definition-unreadable"), "{pointer}");
        assert!(answer.text("en").contains("colour"), "{}", answer.text("en"));
        assert!(answer.text("vi").contains("không có trường «colour»"), "{}", answer.text("vi"));
    }
    for (pointer, value) in [
        ("/version", json!("một")),
        ("/tracks/0/kind", json!("pitch")),
        ("/tracks/0/phases/0/starts", json!("hôm qua")),
        ("/tracks/0/upload/max_bytes", json!(1e300)),
        ("/title", json!("Thi")),
    ] {
        let answer = import(&organizer, &Contest::result().with(pointer, value).archive()).await;
        assert_eq!(answer.code(), (422, "definition-unreadable"), "{pointer}");
    }
}

#[sqlx::test(migrations = "./migrations")]
async fn nothing_that_a_task_hides_can_be_published(db: PgPool) {
    let (_server, organizer) = site(db).await;
    let title = json!({ "vi": "t", "en": "t" });
    for path in ["truth", "truth/truth.csv", ".", "./truth"] {
        let file = Contest::result().with("/files", json!([{ "path": path, "title": title }]));
        let page = json!([{ "slug": "p", "title": title, "vi": "vi.md", "en": path }]);
        let page = Contest::result().with("/pages", page).with_file("vi.md", b"text");
        for contest in [file, page] {
            let answer = import(&organizer, &contest.archive()).await;
            assert_eq!(answer.code(), (422, "definition-wrong"), "{path}");
            assert!(answer.text("en").contains("hides"), "{path}: {}", answer.text("en"));
        }
    }
}

#[sqlx::test(migrations = "./migrations")]
async fn files_that_are_missing_or_outside_are_named(db: PgPool) {
    let (server, organizer) = site(db).await;
    let title = json!({ "vi": "t", "en": "t" });
    for path in ["missing", "../../../../etc/passwd", "/etc/passwd", "truth/../../x", ""] {
        let truth = Contest::result().with(&format!("{TASK}/truth"), json!(path));
        let file = Contest::result().with("/files", json!([{ "path": path, "title": title }]));
        let page = json!([{ "slug": "p", "title": title, "vi": path, "en": "en.md" }]);
        let page = Contest::result().with("/pages", page).with_file("en.md", b"text");
        for contest in [truth, file, page] {
            let answer = import(&organizer, &contest.archive()).await;
            assert_eq!(answer.code(), (422, "definition-file-missing"), "{path}");
            assert_eq!(answer.body["path"], json!(path));
        }
    }
    let image = Contest::code(&["x"]).with(&format!("{TASK}/program/image"), json!("khac"));
    let answer = import(&organizer, &image.archive()).await;
    assert_eq!((answer.code(), &answer.body["image"]), ((422, "unknown-image"), &json!("khac")));
    assert_eq!(state(&server.db).await["competitions"].0, 0);
    let leftovers: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM blobs b WHERE NOT EXISTS (SELECT 1 FROM uploads u WHERE u.blob_id = b.id)
         AND NOT EXISTS (SELECT 1 FROM images i WHERE i.blob_id = b.id)",
    )
    .fetch_one(&server.db)
    .await
    .unwrap();
    assert_eq!(leftovers, 0);
}

#[sqlx::test(migrations = "./migrations")]
async fn hostile_archives_and_texts_are_refused_quickly(db: PgPool) {
    let (server, organizer) = site(db).await;
    let mut laughs = b"a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_vec();
    for n in 1..12 {
        let before = format!("*a{}", n - 1);
        let line = format!("a{n}: &a{n} [{}]\n", vec![before; 10].join(", "));
        laughs.extend_from_slice(line.as_bytes());
    }
    let deep = [b"version: ".to_vec(), vec![b'['; 400_000]].concat();
    let flow = [b"version: ".to_vec(), b"{a: ".repeat(100_000)].concat();
    let cases: Vec<(&str, Vec<u8>, &str)> = vec![
        ("no zip", b"not a zip".to_vec(), "bad-archive"),
        ("nothing", Vec::new(), "bad-archive"),
        ("half a zip", Contest::result().archive()[..200].to_vec(), "bad-archive"),
        ("slip", zip_of(&[("../../dautri.yaml", b"x")]), "bad-archive"),
        ("absolute", zip_of(&[("/etc/dautri.yaml", b"x")]), "bad-archive"),
        ("no definition", zip_of(&[("readme.md", b"x")]), "definition-missing"),
        ("definition in a folder", zip_of(&[("thi/dautri.yaml", b"x")]), "definition-missing"),
        ("definition is a folder", zip_of(&[("dautri.yaml/x", b"x")]), "definition-missing"),
        ("billion laughs", with_yaml(&laughs), "definition-unreadable"),
        ("deep lists", with_yaml(&deep), "definition-unreadable"),
        ("deep maps", with_yaml(&flow), "definition-unreadable"),
        ("too long", with_yaml(&vec![b'#'; 1024 * 1024 + 1]), "definition-unreadable"),
        ("no UTF-8", with_yaml(b"title: \xff\xfe"), "definition-unreadable"),
        ("empty", with_yaml(b""), "definition-unreadable"),
        ("no map", with_yaml(b"- 1\n- 2\n"), "definition-unreadable"),
        ("tabs", with_yaml(b"version:\t1\n\tslug: x"), "definition-unreadable"),
        ("twice", with_yaml(b"version: 1\nversion: 1\n"), "definition-unreadable"),
    ];
    for (name, archive, code) in cases {
        let begun = Instant::now();
        let answer = import(&organizer, &archive).await;
        assert_eq!(answer.code(), (422, code), "{name}: {:?}", answer.body);
        assert!(begun.elapsed() < Duration::from_secs(5), "{name} took {:?}", begun.elapsed());
        assert!(!answer.text("vi").is_empty() && !answer.text("en").is_empty(), "{name}");
        assert!(answer.body.to_string().len() < 5000, "{name}: the answer is no echo of the attack");
    }
    assert_eq!(state(&server.db).await["competitions"].0, 0);
    assert!(
        import(&organizer, &Contest::result().archive()).await.status.is_success(),
        "and the server goes on"
    );
}

#[sqlx::test(migrations = "./migrations")]
async fn only_its_organizers_and_administrators_change_a_competition(db: PgPool) {
    let (server, owner) = site(db).await;
    let contest = Contest::result();
    contest.import(&owner).await;
    let before = state(&server.db).await;
    let rival = server.person_with("khac", &[Role::Organizer]).await;
    let changed = contest.clone().with("/title", json!({ "vi": "Chiếm", "en": "Taken" })).archive();
    for archive in [&changed, &contest.archive()] {
        assert_eq!(import(&rival, archive).await.code(), (403, "forbidden"));
    }
    let contestant = server.entrant("sen").await;
    let phase = owner.get("/competitions/thi").await.body["tracks"][0]["phases"][0]["id"].clone();
    let upload = contestant.upload("thi.zip", phase.as_str(), &changed).await;
    let body = json!({ "upload": upload });
    assert_eq!(contestant.post("/competitions", body.clone()).await.code(), (403, "forbidden"));
    assert_eq!(server.browser().post("/competitions", body).await.code(), (401, "not-logged-in"));
    let juror = server.person_with("gk", &[Role::Juror]).await;
    assert_eq!(juror.post("/competitions", json!({ "upload": upload })).await.code(), (403, "forbidden"));
    assert_eq!(state(&server.db).await["competitions"], before["competitions"]);
    assert_eq!(import(&server.admin().await, &changed).await.body["result"], "updated");
}

fn datasets() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("datasets")
}

/// Folders of `datasets/` that hold a definition.
pub fn samples() -> Vec<PathBuf> {
    let folders = std::fs::read_dir(datasets()).unwrap().map(|e| e.unwrap().path());
    let mut samples: Vec<_> = folders.filter(|f| f.join("dautri.yaml").is_file()).collect();
    samples.sort();
    assert!(samples.len() >= 3, "{samples:?}");
    samples
}

pub fn collect(folder: &Path, root: &Path, files: &mut Vec<(String, Vec<u8>)>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            if !path.ends_with("__pycache__") {
                collect(&path, root, files);
            }
        } else {
            let name = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
            files.push((name, std::fs::read(&path).unwrap()));
        }
    }
}

#[sqlx::test(migrations = "./migrations")]
async fn the_sample_competitions_import_and_import_again_as_they_stand(db: PgPool) {
    let (_server, organizer) = site(db).await;
    for folder in samples() {
        let mut files = Vec::new();
        collect(&folder, &folder, &mut files);
        let files: Vec<(&str, &[u8])> = files.iter().map(|(n, b)| (n.as_str(), b.as_slice())).collect();
        let archive = zip_of(&files);
        let name = folder.file_name().unwrap().to_str().unwrap();
        let first = import(&organizer, &archive).await;
        assert_eq!(first.body, json!({ "slug": name, "result": "created" }), "{name}");
        assert_eq!(import(&organizer, &archive).await.body["result"], "unchanged", "{name}");
        let shown = organizer.get(&format!("/competitions/{name}")).await.body;
        for text in ["title", "summary"] {
            assert_ne!(shown[text]["vi"], shown[text]["en"], "{name} has its {text} in both languages");
        }
        assert_ne!(shown["licence"], "", "{name}");
    }
}

#[test]
fn the_schema_in_the_repository_is_what_the_program_prints() {
    let printed = Command::new(env!("CARGO_BIN_EXE_dautri")).arg("schema").output().unwrap();
    let kept = std::fs::read_to_string(datasets().join("dautri.schema.json")).unwrap();
    let printed = String::from_utf8(printed.stdout).unwrap();
    assert!(printed == kept, "the schema is stale: dautri schema > datasets/dautri.schema.json");
}

/// Whether definitions fulfil the schema, and what `jsonschema` says.
fn fulfils(definitions: &[PathBuf]) -> (bool, String) {
    let python =
        std::env::var("DAUTRI_PYTHON").expect("run the tests by `make test`, which has Python ready");
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clients/check_schema.py");
    let schema = datasets().join("dautri.schema.json");
    let done = Command::new(python).arg(script).arg(schema).args(definitions).output().unwrap();
    let said = String::from_utf8(done.stdout).unwrap() + &String::from_utf8_lossy(&done.stderr);
    (done.status.success(), said)
}

#[test]
fn the_sample_definitions_fulfil_the_schema() {
    let definitions: Vec<_> = samples().iter().map(|folder| folder.join("dautri.yaml")).collect();
    let (fulfilled, said) = fulfils(&definitions);
    assert!(fulfilled, "{said}");
}

#[test]
fn the_schema_refuses_what_the_program_refuses() {
    let folder = tempfile::tempdir().unwrap();
    let sample = std::fs::read_to_string(samples()[0].join("dautri.yaml")).unwrap();
    for (name, wrong) in [
        ("unknown key", sample.replacen("version: 1", "version: 1\ncolour: red", 1)),
        ("no slug", sample.replacen("slug: ", "label: ", 1)),
        ("unknown kind", sample.replacen("kind: ", "kind: x", 1)),
        ("text in one language", sample.replacen("en: ", "fr: ", 1)),
    ] {
        let path = folder.path().join("dautri.yaml");
        std::fs::write(&path, wrong).unwrap();
        let (fulfilled, said) = fulfils(&[path]);
        assert!(!fulfilled && said.contains("dautri.yaml: $"), "{name}: {said}");
    }
}
