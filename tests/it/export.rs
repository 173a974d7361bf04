//! A competition goes out as it came in: the same definition, the same bytes, for its organizers only.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{
    collections::BTreeMap,
    io::{Cursor, Read},
    path::Path,
    process::Command,
};

use dautri::accounts::Role;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::{
    definitions::{collect, samples},
    harness::{Answer, Browser, Contest, Server, zip_of},
};

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

async fn export(person: &Browser, slug: &str) -> (StatusCode, Vec<u8>) {
    let answer =
        person.request(Method::GET, &format!("/competitions/{slug}/definition")).send().await.unwrap();
    let status = answer.status();
    let length = answer.content_length();
    let bytes = answer.bytes().await.unwrap().to_vec();
    assert_eq!(length, Some(bytes.len() as u64), "its length is told beforehand");
    (status, bytes)
}

/// Name → bytes of a ZIP archive.
fn files(archive: &[u8]) -> BTreeMap<String, Vec<u8>> {
    let mut archive = zip::ZipArchive::new(Cursor::new(archive)).unwrap();
    let mut files = BTreeMap::new();
    for index in 0..archive.len() {
        let mut entry = archive.by_index(index).unwrap();
        let name = entry.name().unwrap().into_owned();
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).unwrap();
        files.insert(name, bytes);
    }
    files
}

fn yaml(bytes: &[u8]) -> Value {
    serde_saphyr::from_str(std::str::from_utf8(bytes).unwrap()).unwrap()
}

/// What an import wrote that has no id or time in it: the definition's hash, and the hash of every blob by place.
async fn facts(db: &PgPool, slug: &str) -> Vec<String> {
    let facts = "
        SELECT 'definition ' || encode(definition_hash, 'hex') FROM competitions WHERE slug = $1
        UNION ALL SELECT concat_ws(' ', 'file', s.slug, f.path, encode(b.sha256, 'hex'))
        FROM data_sets s JOIN data_versions v ON v.set_id = s.id JOIN data_files f ON f.version_id = v.id
        JOIN blobs b ON b.id = f.blob_id JOIN competitions c ON c.id = s.competition_id
        WHERE c.slug = $1
        UNION ALL SELECT concat_ws(' ', 'task', t.slug, k.slug, encode(v.content_hash, 'hex'),
            (SELECT string_agg(concat_ws(' ', p.part, encode(b.sha256, 'hex')), ' ' ORDER BY p.part)
             FROM (VALUES ('input', v.input_blob_id), ('truth', v.truth_blob_id), ('scorer', v.scorer_blob_id),
                          ('ingestion', v.ingestion_blob_id)) p(part, id) JOIN blobs b ON b.id = p.id))
        FROM task_versions v JOIN tasks k ON k.id = v.task_id JOIN tracks t ON t.id = k.track_id
        JOIN competitions c ON c.id = t.competition_id WHERE c.slug = $1
        ORDER BY 1";
    sqlx::query_scalar(facts).bind(slug).fetch_all(db).await.unwrap()
}

/// Rows that describe the competition, without ids, times of writing and blobs.
async fn rows(organizer: &Browser, slug: &str) -> Value {
    fn strip(value: &mut Value) {
        match value {
            Value::Object(map) => {
                map.remove("id");
                map.values_mut().for_each(strip);
            }
            Value::Array(items) => items.iter_mut().for_each(strip),
            _ => {}
        }
    }
    let mut shown = organizer.get(&format!("/competitions/{slug}")).await.body;
    strip(&mut shown);
    shown
}

/// As if the archive were imported on another server: nothing of the competition or its bytes is there.
async fn forget(server: &Server) {
    for statement in [
        "DELETE FROM competitions",
        "DELETE FROM uploads",
        "DELETE FROM blobs b WHERE NOT EXISTS (SELECT 1 FROM images i WHERE i.blob_id = b.id)",
    ] {
        sqlx::query(statement).execute(&server.db).await.unwrap();
    }
}

#[sqlx::test(migrations = "./migrations")]
async fn every_sample_goes_out_and_comes_back_with_equal_hashes(db: PgPool) {
    let (server, organizer) = site(db).await;
    for folder in samples() {
        let slug = folder.file_name().unwrap().to_str().unwrap();
        let mut before = Vec::new();
        collect(&folder, &folder, &mut before);
        let before: Vec<(&str, &[u8])> = before.iter().map(|(n, b)| (n.as_str(), b.as_slice())).collect();
        assert_eq!(import(&organizer, &zip_of(&before)).await.body["result"], "created");
        let (facts_before, rows_before) = (facts(&server.db, slug).await, rows(&organizer, slug).await);

        let (status, archive) = export(&organizer, slug).await;
        assert_eq!(status, StatusCode::OK);
        let exported = files(&archive);
        let before: BTreeMap<&str, &[u8]> = before.into_iter().collect();
        for (name, bytes) in &exported {
            if name != "dautri.yaml" {
                assert!(before.get(name.as_str()) == Some(&bytes.as_slice()), "{slug}: {name} is as it was");
            }
        }
        assert_eq!(import(&organizer, &archive).await.body["result"], "unchanged", "{slug}");
        forget(&server).await;
        assert_eq!(import(&organizer, &archive).await.body["result"], "created", "{slug}");
        assert_eq!(facts(&server.db, slug).await, facts_before, "{slug}");
        assert_eq!(rows(&organizer, slug).await, rows_before, "{slug}");
        assert!(export(&organizer, slug).await.1 == archive, "{slug}: exported again it has the same bytes");
    }
}

/// Fails when a field of the format is not written again: every value that a sample's file states comes back.
#[sqlx::test(migrations = "./migrations")]
async fn every_value_that_a_definition_states_is_in_its_export(db: PgPool) {
    fn missing(before: &Value, after: &Value, place: &str, found: &mut Vec<String>) {
        match (before, after) {
            (Value::Object(before), Value::Object(after)) => {
                for (key, value) in before {
                    let inner = after.get(key).unwrap_or(&Value::Null);
                    missing(value, inner, &format!("{place}.{key}"), found);
                }
            }
            (Value::Array(before), Value::Array(after)) if before.len() == after.len() => {
                for (index, (before, after)) in before.iter().zip(after).enumerate() {
                    missing(before, after, &format!("{place}[{index}]"), found);
                }
            }
            (before, after) if before == after => {}
            (before, after) => found.push(format!("{place}: {before} became {after}")),
        }
    }
    let (_server, organizer) = site(db).await;
    for folder in samples() {
        let mut before = Vec::new();
        collect(&folder, &folder, &mut before);
        let before: Vec<(&str, &[u8])> = before.iter().map(|(n, b)| (n.as_str(), b.as_slice())).collect();
        import(&organizer, &zip_of(&before)).await;
        let slug = folder.file_name().unwrap().to_str().unwrap();
        let (_, archive) = export(&organizer, slug).await;
        let stated = yaml(&std::fs::read(folder.join("dautri.yaml")).unwrap());
        let mut found = Vec::new();
        missing(&stated, &yaml(&files(&archive)["dautri.yaml"]), slug, &mut found);
        assert_eq!(found, Vec::<String>::new());
    }
}

#[sqlx::test(migrations = "./migrations")]
async fn unusual_texts_paths_and_shared_files_survive(db: PgPool) {
    let (server, organizer) = site(db).await;
    let title = json!({ "vi": "- \"Thi\": #1\n{x} 'ư' \u{1f600}", "en": "yes" });
    let page = |slug: &str, vi: &str, en: &str| json!({ "slug": slug, "title": title, "vi": vi, "en": en });
    let contest = Contest::result()
        .with("/title", title.clone())
        .with("/source", json!("null"))
        .with("/licence", json!("1e3"))
        .with("/pages", json!([page("p", "trang/./một.md", "one.md"), page("q", "one.md", "one.md")]))
        .with(
            "/files",
            json!([
                { "path": "./dữ liệu.csv", "title": title }, { "path": "kit/", "title": title },
            ]),
        )
        .with("/tracks/0/tasks/0/truth", json!("hidden/truth.csv"))
        .phase("starts", json!("2020-02-29T23:59:59.123456+05:30"))
        .with_file("trang/một.md", "# Một\r\n".as_bytes())
        .with_file("one.md", b"one")
        .with_file("d\u{1eef} li\u{1ec7}u.csv", b"a,b")
        .with_file("kit/deep/x.py", b"print(1)")
        .with_file("kit/empty", b"")
        .with_file("hidden/truth.csv", b"id,label,split\na,x,public\nb,y,private\n");
    assert_eq!(import(&organizer, &contest.archive()).await.body["result"], "created");
    let before = (facts(&server.db, "thi").await, rows(&organizer, "thi").await);
    let (_, archive) = export(&organizer, "thi").await;
    let names: Vec<_> = files(&archive).into_keys().collect();
    assert_eq!(
        names,
        [
            "dautri.yaml",
            "dữ liệu.csv",
            "hidden/truth.csv",
            "kit/deep/x.py",
            "kit/empty",
            "one.md",
            "trang/một.md"
        ]
    );
    forget(&server).await;
    assert_eq!(import(&organizer, &archive).await.body["result"], "created");
    assert_eq!((facts(&server.db, "thi").await, rows(&organizer, "thi").await), before);
}

#[sqlx::test(migrations = "./migrations")]
async fn an_export_shows_what_is_now_not_what_was_imported(db: PgPool) {
    let (server, organizer) = site(db).await;
    Contest::result().import(&organizer).await;
    sqlx::query("UPDATE phases SET ends_at = '2090-01-01T00:00:00Z'").execute(&server.db).await.unwrap();
    let (_, archive) = export(&organizer, "thi").await;
    let ends = yaml(&files(&archive)["dautri.yaml"])["tracks"][0]["phases"][0]["ends"].clone();
    assert_eq!(ends, "2090-01-01T07:00:00+07:00");
}

#[sqlx::test(migrations = "./migrations")]
async fn only_organizers_of_the_competition_get_its_truth(db: PgPool) {
    let (server, organizer) = site(db).await;
    Contest::result().import(&organizer).await;
    let other = server.person_with("khac", &[Role::Organizer]).await;
    let entrant = server.entrant("sen").await;
    assert_eq!(export(&server.browser(), "thi").await.0, StatusCode::UNAUTHORIZED);
    assert_eq!(export(&entrant, "thi").await.0, StatusCode::FORBIDDEN);
    assert_eq!(export(&other, "thi").await.0, StatusCode::FORBIDDEN);
    assert_eq!(export(&organizer, "khong-co").await.0, StatusCode::NOT_FOUND);
    assert_eq!(export(&server.admin().await, "thi").await.0, StatusCode::OK);
    let acts = "SELECT count(*) FROM audit_acts WHERE verb = 'competition.exported'";
    assert_eq!(sqlx::query_scalar::<_, i64>(acts).fetch_one(&server.db).await.unwrap(), 1);
    sqlx::query("UPDATE competitions SET definition = NULL").execute(&server.db).await.unwrap();
    let (status, body) = export(&organizer, "thi").await;
    let body: Value = serde_json::from_slice(&body).unwrap();
    assert_eq!((status, &body["code"]), (StatusCode::CONFLICT, &json!("definition-not-kept")));
    Contest::result().import(&organizer).await;
    assert_eq!(export(&organizer, "thi").await.0, StatusCode::OK, "as the sentence promises");
}

#[sqlx::test(migrations = "./migrations")]
async fn the_command_writes_a_file_that_imports_again(db: PgPool) {
    let (server, organizer) = site(db).await;
    Contest::result().import(&organizer).await;
    let asked = json!({ "name": "máy", "scopes": ["read", "submit", "manage"] });
    let token = organizer.post("/tokens", asked).await.text("token");
    let folder = tempfile::tempdir().unwrap();
    let run = async |arguments: Vec<String>| {
        let (base, token, folder) = (server.base.clone(), token.clone(), folder.path().to_owned());
        let command = move || {
            let mut command = Command::new(env!("CARGO_BIN_EXE_dautri"));
            command.args(arguments).env("DAUTRI_SERVER", base).env("DAUTRI_TOKEN", token).current_dir(folder);
            command.output().unwrap()
        };
        let done = tokio::task::spawn_blocking(command).await.unwrap();
        (
            done.status.success(),
            String::from_utf8(done.stdout).unwrap() + &String::from_utf8_lossy(&done.stderr),
        )
    };
    let words = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
    let (fine, said) = run(words("export thi")).await;
    assert!(fine && said.starts_with("thi.zip: "), "{said}");
    let (fine, said) = run(words("import thi.zip")).await;
    assert!(fine && said.contains("thi: unchanged"), "{said}");
    let (fine, said) = run(words("export khong-co --out x.zip")).await;
    assert!(!fine && !Path::new(&folder.path().join("x.zip")).exists(), "{said}");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing half-written is left");
}
