//! Programs that break the rules: each gets its own verdict, and the worker goes on.

use judge_core::{faults::FaultKind, limits::Limits, protocol::Plan, verdict::Verdict};

use crate::{
    Test,
    contest::Contest,
    fixtures::{MIB, WRITES, Worker, kinds, limits, predict_plan, verdict},
    tests,
};

pub fn tests() -> Vec<Test> {
    tests![
        time_and_memory_are_limited,
        output_is_limited_and_never_followed,
        a_program_cannot_reach_out_nor_stay,
        scores_of_a_participant_count_for_nothing,
    ]
}

struct Attack {
    name: &'static str,
    program: String,
    limits: Limits,
    verdict: Option<Verdict>,
    fault: Option<FaultKind>,
}

fn attack(name: &'static str, program: &str, verdict: Verdict, fault: FaultKind) -> Attack {
    Attack { name, program: program.to_owned(), limits: limits(), verdict: Some(verdict), fault: Some(fault) }
}

fn harmless(name: &'static str, program: &str) -> Attack {
    Attack { name, program: format!("{program}\n{WRITES}"), limits: limits(), verdict: None, fault: None }
}

/// Runs them all on one worker and names those that ended otherwise.
async fn run_all(attacks: Vec<Attack>) {
    let contest = Contest::open().await;
    let worker = Worker::start_with(&contest, |config| config.slots = 2);
    let mut jobs = Vec::new();
    for attack in attacks {
        let mut plan = predict_plan(&contest, &attack.program).await;
        plan.limits = attack.limits.clone();
        jobs.push((contest.submit(Plan::Predict(plan)), attack));
    }
    let mut wrong = Vec::new();
    for (job, attack) in jobs {
        let report = contest.report(job).await;
        let faults = kinds(&report.outcome);
        let as_expected =
            verdict(&report.outcome) == attack.verdict && faults == Vec::from_iter(attack.fault);
        if !as_expected {
            wrong.push(format!("{}: {report:?}\n{}", attack.name, contest.log_text(job)));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    worker.stop().await;
}

async fn time_and_memory_are_limited() {
    let memory = || FaultKind::Memory { limit_bytes: 96 * MIB };
    let eater = "x = []\nwhile True: x.append(bytearray(1 << 20))\n";
    let child = "import subprocess, sys\n\
                 subprocess.run([sys.executable, '-c', 'x=[]\\nwhile True: x.append(bytearray(1<<20))'])\n";
    run_all(vec![
        Attack {
            limits: Limits { wall_ms: 1_000, ..limits() },
            ..attack(
                "sleeps",
                "import time\ntime.sleep(60)",
                Verdict::TimeLimit,
                FaultKind::WallTime { limit_ms: 1_000 },
            )
        },
        Attack {
            limits: Limits { cpu_ms: 500, ..limits() },
            ..attack("loops", "while True: pass", Verdict::TimeLimit, FaultKind::CpuTime { limit_ms: 500 })
        },
        attack("fills memory", eater, Verdict::MemoryLimit, memory()),
        attack(
            "its child fills memory, itself ends with 0",
            &format!("{child}{WRITES}"),
            Verdict::MemoryLimit,
            memory(),
        ),
        attack(
            "exits with 3",
            "raise SystemExit(3)",
            Verdict::RuntimeError,
            FaultKind::ExitCode { exit_code: 3 },
        ),
        attack(
            "kills itself",
            "import os\nos.kill(os.getpid(), 9)",
            Verdict::RuntimeError,
            FaultKind::ExitCode { exit_code: 137 },
        ),
        attack(
            "forks without end",
            "import os, time\nwhile True:\n    if os.fork() == 0: time.sleep(60)",
            Verdict::RuntimeError,
            FaultKind::ExitCode { exit_code: 1 },
        ),
    ])
    .await;
}

async fn output_is_limited_and_never_followed() {
    let bytes = || FaultKind::OutputBytes { limit_bytes: 4 * MIB };
    let regular = || FaultKind::NotARegularFile { path: "predictions.csv".into() };
    let fill = "f = open('/app/output/predictions.csv','wb')\nwhile True: f.write(bytes(1<<16))";
    run_all(vec![
        attack("fills the output", fill, Verdict::OutputLimit, bytes()),
        attack(
            "fills the output and hides it",
            &format!("try:\n    f = open('/app/output/x','wb', 0)\n    while True: f.write(bytes(1<<16))\nexcept OSError: pass\n{}", "open('/app/output/predictions.csv','w')"),
            Verdict::OutputLimit,
            bytes(),
        ),
        attack(
            "makes too many files",
            "for i in range(1000): open(f'/app/output/{i}','w')",
            Verdict::OutputLimit,
            FaultKind::OutputFiles { limit: 50 },
        ),
        attack(
            "leaves a sparse file",
            &format!("{WRITES}for i in range(9): open(f'/app/output/{{i}}','wb').truncate(4 << 20)"),
            Verdict::OutputLimit,
            bytes(),
        ),
        attack(
            "leaves a link",
            "import os\nos.symlink('/etc/passwd','/app/output/predictions.csv')",
            Verdict::WrongFormat,
            regular(),
        ),
        attack("leaves a pipe", "import os\nos.mkfifo('/app/output/predictions.csv')", Verdict::WrongFormat, regular()),
        attack(
            "leaves a socket",
            "import socket\nsocket.socket(socket.AF_UNIX).bind('/app/output/predictions.csv')",
            Verdict::WrongFormat,
            regular(),
        ),
        attack("leaves nothing", "", Verdict::WrongFormat, FaultKind::MissingFile { path: "predictions.csv".into() }),
        Attack {
            // Scratch space has its own limit; who catches the error goes on.
            limits: Limits { scratch_bytes: MIB, ..limits() },
            ..harmless(
                "fills the scratch space",
                "try:\n    f = open('/tmp/x','wb', 0)\n    while True: f.write(bytes(1<<16))\nexcept OSError as e: assert e.errno == 28, e",
            )
        },
        harmless("exactly fills its budget", "open('/app/output/x','wb').write(bytes((4 << 20) - 4096))"),
    ])
    .await;
}

async fn a_program_cannot_reach_out_nor_stay() {
    let network = "import socket\n\
        for address in ['127.0.0.1', '192.0.2.1']:\n    \
            s = socket.socket(); s.settimeout(2)\n    \
            try: s.connect((address, 9))\n    \
            except OSError: continue\n    \
            raise SystemExit('connected')\n\
        try: socket.getaddrinfo('example.org', 80)\n\
        except OSError: pass\n\
        else: raise SystemExit('resolved')";
    // The canary listens on this machine; the container must not find it.
    let canary = std::net::TcpListener::bind("0.0.0.0:0").unwrap();
    let port = canary.local_addr().unwrap().port();
    let to_canary = format!(
        "import socket\ntry: socket.create_connection(('127.0.0.1', {port}), 2)\nexcept OSError: pass\nelse: raise SystemExit('reached')"
    );
    let survivor = "import os, time\nif os.fork() == 0:\n    os.setsid()\n    if os.fork() == 0:\n        while True:\n            \
                    print('still here', flush=True); time.sleep(0.05)\n    os._exit(0)\ntime.sleep(0.3)";
    run_all(vec![
        harmless("tries the network", network),
        harmless("tries a canary", &to_canary),
        harmless("leaves a survivor", survivor),
        harmless(
            "signals everybody",
            "import os, signal\nfor pid in range(2, 3000):\n    \
             if pid != os.getpid():\n        try: os.kill(pid, 9)\n        except OSError: pass",
        ),
    ])
    .await;
    canary.set_nonblocking(true).unwrap();
    assert!(canary.accept().is_err(), "somebody reached the canary");
}

async fn scores_of_a_participant_count_for_nothing() {
    let fake = "import json\nprint('{\"accuracy\": 1.0}')\n\
                json.dump({'public': {'accuracy': 1}, 'private': {'accuracy': 1}}, open('/app/output/scores.json','w'))";
    run_all(vec![harmless("prints and writes scores", fake)]).await;
}
