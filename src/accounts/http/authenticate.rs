//! The middleware that finds out who calls.

use axum::{
    extract::{MatchedPath, Request, State},
    http::{HeaderValue, StatusCode, header, request::Parts, uri::Authority},
    middleware::Next,
    response::{IntoResponse, Response},
};

use super::{
    ClientAddress, cookie,
    cross_site::{Here, is_cross_site},
    pace,
};
use crate::{
    accounts::{AccountError, Accounts, Principal, scope::Scope, service::TOKEN_PREFIX},
    web::Problem,
};

/// Puts a `Principal` into the request where its cookie or bearer token is a good one.
///
/// A bad token is refused at once, because its owner believes to be known; a bad cookie is an old one and
/// counts for nothing. A bearer that is no API token is for another room to judge (workers carry their own), and
/// its caller is nobody here. Without a cookie or token the database is not asked.
pub async fn authenticate(State(accounts): State<Accounts>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    let response = match admit(accounts, &mut parts).await {
        Ok(withheld) => explain(next.run(Request::from_parts(parts, body)).await, withheld),
        Err(problem) => problem.into_response(),
    };
    challenge(response)
}

/// Finds out who calls, and whether they call too often; leaves what extractors need. The scope that a token
/// lacks to use all its owner's roles comes back.
async fn admit(accounts: Accounts, parts: &mut Parts) -> Result<Option<Scope>, Problem> {
    let principal = identify(&accounts, parts).await?;
    if let Some(scope) = principal.as_ref().and_then(|caller| caller.scopes.lacks(parts.method.is_safe())) {
        return Err(AccountError::ScopeNeeded(scope).into());
    }
    let withheld = principal.as_ref().and_then(|caller| caller.withheld);
    let address = ClientAddress::of(parts, accounts.limits().proxies);
    let route = parts.extensions.get::<MatchedPath>();
    pace::keep(&accounts, principal.as_ref(), address, route, &parts.method).await?;
    parts.extensions.insert(address);
    parts.extensions.insert(accounts);
    if let Some(principal) = principal {
        parts.extensions.insert(principal);
    }
    Ok(withheld)
}

/// Who is refused for a role that the token withholds learns which scope is missing.
fn explain(response: Response, withheld: Option<Scope>) -> Response {
    match withheld {
        Some(scope) if Problem::code_of(&response) == Some("forbidden") => {
            Problem::from(AccountError::ScopeNeeded(scope)).into_response()
        }
        _ => response,
    }
}

async fn identify(accounts: &Accounts, parts: &Parts) -> Result<Option<Principal>, Problem> {
    if let Some(token) = bearer(parts) {
        if !token.starts_with(TOKEN_PREFIX) {
            return Ok(None);
        }
        let principal = accounts.by_token(token).await?;
        return principal.map(Some).ok_or_else(Problem::unauthenticated);
    }
    let Some(value) = cookie::value(&parts.headers) else {
        return Ok(None);
    };
    let principal = accounts.by_cookie(&value).await?;
    let host = parts.headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let host = host.or_else(|| parts.uri.authority().map(Authority::as_str));
    let here = Here { public_url: accounts.public_url(), host };
    if principal.is_some() && !parts.method.is_safe() && is_cross_site(&parts.headers, here) {
        return Err(Problem::new(
            StatusCode::FORBIDDEN,
            "cross-site",
            "Yêu cầu này đến từ một trang web khác nên bị từ chối. Hãy thao tác trên trang của Đấu Trí.",
            "This request comes from another web site and is refused. Use the pages of Đấu Trí itself.",
        ));
    }
    Ok(principal)
}

fn bearer(parts: &Parts) -> Option<&str> {
    // What is not ASCII is still a claim to be somebody, though nobody's token.
    let value = parts.headers.get(header::AUTHORIZATION)?.to_str().unwrap_or("Bearer");
    let (scheme, token) = value.split_once(' ').unwrap_or((value, ""));
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// A 401 names the way to log in (RFC 9110, 15.5.2).
fn challenge(mut response: Response) -> Response {
    if response.status() == StatusCode::UNAUTHORIZED {
        response
            .headers_mut()
            .entry(header::WWW_AUTHENTICATE)
            .or_insert(HeaderValue::from_static("Bearer realm=\"dautri\""));
    }
    response
}
