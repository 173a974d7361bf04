//! What a token may do of what its owner may.

use std::{collections::BTreeSet, fmt};

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::model::{Role, Roles};

#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, sqlx::Type, ToSchema,
)]
#[serde(rename_all = "lowercase")]
#[sqlx(type_name = "text", rename_all = "lowercase")]
pub enum Scope {
    /// Read what its owner may read as a contestant.
    Read,
    /// Change what its owner may change as a contestant: upload, hand in, act for the team.
    Submit,
    /// Act as the organizer or juror that its owner is.
    Manage,
    /// Act as the administrator that its owner is.
    Admin,
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Read => "read",
            Self::Submit => "submit",
            Self::Manage => "manage",
            Self::Admin => "admin",
        })
    }
}

/// The scopes of a credential, each once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(transparent)]
#[schema(value_type = Vec<Scope>)]
pub struct Scopes(BTreeSet<Scope>);

impl Default for Scopes {
    /// Enough to take part, and no more.
    fn default() -> Self {
        [Scope::Read, Scope::Submit].into_iter().collect()
    }
}

impl FromIterator<Scope> for Scopes {
    fn from_iter<I: IntoIterator<Item = Scope>>(scopes: I) -> Self {
        Self(scopes.into_iter().collect())
    }
}

impl From<Vec<Scope>> for Scopes {
    fn from(scopes: Vec<Scope>) -> Self {
        scopes.into_iter().collect()
    }
}

impl Scopes {
    /// What a person may do who is logged in.
    pub fn all() -> Self {
        [Scope::Read, Scope::Submit, Scope::Manage, Scope::Admin].into_iter().collect()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn contains(&self, scope: Scope) -> bool {
        self.0.contains(&scope)
    }

    pub fn iter(&self) -> impl Iterator<Item = Scope> + '_ {
        self.0.iter().copied()
    }

    /// The scope that a call lacks, by whether it only reads. What it may read or change is for the roles to say
    /// that `narrow` leaves.
    pub fn lacks(&self, only_reads: bool) -> Option<Scope> {
        // Who may manage reads and changes in order to do so.
        let (need, other) =
            if only_reads { (Scope::Read, Scope::Submit) } else { (Scope::Submit, Scope::Read) };
        let enough = self.iter().any(|scope| scope != other);
        (!enough).then_some(need)
    }

    /// The roles that are left to a token with these scopes. An administrator's token that may manage acts as an
    /// organizer of what its owner is named for.
    pub fn narrow(&self, roles: &Roles) -> Roles {
        let manage = self.contains(Scope::Manage);
        let left = |role| match role {
            Role::Admin if self.contains(Scope::Admin) => Some(Role::Admin),
            Role::Admin | Role::Organizer if manage => Some(Role::Organizer),
            Role::Juror if manage => Some(Role::Juror),
            _ => None,
        };
        roles.iter().filter_map(left).collect()
    }

    /// The scope without which roles were taken away; none where all are left.
    pub fn withholds(&self, roles: &Roles) -> Option<Scope> {
        if self.narrow(roles) == *roles {
            None
        } else if roles.is_admin() && !self.contains(Scope::Admin) {
            Some(Scope::Admin)
        } else {
            Some(Scope::Manage)
        }
    }
}

#[cfg(test)]
mod tests {
    use Scope::{Admin, Manage, Read, Submit};

    use super::*;

    fn scopes(list: &[Scope]) -> Scopes {
        list.iter().copied().collect()
    }

    fn roles(list: &[Role]) -> Roles {
        list.iter().copied().collect()
    }

    #[test]
    fn a_token_that_only_reads_changes_nothing_and_one_that_only_submits_reads_nothing() {
        assert_eq!((scopes(&[Read]).lacks(true), scopes(&[Read]).lacks(false)), (None, Some(Submit)));
        assert_eq!((scopes(&[Submit]).lacks(true), scopes(&[Submit]).lacks(false)), (Some(Read), None));
        for more in [&[Read, Submit][..], &[Manage], &[Admin], &[Read, Admin]] {
            assert_eq!((scopes(more).lacks(true), scopes(more).lacks(false)), (None, None), "{more:?}");
        }
        assert_eq!(scopes(&[]).lacks(true), Some(Read));
        assert_eq!(scopes(&[]).lacks(false), Some(Submit));
    }

    #[test]
    fn roles_are_left_only_to_who_asked_for_them() {
        let all = roles(&[Role::Admin, Role::Organizer, Role::Juror]);
        let cases: [(&[Scope], &[Role], Option<Scope>); 4] = [
            (&[Read, Submit], &[], Some(Admin)),
            (&[Manage], &[Role::Organizer, Role::Juror], Some(Admin)),
            (&[Admin], &[Role::Admin], Some(Manage)),
            (&[Manage, Admin], &[Role::Admin, Role::Organizer, Role::Juror], None),
        ];
        for (given, left, withheld) in cases {
            assert_eq!(scopes(given).narrow(&all), roles(left), "{given:?}");
            assert_eq!(scopes(given).withholds(&all), withheld, "{given:?}");
        }
        let admin = roles(&[Role::Admin]);
        assert_eq!(scopes(&[Manage]).narrow(&admin), roles(&[Role::Organizer]));
        assert_eq!(scopes(&[Read]).withholds(&roles(&[Role::Organizer])), Some(Manage));
        assert_eq!(scopes(&[Read]).withholds(&roles(&[])), None, "a contestant has nothing to withhold");
    }
}
