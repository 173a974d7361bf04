//! An organizer's own scorer.

use serde_json::{Value, json};
use sqlx::PgPool;

use super::Site;
use crate::harness::Contest;

/// Counts hits; fails in the way that the predictions ask for.
const SCORER: &str = "
import csv, json, sys
truth = list(csv.DictReader(open('/app/input/ref/truth.csv')))
said = {row['id']: row['label'] for row in csv.DictReader(open('/app/input/res/predictions.csv'))}
print('secret:', [row['label'] for row in truth], flush=True)
if 'crash' in said: sys.exit('cannot go on')
if 'sleep' in said:
    import time
    time.sleep(60)
def of(split):
    rows = [row for row in truth if row['split'] == split]
    scores = {'hits': sum(said.get(row['id']) == row['label'] for row in rows), 'cost': 0.5}
    if 'nan' in said: scores['cost'] = float('nan')
    if 'text' in said: scores['cost'] = 'free'
    if 'less' in said: del scores['cost']
    return scores
if 'silent' not in said:
    json.dump({'public': of('public'), 'private': of('private')}, open('/app/output/scores.json', 'w'))
";

fn contest() -> Contest {
    let text = |t: &str| json!({ "vi": t, "en": t });
    let scorer = json!({ "program": {
        "path": "scorer", "image": "python-ml", "command": ["python3", "score.py"], "metrics": ["hits", "cost"],
        "limits": { "wall_ms": 6_000, "memory_bytes": 256 << 20 },
    } });
    let columns = json!([
        { "metric": "hits", "title": text("Hits"), "order": "desc" },
        { "metric": "cost", "title": text("Cost"), "order": "asc" },
    ]);
    Contest::result()
        .with("/tracks/0/tasks/0/scorer", scorer)
        .phase("board", json!({ "columns": columns }))
        .with_file("scorer/score.py", SCORER.as_bytes())
}

fn table(word: &str) -> Vec<u8> {
    format!("id,label\na,x\nb,x\nc,x\nd,y\n{word},1\n").into_bytes()
}

async fn attempts(site: &Site) -> Value {
    site.person.get(&format!("/phases/{}/attempts", site.phase)).await.body["used_total"].clone()
}

#[sqlx::test(migrations = "./migrations")]
async fn an_organizers_program_scores_and_its_log_is_for_organizers(db: PgPool) {
    let site = Site::open(db, contest()).await;
    let (shown, log) = site.judge("p.csv", &table("more")).await;
    assert_eq!(shown["scores"], json!({ "public": { "hits": 1.0, "cost": 0.5 } }), "{shown}");
    assert_eq!(log, "", "a scorer's log may quote the truth");
    assert!(site.admin.log(&shown["evaluations"][0]).await.contains("secret: ['x', 'y', 'x', 'y']"));
    let board = site.person.get(&format!("/phases/{}/board", site.phase)).await.body;
    assert_eq!(board["rows"][0]["values"], json!({ "hits": 1.0, "cost": 0.5 }), "{board}");
    site.close().await;
}

#[sqlx::test(migrations = "./migrations")]
async fn a_scorer_that_fails_costs_no_attempt_alerts_the_organizer_and_tells_the_team_no_truth(db: PgPool) {
    let site = Site::open(db, contest()).await;
    let mut alerts = 0;
    for (word, detail) in [("crash", "code 1"), ("sleep", "6 s")] {
        let (shown, log) = site.judge("p.csv", &table(word)).await;
        let evaluation = &shown["evaluations"][0];
        assert_eq!(
            (&evaluation["verdict"], &shown["charged"]),
            (&json!("scorer_failed"), &json!(false)),
            "{shown}"
        );
        assert_eq!(attempts(&site).await, 0);
        assert!(evaluation["faults"][0]["vi"].as_str().unwrap().contains("được trả lại"), "{shown}");
        assert!(evaluation["faults"][0]["en"].as_str().unwrap().contains("given back"), "{shown}");
        assert!(!format!("{shown}{log}").contains("secret"), "{shown} {log}");
        assert!(site.admin.log(evaluation).await.contains("secret"), "the organizer sees why");
        alerts += 1;
        let listed = site.admin.get("/alerts").await.body["items"].clone();
        assert_eq!(listed.as_array().unwrap().len(), alerts, "{listed}");
        assert_eq!((&listed[0]["kind"], &listed[0]["submission"]), (&json!("scorer_failed"), &shown["id"]));
        assert!(listed[0]["detail"].as_str().unwrap().contains(detail), "{listed}");
    }
    let (shown, _) = site.judge("p.csv", &table("more")).await;
    assert_eq!(shown["scores"]["public"]["hits"], 1.0, "the worker goes on: {shown}");
    assert_eq!(attempts(&site).await, 1);
    site.close().await;
}

#[sqlx::test(migrations = "./migrations")]
async fn scores_that_are_no_figures_are_invalid_and_never_reach_the_board(db: PgPool) {
    let site = Site::open(db, contest()).await;
    let cases = [
        ("nan", "scores_unreadable", "scores.json"),
        ("text", "metric_not_finite", "cost"),
        ("less", "metric_missing", "cost"),
        ("silent", "scores_missing", "scores.json"),
    ];
    for (used, (word, code, says)) in (1..).zip(cases) {
        let (shown, _) = site.judge("p.csv", &table(word)).await;
        let evaluation = &shown["evaluations"][0];
        let fault = &evaluation["faults"][0];
        assert_eq!(
            (&evaluation["verdict"], &fault["code"]),
            (&json!("invalid_scores"), &json!(code)),
            "{word}: {shown}"
        );
        assert!(
            fault["vi"].as_str().unwrap().contains(says) && fault["en"].as_str().unwrap().contains(says),
            "{fault}"
        );
        assert_eq!((&shown["charged"], &shown["scores"]), (&json!(true), &Value::Null), "{shown}");
        assert_eq!(attempts(&site).await, used);
    }
    let board = site.person.get(&format!("/phases/{}/board", site.phase)).await.body;
    assert_eq!(board["rows"], json!([]));
    site.close().await;
}
