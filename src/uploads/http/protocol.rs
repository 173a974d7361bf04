//! Headers of tus.

use axum::{
    body::{Body, BodyDataStream},
    extract::FromRequestParts,
    http::{HeaderMap, HeaderValue, StatusCode, header, request::Parts},
    response::Response,
};

use crate::{
    kernel::Timestamp,
    uploads::{
        UploadError,
        checksum::Checksum,
        model::{Piece, Place},
    },
    web::Problem,
};

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
    text(headers, name)?.and_then(|v| v.trim().parse().ok()).ok_or(UploadError::BadHeader(name))
}

/// A header's text, if there is one.
pub fn text<'a>(headers: &'a HeaderMap, name: &'static str) -> Result<Option<&'a str>, UploadError> {
    headers.get(name).map(|v| v.to_str().map_err(|_| UploadError::BadHeader(name))).transpose()
}

/// Whether the body is bytes of a file.
pub fn carries_bytes(headers: &HeaderMap) -> bool {
    let right = "application/offset+octet-stream".as_bytes();
    headers.get(header::CONTENT_TYPE).is_some_and(|v| v.as_bytes() == right)
}

/// The bytes of a request with what is said of them.
pub fn piece(headers: &HeaderMap, offset: i64, body: Body) -> Result<(Piece, BodyDataStream), UploadError> {
    let checksum = text(headers, "Upload-Checksum")?.map(Checksum::read).transpose()?;
    Ok((Piece { offset, checksum }, body.into_data_stream()))
}

/// `Upload-Offset` and `Upload-Expires`.
pub fn place(place: Place) -> HeaderMap {
    let offset = HeaderValue::from(place.offset);
    HeaderMap::from_iter([
        (header::HeaderName::from_static("upload-offset"), offset),
        (header::HeaderName::from_static("upload-expires"), expires(place.expires_at)),
    ])
}

/// A time as RFC 9110 writes it.
pub fn expires(at: Timestamp) -> HeaderValue {
    HeaderValue::from_str(&at.format("%a, %d %b %Y %H:%M:%S GMT").to_string()).expect("a date is ASCII")
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_written_as_rfc_9110_asks() {
        let at = Timestamp::from_timestamp(784_111_777, 0).unwrap();
        assert_eq!(expires(at), "Sun, 06 Nov 1994 08:49:37 GMT");
    }
}
