//! What handlers take to know who calls. The middleware `authenticate` must run before.

use std::convert::Infallible;

use axum::{extract::FromRequestParts, http::request::Parts};

use crate::{accounts::model::Principal, web::Problem};

/// The caller; without one the answer is 401.
#[derive(Debug, Clone)]
pub struct CurrentUser(pub Principal);

impl<S: Sync> FromRequestParts<S> for CurrentUser {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        parts.extensions.get::<Principal>().cloned().map(Self).ok_or_else(Problem::unauthenticated)
    }
}

/// The caller, where there is one.
#[derive(Debug, Clone)]
pub struct MaybeUser(pub Option<Principal>);

impl<S: Sync> FromRequestParts<S> for MaybeUser {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Infallible> {
        Ok(Self(parts.extensions.get::<Principal>().cloned()))
    }
}
