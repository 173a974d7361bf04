//! A server that speaks the protocol, kept in memory.

use std::{
    collections::{HashMap, VecDeque},
    sync::{
        Arc, Mutex, MutexGuard,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};

use axum::{
    Json, Router,
    body::Bytes,
    extract::{DefaultBodyLimit, Path, Query, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
    routing::{get, post, put},
};
use judge_core::protocol::{
    Artifact, Claim, Enrolled, Enrolment, HandBack, Heartbeat, HeartbeatAnswer, Hello, Lease, Link, LogChunk,
    Outcome, Plan, Report, Welcome,
};
use sha2::{Digest, Sha256};
use uuid::Uuid;

pub const TOKEN: &str = "worker-token";
pub const ENROLMENT: &str = "enrolment-token";

/// What the server knows of one job.
#[derive(Default, Clone)]
pub struct Job {
    pub fence: i64,
    pub log: Vec<(Instant, u32, String)>,
    pub report: Option<Report>,
    pub returned: bool,
    pub claimed: bool,
    pub heartbeats: u32,
    pub artifact: Option<Vec<u8>>,
}

#[derive(Default)]
pub struct Contest {
    address: Mutex<String>,
    waiting: Mutex<VecDeque<(Uuid, Plan)>>,
    jobs: Mutex<HashMap<Uuid, Job>>,
    blobs: Mutex<HashMap<String, Bytes>>,
    pub hello: Mutex<Option<Hello>>,
    pub claims: AtomicU32,
    pub downloads: AtomicU32,
    /// Every call is answered with 503.
    pub down: AtomicBool,
    /// Every call about a job is answered with 409.
    pub stale: AtomicBool,
    /// Heartbeats are answered with `cancelled`.
    pub withdrawn: AtomicBool,
    pub lease_seconds: AtomicU32,
}

type Server = State<Arc<Contest>>;

impl Contest {
    pub async fn open() -> Arc<Self> {
        let contest = Arc::new(Self::default());
        contest.lease_seconds.store(30, Ordering::SeqCst);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        *contest.address.lock().unwrap() = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new()
            .route("/api/worker/v1/enrolment", post(enrol))
            .route("/api/worker/v1/hello", post(hello))
            .route("/api/worker/v1/claim", post(claim))
            .route("/api/worker/v1/jobs/{job}/heartbeat", post(heartbeat))
            .route("/api/worker/v1/jobs/{job}/log", post(log))
            .route("/api/worker/v1/jobs/{job}/artifact", put(artifact))
            .route("/api/worker/v1/jobs/{job}/report", post(report))
            .route("/api/worker/v1/jobs/{job}/return", post(hand_back))
            .route("/api/worker/v1/blobs/{hash}", get(blob))
            .layer(DefaultBodyLimit::max(1 << 30))
            .with_state(Arc::clone(&contest));
        tokio::spawn(async move { axum::serve(listener, router).await });
        contest
    }

    pub fn address(&self) -> String {
        self.address.lock().unwrap().clone()
    }

    pub fn blob(&self, bytes: impl Into<Bytes>) -> Link {
        let bytes = bytes.into();
        let sha256 = hex::encode(Sha256::digest(&bytes));
        let link = Link {
            path: format!("/api/worker/v1/blobs/{sha256}?signature=x"),
            sha256: sha256.clone(),
            size: bytes.len() as u64,
        };
        self.blobs.lock().unwrap().insert(sha256, bytes);
        link
    }

    /// The link stays, what is behind it changes.
    pub fn tamper(&self, link: &Link, bytes: &'static [u8]) {
        self.blobs.lock().unwrap().insert(link.sha256.clone(), Bytes::from_static(bytes));
    }

    pub fn submit(&self, plan: Plan) -> Uuid {
        let job = Uuid::new_v4();
        self.jobs.lock().unwrap().insert(job, Job { fence: 7, ..Job::default() });
        self.waiting.lock().unwrap().push_back((job, plan));
        job
    }

    pub fn jobs(&self) -> MutexGuard<'_, HashMap<Uuid, Job>> {
        self.jobs.lock().unwrap()
    }

    pub fn job(&self, job: Uuid) -> Job {
        self.jobs()[&job].clone()
    }

    pub fn log_text(&self, job: Uuid) -> String {
        self.job(job).log.into_iter().map(|(_, _, text)| text).collect()
    }

    /// Waits until something holds of a job.
    pub async fn until(&self, job: Uuid, what: &str, holds: impl Fn(&Job) -> bool) -> Job {
        let start = Instant::now();
        loop {
            let found = self.job(job);
            if holds(&found) {
                return found;
            }
            assert!(
                start.elapsed() < Duration::from_secs(90),
                "{what} did not happen; log: {}",
                self.log_text(job)
            );
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    pub async fn report(&self, job: Uuid) -> Report {
        self.until(job, "a report", |job| job.report.is_some()).await.report.unwrap()
    }

    pub async fn outcome(&self, job: Uuid) -> Outcome {
        self.report(job).await.outcome
    }

    fn of_job(&self, job: Uuid, fence: i64, change: impl FnOnce(&mut Job)) -> Result<(), StatusCode> {
        let mut jobs = self.jobs();
        let found = jobs.get_mut(&job).ok_or(StatusCode::NOT_FOUND)?;
        if self.stale.load(Ordering::SeqCst) || found.fence != fence {
            return Err(StatusCode::CONFLICT);
        }
        change(found);
        Ok(())
    }

    fn admit(&self, headers: &HeaderMap) -> Result<(), StatusCode> {
        if self.down.load(Ordering::SeqCst) {
            return Err(StatusCode::SERVICE_UNAVAILABLE);
        }
        let expected = format!("Bearer {TOKEN}");
        let given = headers.get("authorization").and_then(|value| value.to_str().ok());
        if given == Some(&expected) { Ok(()) } else { Err(StatusCode::UNAUTHORIZED) }
    }
}

async fn enrol(headers: HeaderMap, Json(_): Json<Enrolment>) -> Result<Json<Enrolled>, StatusCode> {
    let expected = format!("Bearer {ENROLMENT}");
    if headers.get("authorization").and_then(|value| value.to_str().ok()) != Some(&expected) {
        return Err(StatusCode::UNAUTHORIZED);
    }
    Ok(Json(Enrolled { worker: Uuid::new_v4(), token: TOKEN.to_owned() }))
}

async fn hello(
    State(contest): Server,
    headers: HeaderMap,
    Json(hello): Json<Hello>,
) -> Result<Json<Welcome>, StatusCode> {
    contest.admit(&headers)?;
    *contest.hello.lock().unwrap() = Some(hello);
    Ok(Json(Welcome { lease_seconds: contest.lease_seconds.load(Ordering::SeqCst), released: 0 }))
}

async fn claim(
    State(contest): Server,
    headers: HeaderMap,
    Json(claim): Json<Claim>,
) -> Result<Response, StatusCode> {
    contest.admit(&headers)?;
    contest.claims.fetch_add(1, Ordering::SeqCst);
    let start = Instant::now();
    while start.elapsed() < Duration::from_secs(claim.wait_seconds.into()) {
        let next = contest.waiting.lock().unwrap().pop_front();
        if let Some((job, plan)) = next {
            let mut jobs = contest.jobs();
            let found = jobs.get_mut(&job).unwrap();
            found.claimed = true;
            return Ok(Json(Lease {
                job,
                fence: found.fence,
                evaluation: Uuid::new_v4(),
                lease_seconds: contest.lease_seconds.load(Ordering::SeqCst),
                plan,
            })
            .into_response());
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    Ok(StatusCode::NO_CONTENT.into_response())
}

async fn heartbeat(
    State(contest): Server,
    headers: HeaderMap,
    Path(job): Path<Uuid>,
    Json(beat): Json<Heartbeat>,
) -> Result<Json<HeartbeatAnswer>, StatusCode> {
    contest.admit(&headers)?;
    contest.of_job(job, beat.fence, |job| job.heartbeats += 1)?;
    Ok(Json(HeartbeatAnswer {
        lease_seconds: contest.lease_seconds.load(Ordering::SeqCst),
        cancelled: contest.withdrawn.load(Ordering::SeqCst),
    }))
}

async fn log(
    State(contest): Server,
    headers: HeaderMap,
    Path(job): Path<Uuid>,
    Json(chunk): Json<LogChunk>,
) -> Result<StatusCode, StatusCode> {
    contest.admit(&headers)?;
    contest.of_job(job, chunk.fence, |job| {
        job.log.push((Instant::now(), chunk.seq, chunk.text));
    })?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(serde::Deserialize)]
struct ArtifactQuery {
    fence: i64,
    sha256: String,
}

async fn artifact(
    State(contest): Server,
    headers: HeaderMap,
    Path(job): Path<Uuid>,
    Query(query): Query<ArtifactQuery>,
    body: Bytes,
) -> Result<Json<Artifact>, StatusCode> {
    contest.admit(&headers)?;
    let size = body.len() as u64;
    if hex::encode(Sha256::digest(&body)) != query.sha256 {
        return Err(StatusCode::UNPROCESSABLE_ENTITY);
    }
    contest.of_job(job, query.fence, |job| job.artifact = Some(body.to_vec()))?;
    Ok(Json(Artifact { sha256: query.sha256, size }))
}

async fn report(
    State(contest): Server,
    headers: HeaderMap,
    Path(job): Path<Uuid>,
    Json(report): Json<Report>,
) -> Result<StatusCode, StatusCode> {
    contest.admit(&headers)?;
    contest.of_job(job, report.fence, |job| job.report = Some(report.clone()))?;
    Ok(StatusCode::NO_CONTENT)
}

async fn hand_back(
    State(contest): Server,
    headers: HeaderMap,
    Path(job): Path<Uuid>,
    Json(back): Json<HandBack>,
) -> Result<StatusCode, StatusCode> {
    contest.admit(&headers)?;
    contest.of_job(job, back.fence, |job| job.returned = true)?;
    Ok(StatusCode::NO_CONTENT)
}

async fn blob(
    State(contest): Server,
    headers: HeaderMap,
    Path(hash): Path<String>,
) -> Result<Bytes, StatusCode> {
    contest.admit(&headers)?;
    contest.downloads.fetch_add(1, Ordering::SeqCst);
    contest.blobs.lock().unwrap().get(&hash).cloned().ok_or(StatusCode::NOT_FOUND)
}
