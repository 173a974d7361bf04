//! Users, roles, sessions, tokens, and the caller of a request.

use std::{collections::BTreeSet, fmt};

use judge_core::text::Lang;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::scope::{Scope, Scopes};
use crate::kernel::{
    Timestamp,
    ids::{ApiTokenId, SessionId, UserId},
};

/// What a person may do beyond taking part; everybody is a contestant.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, sqlx::Type, ToSchema,
)]
#[serde(rename_all = "lowercase")]
#[sqlx(type_name = "text", rename_all = "lowercase")]
pub enum Role {
    Admin,
    Organizer,
    Juror,
}

impl Role {
    pub fn as_str(self) -> &'static str {
        match self {
            Role::Admin => "admin",
            Role::Organizer => "organizer",
            Role::Juror => "juror",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no role is called {0:?}; there are admin, organizer and juror")]
pub struct UnknownRole(String);

impl std::str::FromStr for Role {
    type Err = UnknownRole;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        [Role::Admin, Role::Organizer, Role::Juror]
            .into_iter()
            .find(|role| role.as_str() == text)
            .ok_or_else(|| UnknownRole(text.to_owned()))
    }
}

/// A person's roles, each once.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(transparent)]
#[schema(value_type = Vec<Role>)]
pub struct Roles(BTreeSet<Role>);

impl Roles {
    pub fn contains(&self, role: Role) -> bool {
        self.0.contains(&role)
    }

    pub fn iter(&self) -> impl Iterator<Item = Role> + '_ {
        self.0.iter().copied()
    }

    pub fn is_admin(&self) -> bool {
        self.contains(Role::Admin)
    }

    /// An administrator may do what an organizer may.
    pub fn is_organizer(&self) -> bool {
        self.is_admin() || self.contains(Role::Organizer)
    }
}

impl FromIterator<Role> for Roles {
    fn from_iter<I: IntoIterator<Item = Role>>(roles: I) -> Self {
        Self(roles.into_iter().collect())
    }
}

/// A person with an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct User {
    pub id: UserId,
    pub email: String,
    pub name: String,
    pub lang: Lang,
    pub roles: Roles,
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
}

/// A browser that is logged in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    pub id: SessionId,
    pub user_agent: String,
    pub created_at: Timestamp,
    pub last_seen_at: Timestamp,
    pub expires_at: Timestamp,
}

/// A program's access, as its owner sees it; the secret itself is shown once, when it is made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ApiToken {
    pub id: ApiTokenId,
    pub name: String,
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// To the minute; absent where the token was never used.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub last_used_at: Option<Timestamp>,
    pub scopes: Scopes,
}

/// What a link in a letter is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// The address it went to becomes the person's.
    Confirm,
    Reset,
}

impl Purpose {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Confirm => "confirm",
            Self::Reset => "reset",
        }
    }
}

/// How the database writes a language.
pub fn lang_code(lang: Lang) -> &'static str {
    match lang {
        Lang::Vi => "vi",
        Lang::En => "en",
    }
}

pub fn lang_of(code: &str) -> Lang {
    if code == "en" { Lang::En } else { Lang::Vi }
}

/// What a request proved its caller with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Credential {
    Session(SessionId),
    Token(ApiTokenId),
}

/// Who calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principal {
    pub user: UserId,
    /// As far as the credential lets them be used.
    pub roles: Roles,
    pub credential: Credential,
    /// What the credential may do.
    pub scopes: Scopes,
    /// The scope that the credential lacks to use all roles of its owner.
    pub withheld: Option<Scope>,
}

impl Principal {
    pub fn is_admin(&self) -> bool {
        self.roles.is_admin()
    }

    /// Whether the caller is an organizer or an administrator.
    pub fn is_organizer(&self) -> bool {
        self.roles.is_organizer()
    }

    /// The browser session that the call came with; none for a token.
    pub fn session(&self) -> Option<SessionId> {
        match self.credential {
            Credential::Session(id) => Some(id),
            Credential::Token(_) => None,
        }
    }
}
