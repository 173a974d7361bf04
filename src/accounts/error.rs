//! What can go wrong, and how a client is told.

use axum::http::StatusCode;

use super::{profile::Need, rules::Invalid, scope::Scope};
use crate::{
    storage::StorageError,
    web::{Problem, TooOften, internal},
};

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
    #[error("the person must do something first: {0:?}")]
    Missing(Need),
    #[error("the text's current version is {current}")]
    OtherVersion { current: String },
    #[error("nobody is their own guardian")]
    OwnGuardian,
    #[error("the file is larger than {limit} bytes")]
    TooLarge { limit: u64 },
    #[error("the file broke off")]
    BrokenOff,
    #[error("the file is neither PDF nor PNG nor JPEG")]
    NoEvidence,
    #[error(transparent)]
    TooOften(#[from] TooOften),
    #[error("the token lacks the scope {0}")]
    ScopeNeeded(Scope),
    #[error("a token needs a scope")]
    NoScope,
    #[error("a person has at most {limit} tokens")]
    TooManyTokens { limit: i64 },
    #[error("the last administrator must remain one")]
    LastAdmin,
    #[error("too many passwords are being checked")]
    Busy,
    #[error("a password could not be hashed")]
    Hashing(#[source] anyhow::Error),
    #[error("the archive could not be written")]
    Archive(#[source] anyhow::Error),
    #[error(transparent)]
    Storage(#[from] StorageError),
    #[error(transparent)]
    Database(#[from] sqlx::Error),
}

impl From<AccountError> for Problem {
    #[expect(clippy::too_many_lines, reason = "a table of sentences, one arm each")]
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
            AccountError::Missing(need) => need.problem(),
            AccountError::OtherVersion { current } => Problem::new(
                Status::CONFLICT,
                "other-version",
                "Nội dung đã có phiên bản khác. Hãy đọc lại bản hiện hành rồi đồng ý.",
                "The text has another version by now. Read the current one and agree to that.",
            )
            .with("current", current),
            AccountError::OwnGuardian => Problem::invalid(
                "email",
                "Người giám hộ cần một địa chỉ e-mail khác với địa chỉ của bạn.",
                "A guardian needs an e-mail address other than your own.",
            ),
            AccountError::TooLarge { limit } => Problem::new(
                Status::PAYLOAD_TOO_LARGE,
                "file-too-large",
                format!("Tệp lớn hơn {} MB. Hãy chụp hoặc quét nhỏ hơn.", limit >> 20),
                format!("The file is larger than {} MB. Take a smaller photo or scan.", limit >> 20),
            )
            .with("limit", limit),
            AccountError::BrokenOff => Problem::new(
                Status::BAD_REQUEST,
                "broken-off",
                "Tệp chưa tới đủ. Hãy gửi lại.",
                "The file did not arrive whole. Send it again.",
            ),
            AccountError::NoEvidence => Problem::new(
                Status::UNPROCESSABLE_ENTITY,
                "no-evidence",
                "Tệp không phải PDF, PNG hay JPEG. Hãy gửi ảnh chụp hoặc bản quét thẻ, giấy xác nhận.",
                "The file is neither PDF nor PNG nor JPEG. Send a photo or a scan of your card or certificate.",
            ),
            AccountError::TooOften(fault) => fault.into(),
            AccountError::SessionNeeded => Problem::new(
                Status::FORBIDDEN,
                "session-needed",
                "Mã truy cập không được phép làm việc này. Hãy đăng nhập bằng mật khẩu.",
                "A token may not do this. Log in with your password.",
            ),
            AccountError::ScopeNeeded(scope) => Problem::new(
                Status::FORBIDDEN,
                "scope-needed",
                format!("Mã truy cập này không có quyền {scope}. Hãy tạo mã có quyền đó."),
                format!("This token lacks the scope {scope}. Make one that has it."),
            )
            .with("scope", scope.to_string()),
            AccountError::NoScope => Problem::invalid(
                "scopes",
                "Mã truy cập cần ít nhất một quyền: read, submit, manage, admin.",
                "A token needs at least one scope: read, submit, manage, admin.",
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
            AccountError::Hashing(cause) | AccountError::Archive(cause) => internal(cause),
            AccountError::Storage(cause) => internal(cause),
            AccountError::Database(error) => error.into(),
        }
    }
}

impl Need {
    /// Says what must be done first.
    pub fn problem(self) -> Problem {
        let (code, vi, en) = match self {
            Self::EmailConfirmation => (
                "email-unconfirmed",
                "Bạn cần xác nhận địa chỉ e-mail trước. Hãy mở liên kết trong thư đã gửi, hoặc yêu cầu gửi lại.",
                "Confirm your e-mail address first. Open the link in the letter we sent, or ask for it again.",
            ),
            Self::Consent => (
                "consent-needed",
                "Bạn cần đọc và đồng ý với thông báo về dữ liệu cá nhân và điều khoản hiện hành trước.",
                "Read the current privacy notice and terms first, and agree to them.",
            ),
            Self::BirthYear => (
                "birth-year-needed",
                "Học sinh cần ghi năm sinh trong hồ sơ trước.",
                "Pupils say in their profile first in which year they were born.",
            ),
            Self::GuardianConsent => (
                "guardian-consent-needed",
                "Bạn cần cha, mẹ hoặc người giám hộ đồng ý trước khi nộp bài. Hãy ghi địa chỉ e-mail của họ.",
                "A parent or guardian must agree before you hand in. Name their e-mail address.",
            ),
        };
        Problem::new(StatusCode::FORBIDDEN, code, vi, en)
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
            Invalid::Year => Problem::invalid(
                field,
                "Năm sinh phải là một năm có bốn chữ số.",
                "The year of birth must be a year of four digits.",
            ),
            Invalid::Phone => Problem::invalid(
                field,
                "Số điện thoại chỉ gồm chữ số, dấu cách, + và -, từ 6 đến 30 ký tự.",
                "A phone number has digits, spaces, + and - only, 6 to 30 of them.",
            ),
            Invalid::Invisible => Problem::invalid(
                field,
                "Mục này có ký tự điều khiển hoặc ký tự không nhìn thấy được. Hãy xoá đi và gõ lại.",
                "This has control characters or invisible ones. Delete it and type it again.",
            ),
        }
    }
}
