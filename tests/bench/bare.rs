//! The board's peer: an axum server that answers every request with the same bytes and does nothing else.

use std::{path::Path, process::ExitCode};

use axum::{Router, http::header, routing::get};
use bytes::Bytes;

/// The argument that makes this program that server.
pub const COMMAND: &str = "bare-board";

/// Serves the file's bytes at `/` until it is ended, on as many threads as the product's server has.
pub fn serve(body: &Path, address: &str) -> anyhow::Result<ExitCode> {
    let body = Bytes::from(std::fs::read(body)?);
    let answer = move || {
        let body = body.clone();
        async move { ([(header::CONTENT_TYPE, "application/json")], body) }
    };
    let router = Router::new().route("/", get(answer));
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(async {
        let listener = tokio::net::TcpListener::bind(address).await?;
        axum::serve(listener, router).await
    })?;
    Ok(ExitCode::SUCCESS)
}
