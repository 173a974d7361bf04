use axum::http::StatusCode;
use judge_core::{faults::Fault, text::Text};

use super::codabench::BundleFault;
use crate::{
    phases::PhaseError,
    storage::StorageError,
    uploads::UploadError,
    web::{Problem, internal},
};

#[derive(Debug, thiserror::Error)]
pub enum DefinitionError {
    #[error("only organizers may do this")]
    Forbidden,
    #[error("there is no such competition")]
    NotFound,
    #[error("the competition was imported before definitions were kept")]
    NotKept,
    #[error("the archive cannot be unpacked")]
    Archive(Vec<Fault>),
    #[error("dautri.yaml is missing")]
    Missing,
    #[error("dautri.yaml cannot be read: {}", .0.en)]
    Unreadable(Text),
    /// `place` is the path of keys inside `dautri.yaml`.
    #[error("{place}: {}", .reason.en)]
    Wrong { place: String, reason: Text },
    #[error("{}, {}: {}", .0.file, .0.key, .0.reason.en)]
    Bundle(BundleFault),
    #[error("slug and images are for bundles")]
    NotABundle,
    #[error("another competition is called {0}")]
    SlugTaken(String),
    #[error("the file {0} is missing")]
    MissingFile(String),
    #[error("the image {0} is not on this server")]
    UnknownImage(String),
    #[error("something that teams already use is missing in the definition")]
    InUse,
    #[error("the archive could not be unpacked by this server")]
    Unpacker(#[source] anyhow::Error),
    #[error(transparent)]
    Phase(#[from] PhaseError),
    #[error(transparent)]
    Io(#[from] std::io::Error),
    #[error(transparent)]
    Upload(#[from] UploadError),
    #[error(transparent)]
    Storage(#[from] StorageError),
    #[error(transparent)]
    Database(#[from] sqlx::Error),
}

impl From<BundleFault> for DefinitionError {
    fn from(fault: BundleFault) -> Self {
        Self::Bundle(fault)
    }
}

fn bundle_wrong(fault: BundleFault) -> Problem {
    let BundleFault { file, key, reason } = fault;
    let place = if key.is_empty() { file.clone() } else { format!("{file}, {key}") };
    let (vi, en) = (format!("{place}: {}", reason.vi), format!("{place}: {}", reason.en));
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "bundle-wrong", vi, en).with("file", file).with("key", key)
}

impl From<DefinitionError> for Problem {
    fn from(error: DefinitionError) -> Self {
        use DefinitionError as E;
        let unprocessable = StatusCode::UNPROCESSABLE_ENTITY;
        match error {
            E::Forbidden => Problem::forbidden(),
            E::NotFound => Problem::not_found(),
            E::NotKept => Problem::new(
                StatusCode::CONFLICT,
                "definition-not-kept",
                "Cuộc thi này được nhập từ phiên bản cũ. Hãy nhập lại định nghĩa một lần, rồi xuất.",
                "This competition was imported by an older version. Import its definition once more, then export.",
            ),
            E::Archive(faults) => {
                let sentences: Vec<_> = faults.iter().map(Fault::sentence).collect();
                let join = |f: fn(&Text) -> &str| sentences.iter().map(f).collect::<Vec<_>>().join(" ");
                Problem::new(unprocessable, "bad-archive", join(|t| &t.vi), join(|t| &t.en))
            }
            E::Missing => Problem::new(
                unprocessable,
                "definition-missing",
                "Không thấy dautri.yaml hay competition.yaml ở thư mục gốc của tệp nén.",
                "There is no dautri.yaml or competition.yaml at the top of the archive.",
            ),
            E::Unreadable(reason) => Problem::new(
                unprocessable,
                "definition-unreadable",
                format!("Không đọc được dautri.yaml: {}.", reason.vi),
                format!("dautri.yaml cannot be read: {}.", reason.en),
            ),
            E::Wrong { place, reason } => Problem::new(
                unprocessable,
                "definition-wrong",
                format!("dautri.yaml, {place}: {}.", reason.vi),
                format!("dautri.yaml, {place}: {}.", reason.en),
            )
            .with("place", place),
            E::Bundle(fault) => bundle_wrong(fault),
            E::NotABundle => Problem::new(
                unprocessable,
                "no-bundle",
                "slug và images chỉ dùng cho gói Codabench; với dautri.yaml hãy ghi chúng trong tệp.",
                "slug and images are for Codabench bundles; with dautri.yaml they stand in the file.",
            ),
            E::SlugTaken(slug) => Problem::new(
                StatusCode::CONFLICT,
                "slug-taken",
                format!("Đã có cuộc thi khác tên «{slug}». Hãy cho gói này một tên khác."),
                format!(
                    "Another competition is called “{slug}” already. Give this bundle a name of its own."
                ),
            )
            .with("slug", slug),
            E::MissingFile(path) => Problem::new(
                unprocessable,
                "definition-file-missing",
                format!("Thiếu tệp hoặc thư mục «{path}» mà dautri.yaml nhắc tới."),
                format!("The file or folder “{path}” that dautri.yaml names is missing."),
            )
            .with("path", path),
            E::UnknownImage(name) => Problem::new(
                unprocessable,
                "unknown-image",
                format!("Máy chủ chưa có ảnh sandbox «{name}». Hãy tải ảnh lên trước."),
                format!("The server has no sandbox image “{name}”. Upload the image first."),
            )
            .with("image", name),
            E::InUse => Problem::new(
                StatusCode::CONFLICT,
                "in-use",
                "Định nghĩa mới bỏ đi phần đã có đội hoặc bài nộp. Hãy giữ lại phần đó.",
                "The new definition drops something that has teams or submissions. Keep it in.",
            ),
            E::Unpacker(error) => internal(error),
            E::Phase(error) => error.into(),
            E::Io(error) => internal(error),
            E::Upload(error) => error.into(),
            E::Storage(error) => internal(error),
            E::Database(error) => error.into(),
        }
    }
}
