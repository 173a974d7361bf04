use axum::http::StatusCode;

use crate::{
    storage::StorageError,
    web::{Problem, internal},
};

#[derive(Debug, thiserror::Error)]
pub enum JudgingError {
    #[error("the worker's credential is unknown or revoked")]
    UnknownWorker,
    #[error("the enrolment token is unknown, used, or too old")]
    BadEnrolment,
    #[error("the worker speaks protocol {theirs}; this server speaks {ours}")]
    Protocol { ours: u32, theirs: u32 },
    #[error("the job is not held under this fence any more")]
    StaleFence,
    #[error("the job is unknown")]
    UnknownJob,
    #[error("the link is forged or has run out")]
    BadLink,
    #[error("the report does not fit the job: {reason}")]
    BadReport { reason: &'static str },
    #[error("the image {name} is not on this server")]
    UnknownImage { name: String },
    #[error("the archive is not an image: {reason}")]
    BadImage { reason: String },
    #[error(transparent)]
    Storage(#[from] StorageError),
    #[error(transparent)]
    Database(#[from] sqlx::Error),
}

impl From<JudgingError> for Problem {
    fn from(error: JudgingError) -> Self {
        use JudgingError as E;
        match error {
            E::UnknownWorker => Problem::new(
                StatusCode::UNAUTHORIZED,
                "unknown-worker",
                "Mã của máy chấm không đúng hoặc đã bị thu hồi.",
                "The worker's token is unknown or has been revoked.",
            ),
            E::BadEnrolment => Problem::new(
                StatusCode::UNAUTHORIZED,
                "bad-enrolment",
                "Mã ghi danh không đúng, đã dùng, hoặc đã hết hạn. Hãy tạo mã mới.",
                "The enrolment token is unknown, used, or too old. Make a new one.",
            ),
            E::Protocol { ours, theirs } => Problem::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "protocol-mismatch",
                "Máy chấm và máy chủ khác phiên bản. Hãy cập nhật máy chấm.",
                "Worker and server differ in version. Update the worker.",
            )
            .with("ours", ours)
            .with("theirs", theirs),
            E::StaleFence => Problem::new(
                StatusCode::CONFLICT,
                "stale-fence",
                "Việc này không còn thuộc máy chấm đó.",
                "The job is no longer held under this fence.",
            ),
            E::UnknownJob => Problem::not_found(),
            E::BadLink => Problem::new(
                StatusCode::FORBIDDEN,
                "bad-link",
                "Liên kết không hợp lệ hoặc đã hết hạn.",
                "The link is not valid or has run out.",
            ),
            E::BadReport { reason } => Problem::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "bad-report",
                "Báo cáo không khớp với việc được giao.",
                "The report does not fit the job.",
            )
            .with("reason", reason),
            E::UnknownImage { name } => Problem::new(
                StatusCode::NOT_FOUND,
                "unknown-image",
                "Máy chủ không có ảnh sandbox này.",
                "This server has no such sandbox image.",
            )
            .with("image", name),
            E::BadImage { reason } => Problem::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "bad-image",
                "Tệp không phải ảnh do `docker save` ghi ra.",
                "The file is not an image as `docker save` writes it.",
            )
            .with("reason", reason),
            E::Storage(error) => internal(error),
            E::Database(error) => error.into(),
        }
    }
}
