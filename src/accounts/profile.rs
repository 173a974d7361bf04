//! Who a person is beyond name and address, and what they must still do before they take part.

use std::fmt;

use judge_core::text::Lang;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::model::User;
use crate::kernel::{
    Timestamp,
    ids::{BlobId, EvidenceId, UserId},
};

/// Where somebody studies or works.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, sqlx::Type, ToSchema)]
#[serde(rename_all = "lowercase")]
#[sqlx(type_name = "text", rename_all = "lowercase")]
pub enum UnitKind {
    School,
    University,
    Company,
    #[default]
    None,
}

impl UnitKind {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::School => "school",
            Self::University => "university",
            Self::Company => "company",
            Self::None => "none",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
pub struct Unit {
    pub kind: UnitKind,
    /// Empty where the kind is `none`.
    #[serde(default)]
    #[schema(example = "THPT Lê Hồng Phong", max_length = 200)]
    pub name: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
pub struct Profile {
    pub unit: Unit,
    #[schema(minimum = 1900, maximum = 2200)]
    pub birth_year: Option<i32>,
    /// Digits, spaces, `+`, `-`; empty where none is given.
    #[serde(default)]
    #[schema(max_length = 30)]
    pub phone: String,
}

/// All that a person says about themselves.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct ProfileChange {
    #[schema(example = "Nguyễn Thị Lan", min_length = 1, max_length = 100)]
    pub name: String,
    pub lang: Lang,
    #[serde(flatten)]
    pub profile: Profile,
}

/// What somebody is, as far as evidence shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema, sqlx::Type, ToSchema)]
#[serde(rename_all = "lowercase")]
#[sqlx(type_name = "text", rename_all = "lowercase")]
pub enum Status {
    /// At a university or college.
    Student,
    /// At a school.
    Pupil,
}

impl Status {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Student => "student",
            Self::Pupil => "pupil",
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, sqlx::Type, ToSchema)]
#[serde(rename_all = "lowercase")]
#[sqlx(type_name = "text", rename_all = "lowercase")]
pub enum EvidenceState {
    Waiting,
    Accepted,
    Refused,
}

/// A photo or scan that shows a person's status.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Evidence {
    pub id: EvidenceId,
    pub claim: Status,
    pub state: EvidenceState,
    /// Why it was refused.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub reason: String,
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub decided_at: Option<Timestamp>,
    #[serde(skip)]
    pub user: UserId,
    #[serde(skip)]
    pub blob: BlobId,
    #[serde(skip)]
    pub media_type: String,
}

/// The caller as they see themselves.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Me {
    #[serde(flatten)]
    pub user: User,
    /// Whether the address is known to be theirs.
    pub email_confirmed: bool,
    /// The address that a letter was sent to and that is not confirmed yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email_pending: Option<String>,
    #[serde(flatten)]
    pub profile: Profile,
    /// What accepted evidence shows.
    pub status: Option<Status>,
    pub evidence: Option<Evidence>,
    pub consents: Vec<Consent>,
    pub guardian: Option<Guardian>,
    /// What must be done before the person can take part; empty where nothing is missing.
    pub needs: Vec<Need>,
}

/// An agreement to a version of a document.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Consent {
    #[schema(example = "privacy")]
    pub document: String,
    pub version: String,
    #[schema(value_type = String, format = DateTime)]
    pub given_at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub withdrawn_at: Option<Timestamp>,
}

/// Whom a pupil named.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Guardian {
    pub address: String,
    #[schema(value_type = String, format = DateTime)]
    pub asked_at: Timestamp,
    /// As they wrote it themselves.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// Version of the privacy notice that they agreed to.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub version: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub consented_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub withdrawn_at: Option<Timestamp>,
}

/// Something without which a person cannot take part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Need {
    /// Open the link in the letter that was sent to the address.
    EmailConfirmation,
    /// Agree to the current privacy notice and terms.
    Consent,
    /// Say in which year you were born: pupils must.
    BirthYear,
    /// Name a guardian, who agrees by the link of a letter.
    GuardianConsent,
}

/// What a person is about to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    JoinTeam,
    HandIn,
}

impl Need {
    /// Whether the act must wait for it. A pupil may join a team while the guardian has not answered.
    pub fn keeps_from(self, act: Act) -> bool {
        match self {
            Self::EmailConfirmation | Self::Consent => true,
            Self::BirthYear | Self::GuardianConsent => act == Act::HandIn,
        }
    }
}

/// What decides whether a person may take part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "facts that hold or not, each by itself")]
pub struct Facts {
    pub email_confirmed: bool,
    /// To the current versions of all documents.
    pub consented: bool,
    pub birth_year: Option<i32>,
    pub claims_pupil: bool,
    /// To the current privacy notice.
    pub guardian_consented: bool,
    pub year: i32,
}

/// What this site asks of people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Demands {
    pub email_confirmation: bool,
    pub consent: bool,
    /// Who may be younger needs a guardian; none needs one where it is 0.
    pub guardian_age: i32,
}

/// What is missing, in the order in which it is best done.
pub fn needs(facts: &Facts, demands: &Demands) -> Vec<Need> {
    let mut needs = Vec::new();
    if demands.email_confirmation && !facts.email_confirmed {
        needs.push(Need::EmailConfirmation);
    }
    if demands.consent && !facts.consented {
        needs.push(Need::Consent);
    }
    if demands.guardian_age > 0 {
        match facts.birth_year {
            None if facts.claims_pupil => needs.push(Need::BirthYear),
            // The birthday may still be to come this year.
            Some(born) if facts.year - born - 1 < demands.guardian_age && !facts.guardian_consented => {
                needs.push(Need::GuardianConsent);
            }
            _ => {}
        }
    }
    needs
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: Demands = Demands { email_confirmation: true, consent: true, guardian_age: 16 };
    const DONE: Facts = Facts {
        email_confirmed: true,
        consented: true,
        birth_year: Some(2000),
        claims_pupil: false,
        guardian_consented: false,
        year: 2026,
    };

    #[test]
    fn each_demand_asks_for_its_own_step_and_none_where_it_is_off() {
        assert_eq!(needs(&DONE, &ALL), []);
        let nothing =
            Facts { email_confirmed: false, consented: false, birth_year: None, claims_pupil: true, ..DONE };
        assert_eq!(needs(&nothing, &ALL), [Need::EmailConfirmation, Need::Consent, Need::BirthYear]);
        let off = Demands { email_confirmation: false, consent: false, guardian_age: 0 };
        assert_eq!(needs(&nothing, &off), []);
    }

    #[test]
    fn who_may_still_be_fifteen_needs_a_guardian() {
        let born = |year| needs(&Facts { birth_year: Some(year), ..DONE }, &ALL);
        assert_eq!(born(2009), []);
        assert_eq!(born(2010), [Need::GuardianConsent], "sixteen only after the birthday");
        assert_eq!(born(2015), [Need::GuardianConsent]);
        let agreed = Facts { birth_year: Some(2015), guardian_consented: true, ..DONE };
        assert_eq!(needs(&agreed, &ALL), []);
    }

    #[test]
    fn a_guardians_silence_keeps_a_pupil_from_handing_in_only() {
        assert!(
            Need::GuardianConsent.keeps_from(Act::HandIn) && !Need::GuardianConsent.keeps_from(Act::JoinTeam)
        );
        assert!(Need::Consent.keeps_from(Act::HandIn) && Need::Consent.keeps_from(Act::JoinTeam));
    }
}
