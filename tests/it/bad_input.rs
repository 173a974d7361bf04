//! What nobody should hand in and somebody will. Every case goes through the whole system; behind each comes an
//! honest submission that must get its score as if nothing had happened.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod archives;
mod programs;
mod reaching_out;
mod requests;
mod tables;

use serde_json::{Value, json};
use sqlx::PgPool;

use crate::{
    harness::{Browser, Contest, RealWorker, Server, until_nothing_remains},
    judging::assert_invariants,
};

/// What a team hands in, and what must come of it.
struct Case {
    name: &'static str,
    filename: &'static str,
    bytes: Vec<u8>,
    ends: End,
    /// What must be true of the log that the team reads.
    log: fn(&str) -> bool,
}

enum End {
    /// At the door: no attempt is spent.
    Refused { status: u16, code: &'static str, says: &'static str },
    /// By the worker: an attempt is spent. The sentence names file and line where there are such, and these facts.
    Failed {
        verdict: &'static str,
        code: &'static str,
        file: Option<&'static str>,
        line: Option<u64>,
        says: &'static [&'static str],
    },
    /// It broke no rule; this is what it is worth in public.
    Scored(f64),
}

impl Case {
    fn new(name: &'static str, filename: &'static str, bytes: impl Into<Vec<u8>>, ends: End) -> Self {
        Self { name, filename, bytes: bytes.into(), ends, log: |_| true }
    }

    fn log(self, log: fn(&str) -> bool) -> Self {
        Self { log, ..self }
    }
}

impl End {
    fn failed(verdict: &'static str, code: &'static str, says: &'static [&'static str]) -> Self {
        Self::Failed { verdict, code, file: None, line: None, says }
    }
}

/// A contest in which one team misbehaves.
struct Arena {
    server: Server,
    worker: RealWorker,
    admin: Browser,
    person: Browser,
    phase: String,
    honest: (&'static str, Vec<u8>),
    /// The honest submission's scores.
    worth: Value,
    charged: i64,
    wrong: Vec<String>,
}

impl Arena {
    /// Opens the contest and judges the honest submission for the first time.
    async fn open(db: PgPool, contest: Contest, honest: (&'static str, Vec<u8>)) -> Self {
        let server = Server::start(db).await;
        server.place_real_image().await;
        let admin = server.admin().await;
        // Organizers see the private half too.
        let phase = contest.import(&admin).await;
        let person = server.entrant("sen").await;
        let worker = RealWorker::start(&server).await;
        let (charged, wrong) = (1, Vec::new());
        let made = person.hand_in(&phase, honest.0, &honest.1).await;
        let first = person.judged(&made.text("id")).await;
        assert_eq!(first["evaluations"][0]["verdict"], "scored", "{first}");
        let worth = admin.judged(&made.text("id")).await["scores"].clone();
        Self { server, worker, admin, person, phase, honest, worth, charged, wrong }
    }

    async fn run(&mut self, cases: Vec<Case>) {
        for case in cases {
            if let Err(reason) = self.try_case(&case).await {
                self.wrong.push(format!("{}: {reason}", case.name));
            }
        }
    }

    async fn try_case(&mut self, case: &Case) -> Result<(), String> {
        let begun = self.person.begin_upload(case.filename, Some(&self.phase), case.bytes.len()).await;
        let made = if begun.status.is_success() {
            let upload = begun.location_id();
            if !case.bytes.is_empty() {
                self.person.append(&upload, 0, case.bytes.clone()).await;
            }
            let path = format!("/phases/{}/submissions", self.phase);
            self.person.post(&path, json!({ "upload": upload })).await
        } else {
            begun
        };
        let honest = self.person.hand_in(&self.phase, self.honest.0, &self.honest.1).await;
        let result = match &case.ends {
            End::Refused { status, code, says } => {
                refused(&made.body, (made.status.as_u16(), (*status, *code)), says)
            }
            _ if made.status != 201 => Err(format!("not accepted: {} {}", made.status, made.body)),
            _ => {
                self.charged += 1;
                self.judged(case, &made.text("id")).await
            }
        };
        self.charged += 1;
        let next = self.admin.judged(&honest.text("id")).await;
        result?;
        ensure(next["scores"] == self.worth, || format!("the next honest submission got {next}"))?;
        until_nothing_remains(&self.worker.data()).await
    }

    async fn judged(&self, case: &Case, id: &str) -> Result<(), String> {
        let shown = self.person.judged(id).await;
        let evaluation = &shown["evaluations"][0];
        let log = self.person.log(evaluation).await;
        let told = &|| format!("{shown}\n{log}");
        ensure(shown["charged"] == true, || format!("not charged: {}", told()))?;
        both_languages(&evaluation["verdict_text"])?;
        match &case.ends {
            End::Refused { .. } => return Err(format!("accepted: {}", told())),
            End::Scored(public) => {
                ensure(shown["scores"]["public"]["accuracy"] == *public, told)?;
            }
            End::Failed { verdict, code, file, line, says } => {
                let fault = &evaluation["faults"][0];
                let place = (fault["file"].as_str(), fault["line"].as_u64());
                let found = (evaluation["verdict"].as_str(), fault["code"].as_str(), place);
                ensure(found == (Some(*verdict), Some(*code), (*file, *line)), told)?;
                both_languages(fault)?;
                let lines = line.map(|line| [format!("dòng {line}"), format!("line {line}")]);
                for (at, language) in ["vi", "en"].into_iter().enumerate() {
                    let sentence = fault[language].as_str().unwrap();
                    let mut named = says.iter().copied().chain(*file).chain(lines.as_ref().map(|l| &*l[at]));
                    ensure(named.all(|fact| sentence.contains(fact)), || {
                        format!("it says only: {sentence}")
                    })?;
                }
                ensure(shown["scores"].is_null() && evaluation["scores"].is_null(), told)?;
            }
        }
        ensure((case.log)(&log), || format!("the log is: {log}"))?;
        let kept = self.person.request(reqwest::Method::GET, &format!("/submissions/{id}/file"));
        let kept = kept.send().await.unwrap().bytes().await.unwrap();
        ensure(kept == case.bytes, || "what was handed in is not what can be downloaded".to_owned())
    }

    /// Looks that nothing was lost, kept or counted that should not be, and tells all that went wrong.
    async fn close(self) {
        self.worker.stop().await;
        assert!(self.wrong.is_empty(), "{}", self.wrong.join("\n\n"));
        let attempts = self.person.get(&format!("/phases/{}/attempts", self.phase)).await.body;
        assert_eq!(attempts["used_total"], self.charged);
        assert_eq!(self.admin.get("/queue").await.body["items"], json!([]));
        let alerts = self.admin.get("/alerts").await.body;
        assert_eq!(alerts["items"], json!([]), "a team's fault is nobody's alarm");
        let deaths: i64 =
            sqlx::query_scalar("SELECT count(*) FROM jobs WHERE deaths > 0 OR state <> 'done' OR fence > 1")
                .fetch_one(&self.server.db)
                .await
                .unwrap();
        assert_eq!(deaths, 0, "some job was tried twice");
        assert_invariants(&self.server).await;
    }
}

fn ensure(holds: bool, otherwise: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(otherwise()) }
}

fn refused(body: &Value, found: (u16, (u16, &str)), says: &str) -> Result<(), String> {
    let (status, wanted) = found;
    ensure((status, body["code"].as_str().unwrap_or("")) == wanted, || format!("{status} {body}"))?;
    both_languages(body)?;
    let named = ["vi", "en"].iter().all(|language| body[language].as_str().unwrap().contains(says));
    ensure(named, || format!("it does not say {says}: {body}"))
}

/// A sentence in each language, and not the same one.
fn both_languages(texts: &Value) -> Result<(), String> {
    let text = |language: &str| texts[language].as_str().unwrap_or("").to_owned();
    let (vi, en) = (text("vi"), text("en"));
    ensure(vi.len() > 3 && en.len() > 3 && vi != en, || format!("not told in both languages: {texts}"))
}
