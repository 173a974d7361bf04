//! The language that a client asks for.

use std::convert::Infallible;

use axum::{
    extract::FromRequestParts,
    http::{header, request::Parts},
};
use judge_core::text::Lang;

/// From `Accept-Language`; Vietnamese where it says neither language.
#[derive(Debug, Clone, Copy)]
pub struct Language(pub Lang);

impl<S: Sync> FromRequestParts<S> for Language {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Self::Rejection> {
        let wanted = parts.headers.get(header::ACCEPT_LANGUAGE).and_then(|v| v.to_str().ok()).unwrap_or("");
        Ok(Self(first_known(wanted)))
    }
}

fn first_known(accept: &str) -> Lang {
    accept
        .split(',')
        .find_map(|item| match item.trim().get(..2)?.to_ascii_lowercase().as_str() {
            "vi" => Some(Lang::Vi),
            "en" => Some(Lang::En),
            _ => None,
        })
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_known_language_wins_and_vietnamese_is_the_default() {
        assert_eq!(first_known("fr, en-GB;q=0.9, vi"), Lang::En);
        assert_eq!(first_known("vi-VN,en"), Lang::Vi);
        assert_eq!(first_known("ü"), Lang::Vi);
        assert_eq!(first_known(""), Lang::Vi);
    }
}
