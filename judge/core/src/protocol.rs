//! What server and worker say to each other over HTTP, version 1.
//!
//! All bodies are JSON. A worker authenticates with `Authorization: Bearer <token>`. Every call about a job
//! carries the fence of its claim; a stale fence is answered with 409 and changes nothing.
//!
//! | call | body | answer |
//! | --- | --- | --- |
//! | `POST /api/worker/v1/enrolment` (bearer: the one-time enrolment token) | [`Enrolment`] | [`Enrolled`] |
//! | `POST /api/worker/v1/hello` | [`Hello`] | [`Welcome`] |
//! | `POST /api/worker/v1/claim` | [`Claim`] | 200 [`Lease`], or 204 when nothing came in time |
//! | `POST /api/worker/v1/jobs/{job}/heartbeat` | [`Heartbeat`] | [`HeartbeatAnswer`] |
//! | `POST /api/worker/v1/jobs/{job}/log` | [`LogChunk`] | 204 |
//! | `PUT /api/worker/v1/jobs/{job}/artifact?fence=N&sha256=HEX` | the bytes of a tar archive | [`Artifact`] |
//! | `POST /api/worker/v1/jobs/{job}/report` | [`Report`] | 204; the same report again is answered the same |
//! | `POST /api/worker/v1/jobs/{job}/return` | [`HandBack`] | 204; the job waits again, nothing is charged |
//! | `GET` of a [`Link`]'s path | – | the bytes |

mod items;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub use items::{Item, ItemsError, LONGEST_ITEM_NAME, MOST_ITEM_FIGURES, MOST_ITEMS, Split, check_items};

use crate::{faults::Fault, limits::Limits, metrics::MetricSpec, retrieval::AnswerRules, verdict::Verdict};

pub const PROTOCOL_VERSION: u32 = 1;

/// Asks for a worker's credential.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Enrolment {
    /// What the operator calls this worker.
    pub name: String,
}

#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Enrolled {
    pub worker: Uuid,
    /// Shown once; the server keeps its hash only.
    pub token: String,
}

// The token must not reach a log line by way of `{:?}`.
impl std::fmt::Debug for Enrolled {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Enrolled").field("worker", &self.worker).finish_non_exhaustive()
    }
}

/// Said once when a worker's process starts. Jobs that an earlier process of the same worker still held go
/// back to the queue at once, and count as one death each.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Hello {
    pub protocol: u32,
    /// Made anew by every process.
    pub boot: Uuid,
    pub version: String,
    /// Jobs that it runs side by side.
    pub slots: u16,
    pub tags: Vec<String>,
    /// The container engine and runtime, for people: `Docker 20.10.24, runc, cgroup v1`.
    pub sandbox: String,
    /// What the self-probe found: name of the limit → enforced or not.
    pub probe: BTreeMap<String, bool>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Welcome {
    pub lease_seconds: u32,
    /// Jobs of an earlier process that were put back.
    pub released: u32,
}

/// Asks for one job; the server holds the request until there is one or the wait is over.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Claim {
    pub boot: Uuid,
    /// At most 30.
    pub wait_seconds: u16,
}

/// One job, held until the lease runs out or the report is in.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Lease {
    pub job: Uuid,
    /// Grows with every claim of this job.
    pub fence: i64,
    pub evaluation: Uuid,
    pub lease_seconds: u32,
    pub plan: Plan,
}

/// A short-lived, signed address of one blob, relative to the server: `/api/worker/v1/blobs/…`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Link {
    pub path: String,
    /// Lower-case hexadecimal; the worker checks it after the download.
    pub sha256: String,
    pub size: u64,
}

/// A sandbox image: an archive as `docker save` writes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ImageLink {
    /// The engine's id, `sha256:…`: the hash of the image's configuration.
    pub image_id: String,
    pub archive: Link,
}

/// What to do.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Plan {
    Predict(PredictPlan),
    Score(ScorePlan),
}

/// How a submission says what to run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum ProgramForm {
    /// The task names the command, and an exit code other than 0 is a failure.
    #[default]
    Fixed,
    /// As on Codabench: the archive's own `metadata.yaml` or `metadata` names the command. An archive without such a
    /// file is a result: its files are the output. An exit code other than 0 is no failure; the scorer finds it in
    /// the file `metadata` of the output.
    Codabench,
}

impl ProgramForm {
    pub fn is_fixed(&self) -> bool {
        *self == Self::Fixed
    }
}

/// Runs the team's program on the hidden inputs. Truth is never part of it.
///
/// Inside the container: the program at `/app/program` (working directory), the inputs at `/app/input_data`,
/// results go to `/app/output`, scratch is `/tmp`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PredictPlan {
    pub image: ImageLink,
    /// The team's ZIP archive.
    pub submission: Link,
    /// Files that the archive must hold at its top.
    pub required_files: Vec<String>,
    #[serde(default)]
    pub form: ProgramForm,
    /// Empty where the archive names it.
    pub command: Vec<String>,
    /// Hidden inputs: a ZIP archive.
    pub input: Option<Link>,
    /// The organizer's program that runs beside the team's.
    pub ingestion: Option<IngestionPlan>,
    /// Files that the output folder must hold at the end.
    pub required_outputs: Vec<String>,
    pub limits: Limits,
}

/// The second container of a prediction step: the organizer's program, which feeds the team's.
///
/// It sees itself at `/app/program`, the team's program at `/app/ingested_program`, the inputs at
/// `/app/input_data`; `/app/output` and `/app/shared` are common to both containers.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct IngestionPlan {
    pub image: ImageLink,
    pub program: Link,
    pub command: Vec<String>,
}

/// Compares predictions with the truth.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ScorePlan {
    pub predictions: Predictions,
    /// Truth: a ZIP archive.
    pub truth: Link,
    pub scorer: Scorer,
    /// The organizer's program that runs beside the scorer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub beside: Option<BesidePlan>,
    pub limits: Limits,
}

/// The second container of a scoring step: the organizer's program that runs what the team handed in and talks with
/// the scorer.
///
/// It sees itself at `/app/program`, the predictions at `/app/ingested_program` and `/app/input/res`, the inputs at
/// `/app/input_data`, and never the truth; `/app/output` is its own, `/app/shared` is common to both containers.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BesidePlan {
    pub program: IngestionPlan,
    /// Hidden inputs: a ZIP archive.
    pub input: Option<Link>,
}

/// Where the predictions come from.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "form", rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Predictions {
    /// The team's upload is one file; it takes this name in the predictions folder.
    File { link: Link, name: String },
    /// The team's upload is a ZIP archive.
    Zip { link: Link, required_files: Vec<String> },
    /// The tar archive that the prediction step left.
    Artifact { link: Link },
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Scorer {
    /// Metrics of `judge_core::metrics` on two tables; no container.
    Builtin(TableScorer),
    /// Ranked answers to event queries, by `judge_core::retrieval`; no container. The predictions are a ZIP archive.
    Retrieval(RetrievalScorer),
    /// The organizer's program in a container: itself at `/app/program`, truth at `/app/input/ref`,
    /// predictions at `/app/input/res`; it writes `/app/output/scores.json`, or else `scores.txt`.
    Program {
        image: ImageLink,
        program: Link,
        command: Vec<String>,
        metrics: Vec<String>,
        /// Metrics that count when they are there.
        #[serde(default)]
        optional: Vec<String>,
    },
}

/// How two tables are read, joined and measured.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TableScorer {
    /// The predictions' CSV file, e.g. `predictions.csv`.
    pub predictions_file: String,
    /// The truth's CSV file inside the truth archive, e.g. `truth.csv`.
    #[serde(default = "default_truth_file")]
    pub truth_file: String,
    /// Name of the column that joins both tables.
    #[serde(default = "default_id_column")]
    pub id_column: String,
    /// The truth's column of labels, values, label sets, relevant items, masks, texts or boxes' classes.
    pub target_column: String,
    /// The predictions' columns after the id: one (label, value, positive-class score, label set, ranked items, mask
    /// or text); for metrics on scores or probabilities of classes one for each class, named by the class; for metrics
    /// on boxes six: class, score, x, y, width, height, the last four of which the truth has too.
    pub prediction_columns: Vec<String>,
    /// The truth's column of gains, for metrics on ranked items; without it each relevant item gains 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gain_column: Option<String>,
    /// The truth's column that says `public` or `private`; without it all rows count in both splits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub split_column: Option<String>,
    pub metrics: Vec<MetricSpec>,
}

/// How a pack of ranked answers is compared with the truth: see `judge_core::retrieval`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RetrievalScorer {
    /// The truth's JSON file inside the truth archive, e.g. `truth.json`.
    #[serde(default = "default_pack_truth_file")]
    pub truth_file: String,
    /// When two answers to a question are the same.
    #[serde(default)]
    pub answers: AnswerRules,
}

fn default_pack_truth_file() -> String {
    "truth.json".to_owned()
}

fn default_truth_file() -> String {
    "truth.csv".to_owned()
}

fn default_id_column() -> String {
    "id".to_owned()
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Heartbeat {
    pub fence: i64,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct HeartbeatAnswer {
    pub lease_seconds: u32,
    /// The evaluation was withdrawn: stop, clean up, report nothing.
    pub cancelled: bool,
}

/// A piece of what the containers printed.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LogChunk {
    pub fence: i64,
    /// Number of this chunk within the claim, from 0; a chunk sent twice is stored once.
    pub seq: u32,
    /// Invalid UTF-8 is replaced; control characters other than newline and tab are removed.
    pub text: String,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Artifact {
    pub sha256: String,
    pub size: u64,
}

/// A job handed back by a worker that is shutting down.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct HandBack {
    pub fence: i64,
}

/// How a step ended.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Report {
    pub fence: i64,
    pub outcome: Outcome,
    pub usage: Usage,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Outcome {
    /// The prediction step ended well; its output was uploaded as the artifact with this hash.
    Predicted { artifact_sha256: String },
    /// The scoring step ended well. `items` says what the scores are made of, where the scorer tells.
    Scored {
        scores: Scores,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        items: Vec<Item>,
    },
    /// The evaluation ends here. The verdict is not `scored`.
    Failed { verdict: Verdict, faults: Vec<Fault> },
}

/// Metric name → value, for each split. Values are finite.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Scores {
    pub public: BTreeMap<String, f64>,
    pub private: BTreeMap<String, f64>,
}

/// What a step used.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Usage {
    /// Time the containers ran, milliseconds; 0 without a container.
    pub run_ms: u64,
    /// CPU time of the containers, milliseconds.
    pub cpu_ms: u64,
    /// Highest memory of the containers, bytes; 0 where the kernel does not tell.
    pub peak_memory_bytes: u64,
    /// Where the rest of the step's time went: name of the stage → milliseconds.
    pub stages_ms: BTreeMap<String, f64>,
    /// `runc`, `runsc`, or `none` for a step without a container.
    pub runtime: String,
}
