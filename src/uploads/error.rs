use axum::http::StatusCode;

use super::checksum::ALGORITHMS;
use crate::{
    storage::StorageError,
    web::{Problem, internal},
};

/// A status of tus' own.
fn checksum_mismatch() -> StatusCode {
    StatusCode::from_u16(460).expect("a status has three digits")
}

#[derive(Debug, thiserror::Error)]
pub enum UploadError {
    #[error("the upload is unknown or somebody else's")]
    NotFound,
    #[error("the upload was ended by its owner, or its time is over")]
    Gone,
    #[error("the upload has become something that lasts")]
    Kept,
    #[error("the bytes do not fit their checksum")]
    ChecksumMismatch,
    #[error("the checksum's algorithm is not supported")]
    UnknownChecksum,
    #[error("the header {0} is missing or malformed")]
    BadHeader(&'static str),
    #[error("the file has {length} bytes; {limit} are allowed")]
    TooLarge { length: u64, limit: u64 },
    #[error("the upload stands at {expected}")]
    WrongOffset { expected: i64 },
    #[error("more bytes came than were announced")]
    TooManyBytes,
    #[error("the upload is not complete: {received} of {length} bytes are here")]
    Incomplete { received: i64, length: i64 },
    #[error("the upload was used before")]
    AlreadyUsed,
    #[error("the phase is not open")]
    PhaseClosed,
    #[error("too many unfinished uploads: {limit} are allowed")]
    TooMany { limit: i64 },
    #[error("only organizers upload without naming a phase")]
    PhaseNeeded,
    #[error("tus version not supported")]
    WrongVersion,
    #[error("wrong content type")]
    WrongType,
    #[error(transparent)]
    Storage(#[from] StorageError),
    #[error(transparent)]
    Database(#[from] sqlx::Error),
}

impl From<UploadError> for Problem {
    #[expect(clippy::too_many_lines, reason = "a table of sentences, one arm each")]
    fn from(error: UploadError) -> Self {
        use UploadError as E;
        match error {
            E::NotFound => Problem::not_found(),
            E::Gone => Problem::new(
                StatusCode::GONE,
                "upload-gone",
                "Tệp tải lên này đã bị hủy hoặc hết hạn. Hãy tải lên lại từ đầu.",
                "This upload was ended, or its time is over. Begin a new one.",
            ),
            E::Kept => Problem::new(
                StatusCode::CONFLICT,
                "upload-kept",
                "Tệp này đã được nộp hoặc đã dùng, nên không hủy được nữa.",
                "This upload has been handed in or used, so it cannot be ended any more.",
            ),
            E::ChecksumMismatch => Problem::new(
                checksum_mismatch(),
                "checksum-mismatch",
                "Dữ liệu đến nơi không khớp mã kiểm tra; phần vừa gửi đã bị bỏ. Hãy gửi lại phần đó.",
                "The bytes arrived changed: they do not fit Upload-Checksum. Nothing of them was kept; send them again.",
            ),
            E::UnknownChecksum => Problem::new(
                StatusCode::BAD_REQUEST,
                "unknown-checksum",
                format!("Máy chủ chỉ kiểm tra bằng {ALGORITHMS}. Hãy dùng một trong các thuật toán này."),
                format!("This server checks with {ALGORITHMS}; use one of these in Upload-Checksum."),
            )
            .with("algorithms", ALGORITHMS),
            E::BadHeader(name) => Problem::new(
                StatusCode::BAD_REQUEST,
                "bad-header",
                format!("Thiếu tiêu đề {name} hoặc tiêu đề sai dạng."),
                format!("The header {name} is missing or malformed."),
            )
            .with("header", name),
            E::TooLarge { length, limit } => Problem::new(
                StatusCode::PAYLOAD_TOO_LARGE,
                "file-too-large",
                format!("Tệp có {length} byte; giới hạn là {limit} byte."),
                format!("The file has {length} bytes; {limit} are allowed."),
            )
            .with("length", length)
            .with("limit", limit),
            E::WrongOffset { expected } => Problem::new(
                StatusCode::CONFLICT,
                "wrong-offset",
                format!("Máy chủ đang chờ từ byte {expected}."),
                format!("The server goes on at byte {expected}."),
            )
            .with("expected", expected),
            E::TooManyBytes => Problem::new(
                StatusCode::PAYLOAD_TOO_LARGE,
                "more-than-announced",
                "Tệp dài hơn kích thước đã báo.",
                "More bytes came than were announced.",
            ),
            E::Incomplete { received, length } => Problem::new(
                StatusCode::CONFLICT,
                "upload-incomplete",
                format!("Tệp chưa tải xong: mới có {received} trong {length} byte."),
                format!("The upload is not complete: {received} of {length} bytes are here."),
            )
            .with("received", received)
            .with("length", length),
            E::AlreadyUsed => Problem::new(
                StatusCode::CONFLICT,
                "upload-used",
                "Tệp tải lên này đã được dùng. Hãy tải lên lại.",
                "This upload was used before. Upload the file again.",
            ),
            E::PhaseClosed => phase_closed(),
            E::TooMany { limit } => Problem::new(
                StatusCode::TOO_MANY_REQUESTS,
                "too-many-uploads",
                format!("Bạn có {limit} tệp đang tải dở hoặc chưa nộp; hãy tải xong và nộp bớt."),
                format!(
                    "You have {limit} uploads that are unfinished or not handed in; finish one and hand it in."
                ),
            )
            .retry_after(60)
            .with("limit", limit),
            E::PhaseNeeded => Problem::new(
                StatusCode::FORBIDDEN,
                "phase-needed",
                "Hãy cho biết vòng thi (phase) trong Upload-Metadata.",
                "Name the phase in Upload-Metadata.",
            ),
            E::WrongVersion => Problem::new(
                StatusCode::PRECONDITION_FAILED,
                "tus-version",
                "Máy chủ nói tus 1.0.0; hãy gửi tiêu đề Tus-Resumable: 1.0.0.",
                "This server speaks tus 1.0.0; send the header Tus-Resumable: 1.0.0.",
            ),
            E::WrongType => Problem::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "wrong-content-type",
                "PATCH cần Content-Type: application/offset+octet-stream.",
                "PATCH needs Content-Type: application/offset+octet-stream.",
            ),
            E::Storage(error) => internal(error),
            E::Database(error) => error.into(),
        }
    }
}

/// Also what a submission after the deadline is told.
pub fn phase_closed() -> Problem {
    Problem::new(
        StatusCode::CONFLICT,
        "phase-closed",
        "Vòng thi chưa mở hoặc đã kết thúc; không nhận bài nộp.",
        "The phase has not begun or is over; nothing is accepted.",
    )
}
