//! The scoring step, with tables and with an organizer's program.

use std::sync::Arc;

use judge_core::{
    faults::FaultKind,
    metrics::Metric,
    protocol::{Outcome, Plan, Predictions, RetrievalScorer, ScorePlan, Scorer, Split, TableScorer},
    verdict::Verdict,
};
use uuid::Uuid;

use crate::{
    Test,
    contest::Contest,
    fixtures::{WRITES, Worker, artifact_link, command, kinds, limits, predict_plan, python, verdict, zip},
    tests,
};

pub fn tests() -> Vec<Test> {
    tests![
        tables_are_scored_without_a_container,
        a_pack_of_ranked_answers_is_scored_query_by_query_without_a_container,
        predictions_of_a_program_are_scored_from_the_artifact,
        an_organizers_program_scores_in_a_container,
        a_bad_scorer_is_told_from_bad_scores,
    ]
}

const TRUTH: &str = "id,label,split\n1,a,public\n2,b,private\n";

fn table() -> Scorer {
    Scorer::Builtin(TableScorer {
        predictions_file: "predictions.csv".into(),
        truth_file: "truth.csv".into(),
        id_column: "id".into(),
        target_column: "label".into(),
        gain_column: None,
        prediction_columns: vec!["label".into()],
        split_column: Some("split".into()),
        metrics: vec![Metric::Accuracy.into()],
    })
}

fn score(contest: &Contest, predictions: Predictions, scorer: Scorer) -> Uuid {
    let truth = contest.blob(zip(&[("truth.csv", TRUTH)]));
    contest.submit(Plan::Score(ScorePlan { predictions, truth, scorer, beside: None, limits: limits() }))
}

fn file(contest: &Contest, text: &str) -> Predictions {
    Predictions::File { link: contest.blob(text.to_owned()), name: "predictions.csv".into() }
}

fn accuracies(outcome: &Outcome) -> Option<(f64, f64)> {
    match outcome {
        Outcome::Scored { scores, .. } => Some((scores.public["accuracy"], scores.private["accuracy"])),
        _ => None,
    }
}

async fn tables_are_scored_without_a_container() {
    let contest = Contest::open().await;
    let worker = Worker::start(&contest);
    let right = score(&contest, file(&contest, "id,label\n2,a\n1,a\n"), table());
    let zipped = Predictions::Zip {
        link: contest.blob(zip(&[("bài/predictions.csv", "id,label\n1,a\n2,b\n")])),
        required_files: vec!["predictions.csv".into()],
    };
    let zipped = score(&contest, zipped, table());
    let wrong = score(&contest, file(&contest, "id,label\n1,a\n1,a\n"), table());
    let empty = score(&contest, file(&contest, ""), table());
    assert_eq!(accuracies(&contest.outcome(right).await), Some((1.0, 0.0)));
    assert_eq!(contest.report(right).await.usage.runtime, "none");
    assert_eq!(accuracies(&contest.outcome(zipped).await), Some((1.0, 1.0)));
    let outcome = contest.outcome(wrong).await;
    assert_eq!(verdict(&outcome), Some(Verdict::WrongFormat));
    assert!(
        kinds(&outcome).contains(&FaultKind::DuplicateId { id: "1".into(), first_line: 2 }),
        "{outcome:?}"
    );
    assert_eq!(verdict(&contest.outcome(empty).await), Some(Verdict::WrongFormat));
    worker.stop().await;
}

fn pack(contest: &Contest, truth: &str, files: &[(&str, &str)]) -> Uuid {
    let scorer: RetrievalScorer = serde_json::from_str("{}").unwrap();
    let predictions = Predictions::Zip { link: contest.blob(zip(files)), required_files: Vec::new() };
    let truth = contest.blob(zip(&[("truth.json", truth)]));
    let (scorer, limits) = (Scorer::Retrieval(scorer), limits());
    contest.submit(Plan::Score(ScorePlan { predictions, truth, scorer, beside: None, limits }))
}

async fn a_pack_of_ranked_answers_is_scored_query_by_query_without_a_container() {
    const TRUTH: &str = r#"{"queries": [
        {"query": "q1", "type": "kis", "split": "public", "video": "V", "ranges": [[1, 9]]},
        {"query": "q2", "type": "qa", "split": "private", "video": "V", "ranges": [[1, 9]], "answers": ["bảy"]}]}"#;
    let contest = Contest::open().await;
    let worker = Worker::start(&contest);
    let answers = [("submission/q1.csv", "X,1\nV,5\n"), ("submission/q2.csv", "V,1,BẢY\n")];
    let right = pack(&contest, TRUTH, &answers);
    let wrong = pack(&contest, TRUTH, &[("q1.csv", "V.mp4,5\n")]);
    let no_truth = pack(&contest, "{}", &answers);
    let outcome = contest.outcome(right).await;
    let Outcome::Scored { scores, items } = &outcome else { panic!("{outcome:?}") };
    assert!((scores.public["score"] - 0.8).abs() < 1e-12 && (scores.private["score"] - 0.9).abs() < 1e-12);
    let named: Vec<_> = items.iter().map(|item| (item.split, item.item.as_str())).collect();
    assert_eq!(named, [(Split::Public, "q1"), (Split::Private, "q1"), (Split::Private, "q2")]);
    assert_eq!(contest.report(right).await.usage.runtime, "none");
    let outcome = contest.outcome(wrong).await;
    assert_eq!(verdict(&outcome), Some(Verdict::WrongFormat), "{outcome:?}");
    assert!(matches!(
        kinds(&outcome)[..],
        [FaultKind::FolderMissing { .. }, FaultKind::VideoExtension { .. }]
    ));
    assert_eq!(verdict(&contest.outcome(no_truth).await), Some(Verdict::ScorerFailed));
    worker.stop().await;
}

async fn predictions_of_a_program_are_scored_from_the_artifact() {
    let contest = Contest::open().await;
    let worker = Worker::start(&contest);
    let job = contest.submit(Plan::Predict(predict_plan(&contest, WRITES).await));
    contest.report(job).await;
    let link = artifact_link(&contest, job);
    let scored = score(&contest, Predictions::Artifact { link: link.clone() }, table());
    assert_eq!(accuracies(&contest.outcome(scored).await), Some((1.0, 1.0)));
    contest.tamper(&link, b"changed between the steps");
    let changed = score(&contest, Predictions::Artifact { link }, table());
    assert_eq!(verdict(&contest.outcome(changed).await), Some(Verdict::PlatformFault));
    worker.stop().await;
}

async fn by_program(contest: &Arc<Contest>, program: &str) -> Uuid {
    let scorer = Scorer::Program {
        image: python(contest).await,
        program: contest.blob(zip(&[("score.py", program)])),
        command: command("score.py"),
        metrics: vec!["accuracy".into()],
        optional: Vec::new(),
    };
    score(contest, file(contest, "id,label\n1,a\n2,a\n"), scorer)
}

async fn an_organizers_program_scores_in_a_container() {
    let contest = Contest::open().await;
    let worker = Worker::start(&contest);
    let program = "import json\n\
        truth = open('/app/input/ref/truth.csv').read()\nfound = open('/app/input/res/predictions.csv').read()\n\
        assert 'split' in truth and found.startswith('id,label')\n\
        json.dump({'public': {'accuracy': 1, 'x': [1]}, 'private': {'accuracy': 0.25}}, \
        open('/app/output/scores.json', 'w'))\n";
    let job = by_program(&contest, program).await;
    let outcome = contest.outcome(job).await;
    assert_eq!(accuracies(&outcome), Some((1.0, 0.25)), "{outcome:?} {}", contest.log_text(job));
    worker.stop().await;
}

async fn a_bad_scorer_is_told_from_bad_scores() {
    let contest = Contest::open().await;
    let worker = Worker::start_with(&contest, |config| config.slots = 2);
    let writes = |text: &str| format!("open('/app/output/scores.json','w').write('''{text}''')");
    let cases = [
        ("raise SystemExit(1)".to_owned(), Verdict::ScorerFailed),
        ("x = []\nwhile True: x.append(bytearray(1 << 20))".to_owned(), Verdict::ScorerFailed),
        (String::new(), Verdict::InvalidScores),
        (writes(r#"{"accuracy": NaN}"#), Verdict::InvalidScores),
        (writes(r#"{"accuracy": 1, "accuracy": 0}"#), Verdict::InvalidScores),
        (writes(r#"{"other": 1}"#), Verdict::InvalidScores),
        (
            "import os\nos.symlink('/app/input/ref/truth.csv','/app/output/scores.json')".to_owned(),
            Verdict::InvalidScores,
        ),
    ];
    let mut jobs = Vec::new();
    for (program, expected) in cases {
        jobs.push((by_program(&contest, &program).await, program, expected));
    }
    let mut wrong = Vec::new();
    for (job, program, expected) in jobs {
        let outcome = contest.outcome(job).await;
        if verdict(&outcome) != Some(expected) {
            wrong.push(format!("{program}: {outcome:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    worker.stop().await;
}
