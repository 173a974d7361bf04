//! Who is calling.

use axum::{
    extract::{FromRef, FromRequestParts},
    http::{header, request::Parts},
};

use crate::{
    judging::{Judging, JudgingError, model::Worker},
    web::Problem,
};

/// The bearer token of the request.
pub struct Bearer(pub String);

impl<S: Sync> FromRequestParts<S> for Bearer {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        let value = parts.headers.get(header::AUTHORIZATION).and_then(|v| v.to_str().ok());
        let token = value.and_then(|v| v.strip_prefix("Bearer ")).map(str::to_owned);
        token.map(Self).ok_or_else(|| JudgingError::UnknownWorker.into())
    }
}

/// An enrolled worker whose credential holds.
pub struct CurrentWorker(pub Worker);

impl<S> FromRequestParts<S> for CurrentWorker
where
    S: Sync,
    Judging: FromRef<S>,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let Bearer(token) = Bearer::from_request_parts(parts, state).await?;
        Ok(Self(Judging::from_ref(state).authenticate(&token).await?))
    }
}
