//! Errors as problem+json (RFC 9457) with a stable code and a sentence in both languages.

use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use judge_core::text::Text;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The body of every answer that is not a success.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ProblemBody {
    /// `/problems/<code>`
    pub r#type: String,
    pub title: String,
    pub status: u16,
    /// Stable: programs may compare it.
    pub code: String,
    /// What happened and what to do, in Vietnamese.
    pub vi: String,
    /// The same in English.
    pub en: String,
    /// Facts of this case, such as the limit that was reached.
    #[serde(flatten)]
    #[schema(value_type = Object)]
    pub facts: Map<String, Value>,
}

/// An error on its way to the client.
#[derive(Debug)]
pub struct Problem {
    status: StatusCode,
    code: &'static str,
    text: Text,
    facts: Map<String, Value>,
    retry_after: Option<u32>,
    cause: Option<anyhow::Error>,
}

impl Problem {
    pub fn new(status: StatusCode, code: &'static str, vi: impl Into<String>, en: impl Into<String>) -> Self {
        Self { status, code, text: Text::new(vi, en), facts: Map::new(), retry_after: None, cause: None }
    }

    pub fn code(&self) -> &'static str {
        self.code
    }

    pub fn text(&self) -> &Text {
        &self.text
    }

    /// Adds a fact to the body.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.facts.insert(name.to_owned(), value.into());
        self
    }

    /// Tells the client when to come back, in seconds.
    #[must_use]
    pub fn retry_after(mut self, seconds: u32) -> Self {
        self.retry_after = Some(seconds);
        self
    }

    pub fn not_found() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "not-found",
            "Không có trang hoặc đối tượng này, hoặc bạn không được xem.",
            "There is no such page or object, or it is not yours to see.",
        )
    }

    pub fn unauthenticated() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "not-logged-in",
            "Bạn cần đăng nhập (hoặc mã truy cập đã hết hạn).",
            "Log in first (or your token has been revoked).",
        )
    }

    pub fn forbidden() -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "forbidden",
            "Tài khoản của bạn không có quyền làm việc này.",
            "Your account may not do this.",
        )
    }

    pub fn invalid(field: &str, vi: impl Into<String>, en: impl Into<String>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid", vi, en).with("field", field)
    }
}

/// Turns an unexpected error into a 500 whose cause is logged when the answer is made.
pub fn internal(cause: impl Into<anyhow::Error>) -> Problem {
    let cause = cause.into();
    // A pool that is exhausted or a database that restarts is a matter of seconds: say so.
    let unavailable = matches!(
        cause.downcast_ref::<sqlx::Error>(),
        Some(sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed | sqlx::Error::Io(_))
    );
    let mut problem = if unavailable {
        Problem::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "unavailable",
            "Hệ thống đang bận hoặc vừa khởi động lại. Hãy thử lại sau vài giây.",
            "The service is busy or restarting. Try again in a few seconds.",
        )
        .retry_after(3)
    } else {
        Problem::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal",
            "Hệ thống gặp lỗi. Lỗi đã được ghi lại; hãy thử lại sau.",
            "The service failed. The failure is recorded; try again later.",
        )
    };
    problem.cause = Some(cause);
    problem
}

/// The code of a problem, beside the answer that says it.
#[derive(Debug, Clone, Copy)]
struct Code(&'static str);

impl Problem {
    /// The code of the problem that an answer is, if it is one.
    pub fn code_of(response: &Response) -> Option<&'static str> {
        response.extensions().get::<Code>().map(|code| code.0)
    }
}

impl From<sqlx::Error> for Problem {
    fn from(error: sqlx::Error) -> Self {
        internal(error)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        if let Some(cause) = &self.cause {
            tracing::error!(code = self.code, cause = format!("{cause:#}"), "A request failed.");
        }
        let body = ProblemBody {
            r#type: format!("/problems/{}", self.code),
            title: self.status.canonical_reason().unwrap_or("Error").to_owned(),
            status: self.status.as_u16(),
            code: self.code.to_owned(),
            vi: self.text.vi,
            en: self.text.en,
            facts: self.facts,
        };
        let mut response = (self.status, Json(body)).into_response();
        response
            .headers_mut()
            .insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        response.extensions_mut().insert(Code(self.code));
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}
