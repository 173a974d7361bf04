//! Extractors whose refusals are problems.

use axum::{
    Json,
    extract::{
        FromRequest, FromRequestParts, OptionalFromRequest, Path, Query, Request,
        rejection::{JsonRejection, PathRejection, QueryRejection},
    },
    http::{StatusCode, request::Parts},
};
use serde::{Deserialize, de::DeserializeOwned};

use super::Problem;
use crate::kernel::paging::Cursor;

/// A JSON body.
#[derive(Debug, Clone)]
pub struct ApiJson<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for ApiJson<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        match <Json<T> as FromRequest<S>>::from_request(request, state).await {
            Ok(Json(value)) => Ok(Self(value)),
            Err(rejection) => Err(json_problem(&rejection)),
        }
    }
}

/// A JSON body that may be left out, and its content type with it.
impl<T: DeserializeOwned, S: Send + Sync> OptionalFromRequest<S> for ApiJson<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Option<Self>, Problem> {
        match <Json<T> as OptionalFromRequest<S>>::from_request(request, state).await {
            Ok(body) => Ok(body.map(|Json(value)| Self(value))),
            Err(rejection) => Err(json_problem(&rejection)),
        }
    }
}

fn json_problem(rejection: &JsonRejection) -> Problem {
    let (code, vi, en) = match rejection {
        JsonRejection::JsonDataError(_) => (
            "wrong-fields",
            "Nội dung JSON thiếu trường hoặc sai kiểu.",
            "The JSON body lacks a field or has one of the wrong type.",
        ),
        JsonRejection::JsonSyntaxError(_) => {
            ("malformed-json", "Nội dung không phải JSON hợp lệ.", "The body is not valid JSON.")
        }
        JsonRejection::MissingJsonContentType(_) => (
            "not-json",
            "Hãy gửi JSON với Content-Type: application/json.",
            "Send JSON with Content-Type: application/json.",
        ),
        _ => ("unreadable-body", "Không đọc được nội dung yêu cầu.", "The request's body cannot be read."),
    };
    Problem::new(rejection.status(), code, vi, en).with("reason", rejection.body_text())
}

/// Path parameters; a malformed id is an unknown object.
#[derive(Debug, Clone)]
pub struct ApiPath<T>(pub T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for ApiPath<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        // The database's text holds no NUL, so nothing has a name with one.
        if parts.uri.path().contains("%00") {
            return Err(Problem::not_found());
        }
        match Path::<T>::from_request_parts(parts, state).await {
            Ok(Path(value)) => Ok(Self(value)),
            Err(PathRejection::FailedToDeserializePathParams(_)) => Err(Problem::not_found()),
            Err(other) => Err(super::internal(other)),
        }
    }
}

/// Query parameters.
#[derive(Debug, Clone)]
pub struct ApiQuery<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for ApiQuery<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        match Query::<T>::from_request_parts(parts, state).await {
            Ok(Query(value)) => Ok(Self(value)),
            Err(rejection) => Err(query_problem(&rejection)),
        }
    }
}

fn query_problem(rejection: &QueryRejection) -> Problem {
    Problem::new(
        StatusCode::BAD_REQUEST,
        "wrong-query",
        "Tham số trên địa chỉ không hợp lệ.",
        "A parameter of the address is not valid.",
    )
    .with("reason", rejection.body_text())
}

/// `?limit=&cursor=` of every list.
#[derive(Debug, Clone, Default, Deserialize, utoipa::IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub struct PageQuery {
    /// Rows of a page, 1 to 200; 50 where absent.
    pub limit: Option<u16>,
    /// `next` of the page before.
    pub cursor: Option<String>,
}

impl PageQuery {
    pub fn limit(&self) -> usize {
        usize::from(self.limit.unwrap_or(50).clamp(1, 200))
    }

    /// How many rows to ask the database for: one more tells whether there is a next page.
    pub fn fetch(&self) -> i64 {
        i64::try_from(self.limit()).expect("at most 200") + 1
    }

    pub fn cursor(&self) -> Result<Cursor, Problem> {
        self.cursor.as_deref().map_or(Ok(Cursor::START), Cursor::decode).map_err(|_| {
            Problem::new(
                StatusCode::BAD_REQUEST,
                "wrong-cursor",
                "Con trỏ trang không hợp lệ. Hãy tải lại từ trang đầu.",
                "The page cursor is not valid. Start again from the first page.",
            )
        })
    }
}
