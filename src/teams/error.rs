//! What can go wrong, and how a client is told.

use axum::http::StatusCode;

use crate::{
    accounts::rules::Invalid,
    db,
    web::{Problem, internal},
};

#[derive(Debug, thiserror::Error)]
pub enum TeamError {
    #[error("name: {0}")]
    InvalidName(Invalid),
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
    #[error(transparent)]
    Database(sqlx::Error),
}

impl From<sqlx::Error> for TeamError {
    fn from(error: sqlx::Error) -> Self {
        match db::violated(&error) {
            Some("teams_name_key") => Self::NameTaken,
            Some("team_members_one_team_key" | "team_members_pkey") => Self::AlreadyInATeam,
            _ => Self::Database(error),
        }
    }
}

impl From<TeamError> for Problem {
    fn from(error: TeamError) -> Self {
        use StatusCode as Status;
        match error {
            TeamError::InvalidName(cause) => cause.problem("name"),
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
            TeamError::Database(error) => internal(error),
        }
    }
}
