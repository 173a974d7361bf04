//! What each notice says.

use judge_core::text::Text;

use super::model::Notice;

impl Notice {
    /// One sentence.
    #[expect(clippy::too_many_lines, reason = "a table of sentences, one arm each")]
    pub fn sentence(&self) -> Text {
        match self {
            Notice::TeamApproved { team_name, .. } => Text::new(
                format!("Đội {team_name} đã được duyệt. Đội của bạn có thể nộp bài."),
                format!("The team {team_name} is approved. Your team can hand in."),
            ),
            Notice::Advancement { phase_title, team_name, advances, reason, .. } => {
                let why = |word| if reason.is_empty() { String::new() } else { format!(" {word}: {reason}") };
                let (vi, en) = if *advances {
                    ("được vào", "advances to")
                } else {
                    ("không vào", "does not advance to")
                };
                Text::new(
                    format!("Đội {team_name} {vi} vòng {}.{}", phase_title.vi, why("Lý do")),
                    format!("The team {team_name} {en} the phase {}.{}", phase_title.en, why("Reason")),
                )
            }
            Notice::PhaseChanged { phase_title, what, reason, .. } => Text::new(
                format!("Vòng {}: {}. Lý do: {reason}", phase_title.vi, what.vi),
                format!("Phase {}: {}. Reason: {reason}", phase_title.en, what.en),
            ),
            Notice::TeamRefused { team_name, reason, .. } => Text::new(
                format!("Ban tổ chức không duyệt đội {team_name}: {reason}"),
                format!("The organizers refused the team {team_name}: {reason}"),
            ),
            Notice::TeamMoved { team_name, division, reason, .. } => Text::new(
                format!("Đội {team_name} được chuyển sang {}: {reason}", division.vi),
                format!("The team {team_name} was moved to {}: {reason}", division.en),
            ),
            Notice::TeamNote { team_name, text, .. } => Text::new(
                format!("Ban tổ chức nhắn đội {team_name}: {text}"),
                format!("The organizers write to the team {team_name}: {text}"),
            ),
            Notice::TeamEnrolled { team_name, .. } => Text::new(
                format!("Ban tổ chức đã ghi danh bạn vào đội {team_name}."),
                format!("The organizers put you into the team {team_name}."),
            ),
            Notice::TeamMemberJoined { team_name, .. } => Text::new(
                format!("Đội {team_name} có thành viên mới."),
                format!("Somebody joined the team {team_name}."),
            ),
            Notice::TeamMemberRemoved { team_name, .. } => Text::new(
                format!("Bạn không còn ở trong đội {team_name}: đội trưởng đã cho bạn ra khỏi đội."),
                format!("You are in the team {team_name} no more: its leader took you out."),
            ),
            Notice::TeamLeader { team_name, .. } => Text::new(
                format!("Từ bây giờ bạn là đội trưởng của đội {team_name}."),
                format!("You lead the team {team_name} from now on."),
            ),
            Notice::TeamMergeAsked { team_name, asking_name, .. } => Text::new(
                format!("Đội {asking_name} xin gộp vào đội {team_name}. Hãy đồng ý hoặc từ chối."),
                format!("The team {asking_name} asks to go up in the team {team_name}. Accept or decline."),
            ),
            Notice::Announcement { competition_title, title, .. } => Text::new(
                format!("Thông báo của {}: {}", competition_title.vi, title.vi),
                format!("Announcement of {}: {}", competition_title.en, title.en),
            ),
            Notice::QuestionAsked { competition_title, subject, .. } => Text::new(
                format!("Câu hỏi mới ở {}: {subject}", competition_title.vi),
                format!("A new question in {}: {subject}", competition_title.en),
            ),
            Notice::QuestionAnswered { subject, .. } => Text::new(
                format!("Ban tổ chức đã trả lời câu hỏi của bạn: {subject}"),
                format!("The organizers answered your question: {subject}"),
            ),
            Notice::TeamsMerged { team_name, merged_name, .. } => Text::new(
                format!(
                    "Đội {merged_name} đã gộp vào đội {team_name}. Bài nộp và lượt nộp của hai đội giờ là của chung."
                ),
                format!(
                    "The team {merged_name} went up in the team {team_name}. Submissions and attempts of both are one now."
                ),
            ),
            Notice::SubmissionCancelled { team_name, reason, is_refunded: true, .. } => Text::new(
                format!("Ban tổ chức đã hủy một bài nộp của đội {team_name} và trả lại lượt nộp: {reason}"),
                format!(
                    "The organizers cancelled a submission of {team_name} and gave the attempt back: {reason}"
                ),
            ),
            Notice::SubmissionCancelled { team_name, reason, is_refunded: false, .. } => Text::new(
                format!("Ban tổ chức đã hủy một bài nộp của đội {team_name}; lượt nộp vẫn tính: {reason}"),
                format!("The organizers cancelled a submission of {team_name}; the attempt counts: {reason}"),
            ),
            Notice::AttemptRefunded { team_name, reason, .. } => Text::new(
                format!("Ban tổ chức đã trả lại một lượt nộp cho đội {team_name}: {reason}"),
                format!("The organizers gave an attempt back to {team_name}: {reason}"),
            ),
            Notice::SubmissionDisqualified { team_name, reason, .. } => Text::new(
                format!("Ban tổ chức đã loại một bài nộp của đội {team_name}: {reason}"),
                format!("The organizers disqualified a submission of {team_name}: {reason}"),
            ),
            Notice::SubmissionReinstated { team_name, reason, .. } => Text::new(
                format!("Một bài nộp từng bị loại của đội {team_name} được tính trở lại: {reason}"),
                format!("A disqualified submission of {team_name} counts again: {reason}"),
            ),
            Notice::Rejudged { phase_title, team_name, submissions, reason, .. } => Text::new(
                format!(
                    "Vòng {}: kết quả {submissions} bài của đội {team_name} thay đổi sau chấm lại: {reason}",
                    phase_title.vi
                ),
                format!(
                    "Phase {}: rejudging changed {submissions} results of {team_name}: {reason}",
                    phase_title.en
                ),
            ),
            Notice::TeamDisqualified { team_name, reason, .. } => Text::new(
                format!("Đội {team_name} bị loại khỏi cuộc thi: {reason}"),
                format!("The team {team_name} is disqualified: {reason}"),
            ),
            Notice::TeamReinstated { team_name, reason, .. } => Text::new(
                format!("Đội {team_name} được thi trở lại: {reason}"),
                format!("The team {team_name} takes part again: {reason}"),
            ),
            Notice::EvidenceAccepted => Text::new(
                "Giấy tờ chứng minh của bạn đã được chấp nhận.",
                "The evidence of your status is accepted.",
            ),
            Notice::EvidenceRefused { reason } => Text::new(
                format!("Giấy tờ chứng minh của bạn không được chấp nhận: {reason} Hãy gửi giấy tờ khác."),
                format!("The evidence of your status is refused: {reason} Send other evidence."),
            ),
        }
    }
}
