//! What can go wrong, and how a client is told.

use axum::http::StatusCode;

use judge_core::sheet::SheetFault;

use super::{form::Wrong, import::HeaderFault, rules::Unmergeable};
use crate::{
    accounts::rules::Invalid,
    db,
    kernel::Timestamp,
    web::{Problem, internal},
};

#[derive(Debug, thiserror::Error)]
pub enum TeamError {
    #[error("name: {0}")]
    InvalidName(Invalid),
    #[error("email: {0}")]
    InvalidEmail(Invalid),
    #[error("reason: {0}")]
    InvalidReason(Invalid),
    #[error("note: {0}")]
    InvalidNote(Invalid),
    #[error("{field}: {wrong}")]
    Answer { field: String, wrong: Wrong },
    #[error("only the competition's organizers may do this")]
    Forbidden,
    #[error("registration opens at {opens_at}")]
    RegistrationNotOpen { opens_at: Timestamp },
    #[error("registration closed at {closed_at}")]
    RegistrationClosed { closed_at: Timestamp },
    #[error("the team is approved under its name")]
    NameApproved,
    #[error("the team is approved with its answers")]
    AnswersApproved,
    #[error("the person left a team that has handed something in")]
    HandedInElsewhere,
    #[error("the person is not in the team")]
    NotAMember,
    #[error("1 to {limit} teams at a time")]
    TooManyTeams { limit: usize },
    #[error("a team mails at most {limit} invitations a day")]
    TooManyLetters { limit: i64 },
    #[error("a team asks at most {limit} others at a time")]
    TooManyMerges { limit: i64 },
    #[error("that team is asked already")]
    AlreadyAsked,
    #[error("another team took this one in")]
    Merged,
    #[error("the teams cannot become one: {0:?}")]
    Unmergeable(Unmergeable),
    #[error("the competition has no division {0:?}")]
    UnknownDivision(String),
    #[error("the competition has a team of this name already")]
    NameTaken,
    #[error("the person is in a team of this competition already")]
    AlreadyInATeam,
    #[error("there is no such competition, team or member, or the caller may not see it")]
    NotFound,
    #[error("only the team's leader may do this")]
    LeaderOnly,
    #[error("the invitation is unknown, expired or revoked")]
    DeadInvitation,
    #[error("a team has at most {limit} open invitations")]
    TooManyInvitations { limit: i64 },
    #[error("the team has {limit} members, the most there can be")]
    Full { limit: i32 },
    #[error("the team has handed something in and needs at least one member")]
    LastMember,
    #[error("the file is no table: {0:?}")]
    Sheet(SheetFault),
    #[error("the first row names no columns: {0:?}")]
    Header(HeaderFault),
    #[error("the file could not be read by this server")]
    Reader(#[source] anyhow::Error),
    #[error(transparent)]
    Io(std::io::Error),
    #[error(transparent)]
    Database(sqlx::Error),
}

impl From<sqlx::Error> for TeamError {
    fn from(error: sqlx::Error) -> Self {
        match db::violated(&error) {
            Some("teams_name_key") => Self::NameTaken,
            Some("team_members_one_team_key" | "team_members_pkey") => Self::AlreadyInATeam,
            Some("team_merges_open_key") => Self::AlreadyAsked,
            _ => Self::Database(error),
        }
    }
}

impl From<TeamError> for Problem {
    #[expect(clippy::too_many_lines, reason = "a table of sentences, one arm each")]
    fn from(error: TeamError) -> Self {
        use StatusCode as Status;
        match error {
            TeamError::InvalidName(cause) => cause.problem("name"),
            TeamError::InvalidEmail(cause) => cause.problem("email"),
            TeamError::InvalidReason(cause) => cause.problem("reason"),
            TeamError::InvalidNote(cause) => cause.problem("note"),
            TeamError::Answer { field, wrong } => {
                let text = wrong.sentence();
                Problem::invalid(&format!("answers.{field}"), text.vi, text.en)
            }
            TeamError::Forbidden => Problem::forbidden(),
            TeamError::RegistrationNotOpen { opens_at } => Problem::new(
                Status::CONFLICT,
                "registration-not-open",
                "Cuộc thi chưa mở đăng ký. Hãy quay lại sau giờ mở.",
                "Registration is not open yet. Come back after it opens.",
            )
            .with("opens_at", opens_at.to_rfc3339()),
            TeamError::RegistrationClosed { closed_at } => Problem::new(
                Status::CONFLICT,
                "registration-closed",
                "Cuộc thi đã đóng đăng ký. Hãy liên hệ ban tổ chức.",
                "Registration is closed. Ask the organizers.",
            )
            .with("closed_at", closed_at.to_rfc3339()),
            TeamError::NameApproved => Problem::new(
                Status::CONFLICT,
                "name-approved",
                "Đội đã được duyệt với tên này. Hãy nhờ ban tổ chức đổi tên.",
                "The team is approved under this name. Ask the organizers to change it.",
            ),
            TeamError::AnswersApproved => Problem::new(
                Status::CONFLICT,
                "answers-approved",
                "Đội đã được duyệt với thông tin này. Hãy nhờ ban tổ chức đưa đội về trạng thái chờ duyệt.",
                "The team is approved with these answers. Ask the organizers to take the approval back first.",
            ),
            TeamError::HandedInElsewhere => Problem::new(
                Status::CONFLICT,
                "handed-in-elsewhere",
                "Người này đã rời một đội đã nộp bài trong cuộc thi này, nên không vào đội khác được. Hãy nhờ ban tổ chức cho phép.",
                "This person left a team that has handed something in, so no other team of the competition can take them. Ask the organizers to release them.",
            ),
            TeamError::NotAMember => Problem::invalid(
                "user",
                "Người này không ở trong đội. Hãy chọn một thành viên.",
                "This person is not in the team. Choose a member.",
            ),
            TeamError::TooManyTeams { limit } => Problem::invalid(
                "teams",
                format!("Hãy chọn từ 1 đến {limit} đội mỗi lần."),
                format!("Choose 1 to {limit} teams at a time."),
            )
            .with("limit", limit),
            TeamError::TooManyLetters { limit } => Problem::new(
                Status::TOO_MANY_REQUESTS,
                "invitation-letters",
                format!("Đội đã gửi {limit} thư mời hôm nay, là mức tối đa. Hãy gửi liên kết mời, hoặc chờ đến mai."),
                format!("The team mailed {limit} invitations today, the most there can be. Share a link, or wait until tomorrow."),
            )
            .with("limit", limit)
            .retry_after(86_400),
            TeamError::TooManyMerges { limit } => Problem::new(
                Status::CONFLICT,
                "merge-limit",
                format!("Đội đang xin gộp vào {limit} đội, là mức tối đa. Hãy rút bớt lời xin trước."),
                format!("The team asks {limit} others already, the most there can be. Withdraw a request first."),
            )
            .with("limit", limit),
            TeamError::AlreadyAsked => Problem::new(
                Status::CONFLICT,
                "merge-asked",
                "Đội bạn đã xin gộp vào đội này rồi. Hãy chờ đội trưởng bên kia trả lời.",
                "Your team has asked that one already. Wait for its leader's answer.",
            ),
            TeamError::Merged => Problem::new(
                Status::CONFLICT,
                "team-merged",
                "Đội này đã gộp vào một đội khác. Hãy làm với đội đó.",
                "This team went up in another one. Turn to that one.",
            ),
            TeamError::Unmergeable(cause) => unmergeable(cause),
            TeamError::UnknownDivision(slug) => Problem::invalid(
                "division",
                "Cuộc thi không có bảng thi này. Hãy chọn một bảng có trong cuộc thi.",
                "The competition has no such division. Choose one that it has.",
            )
            .with("division", slug),
            TeamError::NameTaken => Problem::new(
                Status::CONFLICT,
                "team-name-taken",
                "Cuộc thi đã có đội mang tên này. Hãy chọn tên khác.",
                "The competition has a team of this name already. Choose another name.",
            ),
            TeamError::AlreadyInATeam => Problem::new(
                Status::CONFLICT,
                "already-in-a-team",
                "Bạn đã ở trong một đội của cuộc thi này. Hãy rời đội đó trước.",
                "You are in a team of this competition already. Leave that one first.",
            ),
            TeamError::NotFound => Problem::not_found(),
            TeamError::LeaderOnly => Problem::new(
                Status::FORBIDDEN,
                "leader-only",
                "Chỉ đội trưởng mới làm được việc này. Hãy nhờ đội trưởng của bạn.",
                "Only the team's leader may do this. Ask your leader.",
            ),
            TeamError::DeadInvitation => Problem::new(
                Status::NOT_FOUND,
                "invitation-not-valid",
                "Lời mời không đúng, đã hết hạn hoặc đã bị thu hồi. Hãy xin đội trưởng một lời mời mới.",
                "The invitation is wrong, expired or revoked. Ask the team's leader for a new one.",
            ),
            TeamError::TooManyInvitations { limit } => Problem::new(
                Status::CONFLICT,
                "invitation-limit",
                format!("Đội đã có {limit} lời mời còn hiệu lực, là mức tối đa. Hãy thu hồi chúng trước."),
                format!("The team has {limit} open invitations, the most there can be. Revoke them first."),
            )
            .with("limit", limit),
            TeamError::Full { limit } => Problem::new(
                Status::CONFLICT,
                "team-full",
                format!("Đội đã đủ {limit} thành viên, là mức tối đa của cuộc thi này."),
                format!("The team has {limit} members, the most that this competition allows."),
            )
            .with("limit", limit),
            TeamError::LastMember => Problem::new(
                Status::CONFLICT,
                "last-member",
                "Đội đã nộp bài nên phải còn ít nhất một thành viên. Hãy mời người khác vào trước khi rời đội.",
                "The team has handed something in, so one member must remain. Invite somebody before you leave.",
            ),
            TeamError::Sheet(fault) => {
                let text = fault.sentence();
                Problem::new(Status::UNPROCESSABLE_ENTITY, fault.code(), text.vi, text.en)
            }
            TeamError::Header(fault) => {
                let text = fault.sentence();
                Problem::new(Status::UNPROCESSABLE_ENTITY, fault.code(), text.vi, text.en)
            }
            TeamError::Reader(error) => internal(error),
            TeamError::Io(error) => internal(error),
            TeamError::Database(error) => internal(error),
        }
    }
}

fn unmergeable(cause: Unmergeable) -> Problem {
    let conflict = |code, vi: String, en: String| Problem::new(StatusCode::CONFLICT, code, vi, en);
    match cause {
        Unmergeable::NotOffered => conflict(
            "no-merging",
            "Cuộc thi này không cho gộp đội.".into(),
            "Teams of this competition do not merge.".into(),
        ),
        Unmergeable::TooLate { until } => conflict(
            "merging-over",
            "Đã hết hạn gộp đội của cuộc thi này.".into(),
            "The time in which teams may merge is over.".into(),
        )
        .with("until", until.to_rfc3339()),
        Unmergeable::OutOfContest => conflict(
            "team-not-merging",
            "Một trong hai đội không được duyệt, bị loại hoặc đã gộp vào đội khác, nên không gộp được."
                .into(),
            "One of the teams is refused, disqualified or merged already, so they cannot merge.".into(),
        ),
        Unmergeable::OtherDivision => conflict(
            "other-division",
            "Hai đội ở hai bảng thi khác nhau. Hãy nhờ ban tổ chức chuyển bảng trước.".into(),
            "The teams are in different divisions. Ask the organizers to move one first.".into(),
        ),
        Unmergeable::TooManyMembers { members, limit } => conflict(
            "team-full",
            format!("Hai đội có tổng cộng {members} thành viên, vượt quá mức {limit} của cuộc thi."),
            format!("The teams have {members} members together, and {limit} is the most."),
        )
        .with("members", members)
        .with("limit", limit),
        Unmergeable::AttemptsExceeded(used) => {
            let (title, limit, count) = (&used.phase_title, used.limit, used.used);
            let (vi, en) = match used.day {
                Some(day) => (
                    format!(
                        "Ngày {day}, ở vòng {}, hai đội đã dùng tổng cộng {count} lượt nộp, quá mức {limit} mỗi ngày.",
                        title.vi
                    ),
                    format!(
                        "On {day}, in the phase {}, the teams together used {count} attempts, and {limit} is the most of a day.",
                        title.en
                    ),
                ),
                None => (
                    format!(
                        "Ở vòng {}, hai đội đã dùng tổng cộng {count} lượt nộp, quá mức {limit}.",
                        title.vi
                    ),
                    format!(
                        "In the phase {}, the teams together used {count} attempts, and {limit} is the most.",
                        title.en
                    ),
                ),
            };
            let day = used.day.map(|day| day.to_string());
            conflict("merge-attempts", vi, en)
                .with("phase", used.phase.to_string())
                .with("day", day)
                .with("limit", limit)
                .with("used", count)
        }
    }
}
