//! Data sets and the rules' acceptance over HTTP.

mod accept;
mod archive;
mod file;
mod list;
mod manifest;
mod public_file;
mod show_acceptance;

use axum::http::{HeaderValue, header};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    Data,
    model::{Access, DataSet},
};

pub fn router() -> OpenApiRouter<Data> {
    OpenApiRouter::new()
        .routes(routes!(list::handler))
        .routes(routes!(manifest::handler))
        .routes(routes!(archive::handler))
        .routes(routes!(file::handler))
        .routes(routes!(public_file::handler))
        .routes(routes!(show_acceptance::handler, accept::handler))
}

/// Which files of a version are wanted.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Wanted {
    /// A file, a folder, or a pattern with `*`, `**`, `?`, `[…]`, `{…}`; all files where absent.
    only: Option<String>,
}

/// Whether caches between the server and its reader may keep an answer.
fn cache(set: &DataSet) -> HeaderValue {
    let open = set.access == Access::Public && set.from.is_none() && set.until.is_none();
    HeaderValue::from_static(if open { "public, no-cache" } else { "private, no-cache" })
}

const CACHE: header::HeaderName = header::CACHE_CONTROL;
