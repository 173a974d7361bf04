//! What can go wrong, and how a client is told.

use axum::http::StatusCode;

use crate::{accounts::rules::Invalid, web::Problem};

#[derive(Debug, thiserror::Error)]
pub enum MessageError {
    #[error("{field}: {cause}")]
    Invalid { field: &'static str, cause: Invalid },
    #[error("there is no such competition, announcement or question, or the caller may not see it")]
    NotFound,
    #[error("only the competition's organizers may do this")]
    Forbidden,
    #[error("a person has at most {limit} questions that wait for an answer")]
    TooManyQuestions { limit: i64 },
    #[error(transparent)]
    Database(#[from] sqlx::Error),
}

impl From<MessageError> for Problem {
    fn from(error: MessageError) -> Self {
        match error {
            MessageError::Invalid { field, cause } => cause.problem(field),
            MessageError::NotFound => Problem::not_found(),
            MessageError::Forbidden => Problem::forbidden(),
            MessageError::TooManyQuestions { limit } => Problem::new(
                StatusCode::CONFLICT,
                "question-limit",
                format!("Bạn đã có {limit} câu hỏi đang chờ trả lời, là mức tối đa. Hãy đợi ban tổ chức trả lời."),
                format!("{limit} questions of yours wait for an answer, the most there can be. Wait for the organizers."),
            )
            .with("limit", limit),
            MessageError::Database(error) => error.into(),
        }
    }
}
