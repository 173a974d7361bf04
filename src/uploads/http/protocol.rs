//! Headers of tus.

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, HeaderValue, StatusCode, request::Parts},
    response::Response,
};

use crate::{uploads::UploadError, web::Problem};

pub const VERSION: &str = "1.0.0";

/// The client speaks tus 1.0.0.
pub struct Resumable;

impl<S: Sync> FromRequestParts<S> for Resumable {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        match parts.headers.get("tus-resumable") {
            Some(version) if version.as_bytes() == VERSION.as_bytes() => Ok(Self),
            _ => Err(UploadError::WrongVersion.into()),
        }
    }
}

/// A header that holds a whole number.
pub fn number<T: std::str::FromStr>(headers: &HeaderMap, name: &'static str) -> Result<T, UploadError> {
    let value = headers.get(name).and_then(|v| v.to_str().ok());
    value.and_then(|v| v.trim().parse().ok()).ok_or(UploadError::BadHeader(name))
}

/// Middleware: every answer carries the version, refusals too; a client of another version learns which ones there are.
pub async fn speak(mut response: Response) -> Response {
    let version = HeaderValue::from_static(VERSION);
    if response.status() == StatusCode::PRECONDITION_FAILED {
        response.headers_mut().insert("tus-version", version.clone());
    }
    response.headers_mut().insert("tus-resumable", version);
    response
}
