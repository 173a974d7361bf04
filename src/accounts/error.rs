//! What can go wrong, and how a client is told.

use axum::http::StatusCode;

use super::rules::Invalid;
use crate::web::{Problem, TooOften, internal};

#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    #[error("{field}: {cause}")]
    Invalid { field: &'static str, cause: Invalid },
    #[error("the address has an account already")]
    EmailTaken,
    #[error("the address or the password is wrong")]
    WrongCredentials,
    #[error("the current password is wrong")]
    WrongPassword,
    #[error("only a person who is logged in may do this, not a token")]
    SessionNeeded,
    #[error("the caller may not do this")]
    Forbidden,
    #[error("there is no such user, session or token")]
    NotFound,
    #[error("the code of the letter is wrong, used, or too old")]
    WrongCode,
    #[error("the link of the letter is used, replaced, or too old")]
    DeadLink,
    #[error("the address must be confirmed first")]
    EmailUnconfirmed,
    #[error(transparent)]
    TooOften(#[from] TooOften),
    #[error("a person has at most {limit} tokens")]
    TooManyTokens { limit: i64 },
    #[error("the last administrator must remain one")]
    LastAdmin,
    #[error("too many passwords are being checked")]
    Busy,
    #[error("a password could not be hashed")]
    Hashing(#[source] anyhow::Error),
    #[error(transparent)]
    Database(#[from] sqlx::Error),
}

impl From<AccountError> for Problem {
    fn from(error: AccountError) -> Self {
        use StatusCode as Status;
        match error {
            AccountError::Invalid { field, cause } => cause.problem(field),
            AccountError::EmailTaken => Problem::new(
                Status::CONFLICT,
                "email-taken",
                "Địa chỉ e-mail này đã có tài khoản. Hãy đăng nhập, hoặc dùng địa chỉ khác.",
                "This e-mail address has an account already. Log in, or use another address.",
            ),
            AccountError::WrongCredentials => Problem::new(
                Status::UNAUTHORIZED,
                "wrong-credentials",
                "Địa chỉ e-mail hoặc mật khẩu không đúng. Hãy kiểm tra rồi thử lại.",
                "The e-mail address or the password is wrong. Check both and try again.",
            ),
            AccountError::WrongPassword => Problem::new(
                Status::FORBIDDEN,
                "wrong-password",
                "Mật khẩu hiện tại không đúng. Hãy nhập lại.",
                "The current password is wrong. Type it again.",
            ),
            AccountError::WrongCode => Problem::new(
                Status::UNAUTHORIZED,
                "wrong-code",
                "Mã không đúng, đã dùng hoặc đã hết hạn. Hãy kiểm tra thư mới nhất, hoặc yêu cầu mã khác.",
                "The code is wrong, used or too old. Look into the latest letter, or ask for another code.",
            ),
            AccountError::DeadLink => Problem::new(
                Status::GONE,
                "dead-link",
                "Liên kết này đã dùng, đã được thay bằng liên kết mới hơn, hoặc đã hết hạn. Hãy yêu cầu thư khác.",
                "This link was used, replaced by a newer one, or is too old. Ask for another letter.",
            ),
            AccountError::EmailUnconfirmed => Problem::new(
                Status::FORBIDDEN,
                "email-unconfirmed",
                "Bạn cần xác nhận địa chỉ e-mail trước. Hãy mở liên kết trong thư đã gửi, hoặc yêu cầu gửi lại.",
                "Confirm your e-mail address first. Open the link in the letter we sent, or ask for it again.",
            ),
            AccountError::TooOften(fault) => fault.into(),
            AccountError::SessionNeeded => Problem::new(
                Status::FORBIDDEN,
                "session-needed",
                "Mã truy cập không được phép làm việc này. Hãy đăng nhập bằng mật khẩu.",
                "A token may not do this. Log in with your password.",
            ),
            AccountError::Forbidden => Problem::forbidden(),
            AccountError::NotFound => Problem::not_found(),
            AccountError::TooManyTokens { limit } => Problem::new(
                Status::CONFLICT,
                "token-limit",
                format!("Bạn đã có {limit} mã truy cập, là mức tối đa. Hãy thu hồi mã không còn dùng."),
                format!("You have {limit} tokens, the most there can be. Revoke one that you no longer use."),
            )
            .with("limit", limit),
            AccountError::LastAdmin => Problem::new(
                Status::CONFLICT,
                "last-admin",
                "Đây là quản trị viên cuối cùng. Hãy trao quyền quản trị cho người khác trước.",
                "This is the last administrator. Make somebody else one first.",
            ),
            AccountError::Busy => Problem::new(
                Status::SERVICE_UNAVAILABLE,
                "busy",
                "Đang có quá nhiều người đăng nhập cùng lúc. Hãy thử lại sau vài giây.",
                "Too many people are logging in at once. Try again in a few seconds.",
            )
            .retry_after(3),
            AccountError::Hashing(cause) => internal(cause),
            AccountError::Database(error) => error.into(),
        }
    }
}

impl Invalid {
    /// Says what is wrong with the field.
    pub fn problem(self, field: &str) -> Problem {
        match self {
            Invalid::Email => Problem::invalid(
                field,
                "Địa chỉ e-mail không hợp lệ. Hãy viết theo dạng ten@truong.edu.vn, không dấu.",
                "This is not an e-mail address. Write it like name@school.edu.vn, without accents.",
            ),
            Invalid::Length { min, max } => Problem::invalid(
                field,
                format!("Mục này phải có từ {min} đến {max} ký tự."),
                format!("This must have {min} to {max} characters."),
            )
            .with("min", min)
            .with("max", max),
            Invalid::Invisible => Problem::invalid(
                field,
                "Mục này có ký tự điều khiển hoặc ký tự không nhìn thấy được. Hãy xoá đi và gõ lại.",
                "This has control characters or invisible ones. Delete it and type it again.",
            ),
        }
    }
}
