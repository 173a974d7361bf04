//! People, how they prove who they are, and what they may do.
//!
//! Purpose: sign-up, log-in, sessions, API tokens, roles, profiles, consent, evidence of status, and the middleware that tells every other room who
//! is calling.
//! Invariants: a password is kept only as an argon2id hash, a session's or token's secret only as its SHA-256;
//! a revoked credential is refused at the next request; a token does only
//! what its scopes leave of its owner's rights; a log-in computes one hash whether or not the address
//! is known, so that its time tells nothing; at least one administrator remains.
//! Neighbours: above `web/`; every feature takes `CurrentUser` or `MaybeUser` from here. `teams/` makes its
//! invitation secrets with `secret`.

pub mod documents;
pub mod error;
pub mod holding;
pub mod http;
mod letters;
mod log_ins;
pub mod model;
mod password;
pub mod profile;
pub mod rules;
pub mod scope;
pub mod secret;
mod service;
mod store;

pub use error::AccountError;
pub use http::{CurrentUser, Entrant, MaybeUser, Participant};
pub use model::{Credential, Principal, Role, Roles, User};
pub use service::{Accounts, Privacy, Statuses, enrol, status_of, statuses};
