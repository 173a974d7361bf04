//! What became of each row of a spreadsheet.

use judge_core::text::Text;
use serde::Serialize;
use utoipa::ToSchema;

use crate::teams::form::Wrong;

/// What an import does, or did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Report {
    /// `false`: nothing was changed; this is what would happen.
    pub applied: bool,
    pub created: usize,
    pub joined: usize,
    pub unchanged: usize,
    pub errors: usize,
    /// People who get an account and a letter with a link to choose their password.
    pub accounts: usize,
    /// Columns that were not understood and not used.
    pub ignored_columns: Vec<String>,
    pub rows: Vec<RowReport>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct RowReport {
    /// As a spreadsheet program numbers it.
    pub row: u64,
    pub team: String,
    pub email: String,
    pub result: Outcome,
    /// For `error`: a stable code and a sentence in both languages.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    #[serde(flatten)]
    pub text: Option<Text>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The row made its team, with this member.
    Created,
    /// The member came into a team that was there.
    Joined,
    /// The member was in the team already.
    Unchanged,
    Error,
}

/// Why a row cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RowFault {
    TeamMissing,
    BadTeamName,
    EmailMissing,
    BadEmail,
    TwiceInFile,
    BadMemberName,
    /// Somebody without an account needs a name.
    NameMissing,
    BadLeader,
    BadUnit,
    DivisionMissing,
    UnknownDivision,
    OtherDivision,
    Answer {
        field: String,
        wrong: Wrong,
    },
    TeamFull {
        limit: i32,
    },
    TeamGone,
    InAnotherTeam,
    HandedInElsewhere,
}

impl RowFault {
    pub fn code(&self) -> &'static str {
        match self {
            Self::TeamMissing => "team-missing",
            Self::BadTeamName => "bad-team-name",
            Self::EmailMissing => "email-missing",
            Self::BadEmail => "bad-email",
            Self::TwiceInFile => "twice-in-file",
            Self::BadMemberName => "bad-member-name",
            Self::NameMissing => "member-name-missing",
            Self::BadLeader => "bad-leader",
            Self::BadUnit => "bad-unit",
            Self::DivisionMissing => "division-missing",
            Self::UnknownDivision => "unknown-division",
            Self::OtherDivision => "other-division",
            Self::Answer { .. } => "bad-answer",
            Self::TeamFull { .. } => "team-full",
            Self::TeamGone => "team-merged",
            Self::InAnotherTeam => "already-in-a-team",
            Self::HandedInElsewhere => "handed-in-elsewhere",
        }
    }

    pub fn sentence(&self) -> Text {
        let (vi, en) = match self {
            Self::TeamMissing => ("Thiếu tên đội.", "The team's name is missing."),
            Self::BadTeamName => (
                "Tên đội phải có từ 2 đến 60 ký tự nhìn thấy được.",
                "A team's name has 2 to 60 visible characters.",
            ),
            Self::EmailMissing => ("Thiếu địa chỉ e-mail.", "The e-mail address is missing."),
            Self::BadEmail => ("Địa chỉ e-mail không hợp lệ.", "This is not an e-mail address."),
            Self::TwiceInFile => (
                "Địa chỉ e-mail này đã có ở một dòng trên. Mỗi người chỉ ở một đội.",
                "A row above has this e-mail address already. A person is in one team.",
            ),
            Self::BadMemberName => (
                "Họ tên phải có từ 1 đến 100 ký tự nhìn thấy được.",
                "A person's name has 1 to 100 visible characters.",
            ),
            Self::NameMissing => (
                "Người này chưa có tài khoản nên cần có họ tên.",
                "This person has no account yet, so a name is needed.",
            ),
            Self::BadLeader => (
                "Cột đội trưởng cần «có» hoặc «không» (hoặc x).",
                "The column leader takes yes or no (or x).",
            ),
            Self::BadUnit => ("Đơn vị dài quá 200 ký tự.", "The unit has more than 200 characters."),
            Self::DivisionMissing => ("Đội mới cần có bảng thi.", "A new team needs a division."),
            Self::UnknownDivision => {
                ("Cuộc thi không có bảng thi này.", "The competition has no such division.")
            }
            Self::OtherDivision => (
                "Đội đã có, ở bảng thi khác. Hãy chuyển bảng cho đội trước.",
                "The team is there, in another division. Move it first.",
            ),
            Self::Answer { field, wrong } => {
                let text = wrong.sentence();
                return Text::new(format!("{field}: {}", text.vi), format!("{field}: {}", text.en));
            }
            Self::TeamFull { limit } => {
                return Text::new(
                    format!("Đội đã đủ {limit} thành viên."),
                    format!("The team has {limit} members, the most there can be."),
                );
            }
            Self::TeamGone => ("Đội này đã gộp vào một đội khác.", "This team went up in another one."),
            Self::InAnotherTeam => (
                "Người này đang ở một đội khác của cuộc thi.",
                "This person is in another team of the competition.",
            ),
            Self::HandedInElsewhere => (
                "Người này đã rời một đội đã nộp bài. Hãy cho phép họ vào đội khác trước.",
                "This person left a team that has handed something in. Release them first.",
            ),
        };
        Text::new(vi, en)
    }
}
