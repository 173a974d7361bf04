//! Honest programs.

use std::time::{Duration, Instant};

use judge_core::protocol::{Outcome, Plan};

use crate::{
    Test,
    contest::Contest,
    fixtures::{WRITES, Worker, predict_plan, untar, zip},
    tests,
};

pub fn tests() -> Vec<Test> {
    tests![
        an_honest_programs_output_becomes_the_artifact,
        a_single_folder_around_the_program_does_no_harm,
        a_line_printed_before_a_sleep_arrives_within_a_second,
        a_log_flood_is_cut_in_the_middle_and_fails_nothing,
        the_program_sees_its_walls,
    ]
}

async fn an_honest_programs_output_becomes_the_artifact() {
    let contest = Contest::open().await;
    let worker = Worker::start(&contest);
    let program = format!(
        "import os\nprint('xin chào', os.path.exists('/app/input/ref/truth.csv'))\nprint(open('/app/input_data/test.csv').read())\n\
         os.makedirs('/app/output/thêm')\nopen('/app/output/thêm/x','w').write('1')\n{WRITES}"
    );
    let job = contest.submit(Plan::Predict(predict_plan(&contest, &program).await));
    let report = contest.report(job).await;
    let Outcome::Predicted { artifact_sha256 } = report.outcome else {
        panic!("{report:?} {}", contest.log_text(job))
    };
    let link = crate::fixtures::artifact_link(&contest, job);
    assert_eq!(link.sha256, artifact_sha256);
    let files = untar(&contest.job(job).artifact.unwrap());
    assert!(files.contains(&("predictions.csv".into(), "id,label\n1,a\n2,b\n".into())), "{files:?}");
    assert!(files.contains(&("thêm/x".into(), "1".into())), "{files:?}");
    let log = contest.log_text(job);
    assert!(log.contains("xin chào False\nid\n1\n2\n"), "{log}");
    assert_eq!(report.usage.runtime, "runc");
    assert!(report.usage.run_ms > 0 && report.usage.peak_memory_bytes > 0, "{:?}", report.usage);
    assert!(report.usage.stages_ms.contains_key("collect"), "{:?}", report.usage);
    // Everything that was unpacked for the organizer is kept; the next job downloads its own archive only.
    let before = contest.downloads.load(std::sync::atomic::Ordering::SeqCst);
    let again = contest.submit(Plan::Predict(predict_plan(&contest, WRITES).await));
    assert!(matches!(contest.outcome(again).await, Outcome::Predicted { .. }));
    assert_eq!(contest.downloads.load(std::sync::atomic::Ordering::SeqCst), before + 1);
    worker.stop().await;
}

async fn a_single_folder_around_the_program_does_no_harm() {
    let contest = Contest::open().await;
    let worker = Worker::start(&contest);
    let mut plan = predict_plan(&contest, "").await;
    let program = format!("import os\nassert os.getcwd() == '/app/program'\nopen('w.txt')\n{WRITES}");
    let files = [("bài nộp/predict.py", program.as_str()), ("bài nộp/w.txt", "1"), ("__MACOSX/._x", "2")];
    plan.submission = contest.blob(zip(&files));
    let job = contest.submit(Plan::Predict(plan));
    let outcome = contest.outcome(job).await;
    assert!(matches!(outcome, Outcome::Predicted { .. }), "{outcome:?} {}", contest.log_text(job));
    worker.stop().await;
}

async fn a_line_printed_before_a_sleep_arrives_within_a_second() {
    let contest = Contest::open().await;
    let worker = Worker::start(&contest);
    let program = format!("import time\nprint('BEFORE', time.time(), flush=True)\ntime.sleep(4)\n{WRITES}");
    let job = contest.submit(Plan::Predict(predict_plan(&contest, &program).await));
    contest.until(job, "the line", |job| job.log.iter().any(|(_, _, text)| text.contains('\n'))).await;
    let printed: f64 = contest.log_text(job).split_whitespace().nth(1).unwrap().parse().unwrap();
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs_f64();
    assert!(now - printed < 1.0, "it took {} s", now - printed);
    assert!(contest.job(job).report.is_none(), "the program still sleeps");
    contest.report(job).await;
    worker.stop().await;
}

async fn a_log_flood_is_cut_in_the_middle_and_fails_nothing() {
    let contest = Contest::open().await;
    let worker = Worker::start(&contest);
    let flood = "import sys\nprint('FIRST')\nline = 'x' * 999 + '\\n'\nfor _ in range(100_000): sys.stdout.write(line)\n";
    let mut plan = predict_plan(&contest, &format!("{flood}print('LAST')\n{WRITES}")).await;
    plan.limits.log_bytes = 64 * 1024;
    let start = Instant::now();
    let job = contest.submit(Plan::Predict(plan));
    let outcome = contest.outcome(job).await;
    assert!(matches!(outcome, Outcome::Predicted { .. }), "{outcome:?}");
    let log = contest.log_text(job);
    assert!(log.len() < 66 * 1024, "{} bytes were sent", log.len());
    assert!(log.starts_with("FIRST\n") && log.trim_end().ends_with("LAST") && log.contains(" bytes …"));
    let seqs: Vec<u32> = contest.job(job).log.iter().map(|(_, seq, _)| *seq).collect();
    assert!(seqs.iter().copied().eq(0..u32::try_from(seqs.len()).unwrap()), "{seqs:?}");
    assert!(contest.job(job).log.iter().all(|(_, _, text)| text.len() <= 8 * 1024));
    assert!(start.elapsed() < Duration::from_mins(1));
    worker.stop().await;
}

async fn the_program_sees_its_walls() {
    let contest = Contest::open().await;
    let worker = Worker::start(&contest);
    let program = format!(
        r"import os, resource, errno
assert os.getuid() == 64100 and os.getgid() == 64100 and os.getgroups() in ([], [64100]), os.getgroups()
for path in ['/x', '/app/program/x', '/app/input_data/x', '/etc/x']:
    try: open(path, 'w')
    except OSError as e: assert e.errno in (errno.EROFS, errno.EACCES), e
    else: raise SystemExit(path)
open('/tmp/x', 'w').write('1')
assert resource.getrlimit(resource.RLIMIT_CORE) == (0, 0)
assert not [k for k in os.environ if k.startswith(('DAUTRI', 'CARGO', 'DOCKER', 'LD_'))], os.environ
assert not os.path.exists('/var/run/docker.sock')
{WRITES}"
    );
    let job = contest.submit(Plan::Predict(predict_plan(&contest, &program).await));
    let outcome = contest.outcome(job).await;
    assert!(matches!(outcome, Outcome::Predicted { .. }), "{outcome:?} {}", contest.log_text(job));
    worker.stop().await;
}
