//! Streams a blob to a client, whole or in part.

use std::fmt::Write as _;

use axum::{
    body::Body,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};

use tokio_util::io::ReaderStream;

use super::{Problem, internal};
use crate::storage::{Blob, Range, Storage};

/// How a download is labelled.
#[derive(Debug, Clone)]
pub struct Label<'a> {
    pub filename: &'a str,
    pub media_type: &'a str,
}

/// Answers with the blob's bytes; one `Range` is honoured, `If-None-Match` saves the transfer.
pub async fn blob(
    storage: &Storage,
    blob: &Blob,
    label: Label<'_>,
    request: &HeaderMap,
) -> Result<Response, Problem> {
    let size = u64::try_from(blob.size).expect("the database checks that sizes are not negative");
    let etag = format!("\"{}\"", blob.sha256_hex());
    if request.get(header::IF_NONE_MATCH).is_some_and(|v| v.as_bytes() == etag.as_bytes()) {
        return Ok((StatusCode::NOT_MODIFIED, [(header::ETAG, etag)]).into_response());
    }
    let asked = request.get(header::RANGE).and_then(|v| v.to_str().ok());
    // A range made for another version must not be answered from this one (RFC 9110, 13.1.5).
    let stale = request.get(header::IF_RANGE).is_some_and(|v| v.as_bytes() != etag.as_bytes());
    let range = match asked.filter(|_| !stale).map(|text| parse_range(text, size)) {
        None | Some(Asked::Ignore) => None,
        Some(Asked::Part(range)) => Some(range),
        Some(Asked::Unsatisfiable) => {
            let value = format!("bytes */{size}");
            return Ok((StatusCode::RANGE_NOT_SATISFIABLE, [(header::CONTENT_RANGE, value)]).into_response());
        }
    };
    let stream = storage.read(blob.id, range).await.map_err(internal)?;
    let mut response = Body::from_stream(stream).into_response();
    let length = range.map_or(size, |r| r.end - r.start);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    headers.insert(header::ETAG, header_value(&etag));
    headers.insert(header::CONTENT_TYPE, header_value(label.media_type));
    headers.insert(header::CONTENT_DISPOSITION, header_value(&disposition(label.filename)));
    // A stranger's file must never run in this origin, whatever its type says.
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("sandbox"));
    if let Some(range) = range {
        let value = format!("bytes {}-{}/{size}", range.start, range.end - 1);
        headers.insert(header::CONTENT_RANGE, header_value(&value));
        *response.status_mut() = StatusCode::PARTIAL_CONTENT;
    }
    Ok(response)
}

/// Answers with a file that was made for this one request.
#[expect(clippy::needless_pass_by_value, reason = "a label is a pair of borrowed texts")]
pub fn file(file: std::fs::File, size: u64, label: Label<'_>) -> Response {
    let stream = ReaderStream::with_capacity(tokio::fs::File::from_std(file), 256 * 1024);
    let mut response = Body::from_stream(stream).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(size));
    headers.insert(header::CONTENT_TYPE, header_value(label.media_type));
    headers.insert(header::CONTENT_DISPOSITION, header_value(&disposition(label.filename)));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

fn header_value(text: &str) -> HeaderValue {
    HeaderValue::from_str(text).expect("built from ASCII")
}

/// `attachment` with the name percent-encoded as RFC 8187 asks.
fn disposition(filename: &str) -> String {
    let mut encoded = String::new();
    for byte in filename.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            write!(encoded, "%{byte:02X}").expect("memory takes writes");
        }
    }
    format!("attachment; filename*=UTF-8''{encoded}")
}

#[derive(Debug, PartialEq, Eq)]
enum Asked {
    Part(Range),
    /// Several ranges, or none that is understood: the whole is a correct answer.
    Ignore,
    Unsatisfiable,
}

fn parse_range(text: &str, size: u64) -> Asked {
    let Some((first, last)) = text.strip_prefix("bytes=").and_then(|spec| spec.trim().split_once('-')) else {
        return Asked::Ignore;
    };
    let range = match (first.parse::<u64>(), last.parse::<u64>()) {
        (Ok(first), Ok(last)) if first <= last => {
            Range { start: first, end: last.saturating_add(1).min(size) }
        }
        (Ok(first), Err(_)) if last.is_empty() => Range { start: first, end: size },
        (Err(_), Ok(suffix)) if first.is_empty() => Range { start: size.saturating_sub(suffix), end: size },
        _ => return Asked::Ignore,
    };
    if range.start >= range.end { Asked::Unsatisfiable } else { Asked::Part(range) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read_as_rfc_9110_says() {
        let part = |start, end| Asked::Part(Range { start, end });
        assert_eq!(parse_range("bytes=0-3", 10), part(0, 4));
        assert_eq!(parse_range("bytes=8-", 10), part(8, 10));
        assert_eq!(parse_range("bytes=-4", 10), part(6, 10));
        assert_eq!(parse_range("bytes=5-99", 10), part(5, 10));
        assert_eq!(parse_range("bytes=10-", 10), Asked::Unsatisfiable);
        assert_eq!(parse_range("bytes=-0", 10), Asked::Unsatisfiable);
        assert_eq!(parse_range("bytes=0-1,3-4", 10), Asked::Ignore);
        assert_eq!(parse_range("bytes=3-1", 10), Asked::Ignore);
        assert_eq!(parse_range("lines=1-2", 10), Asked::Ignore);
    }

    #[test]
    fn a_hostile_file_name_cannot_break_out_of_its_header() {
        assert_eq!(disposition("a\"\r\nb ư.zip"), "attachment; filename*=UTF-8''a%22%0D%0Ab%20%C6%B0.zip");
    }
}
