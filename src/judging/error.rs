use axum::http::StatusCode;

use crate::{
    kernel::ids::SubmissionId,
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
    #[error("unknown, or not this person's")]
    NotFound,
    #[error("the person may see it, and not do this")]
    Forbidden,
    #[error("an act needs a reason of one to 1,000 characters")]
    NoReason,
    #[error("the submission's judging has begun")]
    Begun,
    #[error("the submission is judged")]
    Judged,
    #[error("the submission was withdrawn or cancelled")]
    Ended,
    #[error("the attempt does not count")]
    NotCharged,
    #[error("disqualified already")]
    Disqualified,
    #[error("not disqualified")]
    NotDisqualified,
    #[error("some of the named submissions cannot be rejudged")]
    NotRejudgeable { submissions: Vec<SubmissionId> },
    #[error("no submission is chosen")]
    NothingToRejudge,
    #[error("more than {limit} submissions are chosen")]
    SetTooLarge { limit: usize },
    #[error("some chosen submission is in another open rejudging")]
    InAnotherRejudging,
    #[error("{pending} evaluations are not judged yet")]
    RejudgingNotReady { pending: i64 },
    #[error("the rejudging was applied or dropped before")]
    RejudgingDecided,
    #[error(transparent)]
    Storage(#[from] StorageError),
    #[error(transparent)]
    Database(#[from] sqlx::Error),
}

impl From<JudgingError> for Problem {
    #[expect(clippy::too_many_lines, reason = "a table of sentences, one arm each")]
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
            E::UnknownJob | E::NotFound => Problem::not_found(),
            E::Forbidden => Problem::forbidden(),
            E::NoReason => Problem::invalid(
                "reason",
                "Hãy ghi lý do, từ 1 đến 1.000 ký tự. Đội sẽ đọc được lý do này.",
                "Give a reason of 1 to 1,000 characters. The team will read it.",
            ),
            E::Begun => conflict(
                "judging-begun",
                "Bài đã bắt đầu được chấm nên không rút được nữa.",
                "The judging has begun, so the submission cannot be withdrawn any more.",
            ),
            E::Judged => conflict(
                "already-judged",
                "Bài đã được chấm xong. Hãy chấm lại hoặc loại bài nếu cần.",
                "The submission is judged. Rejudge or disqualify it instead.",
            ),
            E::Ended => conflict(
                "submission-ended",
                "Bài nộp này đã bị rút hoặc hủy.",
                "The submission was withdrawn or cancelled before.",
            ),
            E::NotCharged => conflict(
                "not-charged",
                "Lượt nộp của bài này đã được trả lại rồi.",
                "The attempt of this submission was given back before.",
            ),
            E::Disqualified => {
                conflict("already-disqualified", "Đã bị loại từ trước.", "It is disqualified already.")
            }
            E::NotDisqualified => {
                conflict("not-disqualified", "Không ở trong tình trạng bị loại.", "It is not disqualified.")
            }
            E::NotRejudgeable { submissions } => Problem::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "not-rejudgeable",
                "Có bài không chấm lại được: không thuộc vòng này, chưa chấm xong, hoặc đã bị rút, hủy, loại.",
                "Some submissions cannot be rejudged: of another phase, not judged yet, withdrawn, cancelled or disqualified.",
            )
            .with("submissions", submissions.iter().map(ToString::to_string).collect::<Vec<_>>()),
            E::NothingToRejudge => conflict(
                "nothing-to-rejudge",
                "Không bài nào khớp điều kiện đã chọn.",
                "No submission fits the choice.",
            ),
            E::SetTooLarge { limit } => Problem::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "set-too-large",
                format!("Mỗi lần chấm lại nhiều nhất {limit} bài. Hãy chia nhỏ theo đội hoặc thời gian."),
                format!("One rejudging takes {limit} submissions at the most. Divide them by team or time."),
            )
            .with("limit", limit),
            E::InAnotherRejudging => conflict(
                "in-another-rejudging",
                "Có bài đang ở trong một lần chấm lại chưa quyết định. Hãy áp dụng hoặc bỏ lần đó trước.",
                "Some submission is in another open rejudging. Apply or drop that one first.",
            ),
            E::RejudgingNotReady { pending } => conflict(
                "rejudging-not-ready",
                "Chưa chấm xong. Hãy đợi rồi xem khác biệt trước khi áp dụng.",
                "Not all of it is judged. Wait, and look at the difference before you apply it.",
            )
            .with("pending", pending),
            E::RejudgingDecided => conflict(
                "rejudging-decided",
                "Lần chấm lại này đã được áp dụng hoặc bỏ.",
                "The rejudging was applied or dropped before.",
            ),
            E::Storage(error) => internal(error),
            E::Database(error) => error.into(),
        }
    }
}

fn conflict(code: &'static str, vi: &str, en: &str) -> Problem {
    Problem::new(StatusCode::CONFLICT, code, vi, en)
}
