//! How often the same caller may call the same kind of route.

use axum::{extract::MatchedPath, http::Method};

use super::ClientAddress;
use crate::{
    accounts::{Accounts, Principal},
    web::{Rate, TooOften},
};

/// Routes that are limited, by what they cost. All others are not: reading is cheap.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Open to all and dear: each takes a password's hash or sends a letter.
    Anonymous,
    Upload,
    Submission,
    Check,
}

/// What kind of route this is; `path` is the route's pattern below `/api/v1`.
pub fn kind(method: &Method, path: &str) -> Option<Kind> {
    match (method.as_str(), path) {
        (
            "POST",
            "/accounts"
            | "/session"
            | "/session/code"
            | "/session/codes"
            | "/password-resets"
            | "/confirmations/{code}"
            | "/guardians/{code}",
        )
        | ("PUT", "/password-resets/{code}") => Some(Kind::Anonymous),
        ("POST", "/uploads") | ("PUT", "/me/evidence") | ("GET", "/me/data") => Some(Kind::Upload),
        ("POST", "/phases/{id}/submissions") => Some(Kind::Submission),
        ("POST", path) if path.ends_with("/checks") => Some(Kind::Check),
        _ => None,
    }
}

/// Counts the call, or says how long the caller must wait.
pub async fn keep(
    accounts: &Accounts,
    caller: Option<&Principal>,
    address: ClientAddress,
    route: Option<&MatchedPath>,
    method: &Method,
) -> Result<(), TooOften> {
    let path = route.map_or("", MatchedPath::as_str);
    let Some(kind) = kind(method, path.strip_prefix("/api/v1").unwrap_or(path)) else {
        return Ok(());
    };
    let (limits, limiter) = (accounts.limits(), accounts.limiter());
    let (what, limit) = match kind {
        Kind::Anonymous => {
            let rate = limits.anonymous.map(Rate::per_minute);
            let key = address.0.map_or_else(String::new, |address| address.to_string());
            return limiter.count("anonymous", key, rate).await;
        }
        Kind::Upload => ("uploads", limits.uploads),
        Kind::Submission => ("submissions", limits.submissions),
        Kind::Check => ("checks", limits.checks),
    };
    match caller {
        Some(caller) => limiter.count(what, caller.user, limit.map(Rate::per_minute)).await,
        // The route itself turns strangers away.
        None => Ok(()),
    }
}
