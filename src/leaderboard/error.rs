use axum::http::StatusCode;

use crate::web::Problem;

#[derive(Debug, thiserror::Error)]
pub enum BoardError {
    #[error("the phase is unknown")]
    NotFound,
    #[error("the board is not open to this reader")]
    Hidden,
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
            BoardError::Hidden => Problem::new(
                StatusCode::FORBIDDEN,
                "board-hidden",
                "Ban tổ chức chưa mở bảng xếp hạng này cho bạn: hãy đăng nhập bằng tài khoản của đội, hoặc đợi vòng thi kết thúc.",
                "The organizers have not opened this board to you: log in as a member of a team, or wait for the end of the phase.",
            ),
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
