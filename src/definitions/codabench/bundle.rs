//! What both versions of the format have in common.

use std::path::{Component, Path};

use chrono::{DateTime, FixedOffset};
use judge_core::text::Text;

use super::{
    super::{DefinitionError, read},
    BundleFault, FILE, dates,
    node::Node,
};
use crate::competitions::model::{Counts, Order};

/// A competition as its bundle describes it.
#[derive(Debug)]
pub struct Bundle {
    pub title: String,
    pub description: String,
    pub docker_image: String,
    pub pages: Vec<BundlePage>,
    pub tasks: Vec<BundleTask>,
    pub phases: Vec<BundlePhase>,
    /// The primary one first, the others in their order.
    pub columns: Vec<BundleColumn>,
    pub counts: Counts,
    /// So many submissions an entrant chooses for the board.
    pub final_picks: Option<u16>,
    pub is_board_hidden: bool,
    /// Whoever registers takes part at once.
    pub is_open: bool,
    /// What is not taken over, or taken over differently.
    pub notes: Vec<Text>,
}

/// A path that a key of the bundle names: a folder or a ZIP archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// The key: `tasks[0].scoring_program`.
    pub key: String,
    pub path: String,
}

#[derive(Debug)]
pub struct BundlePage {
    pub title: Text,
    /// Name in addresses that the page would like to have.
    pub slug: String,
    pub file: String,
}

#[derive(Debug)]
pub struct BundleTask {
    pub index: i64,
    pub name: String,
    pub scoring_program: Source,
    pub ingestion_program: Option<Source>,
    pub input_data: Option<Source>,
    pub reference_data: Option<Source>,
    pub ingestion_only_during_scoring: bool,
}

#[derive(Debug)]
pub struct BundlePhase {
    pub name: String,
    pub starts: DateTime<FixedOffset>,
    pub ends: Option<DateTime<FixedOffset>>,
    /// Indexes of tasks.
    pub tasks: Vec<i64>,
    pub per_day: Option<i32>,
    pub total: Option<i32>,
    pub seconds: u64,
    /// Entrants do not see what their programs print.
    pub hides_logs: bool,
    /// Public data and starting kit.
    pub files: Vec<(Source, Text)>,
}

#[derive(Debug)]
pub struct BundleColumn {
    pub key: String,
    pub title: String,
    pub order: Order,
    pub precision: u8,
    pub hidden: bool,
    pub computed: Option<crate::competitions::model::Computed>,
}

impl Bundle {
    /// Everything that the bundle names as a folder or an archive, hidden or public.
    pub fn sources(&self) -> impl Iterator<Item = &Source> {
        let hidden = self.tasks.iter().flat_map(|task| {
            let optional = [&task.ingestion_program, &task.input_data, &task.reference_data];
            std::iter::once(&task.scoring_program).chain(optional.into_iter().flatten())
        });
        hidden.chain(self.phases.iter().flat_map(|phase| phase.files.iter().map(|(source, _)| source)))
    }

    /// The same without what contestants download, which stays as it is.
    pub fn hidden_sources(&self) -> impl Iterator<Item = &Source> {
        let public: Vec<&Source> =
            self.phases.iter().flat_map(|phase| phase.files.iter().map(|(source, _)| source)).collect();
        self.sources().filter(move |source| !public.contains(source))
    }
}

impl Source {
    pub fn wrong(&self, vi: impl Into<String>, en: impl Into<String>) -> DefinitionError {
        BundleFault::new(FILE, &self.key, vi, en).into()
    }
}

/// The path under a key, looked up in the bundle.
pub fn source(node: &Node<'_>, root: &Path) -> Result<Source, DefinitionError> {
    let path = node.words()?;
    if path.parse::<uuid::Uuid>().is_ok() && !root.join(&path).exists() {
        return Err(by_key(node));
    }
    let inside = Path::new(&path).components().all(|c| matches!(c, Component::Normal(_) | Component::CurDir));
    if !inside || !root.join(&path).exists() {
        return Err(node.wrong(
            format!("không có tệp hay thư mục «{path}» trong gói"),
            format!("the bundle holds no file or folder “{path}”"),
        ));
    }
    let plain: Vec<_> = Path::new(&path).components().filter(|c| *c != Component::CurDir).collect();
    let path = plain.iter().collect::<std::path::PathBuf>();
    Ok(Source { key: node.place.clone(), path: path.to_string_lossy().into_owned() })
}

/// The same for a key that may be missing.
pub fn source_at(node: &Node<'_>, key: &str, root: &Path) -> Result<Option<Source>, DefinitionError> {
    node.get(key).map(|node| source(&node, root)).transpose()
}

/// What lies on the other platform cannot be had from here.
pub fn by_key(node: &Node<'_>) -> DefinitionError {
    node.wrong(
        "đây là khoá của dữ liệu nằm trên máy chủ Codabench; hãy đặt tệp vào gói và ghi đường dẫn",
        "this is the key of something that lies on Codabench's server; put the files into the bundle and write their path",
    )
}

/// A page's file: text that is not empty.
pub fn page_file(node: &Node<'_>, root: &Path) -> Result<String, DefinitionError> {
    let Source { path, .. } = source(node, root)?;
    if !root.join(&path).is_file() {
        return Err(node.wrong(format!("«{path}» không phải là tệp"), format!("“{path}” is no file")));
    }
    let text = read::text(root, &path).map_err(|_| {
        node.wrong(
            format!("«{path}» phải là văn bản UTF-8, dài không quá 1 MB"),
            format!("“{path}” must be UTF-8 text of at most 1 MB"),
        )
    })?;
    if text.trim().is_empty() {
        return Err(node.wrong(format!("tệp «{path}» trống"), format!("the file “{path}” is empty")));
    }
    Ok(path)
}

pub fn moment(node: &Node<'_>) -> Result<DateTime<FixedOffset>, DefinitionError> {
    let text = node.text()?;
    dates::parse(&text).ok_or_else(|| {
        node.wrong(
            format!("«{text}» không phải là ngày; hãy viết như 2026-01-31 hoặc 1-31-2026 (tháng trước)"),
            format!("“{text}” is no date; write it like 2026-01-31, or 1-31-2026 with the month first"),
        )
    })
}

/// A limit of attempts: 0 means none.
pub fn attempts(phase: &Node<'_>, key: &str, default: i32) -> Result<Option<i32>, DefinitionError> {
    let limit = match phase.get(key) {
        Some(node) => i32::try_from(node.whole(0, i64::from(i32::MAX))?).unwrap_or(i32::MAX),
        None => default,
    };
    Ok(Some(limit).filter(|limit| *limit > 0))
}

/// Seconds that a step may take.
pub fn seconds(phase: &Node<'_>) -> Result<u64, DefinitionError> {
    const A_DAY: i64 = 24 * 3600;
    const DEFAULT: u64 = 600;
    let Some(node) = phase.get("execution_time_limit") else { return Ok(DEFAULT) };
    Ok(u64::try_from(node.whole(0, A_DAY)?).ok().filter(|seconds| *seconds > 0).unwrap_or(DEFAULT))
}

/// Whether entrants are kept from what their programs print. What scorers print is for organizers in any case.
pub fn hides_logs(phase: &Node<'_>) -> Result<bool, DefinitionError> {
    phase.flag_at("hide_score_output")?;
    Ok(phase.flag_at("hide_output")? | phase.flag_at("hide_prediction_output")?)
}

/// Public data and starting kit of a phase.
pub fn public_files(phase: &Node<'_>, root: &Path) -> Result<Vec<(Source, Text)>, DefinitionError> {
    let titles = [
        ("public_data", "Dữ liệu công khai", "Public data"),
        ("starting_kit", "Bộ khởi đầu", "Starting kit"),
    ];
    let mut files = Vec::new();
    for (key, vi, en) in titles {
        if let Some(source) = source_at(phase, key, root)? {
            files.push((source, Text::new(vi, en)));
        }
    }
    Ok(files)
}

pub fn order(column: &Node<'_>, key: &str) -> Result<Order, DefinitionError> {
    let Some(node) = column.get(key) else { return Ok(Order::Desc) };
    match node.text()?.to_lowercase().as_str() {
        "desc" | "" => Ok(Order::Desc),
        "asc" => Ok(Order::Asc),
        _ => Err(node.wrong("phải là asc hoặc desc", "it must be asc or desc")),
    }
}

pub fn precision(column: &Node<'_>, key: &str) -> Result<u8, DefinitionError> {
    let Some(node) = column.get(key) else { return Ok(2) };
    Ok(u8::try_from(node.whole(0, 12)?).expect("twelve fits"))
}
