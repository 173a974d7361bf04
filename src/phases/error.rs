use axum::http::StatusCode;

use crate::web::Problem;

#[derive(Debug, thiserror::Error)]
pub enum PhaseError {
    #[error("the phase is unknown")]
    NotFound,
    #[error("only the competition's organizers may do this")]
    Forbidden,
    #[error("a reason of 1 to {longest} characters is needed")]
    BadReason { longest: usize },
    #[error("the phase would end before it starts")]
    EndsBeforeStart,
    #[error("{field} is less than 1")]
    LimitTooSmall { field: &'static str },
    #[error("nothing would change")]
    NothingChanges,
    #[error("the phase is over, and its private board was public")]
    Published,
    #[error(transparent)]
    Database(#[from] sqlx::Error),
}

impl From<PhaseError> for Problem {
    fn from(error: PhaseError) -> Self {
        use PhaseError as E;
        match error {
            E::NotFound => Problem::not_found(),
            E::Forbidden => Problem::forbidden(),
            E::BadReason { longest } => Problem::invalid(
                "reason",
                format!("Hãy nêu lý do, từ 1 đến {longest} ký tự. Mọi người đều đọc được lý do này."),
                format!("Give a reason of 1 to {longest} characters. Everybody can read it."),
            ),
            E::EndsBeforeStart => Problem::invalid(
                "ends_at",
                "Vòng thi phải kết thúc sau khi bắt đầu. Hãy sửa một trong hai thời điểm.",
                "The phase must end after it starts. Correct one of the two times.",
            ),
            E::LimitTooSmall { field } => Problem::invalid(
                field,
                "Giới hạn phải từ 1 trở lên; dùng null nếu không giới hạn.",
                "A limit is at least 1; null means no limit.",
            ),
            E::NothingChanges => Problem::new(
                StatusCode::CONFLICT,
                "nothing-changes",
                "Vòng thi đã như vậy rồi; không có gì thay đổi.",
                "The phase is like that already; nothing was changed.",
            ),
            E::Published => Problem::new(
                StatusCode::CONFLICT,
                "private-board-published",
                "Vòng thi đã kết thúc và điểm phần kín đã công khai. Mở lại thì các đội nộp bài khi đã biết điểm đó. Nếu vẫn muốn mở, hãy gửi force: true kèm lý do.",
                "The phase is over and its private scores are public. Reopened, teams would hand in knowing them. If you want it nevertheless, send force: true with the reason.",
            ),
            E::Database(error) => error.into(),
        }
    }
}
