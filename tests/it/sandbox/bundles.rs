//! Bundles' own programs in real containers.

use reqwest::StatusCode;
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::{
    harness::{Browser, Bundle, RealWorker, Server, zip_of},
    judging::assert_invariants,
};

struct Site {
    server: Server,
    worker: RealWorker,
    admin: Browser,
    person: Browser,
    phase: String,
}

impl Site {
    async fn open(db: PgPool, bundle: Bundle) -> Self {
        let server = Server::start(db).await;
        server.place_real_image().await;
        let admin = server.admin().await;
        let upload = admin.upload("bundle.zip", None, &bundle.archive()).await;
        let imported = admin.post("/competitions", json!({ "upload": upload, "slug": "thi" })).await;
        assert_eq!(imported.status, StatusCode::CREATED, "{:?}", imported.body);
        let shown = admin.get("/competitions/thi").await.body;
        let phase = shown["tracks"][0]["phases"][0]["id"].as_str().unwrap().to_owned();
        let person = server.person("sen").await;
        let team = person.post("/competitions/thi/teams", json!({ "name": "Sen", "division": "all" })).await;
        assert_eq!(team.status, StatusCode::CREATED, "{:?}", team.body);
        let worker = RealWorker::start(&server).await;
        Self { server, worker, admin, person, phase }
    }

    /// Hands files in and waits for the end; as the team sees it, with the log that an organizer reads.
    async fn judge(&self, files: &[(&str, &str)]) -> (Value, String) {
        let files: Vec<(&str, &[u8])> = files.iter().map(|(n, t)| (*n, t.as_bytes())).collect();
        let made = self.person.hand_in(&self.phase, "bai.zip", &zip_of(&files)).await;
        assert_eq!(made.status, StatusCode::CREATED, "{:?}", made.body);
        let shown = self.person.judged(&made.text("id")).await;
        let mut log = String::new();
        for evaluation in shown["evaluations"].as_array().unwrap() {
            log += &self.admin.log(evaluation).await;
        }
        (shown, log)
    }

    async fn board(&self, reader: &Browser) -> Value {
        reader.get(&format!("/phases/{}/board", self.phase)).await.body
    }

    async fn close(self) {
        assert_invariants(&self.server).await;
        self.worker.stop().await;
    }
}

fn public<'a>(shown: &'a Value, metric: &str) -> &'a Value {
    &shown["scores"]["public"][metric]
}

fn verdict(shown: &Value) -> &str {
    shown["evaluations"][0]["verdict"].as_str().unwrap_or_default()
}

#[sqlx::test(migrations = "./migrations")]
async fn what_has_no_metadata_is_a_result_and_what_has_a_command_is_run(db: PgPool) {
    let column = |key: &str, index: u32, hidden: bool| json!({ "title": key, "key": key, "index": index, "hidden": hidden });
    let sum = json!({ "title": "sum", "key": "sum", "index": 3, "computation": "sum", "computation_indexes": [1, 2] });
    let columns =
        json!([column("Accuracy (%)", 0, false), column("right", 1, false), column("wrong", 2, true), sum]);
    let bundle = Bundle::v2()
        .with("/leaderboards/0/columns", columns)
        .with("/tasks/0/input_data", json!("input_data"))
        .with_file("input_data/names.txt", b"x y");
    let site = Site::open(db, bundle).await;
    let (shown, log) = site.judge(&[("answers.txt", "x y y y")]).await;
    assert_eq!(
        shown["scores"]["public"],
        json!({ "Accuracy (%)": 75.0, "right": 3.0, "sum": 4.0 }),
        "{shown} {log}"
    );
    assert!(log.contains("exitCode: null"), "{log}");

    // Both places of the input are there, the truth is not, and an exit code is no failure.
    let code = "
import os, sys
assert open('/app/input_data/names.txt').read() == open('/app/input/names.txt').read() == 'x y'
assert not os.path.exists('/app/input/ref') or not os.listdir('/app/input/ref')
open(sys.argv[1] + '/answers.txt', 'w').write('x y x y')
os.makedirs('/app/output/metadata')
sys.exit(3)";
    let command = "description: mine\ncommand: python3 $program/run.py '$output'";
    let (shown, log) = site.judge(&[("metadata", command), ("run.py", code)]).await;
    assert_eq!(public(&shown, "Accuracy (%)"), &json!(100.0), "{shown} {log}");
    assert!(log.contains("exitCode: 3") && log.contains("elapsedTime: "), "{log}");

    let slow = [("metadata.yaml", "command: sh -c 'exit 0'"), ("metadata", "command: sleep 600")];
    let (shown, log) = site.judge(&slow).await;
    assert_eq!(public(&shown, "Accuracy (%)"), &json!(0.0), "metadata.yaml goes first: {shown} {log}");
    let (shown, log) = site.judge(&[("metadata", "a: b: c"), ("answers.txt", "x y x x")]).await;
    assert_eq!(public(&shown, "Accuracy (%)"), &json!(75.0), "it names no command: {shown} {log}");

    let (team, organizer) = (site.board(&site.person).await, site.board(&site.admin).await);
    assert_eq!(team["rows"][0]["values"], json!({ "Accuracy (%)": 100.0, "right": 4.0, "sum": 4.0 }));
    assert_eq!(team["columns"].as_array().unwrap().len(), 3);
    assert_eq!(organizer["rows"][0]["values"]["wrong"], 0.0, "organizers see the hidden column");
    assert_eq!(site.board(&site.person).await, team, "also after an organizer looked");
    site.close().await;
}

/// Runs the team's module, as ingestion programs of code contests do.
const INGESTION: &str = "
import os, sys
sys.path.insert(0, '/app/ingested_program')
assert not os.path.exists('/app/input/ref') or not os.listdir('/app/input/ref')
names = open(sys.argv[1] + '/names.txt').read().split()
import model
with open('/app/output/answers.txt', 'w') as out:
    out.write(' '.join(model.predict(name) for name in names))
print('ingestion done')
";

#[sqlx::test(migrations = "./migrations")]
async fn an_ingestion_runs_the_teams_code_for_every_task(db: PgPool) {
    let task = |index: u32, truth: &str| {
        json!({
            "index": index, "name": format!("T{index}"), "scoring_program": "scoring_program",
            "ingestion_program": "ingestion.zip", "input_data": "input_data", "reference_data": truth,
        })
    };
    let ingestion = zip_of(&[
        ("metadata", b"command: python3 $ingestion_program/run.py $input"),
        ("run.py", INGESTION.as_bytes()),
    ]);
    let bundle = Bundle::v2()
        .with("/tasks", json!([task(0, "reference"), task(1, "other")]))
        .with("/phases/0/tasks", json!([0, 1]))
        .with("/phases/0/execution_time_limit", json!(5))
        .with_file("ingestion.zip", &ingestion)
        .with_file("input_data/names.txt", b"1 2 3 4")
        .with_file("other/truth.txt", b"x x x x");
    let site = Site::open(db, bundle).await;
    let good = [("metadata", ""), ("model.py", "def predict(name): return 'x' if int(name) % 2 else 'y'")];
    let (shown, log) = site.judge(&good).await;
    let scores: Vec<_> = shown["evaluations"]
        .as_array()
        .unwrap()
        .iter()
        .map(|e| e["scores"]["public"]["right"].clone())
        .collect();
    assert_eq!(scores, [json!(4.0), json!(2.0)], "{shown} {log}");
    assert_eq!(public(&shown, "right"), &json!(3.0), "the mean of both");
    assert!(log.contains("ingestion done") && log.contains("ingestionExitCode: 0"), "{log}");

    // Without metadata the files are a result; the ingestion's failure on them is none of the scorer's business.
    let (shown, log) = site.judge(&[("answers.txt", "x y x x")]).await;
    assert_eq!(public(&shown, "right"), &json!(3.0), "{shown} {log}");
    assert!(log.contains("ingestionExitCode: 1"), "{log}");

    // What the team's code does within the ingestion is the team's doing.
    let (shown, _) = site.judge(&[("model.py", "import time\ntime.sleep(60)")]).await;
    assert_eq!((verdict(&shown), &shown["charged"]), ("time_limit", &json!(true)), "{shown}");
    assert_eq!(site.admin.get("/alerts").await.body["items"], json!([]));
    site.close().await;
}

/// Asks the team's code beside it, question by question.
const ASKING_SCORER: &str = "
import json, os, time
truth = open('/app/input/ref/truth.txt').read().split()
shared, right = '/app/shared/', 0
for number, label in enumerate(truth):
    open(shared + 'question.tmp', 'w').write(str(number))
    os.rename(shared + 'question.tmp', shared + 'question')
    while not os.path.exists(shared + 'answer'): time.sleep(0.01)
    right += open(shared + 'answer').read() == label
    os.remove(shared + 'answer')
open(shared + 'stop', 'w').close()
json.dump({'Accuracy (%)': 100 * right / len(truth)}, open('/app/output/scores.json', 'w'))
";

const ANSWERING: &str = "
import os, sys, time
sys.path.insert(0, '/app/ingested_program')
assert not os.path.exists('/app/input/ref') or not os.listdir('/app/input/ref')
assert os.path.exists('/app/input/res/model.py') and open('/app/input_data/hint.txt').read() == 'xy'
import model
shared = '/app/shared/'
while not os.path.exists(shared + 'stop'):
    if not os.path.exists(shared + 'question'): time.sleep(0.01); continue
    question = int(open(shared + 'question').read())
    os.remove(shared + 'question')
    open(shared + 'answer.tmp', 'w').write(model.answer(question))
    os.rename(shared + 'answer.tmp', shared + 'answer')
";

#[sqlx::test(migrations = "./migrations")]
async fn an_ingestion_beside_the_scorer_talks_with_it_and_never_sees_the_truth(db: PgPool) {
    let bundle = Bundle::v2()
        .with("/tasks/0/ingestion_program", json!("ingestion"))
        .with("/tasks/0/ingestion_only_during_scoring", json!(true))
        .with("/tasks/0/input_data", json!("input_data"))
        .with("/phases/0/execution_time_limit", json!(6))
        .with_file("input_data/hint.txt", b"xy")
        .with_file("ingestion/metadata.yaml", b"command: python3 answer.py")
        .with_file("ingestion/answer.py", ANSWERING.as_bytes())
        .with_file("scoring_program/score.py", ASKING_SCORER.as_bytes());
    let site = Site::open(db, bundle).await;
    let (shown, log) = site.judge(&[("model.py", "def answer(n): return 'xyxx'[n]")]).await;
    assert_eq!(public(&shown, "Accuracy (%)"), &json!(75.0), "{shown} {log}");

    // A forged score lies in a folder that nobody reads.
    let forger = "import json\njson.dump({'Accuracy (%)': 100}, open('/app/output/scores.json', 'w'))\n\
                  def answer(n): return 'x'";
    let (shown, log) = site.judge(&[("model.py", forger)]).await;
    assert_eq!(public(&shown, "Accuracy (%)"), &json!(50.0), "{shown} {log}");

    // A crash leaves the scorer waiting; it wins no attempt back.
    let (shown, log) = site.judge(&[("model.py", "raise SystemExit(9)")]).await;
    assert_eq!((verdict(&shown), &shown["charged"]), ("runtime_error", &json!(true)), "{shown} {log}");
    assert!(shown["evaluations"][0]["faults"][0]["en"].as_str().unwrap().contains('9'), "{shown}");
    assert_eq!(site.admin.get("/alerts").await.body["items"], json!([]));
    site.close().await;
}

#[sqlx::test(migrations = "./migrations")]
async fn an_old_bundle_scores_with_its_old_command_and_scores_txt(db: PgPool) {
    let site = Site::open(db, Bundle::v1()).await;
    let (shown, log) = site.judge(&[("answers.txt", "x y x x")]).await;
    assert_eq!(shown["scores"]["public"], json!({ "accuracy": 0.75, "right": 3.0 }), "{shown} {log}");
    // The old scorer fails where a file is missing: that is the organizer's doing, and the attempt is given back.
    let (shown, _) = site.judge(&[("other.txt", "x")]).await;
    assert_eq!((verdict(&shown), &shown["charged"]), ("scorer_failed", &json!(false)), "{shown}");
    site.close().await;
}
