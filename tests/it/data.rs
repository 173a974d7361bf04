//! Data sets: who may read what and when, versions, manifests, parts, and the rules that come before.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{io::Read, path::Path};

use futures::future::join_all;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use sqlx::PgPool;

use crate::harness::{Answer, Browser, Contest, Server};

const CSV: &[u8] = b"id,label\na,x\nb,y\nc,x\nd,x\n";
const HOME: &str = "/competitions/thi";

pub fn text(text: &str) -> Value {
    json!({ "vi": text, "en": text })
}

pub fn set(slug: &str, access: &str, visible: &Value) -> Value {
    json!({ "slug": slug, "title": text(slug), "access": access, "visible": visible,
            "files": [{ "path": format!("public/{slug}") }] })
}

/// A contest with rules and these data sets; each has a file `public/<slug>/a.csv` that holds its name.
pub fn contest(sets: &[Value]) -> Contest {
    let page =
        json!([{ "slug": "rules", "title": text("Thể lệ"), "vi": "rules.vi.md", "en": "rules.en.md" }]);
    let mut contest = Contest::result()
        .with("/pages", page)
        .with("/data", json!(sets))
        .with_file("rules.vi.md", "Điều 1.".as_bytes())
        .with_file("rules.en.md", b"Article 1.");
    for set in sets {
        let slug = set["slug"].as_str().unwrap();
        contest = contest.with_file(&format!("public/{slug}/a.csv"), slug.as_bytes());
    }
    contest
}

async fn start(db: PgPool, contest: &Contest) -> (Server, Browser, String) {
    let server = Server::start_on(db, super::STORAGE).await;
    let admin = server.admin().await;
    let phase = contest.import(&admin).await;
    (server, admin, phase)
}

async fn import(admin: &Browser, contest: &Contest) -> Answer {
    let upload = admin.upload("thi.zip", None, &contest.archive()).await;
    admin.post("/competitions", json!({ "upload": upload })).await
}

async fn bytes(person: &Browser, path: &str) -> Vec<u8> {
    let answer = person.request(Method::GET, path).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK, "{path}");
    answer.bytes().await.unwrap().to_vec()
}

/// Slug → why not, empty where it may be read.
async fn standing(person: &Browser) -> Vec<(String, String)> {
    let listed = person.get(&format!("{HOME}/data")).await;
    assert_eq!(listed.status, StatusCode::OK, "{:?}", listed.body);
    let sets = listed.body["sets"].as_array().unwrap().clone();
    let row = |set: &Value| {
        let why = set["refusal"]["code"].as_str().unwrap_or("").to_owned();
        assert_eq!(set["readable"], why.is_empty(), "{set}");
        assert_eq!(set["versions"].as_array().unwrap().is_empty(), !why.is_empty(), "{set}");
        (set["slug"].as_str().unwrap().to_owned(), why)
    };
    sets.iter().map(row).collect()
}

pub async fn accept(person: &Browser) -> Answer {
    let shown = person.get(&format!("{HOME}/acceptance")).await.text("version");
    person.post(&format!("{HOME}/acceptance"), json!({ "version": shown })).await
}

#[sqlx::test(migrations = "./migrations")]
async fn each_reader_gets_what_is_theirs_and_is_told_why_not_the_rest(db: PgPool) {
    let always = json!({});
    let contest = contest(&[
        set("open", "public", &always),
        set("known", "logged_in", &always),
        set("agreed", "rules", &always),
        set("mates", "team", &always),
        set("later", "public", &json!({ "from": "2100-01-01T00:00:00+07:00" })),
        set("gone", "public", &json!({ "until": "2020-01-01T00:00:00+07:00" })),
    ]);
    let (server, admin, _) = start(db, &contest).await;
    let (nobody, person) = (server.browser(), server.person("sen").await);
    let (agreed, member) = (server.person("sung").await, server.entrant("bach").await);
    assert_eq!(accept(&agreed).await.status, StatusCode::CREATED);
    let rival = server.person_with("khac", &[dautri::accounts::Role::Organizer]).await;
    let (log_in, accept, join) = ("not-logged-in", "rules-not-accepted", "team-needed");
    for (name, reader, expected) in [
        ("nobody", &nobody, ["", log_in, log_in, log_in, "data-not-open", "data-closed"]),
        ("person", &person, ["", "", accept, join, "data-not-open", "data-closed"]),
        ("agreed", &agreed, ["", "", "", join, "data-not-open", "data-closed"]),
        ("member", &member, ["", "", accept, "", "data-not-open", "data-closed"]),
        ("organizer of something else", &rival, ["", "", accept, join, "data-not-open", "data-closed"]),
        ("organizer", &admin, ["", "", "", "", "", ""]),
    ] {
        let found = standing(reader).await;
        let codes: Vec<&str> = found.iter().map(|(_, why)| why.as_str()).collect();
        assert_eq!(codes, expected, "{name}");
        for (slug, why) in &found {
            let base = format!("{HOME}/data/{slug}/latest");
            for path in ["manifest", "archive", "files/public/x", "files/none", "manifest?only=none"] {
                let answer = reader.get(&format!("{base}/{path}")).await;
                if why.is_empty() {
                    assert!([200, 404].contains(&answer.status.as_u16()), "{name} {slug} {path}");
                } else {
                    assert_eq!(answer.code().1, why, "{name} {slug} {path}");
                }
            }
            let file = format!("{base}/files/public/{slug}/a.csv");
            if why.is_empty() {
                assert_eq!(bytes(reader, &file).await, slug.as_bytes(), "{name}");
            } else {
                assert_eq!(reader.get(&file).await.code().1, why, "{name} {slug}");
            }
        }
    }
    let opens = nobody.get(&format!("{HOME}/data/later/1/manifest")).await;
    assert_eq!(opens.text("opens_at"), "2099-12-31T17:00:00+00:00");
    sqlx::query("UPDATE teams SET state = 'waiting'").execute(&server.db).await.unwrap();
    assert_eq!(standing(&member).await[3].1, join, "a team that waits for its approval takes no part yet");
}

#[sqlx::test(migrations = "./migrations")]
async fn a_set_may_open_and_close_with_a_phase_and_follows_it(db: PgPool) {
    let phase = json!({ "phase": "track/main" });
    let contest = contest(&[
        set("from-start", "public", &json!({ "from": phase })),
        set("until-end", "public", &json!({ "until": phase })),
    ]);
    let (server, admin, id) = start(db, &contest).await;
    let nobody = server.browser();
    let codes = async || standing(&nobody).await.into_iter().map(|(_, why)| why).collect::<Vec<_>>();
    assert_eq!(codes().await, ["", ""]);
    let id: uuid::Uuid = id.parse().unwrap();
    let moved = async |sql| sqlx::query(sql).bind(id).execute(&server.db).await.unwrap();
    moved("UPDATE phases SET starts_at = now() + interval '1 hour' WHERE id = $1").await;
    assert_eq!(codes().await, ["data-not-open", ""]);
    moved("UPDATE phases SET starts_at = now() - interval '2 hours', ends_at = now() WHERE id = $1").await;
    assert_eq!(codes().await, ["", "data-closed"]);
    // The phase goes from the definition together with what is bound to it.
    let other = contest
        .with("/tracks/0/phases/0/slug", json!("khac"))
        .with("/data", json!([set("from-start", "public", &json!({ "from": { "phase": "track/khac" } }))]));
    assert_eq!(import(&admin, &other).await.status, StatusCode::OK);
    assert_eq!(standing(&nobody).await, [("from-start".to_owned(), String::new())]);
}

#[sqlx::test(migrations = "./migrations")]
async fn versions_are_numbered_and_never_change(db: PgPool) {
    let sets = [set("train", "public", &json!({})), set("test", "public", &json!({}))];
    let first = contest(&sets);
    let (server, admin, _) = start(db, &first).await;
    let nobody = server.browser();
    let numbers = async |who: &Browser| {
        let listed = who.get(&format!("{HOME}/data")).await.body;
        let of = |set: &Value| {
            let versions = set["versions"].as_array().unwrap();
            versions.iter().map(|v| v["number"].as_i64().unwrap()).collect::<Vec<_>>()
        };
        listed["sets"].as_array().unwrap().iter().map(of).collect::<Vec<_>>()
    };
    assert_eq!(import(&admin, &first).await.body["result"], "unchanged");
    assert_eq!(numbers(&nobody).await, [[1], [1]]);

    let second = first.clone().with_file("public/train/a.csv", b"corrected");
    assert_eq!(import(&admin, &second).await.body["result"], "updated");
    assert_eq!(numbers(&nobody).await, [vec![2, 1], vec![1]]);
    let path = |version: &str| format!("{HOME}/data/train/{version}/files/public/train/a.csv");
    assert_eq!(bytes(&nobody, &path("1")).await, b"train");
    assert_eq!(bytes(&nobody, &path("2")).await, b"corrected");
    assert_eq!(bytes(&nobody, &path("latest")).await, b"corrected");
    assert_eq!(nobody.get(&path("3")).await.code(), (404, "not-found"));
    assert_eq!(nobody.get(&path("-1")).await.code(), (404, "not-found"));

    // Titles, times and mirrors say something of a version; they make none.
    let described = second
        .clone()
        .with("/data/0/title", text("Tên mới"))
        .with("/data/0/files/0/mirrors", json!(["https://mirror.example.vn/train"]));
    assert_eq!(import(&admin, &described).await.body["result"], "updated");
    assert_eq!(numbers(&nobody).await, [vec![2, 1], vec![1]]);
    let manifest = nobody.get(&format!("{HOME}/data/train/2/manifest?format=json")).await.body;
    assert_eq!(manifest["files"][0]["mirrors"], json!(["https://mirror.example.vn/train/a.csv"]));

    let withdrawn = described.clone().with("/data/0/withdrawn", json!([1, 2]));
    import(&admin, &withdrawn).await;
    for version in ["1", "2", "latest"] {
        assert_eq!(nobody.get(&path(version)).await.code(), (410, "data-withdrawn"), "{version}");
    }
    assert_eq!(bytes(&admin, &path("1")).await, b"train");
    assert_eq!(numbers(&nobody).await, [vec![], vec![1]]);

    let dropped = withdrawn.with("/data", json!([sets[1]]));
    import(&admin, &dropped).await;
    assert_eq!(nobody.get(&path("2")).await.code(), (404, "not-found"));
    assert_eq!(numbers(&nobody).await, [[1]]);
    assert_eq!(bytes(&admin, &path("2")).await, b"corrected");
}

/// Ten files in three folders.
fn many() -> Contest {
    let mut contest = contest(&[set("video", "public", &json!({}))]);
    for (folder, count) in [("L01", 4), ("L02", 3), ("L03/phụ đề", 2)] {
        for n in 0..count {
            contest =
                contest.with_file(&format!("public/video/{folder}/{n}.txt"), &[b'x'; 700][..100 * n + 50]);
        }
    }
    contest
}

#[sqlx::test(migrations = "./migrations")]
async fn sha256sum_checks_what_was_downloaded(db: PgPool) {
    let (server, ..) = start(db, &many()).await;
    let nobody = server.browser();
    let manifest = nobody.request(Method::GET, &format!("{HOME}/data/video/latest/manifest"));
    let answer = manifest.send().await.unwrap();
    assert!(answer.headers()["content-type"].to_str().unwrap().starts_with("text/plain"));
    let sums = answer.text().await.unwrap();
    assert_eq!(sums.lines().count(), 10);
    let folder = tempfile::tempdir().unwrap();
    for line in sums.lines() {
        let (_, path) = line.split_once("  ").unwrap();
        let place = folder.path().join(path);
        std::fs::create_dir_all(place.parent().unwrap()).unwrap();
        let url = format!("{HOME}/data/video/latest/files/{path}");
        std::fs::write(place, bytes(&nobody, &url).await).unwrap();
    }
    std::fs::write(folder.path().join("SHA256SUMS"), &sums).unwrap();
    let check = |folder: &Path| {
        let run = std::process::Command::new("sha256sum")
            .args(["--check", "--strict", "SHA256SUMS"])
            .current_dir(folder)
            .output();
        run.unwrap().status.success()
    };
    assert!(check(folder.path()));
    std::fs::write(folder.path().join("public/video/L01/0.txt"), "other").unwrap();
    assert!(!check(folder.path()));
}

/// Names and contents of a tar archive.
fn entries(archive: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut tar = tar::Archive::new(archive);
    let read = tar.entries().unwrap().map(|entry| {
        let mut entry = entry.unwrap();
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).unwrap();
        (entry.path().unwrap().to_str().unwrap().to_owned(), bytes)
    });
    read.collect()
}

#[sqlx::test(migrations = "./migrations")]
async fn a_part_of_a_set_is_chosen_by_file_folder_or_pattern(db: PgPool) {
    let (server, ..) = start(db, &many()).await;
    let nobody = server.browser();
    let base = format!("{HOME}/data/video/latest");
    for (only, count) in [
        ("", 10),
        ("public/video/a.csv", 1),
        ("public/video/L01", 4),
        ("public/video/L0[12]/**", 7),
        ("**/*.txt", 9),
        ("**/0.txt", 3),
        ("public/video/{L02,L03}/**", 5),
        ("public/video/L03/phụ đề/1.txt", 1),
    ] {
        let query = [("only", only)];
        let listed = nobody.request(Method::GET, &format!("{base}/manifest")).query(&query);
        let manifest = nobody.answer(listed.header("accept", "application/json")).await.body;
        let files = manifest["files"].as_array().unwrap();
        assert_eq!(files.len(), count, "{only}");
        let request = async || {
            let request = nobody.request(Method::GET, &format!("{base}/archive")).query(&query);
            let answer = request.send().await.unwrap();
            assert_eq!(answer.headers()["content-type"], "application/x-tar");
            let length: usize = answer.headers()["content-length"].to_str().unwrap().parse().unwrap();
            let bytes = answer.bytes().await.unwrap();
            assert_eq!(bytes.len(), length);
            bytes
        };
        let archive = request().await;
        let found = entries(&archive);
        assert_eq!(found.len(), count, "{only}");
        for (file, (path, bytes)) in files.iter().zip(&found) {
            assert_eq!((&file["path"], &file["size"]), (&json!(path), &json!(bytes.len())));
            assert_eq!(file["sha256"], json!(hex::encode(Sha256::digest(bytes))));
        }
        assert!(archive == request().await, "the same part gives the same bytes");
    }
    for path in ["manifest", "archive"] {
        let none = nobody.get(&format!("{base}/{path}?only=public/none")).await;
        assert_eq!(none.code(), (404, "nothing-selected"));
        let bad = nobody.get(&format!("{base}/{path}?only=a%5B")).await;
        assert_eq!(bad.code(), (400, "bad-pattern"));
    }
}

#[sqlx::test(migrations = "./migrations")]
async fn a_file_of_a_set_is_sent_in_part_and_kept_by_no_shared_cache(db: PgPool) {
    let contest = contest(&[set("agreed", "rules", &json!({})), set("open", "public", &json!({}))])
        .with_file("public/agreed/a.csv", b"0123456789");
    let (server, ..) = start(db, &contest).await;
    let person = server.person("sen").await;
    accept(&person).await;
    let path = format!("{HOME}/data/agreed/1/files/public/agreed/a.csv");
    let get = async |headers: &[(&str, &str)]| {
        let mut request = person.request(Method::GET, &path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.send().await.unwrap()
    };
    let whole = get(&[]).await;
    assert_eq!(whole.headers()["cache-control"], "private, no-cache");
    assert_eq!(whole.headers()["accept-ranges"], "bytes");
    let tag = whole.headers()["etag"].to_str().unwrap().to_owned();
    assert_eq!(tag, format!("\"{}\"", hex::encode(Sha256::digest(b"0123456789"))));
    let part = get(&[("range", "bytes=7-"), ("if-range", &tag)]).await;
    assert_eq!(
        (part.status(), &part.headers()["content-range"]),
        (StatusCode::PARTIAL_CONTENT, &"bytes 7-9/10".parse().unwrap())
    );
    assert_eq!(part.bytes().await.unwrap(), "789");
    let other = get(&[("range", "bytes=7-"), ("if-range", "\"old\"")]).await;
    assert_eq!((other.status(), other.bytes().await.unwrap().len()), (StatusCode::OK, 10));
    assert_eq!(get(&[("if-none-match", &tag)]).await.status(), StatusCode::NOT_MODIFIED);
    let open = person.request(Method::GET, &format!("{HOME}/data/open/1/files/public/open/a.csv"));
    assert_eq!(open.send().await.unwrap().headers()["cache-control"], "public, no-cache");
}

#[sqlx::test(migrations = "./migrations")]
async fn what_only_mirrors_have_is_named_and_never_fetched(db: PgPool) {
    let sha256 = "ab".repeat(32);
    let elsewhere = json!({ "path": "big.zip", "size": 5_000_000_000_i64, "sha256": sha256, "mirrors": ["https://m.example.vn/b"] });
    let sets =
        [json!({ "slug": "big", "title": text("big"), "files": [{ "path": "public/big" }, elsewhere] })];
    let (server, ..) = start(db, &contest(&sets)).await;
    let nobody = server.browser();
    let base = format!("{HOME}/data/big/1");
    let manifest = nobody.get(&format!("{base}/manifest?format=json")).await.body;
    assert_eq!(manifest["bytes"], 5_000_000_003_i64);
    assert_eq!((&manifest["files"][0]["here"], &manifest["files"][1]["here"]), (&json!(true), &json!(false)));
    let sums = String::from_utf8(bytes(&nobody, &format!("{base}/manifest")).await).unwrap();
    assert!(sums.contains(&format!("{sha256}  big.zip\n")));
    for path in ["files/big.zip", "archive"] {
        let refused = nobody.get(&format!("{base}/{path}")).await;
        assert_eq!(refused.code(), (409, "only-on-mirrors"), "{path}");
        assert_eq!(refused.body["mirrors"], json!(["https://m.example.vn/b"]));
    }
    assert_eq!(entries(&bytes(&nobody, &format!("{base}/archive?only=public")).await).len(), 1);
}

#[sqlx::test(migrations = "./migrations")]
async fn the_section_files_is_a_set_that_is_open_to_all(db: PgPool) {
    let files = json!([{ "path": "sample.csv", "title": text("Mẫu") }]);
    let contest = contest(&[set("agreed", "rules", &json!({}))]).with("/files", files);
    let (server, admin, _) = start(db, &contest.clone().with_file("sample.csv", CSV)).await;
    let nobody = server.browser();
    let names: Vec<String> = standing(&nobody).await.into_iter().map(|(slug, _)| slug).collect();
    assert_eq!(names, ["files", "agreed"]);
    import(&admin, &contest.with_file("sample.csv", b"new")).await;
    assert_eq!(bytes(&nobody, &format!("{HOME}/files/sample.csv")).await, b"new");
    assert_eq!(bytes(&nobody, &format!("{HOME}/data/files/1/files/sample.csv")).await, CSV);
    let shown = nobody.get(HOME).await.body;
    assert_eq!(shown["files"][0]["sha256"], json!(hex::encode(Sha256::digest(b"new"))));
    assert_eq!(shown["files"][0]["title"], text("Mẫu"));
}

#[sqlx::test(migrations = "./migrations")]
async fn rules_are_accepted_in_the_version_that_was_read_and_changed_rules_ask_again(db: PgPool) {
    let first = contest(&[set("agreed", "rules", &json!({}))]);
    let (server, admin, _) = start(db, &first).await;
    let (nobody, person) = (server.browser(), server.person("sen").await);
    let path = format!("{HOME}/acceptance");
    let shown = person.get(&path).await.body;
    assert_eq!(
        (&shown["required"], &shown["page"], &shown["accepted_at"]),
        (&json!(false), &json!("rules"), &Value::Null)
    );
    let version = shown["version"].as_str().unwrap().to_owned();
    assert_eq!(nobody.get(&path).await.text("version"), version, "anybody may read which rules there are");
    assert_eq!(nobody.post(&path, json!({ "version": version })).await.code(), (401, "not-logged-in"));
    let unread = person.post(&path, json!({ "version": "00".repeat(32) })).await;
    assert_eq!((unread.code(), unread.text("version")), ((409, "rules-changed"), version.clone()));
    let answers = join_all((0..32).map(|_| person.post(&path, json!({ "version": version })))).await;
    assert_eq!(answers.iter().filter(|a| a.status == StatusCode::CREATED).count(), 1);
    assert!(answers.iter().all(|a| a.status.is_success() && !a.text("accepted_at").is_empty()));
    assert_eq!(standing(&person).await[0].1, "");

    let second = first.clone().with_file("rules.en.md", b"Article 1. And no cheating.");
    import(&admin, &second).await;
    assert_eq!(standing(&person).await[0].1, "rules-not-accepted");
    assert_eq!(person.post(&path, json!({ "version": version })).await.code(), (409, "rules-changed"));
    assert_eq!(accept(&person).await.status, StatusCode::CREATED);
    assert_eq!(standing(&person).await[0].1, "");
    // The old text again is a text that was accepted.
    import(&admin, &first).await;
    assert_eq!(standing(&person).await[0].1, "");
    let rows = "SELECT count(*) FROM rules_acceptances";
    assert_eq!(sqlx::query_scalar::<_, i64>(rows).fetch_one(&server.db).await.unwrap(), 2);

    import(&admin, &first.with("/pages", json!([])).with("/data", json!([]))).await;
    assert_eq!(person.post(&path, json!({ "version": version })).await.code(), (404, "no-rules"));
    let none = person.get("/competitions/khac/acceptance").await;
    assert_eq!(none.code(), (404, "not-found"));
}

#[sqlx::test(migrations = "./migrations")]
async fn where_the_rules_must_be_accepted_nothing_is_handed_in_before(db: PgPool) {
    let contest = contest(&[]).with("/rules", json!({ "required": true }));
    let (server, admin, phase) = start(db, &contest).await;
    let person = server.entrant("sen").await;
    let upload = person.upload("p.csv", Some(&phase), CSV).await;
    let hand_in =
        async || person.post(&format!("/phases/{phase}/submissions"), json!({ "upload": upload })).await;
    let refused = hand_in().await;
    assert_eq!(refused.code(), (403, "rules-not-accepted"));
    assert!(refused.text("en").contains("dautri rules") && !refused.text("vi").is_empty());
    assert_eq!(person.get(&format!("/phases/{phase}/attempts")).await.body["used_total"], 0);
    accept(&person).await;
    assert_eq!(hand_in().await.status, StatusCode::CREATED);
    import(&admin, &contest.with_file("rules.vi.md", b"Moi.")).await;
    assert_eq!(hand_in().await.status, StatusCode::OK, "what was handed in stays");
    let next = person.hand_in(&phase, "p.csv", CSV).await;
    assert_eq!(next.code(), (403, "rules-not-accepted"));
}

#[sqlx::test(migrations = "./migrations")]
async fn what_is_wrong_with_a_set_is_said_with_its_place(db: PgPool) {
    let good = || set("train", "public", &json!({}));
    let with = |key: &str, value: Value| {
        let mut set = good();
        set[key] = value;
        contest(&[set])
    };
    let file = |value: Value| with("files", json!([value]));
    let (server, admin, _) = start(db, &contest(&[good()])).await;
    let hash = "ab".repeat(32);
    let twice = json!([{ "path": "public/train" }, { "path": "public/train/a.csv" }]);
    let reversed = json!({ "from": "2027-01-01T00:00:00Z", "until": "2026-01-01T00:00:00Z" });
    for (contest, place) in [
        (with("slug", json!("files")).with_file("public/files/a.csv", b""), "data.files"),
        (contest(&[good(), good()]), "data"),
        (with("files", json!([])), "data.train.files"),
        (with("visible", json!({ "from": { "phase": "track/none" } })), "data.train.visible.from"),
        (with("visible", json!({ "until": { "phase": "main" } })), "data.train.visible.until"),
        (with("visible", reversed), "data.train.visible"),
        (with("withdrawn", json!([0])), "data.train.withdrawn"),
        (with("files", twice), "data.train.files"),
        (file(json!({ "path": "x", "sha256": hash, "mirrors": ["https://m.vn"] })), "data.train.files.x"),
        (
            file(json!({ "path": "x", "size": 1, "sha256": "zz", "mirrors": ["https://m.vn"] })),
            "data.train.files.x",
        ),
        (file(json!({ "path": "x", "size": 1, "sha256": hash })), "data.train.files.x"),
        (
            file(json!({ "path": "../x", "size": 1, "sha256": hash, "mirrors": ["https://m.vn"] })),
            "data.train.files",
        ),
        (
            file(json!({ "path": "public/train", "mirrors": ["ftp://m.vn"] })),
            "data.train.files.public/train.mirrors",
        ),
        (file(json!({ "path": "truth" })), "data"),
        (contest(&[good()]).with("/rules", json!({ "required": true, "page": "none" })), "rules.page"),
        (contest(&[set("train", "rules", &json!({}))]).with("/pages", json!([])), "data.train.access"),
    ] {
        let refused = import(&admin, &contest).await;
        assert_eq!((refused.code().0, &refused.body["place"]), (422, &json!(place)), "{:?}", refused.body);
    }
    let missing = import(&admin, &file(json!({ "path": "public/none" }))).await;
    assert_eq!(missing.code(), (422, "definition-file-missing"));
    let unknown = import(&admin, &with("access", json!("friends"))).await;
    assert_eq!(unknown.code(), (422, "definition-unreadable"));
    assert_eq!(standing(&server.browser()).await.len(), 1, "nothing of it was written");
}

#[sqlx::test(migrations = "./migrations")]
async fn data_goes_out_with_an_export_and_comes_back_the_same(db: PgPool) {
    let elsewhere =
        json!({ "path": "big.zip", "size": 5, "sha256": "ab".repeat(32), "mirrors": ["https://m.vn/b"] });
    let mut video = set("video", "rules", &json!({ "from": { "phase": "track/main" } }));
    video["files"] = json!([{ "path": "./public/video/", "mirrors": ["https://m.vn/v"] }, elsewhere]);
    let both = contest(&[video, set("same", "public", &json!({}))])
        .with("/data/1/files", json!([{ "path": "public/video/a.csv" }]))
        .with("/rules", json!({ "required": true }));
    let (_server, admin, _) = start(db, &both).await;
    let archive = bytes(&admin, &format!("{HOME}/definition")).await;
    let upload = admin.upload("thi.zip", None, &archive).await;
    let again = admin.post("/competitions", json!({ "upload": upload })).await;
    assert_eq!(again.body["result"], "unchanged", "{:?}", again.body);
}

#[sqlx::test(migrations = "./migrations")]
async fn tricks_with_names_of_sets_find_nothing(db: PgPool) {
    let (server, ..) = start(db, &contest(&[set("open", "public", &json!({}))])).await;
    let nobody = server.browser();
    for path in [
        "open/1/files/truth/truth.csv",
        "open/1/files/dautri.yaml",
        "open/1/files/public/open",
        "open/1/files/public/open/",
        "open/1/files/public//open/a.csv",
        "open/1/files/..%2f..%2fetc%2fpasswd",
        "open/1/files/public/open/a.csv%00",
        "open/01x/manifest",
        "open/99999999999999/manifest",
        "none/1/manifest",
        "OPEN/1/manifest",
        "%00/1/manifest",
    ] {
        assert_eq!(nobody.get(&format!("{HOME}/data/{path}")).await.code(), (404, "not-found"), "{path}");
    }
    assert_eq!(nobody.get("/competitions/khac/data").await.code(), (404, "not-found"));
}
