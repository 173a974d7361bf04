//! Programs that break the rules they run under.

use serde_json::json;
use sqlx::PgPool;

use super::{Arena, Case, End};
use crate::harness::{Contest, zip_of};

const MIB: u64 = 1 << 20;

/// Half of its private rows are right.
const WRITES: &str = "\nwith open('/app/output/predictions.csv', 'w') as out:\n    \
                      out.write('id,label\\na,x\\nb,y\\nc,x\\nd,x\\n')\n";

pub fn honest() -> Vec<u8> {
    zip(WRITES)
}

pub fn zip(program: &str) -> Vec<u8> {
    zip_of(&[("predict.py", program.as_bytes())])
}

pub async fn arena(db: PgPool) -> Arena {
    let contest = Contest::code(&["python3", "predict.py"])
        .limit("wall_ms", 10_000)
        .limit("cpu_ms", 1_000)
        .limit("memory_bytes", 96 * MIB)
        .limit("pids", 32)
        .limit("output_bytes", 4 * MIB)
        .limit("output_files", 50)
        .limit("scratch_bytes", 4 * MIB)
        .limit("log_bytes", 4096);
    Arena::open(db, contest, ("bai.zip", honest())).await
}

fn stopped(
    name: &'static str,
    program: &str,
    verdict: &'static str,
    code: &'static str,
    says: &'static [&'static str],
) -> Case {
    Case::new(name, "bai.zip", zip(program), End::failed(verdict, code, says))
}

/// A program that gains nothing, harms nobody, and writes its predictions in the end.
pub fn in_vain(name: &'static str, program: &str) -> Case {
    Case::new(name, "bai.zip", zip(&format!("{program}{WRITES}")), End::Scored(1.0))
}

#[sqlx::test(migrations = "./migrations")]
async fn time_ends_where_the_task_says(db: PgPool) {
    let mut arena = arena(db).await;
    let insists = "import os\nwhile True:\n    try: os.fork()\n    except OSError: pass\n";
    let cases = vec![
        stopped("loops", "while True: pass", "time_limit", "cpu_time", &["1", "CPU"]),
        stopped("forks and forks", insists, "time_limit", "cpu_time", &["1", "CPU"]),
        stopped("sleeps", "import time\ntime.sleep(60)", "time_limit", "wall_time", &["10"]),
    ];
    arena.run(cases).await;
    arena.close().await;
}

#[sqlx::test(migrations = "./migrations")]
async fn processes_and_memory_end_where_the_task_says(db: PgPool) {
    let mut arena = arena(db).await;
    let eats = "x = []\nwhile True: x.append(bytearray(1 << 20))\n";
    let child = format!("import subprocess, sys\nsubprocess.run([sys.executable, '-c', {eats:?}])\n{WRITES}");
    let forks = "import os, time\nwhile True:\n    if os.fork() == 0: time.sleep(60)\n";
    let cases = vec![
        stopped("forks", forks, "runtime_error", "exit_code", &["1"])
            .log(|log| log.contains("BlockingIOError")),
        stopped("fills memory", eats, "memory_limit", "memory", &["96 MB"]),
        stopped("a child fills memory", &child, "memory_limit", "memory", &["96 MB"]),
        stopped("crashes", "raise SystemExit(3)", "runtime_error", "exit_code", &["3"]),
        stopped("does not even parse", "def (", "runtime_error", "exit_code", &["1"])
            .log(|log| log.contains("SyntaxError") && log.contains("predict.py")),
    ];
    arena.run(cases).await;
    arena.close().await;
}

#[sqlx::test(migrations = "./migrations")]
async fn disk_and_log_end_where_the_task_says(db: PgPool) {
    let mut arena = arena(db).await;
    let fill = |path: &str| format!("f = open('{path}', 'wb', 0)\nwhile True: f.write(bytes(1 << 16))\n");
    let files = "for i in range(1000): open(f'/app/output/{i}', 'w')";
    let sparse = format!("{WRITES}\nfor i in range(9): open(f'/app/output/{{i}}', 'wb').truncate(4 << 20)");
    let flood = "import sys\nfor i in range(400_000): sys.stdout.write(f'dòng {i}\\n')\nprint('the end')";
    let link = "import os\nos.symlink('/etc/passwd', '/app/output/predictions.csv')";
    let cases = vec![
        stopped("fills the output", &fill("/app/output/x"), "output_limit", "output_bytes", &["4 MB"]),
        stopped("makes many files", files, "output_limit", "output_files", &["50"]),
        stopped("claims more than it wrote", &sparse, "output_limit", "output_bytes", &["4 MB"]),
        stopped("fills the scratch space", &fill("/tmp/x"), "runtime_error", "exit_code", &["1"])
            .log(|log| log.contains("No space left on device")),
        stopped("writes into the image", &fill("/usr/x"), "runtime_error", "exit_code", &["1"])
            .log(|log| log.contains("Read-only file system")),
        stopped("leaves a link", link, "wrong_format", "not_a_regular_file", &["predictions.csv"]),
        stopped("leaves nothing", "pass", "wrong_format", "missing_file", &["predictions.csv"]),
        in_vain("floods the log", flood).log(|log| {
            let ends = log.starts_with("dòng 0\ndòng 1\n") && log.trim_end().ends_with("the end");
            ends && log.len() < 4096 + 100 && log.contains(" bytes …")
        }),
    ];
    arena.run(cases).await;
    arena.close().await;
}

#[sqlx::test(migrations = "./migrations")]
async fn scores_come_from_the_scorer_alone(db: PgPool) {
    let mut arena = arena(db).await;
    let perfect = json!({ "public": { "accuracy": 1.0 }, "private": { "accuracy": 1.0 } }).to_string();
    let lazy = "\nopen('/app/output/predictions.csv', 'w').write('id,label\\na,y\\nb,x\\nc,y\\nd,x\\n')\n";
    let prints = format!("print({perfect:?}, flush=True)\nprint('accuracy: 1.0'){lazy}");
    let writes = format!(
        "for name in ['scores.json', 'scores.txt', 'truth.csv', '../scores.json']:\n    \
         try: open('/app/output/' + name, 'w').write({perfect:?})\n    except OSError: pass\n{lazy}"
    );
    // Everything that the program can read, searched for the truth's own header.
    let searches = format!(
        "import os\nfor top in ['/app', '/tmp', '/mnt', '/srv', '/var', '/home']:\n    \
         for folder, _, names in os.walk(top):\n        for name in names:\n            \
         try: text = open(os.path.join(folder, name), errors='replace').read()\n            \
         except OSError: continue\n            \
         if 'id,label,' + 'split' in text: raise SystemExit('found the truth')\n{WRITES}"
    );
    let wrong = |name, table: &str, code, line, says| {
        let program = format!("open('/app/output/predictions.csv', 'w').write({table:?})");
        let end = End::Failed { verdict: "wrong_format", code, file: Some("predictions.csv"), line, says };
        Case::new(name, "bai.zip", zip(&program), end)
    };
    let cases = vec![
        Case::new("prints scores", "bai.zip", zip(&prints), End::Scored(0.0))
            .log(|log| log.contains("accuracy")),
        Case::new("writes scores", "bai.zip", zip(&writes), End::Scored(0.0)),
        Case::new(
            "packs scores",
            "bai.zip",
            zip_of(&[
                ("predict.py", lazy.as_bytes()),
                ("scores.json", perfect.as_bytes()),
                ("truth/truth.csv", b"id,label\na,y\nb,x\nc,y\nd,x\n"),
            ]),
            End::Scored(0.0),
        ),
        Case::new("searches for the truth", "bai.zip", zip(&searches), End::Scored(1.0)),
        wrong("another header", "name,label\na,x\n", "wrong_header", Some(1), &["id,label", "name,label"]),
        wrong("an unknown label", "id,label\na,x\nb,z\nc,x\nd,x\n", "unknown_label", Some(3), &["z"]),
    ];
    arena.run(cases).await;
    arena.close().await;
}
