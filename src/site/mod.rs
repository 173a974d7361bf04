//! The embedded web pages.
//!
//! Purpose: serve what stands in `frontend/`, compiled into the binary.
//! Invariants: nothing is read from disk at run time; no inline script, so that the content security policy
//! can forbid it.
//! Neighbours: the pages call the same public API as everybody.

use axum::{
    Router,
    extract::Path,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
    routing::{MethodRouter, get},
};
use rust_embed::{EmbeddedFile, RustEmbed};

use crate::web::Problem;

#[derive(RustEmbed)]
#[folder = "frontend/"]
#[include = "*.html"]
#[include = "*.css"]
#[include = "*.js"]
#[include = "*.svg"]
struct Files;

const POLICY: &str = "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; \
                      form-action 'self'; frame-ancestors 'none'";

pub fn router() -> Router {
    Router::new()
        .route("/", page("index.html"))
        // Where the links of invitations and letters lead; a page reads the code from its own address.
        .route("/join/{code}", page("join.html"))
        .route("/confirm/{code}", page("letter.html"))
        .route("/guardian/{code}", page("letter.html"))
        .route("/reset", page("letter.html"))
        .route("/reset/{code}", page("letter.html"))
        .route(
            "/assets/{file}",
            get(|Path(file): Path<String>, headers: HeaderMap| async move { serve(&file, &headers) }),
        )
}

fn page(name: &'static str) -> MethodRouter {
    get(move |headers: HeaderMap| async move { serve(name, &headers) })
}

fn serve(name: &str, request: &HeaderMap) -> Response {
    match Files::get(name) {
        Some(file) => answer(name, file, request),
        None => Problem::not_found().into_response(),
    }
}

fn answer(name: &str, file: EmbeddedFile, request: &HeaderMap) -> Response {
    let etag = format!("\"{}\"", hex::encode(&file.metadata.sha256_hash()[..16]));
    if request.get(header::IF_NONE_MATCH).is_some_and(|v| v.as_bytes() == etag.as_bytes()) {
        return (StatusCode::NOT_MODIFIED, [(header::ETAG, etag)]).into_response();
    }
    let media_type = match name.rsplit('.').next() {
        Some("html") => "text/html; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        _ => "image/svg+xml",
    };
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(media_type)),
        (header::ETAG, HeaderValue::from_str(&etag).expect("quoted hexadecimal")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-cache")),
        (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY)),
    ];
    (headers, file.data).into_response()
}
