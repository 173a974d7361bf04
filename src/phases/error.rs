use axum::http::StatusCode;

use crate::{
    kernel::ids::SubmissionId,
    teams,
    web::{Problem, internal},
};

#[derive(Debug, thiserror::Error)]
pub enum PhaseError {
    #[error("the phase is unknown")]
    NotFound,
    #[error("only the competition's organizers may do this")]
    Forbidden,
    #[error("a reason of 1 to {longest} characters is needed")]
    BadReason { longest: usize },
    #[error("the phase would end before it starts")]
    EndsBeforeStart,
    #[error("{field} is less than 1")]
    LimitTooSmall { field: &'static str },
    #[error("the board would show hidden scores")]
    BoardTells,
    #[error("nothing would change")]
    NothingChanges,
    #[error("the phase is over, and its private board was public")]
    Published,
    #[error("the phase requires no other one")]
    NothingRequired,
    #[error("the phase before is not over")]
    StillRunning,
    #[error("something of the phase before is still being judged")]
    StillJudging,
    #[error("who advances is decided already")]
    AlreadyDecided,
    #[error("who advances is not decided yet")]
    NotDecided,
    #[error("the ranking is not the one that was looked at")]
    RankingChanged,
    #[error("the competition has no such team")]
    UnknownTeam,
    #[error("the person is in no team of the competition")]
    NoTeam,
    #[error("the phase lets nobody choose")]
    NoPicks,
    #[error("at most {limit} submissions can be chosen")]
    TooManyPicks { limit: u16 },
    #[error("{submission} is no scored submission of the team")]
    NotPickable { submission: SubmissionId },
    #[error("the phase is over")]
    Over,
    #[error(transparent)]
    Database(#[from] sqlx::Error),
}

impl From<PhaseError> for Problem {
    fn from(error: PhaseError) -> Self {
        use PhaseError as E;
        match error {
            E::NotFound | E::UnknownTeam => Problem::not_found(),
            E::Forbidden => Problem::forbidden(),
            E::BadReason { longest } => Problem::invalid(
                "reason",
                format!("Hãy nêu lý do, từ 1 đến {longest} ký tự. Mọi người đều đọc được lý do này."),
                format!("Give a reason of 1 to {longest} characters. Everybody can read it."),
            ),
            E::EndsBeforeStart => Problem::invalid(
                "ends_at",
                "Vòng thi phải kết thúc sau khi bắt đầu. Hãy sửa một trong hai thời điểm.",
                "The phase must end after it starts. Correct one of the two times.",
            ),
            E::LimitTooSmall { field } => Problem::invalid(
                field,
                "Giới hạn phải từ 1 trở lên; dùng null nếu không giới hạn.",
                "A limit is at least 1; null means no limit.",
            ),
            E::BoardTells => Problem::invalid(
                "visibility",
                "Bảng xếp hạng sẽ cho các đội thấy điểm đang được giấu. Hãy giấu cả bảng.",
                "The board would show teams the scores that are hidden. Hide the board as well.",
            ),
            E::NothingChanges => Problem::new(
                StatusCode::CONFLICT,
                "nothing-changes",
                "Vòng thi đã như vậy rồi; không có gì thay đổi.",
                "The phase is like that already; nothing was changed.",
            ),
            E::Published => Problem::new(
                StatusCode::CONFLICT,
                "private-board-published",
                "Vòng thi đã kết thúc và điểm phần kín đã công khai. Mở lại thì các đội nộp bài khi đã biết điểm đó. Nếu vẫn muốn mở, hãy gửi force: true kèm lý do.",
                "The phase is over and its private scores are public. Reopened, teams would hand in knowing them. If you want it nevertheless, send force: true with the reason.",
            ),
            E::NoTeam => teams::access::no_team(),
            E::TooManyPicks { limit } => Problem::invalid(
                "submissions",
                format!("Chọn nhiều nhất {limit} bài nộp."),
                format!("Choose {limit} submissions at the most."),
            )
            .with("limit", limit),
            E::NotPickable { submission } => Problem::invalid(
                "submissions",
                "Chỉ chọn được bài của đội bạn trong vòng này đã có điểm.",
                "Only scored submissions of your team to this phase can be chosen.",
            )
            .with("submission", submission.to_string()),
            E::Database(error) => error.into(),
            other => in_the_way(other),
        }
    }
}

/// What stands in the way of a decision or a choice; all of it 409.
fn in_the_way(error: PhaseError) -> Problem {
    use PhaseError as E;
    let conflict = StatusCode::CONFLICT;
    match error {
        E::NothingRequired => Problem::new(
            conflict,
            "nothing-required",
            "Vòng này không đòi hỏi vòng nào trước nó; đội nào cũng nộp bài được.",
            "This phase requires no other one; every team may hand in.",
        ),
        E::StillRunning => Problem::new(
            conflict,
            "still-running",
            "Vòng trước chưa kết thúc. Hãy quyết định sau khi vòng đó kết thúc và chấm xong.",
            "The phase before is not over. Decide when it is, and everything is judged.",
        ),
        E::StillJudging => Problem::new(
            conflict,
            "still-judging",
            "Vòng trước còn bài đang chờ chấm hoặc đang chấm. Hãy đợi chấm xong; nếu đang tạm dừng chấm thì hãy chấm tiếp.",
            "Submissions of the phase before still wait or are being judged. Wait for them; if judging is paused, resume it.",
        ),
        E::AlreadyDecided => Problem::new(
            conflict,
            "already-decided",
            "Danh sách đội vào vòng này đã được quyết định. Hãy thêm hoặc bớt từng đội.",
            "Who advances to this phase is decided already. Add or remove single teams.",
        ),
        E::NotDecided => Problem::new(
            conflict,
            "not-decided",
            "Danh sách đội vào vòng này chưa được quyết định. Hãy quyết định trước.",
            "Who advances to this phase is not decided yet. Decide first.",
        ),
        E::RankingChanged => Problem::new(
            conflict,
            "ranking-changed",
            "Thứ hạng đã thay đổi từ lúc bạn xem. Hãy xem lại rồi quyết định.",
            "The ranking has changed since you looked. Look again, then decide.",
        ),
        E::NoPicks => Problem::new(
            conflict,
            "no-final-picks",
            "Vòng này không cho chọn bài; bài trên bảng xếp hạng là bài được tính.",
            "This phase lets nobody choose; the submission on the board is the one that counts.",
        ),
        E::Over => Problem::new(
            conflict,
            "picks-closed",
            "Vòng thi đã kết thúc nên không chọn bài được nữa.",
            "The phase is over; submissions can no longer be chosen.",
        ),
        other => internal(other),
    }
}
