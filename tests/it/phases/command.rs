//! `dautri phase` does what the calls do.

use std::process::Command;

use serde_json::json;
use sqlx::PgPool;

use super::{Stage, phase_named};
use crate::harness::Contest;

#[sqlx::test(migrations = "./migrations")]
async fn the_command_changes_a_phase_and_decides_who_advances(db: PgPool) {
    let mut last = phase_named("final");
    last["requires"] = json!({ "phase": "main", "top": 1 });
    let stage =
        Stage::open(db, &Contest::result().with("/tracks/0/phases", json!([phase_named("main"), last])))
            .await;
    let asked = json!({ "name": "máy", "scopes": ["admin"] });
    let token = stage.admin.post("/tokens", asked).await.text("token");
    let run = async |arguments: &[&str]| {
        let arguments: Vec<String> = arguments.iter().map(|a| (*a).to_owned()).collect();
        let (base, token) = (stage.server.base.clone(), token.clone());
        let command = move || {
            let mut command = Command::new(env!("CARGO_BIN_EXE_dautri"));
            command.arg("phase").args(arguments).env("DAUTRI_SERVER", base).env("DAUTRI_TOKEN", token);
            command.output().unwrap()
        };
        let done = tokio::task::spawn_blocking(command).await.unwrap();
        (
            done.status.success(),
            String::from_utf8(done.stdout).unwrap() + &String::from_utf8_lossy(&done.stderr),
        )
    };
    let person = stage.server.entrant("sen").await;
    stage.score(&person, 0.5, 0.5).await;

    let (fine, said) =
        run(&["pause", "thi/track/main", "--hand-ins", "--judging", "--reason", "Mất điện"]).await;
    assert!(fine && said.contains("hand_ins_paused: false → true"), "{said}");
    assert_eq!(stage.hand_in(&person).await.code(), (409, "hand-ins-paused"));
    let (fine, said) = run(&["pause", "thi/track/main", "--judging", "--reason", "Mất điện"]).await;
    assert!(!fine && said.contains("nothing-changes"), "{said}");
    assert!(run(&["resume", "thi/track/main", "--hand-ins", "--judging", "--reason", "xong"]).await.0);
    let change = [
        "change",
        "thi/track/main",
        "--attempts-daily",
        "3",
        "--ends",
        "2099-01-01T00:00:00Z",
        "--reason",
        "x",
    ];
    let (fine, said) = run(&change).await;
    assert!(fine && said.contains("attempts_daily: null → 3"), "{said}");
    assert!(
        run(&["change", "thi/track/main", "--attempts-daily", "none", "--quiet", "--reason", "x"]).await.0
    );
    assert!(run(&["freeze", "thi/track/main", "--reason", "x"]).await.0);
    assert!(run(&["unfreeze", "thi/track/main", "--reason", "x"]).await.0);
    let (fine, said) = run(&["changes", "thi/track/main"]).await;
    assert!(fine && said.lines().filter(|line| !line.starts_with(' ')).count() == 6, "{said}");

    stage.end_long_ago().await;
    let (fine, said) = run(&["advance", "thi/track/final"]).await;
    assert!(fine && said.starts_with("ready: the top 1") && said.contains("+ a 1 sen"), "{said}");
    let fingerprint = said.lines().next().unwrap().rsplit(' ').next().unwrap().to_owned();
    let decide = ["advance", "thi/track/final", "--fingerprint", &fingerprint, "--reason", "Kết quả"];
    let (fine, said) = run(&decide).await;
    assert!(fine && said.starts_with("decided"), "{said}");
    let (fine, said) = run(&decide).await;
    assert!(!fine && said.contains("already-decided"), "{said}");
}
