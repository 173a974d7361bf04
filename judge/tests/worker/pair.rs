//! Two containers that cooperate.

use judge_core::{
    faults::FaultKind,
    protocol::{IngestionPlan, Outcome, Plan},
    verdict::Verdict,
};

use crate::{
    Test,
    contest::Contest,
    fixtures::{Worker, command, kinds, predict_plan, verdict, zip},
    tests,
};

pub fn tests() -> Vec<Test> {
    tests![
        two_containers_talk_through_the_shared_folder,
        the_teams_failure_stops_the_ingestion_and_is_the_teams,
        the_ingestions_failure_is_never_the_teams,
        one_program_cannot_remove_the_others_results,
    ]
}

async fn run_pair(team: &str, ingestion: &str) -> (Outcome, String) {
    let contest = Contest::open().await;
    let worker = Worker::start(&contest);
    let mut plan = predict_plan(&contest, team).await;
    plan.ingestion = Some(IngestionPlan {
        image: plan.image.clone(),
        program: contest.blob(zip(&[("ingest.py", ingestion)])),
        command: command("ingest.py"),
    });
    let job = contest.submit(Plan::Predict(plan));
    let outcome = contest.outcome(job).await;
    let log = contest.log_text(job);
    worker.stop().await;
    (outcome, log)
}

const WAIT: &str = "import os, time\ndef wait(path):\n    \
                    while not os.path.exists(path): time.sleep(0.02)\n    return open(path).read()\n";

async fn two_containers_talk_through_the_shared_folder() {
    let team = format!(
        "{WAIT}question = wait('/app/shared/question')\nopen('/app/shared/a.tmp','w').write(question.upper())\n\
         os.rename('/app/shared/a.tmp', '/app/shared/answer')\nprint('team done')\n"
    );
    let ingestion = format!(
        "{WAIT}assert os.path.exists('/app/ingested_program/predict.py') and os.path.exists('/app/input_data/test.csv')\n\
         open('/app/shared/q.tmp','w').write('abc')\nos.rename('/app/shared/q.tmp', '/app/shared/question')\n\
         open('/app/output/predictions.csv','w').write(wait('/app/shared/answer'))\nprint('ingestion done')\n"
    );
    let (outcome, log) = run_pair(&team, &ingestion).await;
    assert!(matches!(outcome, Outcome::Predicted { .. }), "{outcome:?} {log}");
    assert!(log.contains("team done") && log.contains("[ingestion]\ningestion done"), "{log}");
}

async fn the_teams_failure_stops_the_ingestion_and_is_the_teams() {
    let (outcome, log) = run_pair("raise SystemExit(5)", "import time\ntime.sleep(60)").await;
    assert_eq!(verdict(&outcome), Some(Verdict::RuntimeError), "{outcome:?} {log}");
    assert_eq!(kinds(&outcome), [FaultKind::ExitCode { exit_code: 5 }]);
}

async fn the_ingestions_failure_is_never_the_teams() {
    let (outcome, log) = run_pair("import time\ntime.sleep(60)", "raise SystemExit(6)").await;
    assert_eq!(verdict(&outcome), Some(Verdict::ScorerFailed), "{outcome:?} {log}");
    assert_eq!(kinds(&outcome), [FaultKind::ExitCode { exit_code: 6 }]);
}

async fn one_program_cannot_remove_the_others_results() {
    let team = format!(
        "{WAIT}wait('/app/output/predictions.csv')\n\
         for act in (lambda p: os.remove(p), lambda p: open(p, 'a'), lambda p: os.rename(p, p + 'x'), \
         lambda p: os.chmod(p, 0o777)):\n    \
         try: act('/app/output/predictions.csv')\n    except PermissionError: continue\n    \
         raise SystemExit(9)\n"
    );
    let (outcome, log) = run_pair(&team, "open('/app/output/predictions.csv','w').write('1')").await;
    assert!(matches!(outcome, Outcome::Predicted { .. }), "{outcome:?} {log}");
}
