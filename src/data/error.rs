use axum::http::StatusCode;

use super::rules::Refusal;
use crate::{
    storage::StorageError,
    web::{Problem, internal},
};

#[derive(Debug, thiserror::Error)]
pub enum DataError {
    #[error("unknown, or not for this person")]
    NotFound,
    #[error("not readable now: {0:?}")]
    Refused(Refusal),
    #[error("the pattern cannot be read: {reason}")]
    BadPattern { reason: String },
    #[error("no file fits the pattern")]
    NothingSelected,
    #[error("only mirrors have {path}")]
    OnlyOnMirrors { path: String, mirrors: Vec<String> },
    #[error("the competition has no page of rules")]
    NoRules,
    #[error("the rules have changed")]
    RulesChanged { version: String },
    #[error(transparent)]
    Storage(#[from] StorageError),
    #[error(transparent)]
    Database(#[from] sqlx::Error),
}

impl From<DataError> for Problem {
    fn from(error: DataError) -> Self {
        use DataError as E;
        match error {
            E::NotFound => Problem::not_found(),
            E::Refused(refusal) => refused(refusal),
            E::BadPattern { reason } => Problem::new(
                StatusCode::BAD_REQUEST,
                "bad-pattern",
                format!("Không hiểu mẫu chọn tệp trong «only»: {reason}."),
                format!("The pattern in “only” cannot be read: {reason}."),
            ),
            E::NothingSelected => Problem::new(
                StatusCode::NOT_FOUND,
                "nothing-selected",
                "Không có tệp nào khớp với «only». Hãy xem danh sách tệp trong manifest.",
                "No file fits “only”. Look at the manifest for what there is.",
            ),
            E::OnlyOnMirrors { path, mirrors } => Problem::new(
                StatusCode::CONFLICT,
                "only-on-mirrors",
                format!("Máy chủ không giữ «{path}». Hãy tải từ một trong các địa chỉ đi kèm rồi so SHA-256."),
                format!("This server does not keep “{path}”. Take it from one of its mirrors and compare the SHA-256."),
            )
            .with("path", path)
            .with("mirrors", mirrors),
            E::NoRules => Problem::new(
                StatusCode::NOT_FOUND,
                "no-rules",
                "Cuộc thi này chưa công bố thể lệ, nên không có gì để chấp nhận.",
                "This competition has published no rules, so there is nothing to accept.",
            ),
            E::RulesChanged { version } => Problem::new(
                StatusCode::CONFLICT,
                "rules-changed",
                "Thể lệ đã thay đổi. Hãy đọc bản hiện tại rồi chấp nhận bản đó.",
                "The rules have changed. Read them as they are now, and accept that version.",
            )
            .with("version", version),
            E::Storage(error) => internal(error),
            E::Database(error) => error.into(),
        }
    }
}

/// What somebody is told who may not read a set now.
pub fn refused(refusal: Refusal) -> Problem {
    match refusal {
        Refusal::NotYet { opens } => Problem::new(
            StatusCode::FORBIDDEN,
            "data-not-open",
            "Bộ dữ liệu này chưa mở. Hãy quay lại vào thời điểm ghi trong «opens_at».",
            "This data set is not open yet. Come back at the time in “opens_at”.",
        )
        .with("opens_at", opens.to_rfc3339()),
        Refusal::Over => Problem::new(
            StatusCode::FORBIDDEN,
            "data-closed",
            "Thời gian tải bộ dữ liệu này đã hết.",
            "The time in which this data set could be downloaded is over.",
        ),
        Refusal::Withdrawn => Problem::new(
            StatusCode::GONE,
            "data-withdrawn",
            "Ban tổ chức đã rút phiên bản này. Hãy tải phiên bản mới nhất (latest).",
            "The organizers have withdrawn this version. Take the newest one (latest).",
        ),
        Refusal::LogIn => Problem::unauthenticated(),
        Refusal::AcceptRules => Problem::new(
            StatusCode::FORBIDDEN,
            "rules-not-accepted",
            "Hãy đọc thể lệ rồi chấp nhận: trên trang cuộc thi, bằng `dautri rules CUỘC_THI --accept`, hoặc POST …/acceptance.",
            "Read the rules and accept them first: on the competition's page, by `dautri rules COMPETITION --accept`, or by POST …/acceptance.",
        ),
        Refusal::JoinTeam => Problem::new(
            StatusCode::FORBIDDEN,
            "team-needed",
            "Bộ dữ liệu này dành cho thành viên các đội dự thi. Hãy lập đội, nhận lời mời, hoặc chờ đội được duyệt.",
            "This data set is for teams that take part. Make a team, accept an invitation, or wait for your team's approval.",
        ),
    }
}
