use axum::http::StatusCode;

use crate::{
    kernel::Timestamp,
    storage::StorageError,
    uploads::UploadError,
    web::{Problem, internal},
};

#[derive(Debug, thiserror::Error)]
pub enum SubmissionError {
    #[error("unknown, or not this person's")]
    NotFound,
    #[error("the person is in no team of the competition")]
    NoTeam,
    #[error("the upload was made for another phase")]
    OtherPhase,
    #[error("the phase is not open")]
    PhaseClosed,
    #[error("{used} of {limit} attempts of today are used")]
    DailyAttemptsSpent { limit: i32, used: i32, returns_at: Option<Timestamp> },
    #[error("{used} of {limit} attempts are used")]
    AttemptsSpent { limit: i32, used: i32 },
    #[error("hand-ins are paused: {reason}")]
    Paused { reason: String },
    #[error("{limit} submissions are on their way already")]
    TooManyRunning { limit: i32 },
    #[error("what was in the way has just changed")]
    JustChanged,
    #[error("the file is empty")]
    EmptyFile,
    #[error("the file is no ZIP archive")]
    NotAZip,
    #[error("the file is a spreadsheet")]
    Spreadsheet,
    #[error(transparent)]
    Upload(#[from] UploadError),
    #[error(transparent)]
    Storage(#[from] StorageError),
    #[error(transparent)]
    Database(#[from] sqlx::Error),
}

impl From<SubmissionError> for Problem {
    fn from(error: SubmissionError) -> Self {
        use SubmissionError as E;
        let unprocessable = StatusCode::UNPROCESSABLE_ENTITY;
        match error {
            E::NotFound => Problem::not_found(),
            E::NoTeam => Problem::new(
                StatusCode::FORBIDDEN,
                "no-team",
                "Bạn chưa ở trong đội nào của cuộc thi này. Hãy lập đội hoặc nhận lời mời.",
                "You are in no team of this competition. Make a team or accept an invitation.",
            ),
            E::OtherPhase => Problem::new(
                StatusCode::CONFLICT,
                "other-phase",
                "Tệp này được tải lên cho một vòng khác.",
                "This file was uploaded for another phase.",
            ),
            E::PhaseClosed => crate::uploads::phase_closed(),
            E::DailyAttemptsSpent { limit, used, returns_at } => Problem::new(
                StatusCode::CONFLICT,
                "daily-attempts-spent",
                format!("Đội đã dùng hết {limit} lượt nộp hôm nay. Lượt mới có từ 0 giờ theo giờ của cuộc thi."),
                format!("Your team has used all {limit} attempts of today. New ones come at midnight in the competition's zone."),
            )
            .with("limit", limit)
            .with("used", used)
            .with("returns_at", returns_at.map(|at| at.to_rfc3339())),
            E::AttemptsSpent { limit, used } => Problem::new(
                StatusCode::CONFLICT,
                "attempts-spent",
                format!("Đội đã dùng hết {limit} lượt nộp của vòng này."),
                format!("Your team has used all {limit} attempts of this phase."),
            )
            .with("limit", limit)
            .with("used", used),
            E::Paused { reason } => Problem::new(
                StatusCode::CONFLICT,
                "hand-ins-paused",
                format!("Ban tổ chức tạm dừng nhận bài: {reason} Tệp đã tải lên vẫn còn; hãy nộp lại sau. Lượt nộp không bị trừ."),
                format!("The organizers have paused hand-ins: {reason} Your upload stays; hand it in later. No attempt was spent."),
            )
            .with("reason", reason),
            E::TooManyRunning { limit } => Problem::new(
                StatusCode::CONFLICT,
                "too-many-running",
                format!("Đội đang có {limit} bài chờ chấm hoặc đang chấm, là mức tối đa. Hãy đợi một bài chấm xong rồi nộp lại. Lượt nộp không bị trừ."),
                format!("Your team has {limit} submissions waiting or being judged, the most there can be. Hand in again when one is done. No attempt was spent."),
            )
            .with("limit", limit),
            E::JustChanged => Problem::new(
                StatusCode::CONFLICT,
                "just-changed",
                "Vòng thi vừa thay đổi trong lúc bạn nộp. Hãy nộp lại. Lượt nộp không bị trừ.",
                "The phase changed while you handed in. Hand in again. No attempt was spent.",
            ),
            E::EmptyFile => Problem::new(
                unprocessable,
                "empty-file",
                "Tệp rỗng. Lượt nộp không bị trừ.",
                "The file is empty. No attempt was spent.",
            ),
            E::NotAZip => Problem::new(
                unprocessable,
                "not-a-zip",
                "Đây không phải tệp ZIP. Hãy nén thư mục bài làm thành .zip. Lượt nộp không bị trừ.",
                "This is not a ZIP file. Pack your folder as .zip. No attempt was spent.",
            ),
            E::Spreadsheet => Problem::new(
                unprocessable,
                "spreadsheet",
                "Đây là bảng tính, không phải CSV. Hãy xuất ra CSV (UTF-8) rồi nộp lại. Lượt nộp không bị trừ.",
                "This is a spreadsheet, not CSV. Export it as CSV (UTF-8) and hand that in. No attempt was spent.",
            ),
            E::Upload(error) => error.into(),
            E::Storage(error) => internal(error),
            E::Database(error) => error.into(),
        }
    }
}
