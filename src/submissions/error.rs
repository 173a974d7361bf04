use axum::http::StatusCode;
use judge_core::check::Findings;

use crate::{
    data::DataError,
    judging::JudgingError,
    kernel::Timestamp,
    storage::StorageError,
    submissions::model::FaultView,
    teams::model::Obstacle,
    uploads::UploadError,
    web::{Problem, TooOften, internal},
};

#[derive(Debug, thiserror::Error)]
pub enum SubmissionError {
    #[error("unknown, or not this person's")]
    NotFound,
    #[error("the person is in no team of the competition")]
    NoTeam,
    #[error("the team may not hand in yet: {0:?}")]
    NotReady(Obstacle),
    #[error("the upload was made for another phase")]
    OtherPhase,
    #[error("the phase is not open")]
    PhaseClosed,
    #[error("{used} of {limit} attempts of today are used")]
    DailyAttemptsSpent { limit: i32, used: i32, returns_at: Option<Timestamp> },
    #[error("{used} of {limit} attempts are used")]
    AttemptsSpent { limit: i32, used: i32 },
    #[error("the team is disqualified")]
    Disqualified { reason: String },
    #[error("the team did not advance to this phase")]
    NotAdvanced,
    #[error("hand-ins are paused: {reason}")]
    Paused { reason: String },
    #[error("{limit} submissions are on their way already")]
    TooManyRunning { limit: i32 },
    #[error("what was in the way has just changed")]
    JustChanged,
    #[error("the phase shows no scores to this reader")]
    ScoresHidden,
    #[error("the phase shows no logs to this reader")]
    LogHidden,
    #[error("the file is empty")]
    EmptyFile,
    #[error("the file is no ZIP archive")]
    NotAZip,
    #[error("the file is a spreadsheet")]
    Spreadsheet,
    #[error("the file has {} faults", .0.faults.len())]
    Malformed(Findings),
    #[error("too many checks wait")]
    ChecksBusy,
    #[error("items are shown once the phase is over")]
    ItemsAfterPhase { ends_at: Timestamp },
    #[error(transparent)]
    TooOften(#[from] TooOften),
    #[error(transparent)]
    Judging(#[from] JudgingError),
    #[error(transparent)]
    Rules(#[from] DataError),
    #[error(transparent)]
    Upload(#[from] UploadError),
    #[error(transparent)]
    Storage(#[from] StorageError),
    #[error(transparent)]
    Database(#[from] sqlx::Error),
}

impl From<SubmissionError> for Problem {
    #[expect(clippy::too_many_lines, reason = "a table of sentences, one arm each")]
    fn from(error: SubmissionError) -> Self {
        use SubmissionError as E;
        let unprocessable = StatusCode::UNPROCESSABLE_ENTITY;
        match error {
            E::NotFound => Problem::not_found(),
            E::TooOften(fault) => fault.into(),
            E::NoTeam => crate::teams::access::no_team(),
            E::NotReady(obstacle) => {
                let text = obstacle.sentence();
                Problem::new(StatusCode::FORBIDDEN, obstacle.code(), text.vi, text.en)
            }
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
            E::NotAdvanced => Problem::new(
                StatusCode::CONFLICT,
                "not-advanced",
                "Vòng này chỉ dành cho các đội được vào từ vòng trước. Hãy xem thông báo của ban tổ chức.",
                "This phase is for teams that advanced from the one before. See the organizers' announcement.",
            ),
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
            E::ScoresHidden => Problem::new(
                StatusCode::FORBIDDEN,
                "scores-hidden",
                "Ban tổ chức không mở điểm của vòng này cho các đội. Kết luận chấm vẫn hiện ở bài nộp.",
                "The organizers do not show the scores of this phase to teams. The verdict stands with the submission.",
            ),
            E::LogHidden => Problem::new(
                StatusCode::FORBIDDEN,
                "log-hidden",
                "Ban tổ chức không mở nhật ký chạy của vòng này. Kết luận chấm và các lỗi vẫn hiện ở bài nộp.",
                "The organizers show no logs of this phase. The verdict and the faults stand with the submission.",
            ),
            E::Disqualified { reason } => Problem::new(
                StatusCode::CONFLICT,
                "team-disqualified",
                format!("Đội đã bị loại khỏi cuộc thi: {reason}. Hãy liên hệ ban tổ chức."),
                format!("Your team is disqualified: {reason}. Write to the organizers."),
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
            E::Malformed(found) => malformed(&found),
            E::ChecksBusy => Problem::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "checks-busy",
                "Đang có quá nhiều bài chờ kiểm tra. Hãy thử lại sau vài giây; lượt nộp không bị trừ.",
                "Too many files wait to be checked. Try again in a few seconds; no attempt was spent.",
            )
            .retry_after(5),
            E::ItemsAfterPhase { ends_at } => Problem::new(
                StatusCode::FORBIDDEN,
                "items-after-phase",
                "Kết quả từng truy vấn chỉ hiện sau khi vòng này kết thúc.",
                "Results by query are shown once this phase is over.",
            )
            .with("ends_at", ends_at.to_rfc3339()),
            E::Judging(error) => error.into(),
            E::Rules(error) => error.into(),
            E::Upload(error) => error.into(),
            E::Storage(error) => internal(error),
            E::Database(error) => error.into(),
        }
    }
}

/// Every fault is in the body, for programs and people.
fn malformed(found: &Findings) -> Problem {
    let faults: Vec<FaultView> = found.faults.iter().map(FaultView::from).collect();
    let views = |faults: Vec<FaultView>| serde_json::to_value(faults).unwrap_or_default();
    let number = faults.len();
    Problem::new(
        StatusCode::UNPROCESSABLE_ENTITY,
        "malformed",
        format!("Tệp có {number} lỗi định dạng, liệt kê trong «faults». Lượt nộp không bị trừ; hãy sửa rồi nộp lại."),
        format!("The file has {number} faults, listed under `faults`. No attempt was spent; mend it and hand it in again."),
    )
    .with("faults", views(faults))
    .with("warnings", views(found.warnings.iter().map(FaultView::from).collect()))
}
