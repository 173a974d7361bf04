//! Real programs in real containers, from the upload to the board.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod bundles;
mod crashes;
mod scorer;

use std::time::{Duration, SystemTime};

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::{
    harness::{Browser, Contest, RealWorker, Server, zip_of},
    judging::assert_invariants,
};

/// A server with a contest, the real image and a real worker.
struct Site {
    server: Server,
    worker: RealWorker,
    admin: Browser,
    person: Browser,
    phase: String,
}

impl Site {
    async fn open(db: PgPool, contest: Contest) -> Self {
        let (site, ()) = Self::open_with(db, contest, async |_, _| ()).await;
        site
    }

    /// `before` happens when all is there but the worker.
    async fn open_with<T>(
        db: PgPool,
        contest: Contest,
        before: impl AsyncFnOnce(&Browser, &str) -> T,
    ) -> (Self, T) {
        let server = Server::start(db).await;
        server.place_real_image().await;
        let admin = server.admin().await;
        let phase = contest.import(&admin).await;
        let person = server.entrant("sen").await;
        let done = before(&person, &phase).await;
        let worker = RealWorker::start(&server).await;
        (Self { server, worker, admin, person, phase }, done)
    }

    async fn hand_in(&self, filename: &str, bytes: &[u8]) -> String {
        let made = self.person.hand_in(&self.phase, filename, bytes).await;
        assert_eq!(made.status, StatusCode::CREATED, "{:?}", made.body);
        made.text("id")
    }

    /// Hands in and waits for the end; as the team sees it, with the log.
    async fn judge(&self, filename: &str, bytes: &[u8]) -> (Value, String) {
        let shown = self.person.judged(&self.hand_in(filename, bytes).await).await;
        let log = self.person.log(&shown["evaluations"][0]).await;
        (shown, log)
    }

    /// Stops the worker and looks that all is in order.
    async fn close(self) {
        assert_invariants(&self.server).await;
        self.worker.stop().await;
    }
}

fn program(text: &str) -> Vec<u8> {
    zip_of(&[("predict.py", text.as_bytes())])
}

/// Both public rows right, one of the private ones.
const WRITES: &str =
    "open('/app/output/predictions.csv', 'w').write('id,label\\na,x\\nb,y\\nc,x\\nd,x\\n')\n";

#[sqlx::test(migrations = "./migrations")]
async fn a_line_printed_before_a_long_sleep_reaches_the_event_stream_within_a_second(db: PgPool) {
    let contest = Contest::code(&["python3", "predict.py"]);
    let text = format!("import time\nprint('now', time.time())\ntime.sleep(10)\n{WRITES}");
    let (site, (id, mut stream)) = Site::open_with(db, contest, async |person, phase| {
        let id = person.hand_in(phase, "bai.zip", &program(&text)).await.text("id");
        let topic = format!("/events?topics=submission:{id}");
        let stream = person.request(Method::GET, &topic).send().await.unwrap();
        (id, stream)
    })
    .await;
    let (mut events, mut log) = (String::new(), String::new());
    let reading = async {
        loop {
            events.push_str(&String::from_utf8_lossy(&stream.chunk().await.unwrap().unwrap()));
            log = logged(&events);
            if let Some((_, seconds)) = log.strip_suffix('\n').and_then(|line| line.split_once("now ")) {
                break Duration::from_secs_f64(seconds.parse().unwrap());
            }
        }
    };
    let printed = tokio::time::timeout(Duration::from_mins(1), reading).await;
    let printed = printed.unwrap_or_else(|_| panic!("the line never came: {events}"));
    let late = SystemTime::UNIX_EPOCH.elapsed().unwrap().saturating_sub(printed);
    assert!(late < Duration::from_secs(1), "{late:?}");
    let meanwhile = site.person.get(&format!("/submissions/{id}")).await.body;
    assert_eq!(meanwhile["evaluations"][0]["state"], "predicting", "the program still sleeps");
    let shown = site.person.judged(&id).await;
    assert_eq!(shown["scores"]["public"]["accuracy"], 1.0, "{shown}");
    site.close().await;
}

/// What the `log` events of a stream say together: a line may come in pieces.
fn logged(events: &str) -> String {
    let whole = events.rsplit_once("\n\n").map_or("", |(whole, _)| whole);
    let logs = whole.split("\n\n").filter(|event| event.lines().any(|line| line == "event: log"));
    let data = logs.filter_map(|event| event.lines().find_map(|line| line.strip_prefix("data: ")));
    data.map(|json| serde_json::from_str::<Value>(json).unwrap()["data"]["text"].as_str().unwrap().to_owned())
        .collect()
}

/// Asks for one label after the other.
const INGESTION: &str = "
import os, sys, time
def wait(path):
    while not os.path.exists(path): time.sleep(0.01)
    return open(path).read()
def put(path, text):
    open(path + '.tmp', 'w').write(text)
    os.rename(path + '.tmp', path)
names = open('/app/input_data/names.txt').read().split()
assert os.path.exists('/app/ingested_program/predict.py')
if 'broken' in open('/app/ingested_program/predict.py').read(): sys.exit(7)
with open('/app/output/predictions.csv', 'w') as out:
    out.write('id,label\\n')
    for name in names:
        put('/app/shared/ask-' + name, name)
        out.write(name + ',' + wait('/app/shared/say-' + name) + '\\n')
";

/// Knows the answers, but not the questions: the inputs come one by one.
const ANSWERS: &str = "
import os, time
for name, label in [('a', 'x'), ('b', 'y'), ('c', 'x'), ('d', 'x')]:
    while not os.path.exists('/app/shared/ask-' + name): time.sleep(0.01)
    open('/app/shared/t', 'w').write(label)
    os.rename('/app/shared/t', '/app/shared/say-' + name)
print('answered all')
";

#[sqlx::test(migrations = "./migrations")]
async fn two_programs_work_together_and_each_answers_for_itself(db: PgPool) {
    let ingestion =
        json!({ "program": "ingestion", "image": "python-ml", "command": ["python3", "ingest.py"] });
    let contest = Contest::code(&["python3", "predict.py"])
        .with("/tracks/0/tasks/0/program/ingestion", ingestion)
        .with_file("ingestion/ingest.py", INGESTION.as_bytes());
    let site = Site::open(db, contest).await;
    let (shown, log) = site.judge("bai.zip", &program(ANSWERS)).await;
    assert_eq!(shown["scores"]["public"]["accuracy"], 1.0, "{shown} {log}");
    assert!(log.contains("answered all"), "{log}");

    let (shown, _) = site.judge("bai.zip", &program("raise SystemExit(5)")).await;
    let fault = &shown["evaluations"][0]["faults"][0];
    assert_eq!(shown["evaluations"][0]["verdict"], "runtime_error", "{shown}");
    assert!(
        fault["en"].as_str().unwrap().contains("code 5") && fault["vi"].as_str().unwrap().contains("mã 5")
    );
    assert_eq!(shown["charged"], true);
    assert_eq!(site.admin.get("/alerts").await.body["items"], json!([]));

    let (shown, _) = site.judge("bai.zip", &program("# broken\nimport time\ntime.sleep(60)")).await;
    assert_eq!(shown["evaluations"][0]["verdict"], "scorer_failed", "{shown}");
    assert_eq!(shown["charged"], false);
    let alerts = site.admin.get("/alerts").await.body["items"].clone();
    assert_eq!((&alerts[0]["kind"], &alerts[0]["submission"]), (&json!("scorer_failed"), &shown["id"]));
    assert!(alerts[0]["detail"].as_str().unwrap().contains('7'), "{alerts}");
    site.close().await;
}

#[sqlx::test(migrations = "./migrations")]
async fn a_result_counts_the_same_as_file_as_archive_and_as_archive_of_a_folder(db: PgPool) {
    let site = Site::open(db, Contest::result()).await;
    let table: &[u8] = b"id,label\na,x\nb,x\nc,x\nd,y\n";
    let uploads = [
        ("p.csv", table.to_vec()),
        ("p.zip", zip_of(&[("predictions.csv", table)])),
        ("P.ZIP", zip_of(&[("bài làm/predictions.csv", table), ("bài làm/ghi chú.txt", b"x")])),
    ];
    for (filename, bytes) in uploads {
        let id = site.hand_in(filename, &bytes).await;
        let shown = site.admin.judged(&id).await;
        let both = json!({ "public": { "accuracy": 0.5 }, "private": { "accuracy": 1.0 } });
        assert_eq!(shown["scores"], both, "{filename}: {shown}");
    }
    site.close().await;
}

#[sqlx::test(migrations = "./migrations")]
async fn every_task_of_a_phase_is_judged_on_inputs_of_its_own_and_the_board_shows_their_mean(db: PgPool) {
    let text = |t: &str| json!({ "vi": t, "en": t });
    let task = |slug: &str| {
        json!({
            "slug": slug, "title": text(slug), "truth": format!("truth-{slug}"), "input": format!("input-{slug}"),
            "program": {
                "image": "python-ml", "command": ["python3", "predict.py"], "requires": ["predict.py"],
                "outputs": ["predictions.csv"], "limits": { "wall_ms": 20_000, "memory_bytes": 256 << 20 },
            },
            "scorer": { "builtin": {
                "predictions_file": "predictions.csv", "target_column": "label", "prediction_columns": ["label"],
                "metrics": [{ "metric": "accuracy" }],
            } },
        })
    };
    let contest = Contest::code(&["python3"])
        .with("/tracks/0/tasks", json!([task("easy"), task("hard")]))
        .phase("tasks", json!(["easy", "hard"]))
        .with_file("input-easy/names.txt", b"a b")
        .with_file("input-hard/names.txt", b"p q r s")
        .with_file("truth-easy/truth.csv", b"id,label\na,x\nb,x\n")
        .with_file("truth-hard/truth.csv", b"id,label\np,x\nq,y\nr,y\ns,y\n");
    let site = Site::open(db, contest).await;
    let answers = "names = open('/app/input_data/names.txt').read().split()\nprint(names)\n\
                   rows = ''.join(name + ',x\\n' for name in names)\n\
                   open('/app/output/predictions.csv', 'w').write('id,label\\n' + rows)\n";
    let (shown, _) = site.judge("bai.zip", &program(answers)).await;
    let scores: Vec<_> = shown["evaluations"]
        .as_array()
        .unwrap()
        .iter()
        .map(|e| e["scores"]["public"]["accuracy"].clone())
        .collect();
    let tasks: Vec<_> = shown["evaluations"].as_array().unwrap().iter().map(|e| e["task"].clone()).collect();
    assert_eq!(
        (tasks, scores),
        (vec![json!("easy"), json!("hard")], vec![json!(1.0), json!(0.25)]),
        "{shown}"
    );
    assert_eq!(shown["scores"]["public"]["accuracy"], 0.625);

    // One that fails on one task has no score in the phase, and the better one stays on the board.
    let half = format!("{answers}\nif 'p' in names: raise SystemExit(4)");
    let (shown, _) = site.judge("bai.zip", &program(&half)).await;
    let verdicts: Vec<_> =
        shown["evaluations"].as_array().unwrap().iter().map(|e| e["verdict"].clone()).collect();
    assert_eq!(verdicts, [json!("scored"), json!("runtime_error")]);
    assert_eq!(shown["scores"], Value::Null);
    let board = site.person.get(&format!("/phases/{}/board", site.phase)).await.body;
    assert_eq!(board["rows"].as_array().unwrap().len(), 1);
    assert_eq!(board["rows"][0]["values"]["accuracy"], 0.625, "{board}");
    site.close().await;
}
