//! The cookie that holds a browser's session.

use axum::http::HeaderMap;
use axum_extra::extract::cookie::{Cookie, CookieJar, SameSite};

use crate::accounts::Accounts;

const NAME: &str = "dautri_session";

/// The cookie's value, if the client sent one.
pub fn value(headers: &HeaderMap) -> Option<String> {
    CookieJar::from_headers(headers).get(NAME).map(|cookie| cookie.value().to_owned())
}

/// Tells the browser to keep the session.
pub fn set(accounts: &Accounts, secret: String) -> CookieJar {
    let lasts = accounts.settings().session.try_into().expect("a session lasts at most a year");
    let mut cookie = attributes(accounts, secret);
    cookie.set_max_age(Some(lasts));
    CookieJar::new().add(cookie)
}

/// Tells the browser to forget it.
pub fn clear(accounts: &Accounts) -> CookieJar {
    let mut cookie = attributes(accounts, String::new());
    cookie.make_removal();
    CookieJar::new().add(cookie)
}

fn attributes(accounts: &Accounts, value: String) -> Cookie<'static> {
    Cookie::build((NAME, value))
        .path("/")
        .http_only(true)
        .same_site(SameSite::Lax)
        .secure(accounts.secure_cookie())
        .build()
}
