//! Whether a team may hand in. For `submissions/` too.

use judge_core::text::Text;
use sqlx::PgConnection;

use super::{
    model::{Obstacle, Status},
    rules::{self, Facts},
    store::{self, members, readiness},
};
use crate::{
    accounts::statuses,
    kernel::ids::{CompetitionId, TeamId, UserId},
};

/// How often a person's team may change under a request before it gives up.
const TRIES: usize = 5;

/// The team that the person is in. Until the transaction ends it keeps its members, and it neither merges nor
/// ends: what is handed in meanwhile belongs to it.
pub async fn hold(
    conn: &mut PgConnection,
    competition: CompetitionId,
    user: UserId,
) -> sqlx::Result<Option<TeamId>> {
    for _ in 0..TRIES {
        let Some(team) = members::share(conn, competition, user).await? else { return Ok(None) };
        // While this waited for the row, the team may have merged or the person been taken out.
        if store::is_member(conn, team, user).await? {
            return Ok(Some(team));
        }
    }
    Ok(None)
}

/// What keeps a team from handing in outside of practice.
pub async fn obstacles(conn: &mut PgConnection, team: TeamId) -> sqlx::Result<Vec<Obstacle>> {
    let row = readiness::read(conn, team).await?.ok_or(sqlx::Error::RowNotFound)?;
    let users: Vec<UserId> = row.members.iter().map(|(user, _)| *user).collect();
    let proved = match row.requires {
        Some(status) => statuses::who_has(conn, &users, status).await?,
        None => Vec::new(),
    };
    Ok(rules::obstacles(&Facts {
        state: row.state,
        state_reason: &row.state_reason,
        min_members: row.min_members,
        requires: row.requires,
        proved: &proved,
        fields: &row.fields,
        answers: &row.answers,
        members: row.members.iter().map(|(user, answers)| (*user, answers)).collect(),
    }))
}

impl Obstacle {
    /// The code of the problem that it makes.
    pub fn code(&self) -> &'static str {
        match self {
            Self::TeamNotApproved => "team-not-approved",
            Self::TeamRefused { .. } => "team-refused",
            Self::TeamTooSmall { .. } => "team-too-small",
            Self::EvidenceNeeded { .. } => "evidence-needed",
            Self::AnswersMissing { .. } => "answers-missing",
        }
    }

    /// What is in the way, and what to do.
    pub fn sentence(&self) -> Text {
        match self {
            Self::TeamNotApproved => Text::new(
                "Ban tổ chức chưa duyệt đội này. Hãy chờ; bạn sẽ nhận thông báo. Trong lúc chờ vẫn có thể nộp ở vòng luyện tập.",
                "The organizers have not approved the team yet. Wait: you will be told. Practice phases are open meanwhile.",
            ),
            Self::TeamRefused { reason } => Text::new(
                format!(
                    "Ban tổ chức không duyệt đội này: {reason} Đội trưởng có thể sửa đăng ký để được xét lại."
                ),
                format!(
                    "The organizers refused the team: {reason} Its leader may change the registration to be considered again."
                ),
            ),
            Self::TeamTooSmall { members, min } => Text::new(
                format!("Đội có {members} thành viên, ít nhất phải có {min}. Hãy mời thêm người."),
                format!("The team has {members} members and needs at least {min}. Invite more."),
            ),
            Self::EvidenceNeeded { status: Status::Student, members } => Text::new(
                format!(
                    "Bảng thi này dành cho sinh viên; {} thành viên chưa có minh chứng được chấp nhận. Hãy nộp minh chứng trong hồ sơ cá nhân.",
                    members.len()
                ),
                format!(
                    "This division is for students; {} members lack accepted evidence. Hand in evidence in the profile.",
                    members.len()
                ),
            ),
            Self::EvidenceNeeded { status: Status::Pupil, members } => Text::new(
                format!(
                    "Bảng thi này dành cho học sinh; {} thành viên chưa có minh chứng được chấp nhận. Hãy nộp minh chứng trong hồ sơ cá nhân.",
                    members.len()
                ),
                format!(
                    "This division is for pupils; {} members lack accepted evidence. Hand in evidence in the profile.",
                    members.len()
                ),
            ),
            Self::AnswersMissing { fields } => Text::new(
                format!("Đăng ký còn thiếu mục bắt buộc: {}. Hãy trả lời các mục này.", fields.join(", ")),
                format!("The registration lacks required answers: {}. Answer them.", fields.join(", ")),
            ),
        }
    }
}
