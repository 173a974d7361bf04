use axum::http::StatusCode;

use crate::web::Problem;

#[derive(Debug, thiserror::Error)]
pub enum BoardError {
    #[error("the phase is unknown")]
    NotFound,
    #[error("the private board is not open to this reader")]
    PrivateHidden,
    #[error("the phase has no such division")]
    UnknownDivision,
    #[error(transparent)]
    Database(#[from] sqlx::Error),
}

impl From<BoardError> for Problem {
    fn from(error: BoardError) -> Self {
        match error {
            BoardError::NotFound => Problem::not_found(),
            BoardError::PrivateHidden => Problem::new(
                StatusCode::FORBIDDEN,
                "private-board-hidden",
                "Bảng riêng chỉ mở khi vòng thi kết thúc hoặc khi ban tổ chức công bố.",
                "The private board opens when the phase is over or the organizers publish it.",
            ),
            BoardError::UnknownDivision => Problem::new(
                StatusCode::NOT_FOUND,
                "unknown-division",
                "Cuộc thi không có bảng này.",
                "The competition has no such division.",
            ),
            BoardError::Database(error) => error.into(),
        }
    }
}
