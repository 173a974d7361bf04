//! `dautri check` and `dautri submit`, as a team runs them.

use serde_json::json;
use sqlx::PgPool;
use tokio::process::Command;

use super::{packs, site, used};
use crate::harness::{Browser, Server, zip_of};

/// Exit code, standard output and standard error.
async fn run(server: &Server, token: &str, command: &str, file: &std::path::Path) -> (i32, String, String) {
    let mut dautri = Command::new(env!("CARGO_BIN_EXE_dautri"));
    dautri.arg(command).arg(file).args(["--phase", "thi/track/main", "--server", &server.base]);
    let done = dautri.env("DAUTRI_TOKEN", token).output().await.unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (done.status.code().unwrap(), text(done.stdout), text(done.stderr))
}

async fn token(person: &Browser) -> String {
    person.post("/tokens", json!({ "name": "máy" })).await.text("token")
}

#[sqlx::test(migrations = "./migrations")]
async fn a_pack_is_checked_from_the_command_line_and_a_refused_one_shows_its_faults(db: PgPool) {
    let (server, _, person, phase) = site(db, packs::contest()).await;
    let (token, folder) = (token(&person).await, tempfile::tempdir().unwrap());
    let file = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    };
    let wrong =
        file("wrong.zip", &zip_of(&[("submission/query-1-kis.csv", b"L01_V001,1\nL01_V001.mp4,1\n")]));
    let (code, said, _) = run(&server, &token, "check", &wrong).await;
    let fault = "submission/query-1-kis.csv:2: write the video's name “L01_V001.mp4” without its extension.";
    assert_eq!((code, said.lines().next()), (3, Some(fault)), "{said}");
    assert!(said.contains("warning: there is no file for the query “query-2-qa”"), "{said}");
    assert!(said.ends_with("1 faults; no attempt was spent\n"), "{said}");

    let (code, said, error) = run(&server, &token, "submit", &wrong).await;
    assert_eq!((code, said.as_str()), (1, ""), "{error}");
    assert!(error.contains("(malformed)") && error.contains(fault), "{error}");
    assert_eq!(used(&person, &phase).await, 0);

    let good = file("good.zip", &packs::good());
    assert_eq!(run(&server, &token, "check", &good).await.0, 0);
    let (code, said, error) = run(&server, &token, "submit", &good).await;
    assert!(code == 0 && said.starts_with("submission "), "{said}{error}");
    assert_eq!(used(&person, &phase).await, 1);
    // A folder is packed.
    let folder = folder.path().join("bai");
    std::fs::create_dir_all(folder.join("submission")).unwrap();
    std::fs::write(folder.join("submission/query-1-kis.csv"), "L01_V001,1\n").unwrap();
    let (code, said, _) = run(&server, &token, "check", &folder).await;
    assert!(code == 0 && said.ends_with("the file is fine\n"), "{said}");
}
