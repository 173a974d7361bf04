//! Who may join, who leads, who may hand in, and which teams may become one. Pure.

use chrono::NaiveDate;
use judge_core::text::Text;

use super::{
    form::{self, Answers, Asked, Field},
    model::{Member, Obstacle, Registration, Status, TeamState},
};
use crate::{
    accounts::rules::{Invalid, line},
    kernel::{
        Timestamp,
        ids::{DivisionId, PhaseId, UserId},
    },
};

/// Longest reason, and longest note to a team.
pub const LONGEST_REASON: usize = 500;

pub fn team_name(text: &str) -> Result<String, Invalid> {
    line(text, 2, 60)
}

/// What an organizer gives as the reason of an act.
pub fn reason(text: &str) -> Result<String, Invalid> {
    line(text, 1, LONGEST_REASON)
}

/// Whether text can be a competition's or a division's slug; other text names nothing and is not looked up.
pub fn is_slug(text: &str) -> bool {
    (1..=100).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b))
}

/// What joining means for somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Joining {
    /// They are in already: a link that is clicked twice changes nothing.
    AlreadyIn,
    Full,
    Free,
}

pub fn joining(members: &[Member], user: UserId, max_members: i32) -> Joining {
    if members.iter().any(|member| member.id == user) {
        Joining::AlreadyIn
    } else if i32::try_from(members.len()).is_ok_and(|count| count < max_members) {
        Joining::Free
    } else {
        Joining::Full
    }
}

/// What somebody's leaving asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Leaving {
    /// The last one leaves: the team ends.
    Last,
    /// The leader leaves: this member leads from now on.
    Succession(UserId),
    Plain,
}

/// `members` must hold the one who leaves. The longest-standing member succeeds; of those who joined at the
/// same instant, the one whose account is older.
pub fn leaving(members: &[Member], user: UserId) -> Leaving {
    let leads = members.iter().any(|member| member.id == user && member.is_leader);
    let others = members.iter().filter(|member| member.id != user);
    match others.min_by_key(|member| (member.joined_at, member.id)) {
        None => Leaving::Last,
        Some(next) if leads => Leaving::Succession(next.id),
        Some(_) => Leaving::Plain,
    }
}

/// Where registration stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Window {
    Early(Timestamp),
    Open,
    Late(Timestamp),
}

/// The opening belongs to the window, the closing does not.
pub fn window(registration: &Registration) -> Window {
    match (registration.opens_at, registration.closes_at) {
        (Some(opens), _) if registration.now < opens => Window::Early(opens),
        (_, Some(closes)) if closes <= registration.now => Window::Late(closes),
        _ => Window::Open,
    }
}

/// What decides whether a team may hand in.
#[derive(Debug, Clone)]
pub struct Facts<'a> {
    pub state: TeamState,
    pub state_reason: &'a str,
    pub min_members: i32,
    pub requires: Option<Status>,
    /// Members who have proved the status that is required.
    pub proved: &'a [UserId],
    pub fields: &'a [Field],
    pub answers: &'a Answers,
    pub members: Vec<(UserId, &'a Answers)>,
}

/// What keeps a team from handing in: the decision first, then what the team can mend itself.
pub fn obstacles(facts: &Facts<'_>) -> Vec<Obstacle> {
    let mut found = Vec::new();
    match facts.state {
        TeamState::Waiting => found.push(Obstacle::TeamNotApproved),
        TeamState::Refused => found.push(Obstacle::TeamRefused { reason: facts.state_reason.to_owned() }),
        // Nobody is in a team that was taken in by another one.
        TeamState::Approved | TeamState::Merged => {}
    }
    let members = facts.members.len();
    if i32::try_from(members).is_ok_and(|members| members < facts.min_members) {
        found.push(Obstacle::TeamTooSmall { members, min: facts.min_members });
    }
    if let Some(status) = facts.requires {
        let without = facts.members.iter().map(|(user, _)| *user).filter(|user| !facts.proved.contains(user));
        let members: Vec<UserId> = without.collect();
        if !members.is_empty() {
            found.push(Obstacle::EvidenceNeeded { status, members });
        }
    }
    let mut fields = form::missing(facts.fields, Asked::Team, facts.answers);
    for (_, answers) in &facts.members {
        fields.extend(form::missing(facts.fields, Asked::Member, answers));
    }
    fields.sort_unstable();
    fields.dedup();
    if !fields.is_empty() {
        found.push(Obstacle::AnswersMissing { fields });
    }
    found
}

/// Whether the obstacle is for an organizer's decision to remove.
pub fn is_undecided(obstacle: &Obstacle) -> bool {
    matches!(obstacle, Obstacle::TeamNotApproved | Obstacle::TeamRefused { .. })
}

/// One of two teams that are to become one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Side {
    pub state: TeamState,
    pub division: DivisionId,
    pub members: usize,
}

/// Attempts that both teams together used in a phase, of its total or of one day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Used {
    pub phase: PhaseId,
    pub phase_title: Text,
    pub day: Option<NaiveDate>,
    pub used: i64,
    pub limit: i32,
}

/// Why two teams do not become one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unmergeable {
    NotOffered,
    TooLate { until: Timestamp },
    OutOfContest,
    OtherDivision,
    TooManyMembers { members: usize, limit: i32 },
    AttemptsExceeded(Used),
}

/// Whether two teams may become one, and the state that it then has: what one of them lacks, both lack.
pub fn merging(
    sides: [Side; 2],
    (now, until): (Timestamp, Option<Timestamp>),
    max_members: i32,
    used: &[Used],
) -> Result<TeamState, Unmergeable> {
    let until = until.ok_or(Unmergeable::NotOffered)?;
    if until <= now {
        return Err(Unmergeable::TooLate { until });
    }
    let out = |side: &Side| matches!(side.state, TeamState::Refused | TeamState::Merged);
    if sides.iter().any(out) {
        return Err(Unmergeable::OutOfContest);
    }
    if sides[0].division != sides[1].division {
        return Err(Unmergeable::OtherDivision);
    }
    let members = sides[0].members + sides[1].members;
    if i32::try_from(members).is_ok_and(|members| members > max_members) {
        return Err(Unmergeable::TooManyMembers { members, limit: max_members });
    }
    if let Some(spent) = used.iter().find(|used| used.used > i64::from(used.limit)) {
        return Err(Unmergeable::AttemptsExceeded(spent.clone()));
    }
    let waits = sides.iter().any(|side| side.state == TeamState::Waiting);
    Ok(if waits { TeamState::Waiting } else { TeamState::Approved })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_timestamp(second, 0).unwrap()
    }

    fn member(second: i64, is_leader: bool) -> Member {
        let (name, email) = ("Lan".into(), "lan@truong.edu.vn".into());
        let answers = Answers::new();
        Member { id: UserId::new(), name, email, is_leader, joined_at: at(second), answers }
    }

    #[test]
    fn the_last_place_can_be_taken_and_no_more() {
        let members = [member(1, true), member(2, false)];
        assert_eq!(joining(&members, UserId::new(), 3), Joining::Free);
        assert_eq!(joining(&members, UserId::new(), 2), Joining::Full);
        assert_eq!(joining(&members, UserId::new(), 1), Joining::Full, "the limit was lowered later");
    }

    #[test]
    fn who_is_in_already_stays_in_even_where_the_team_is_full() {
        let members = [member(1, true)];
        assert_eq!(joining(&members, members[0].id, 1), Joining::AlreadyIn);
    }

    #[test]
    fn the_longest_standing_member_succeeds_the_leader() {
        let members = [member(9, false), member(5, true), member(7, false)];
        assert_eq!(leaving(&members, members[1].id), Leaving::Succession(members[2].id));
    }

    #[test]
    fn who_does_not_lead_leaves_the_leader_in_place() {
        let members = [member(1, true), member(2, false)];
        assert_eq!(leaving(&members, members[1].id), Leaving::Plain);
    }

    #[test]
    fn the_last_member_ends_the_team() {
        let members = [member(1, true)];
        assert_eq!(leaving(&members, members[0].id), Leaving::Last);
    }

    #[test]
    fn only_text_that_can_be_a_slug_is_looked_up() {
        assert!(is_slug("digits-2026"));
        for text in ["", "a b", "a\0", "đ", "a/b", &"a".repeat(101)] {
            assert!(!is_slug(text), "{text:?}");
        }
    }

    #[test]
    fn two_teams_become_one_only_within_every_limit() {
        use TeamState as S;
        use Unmergeable as U;
        let a = DivisionId::new();
        let phase = PhaseId::new();
        let side = |state, members| Side { state, division: a, members };
        let (two, three) = (side(S::Approved, 2), side(S::Approved, 3));
        let day = NaiveDate::from_ymd_opt(2026, 11, 28);
        let used = |day, used| Used { phase, phase_title: Text::default(), day, used, limit: 5 };
        let elsewhere = Side { division: DivisionId::new(), ..three };
        let until = Some(at(10));
        let full = || vec![used(None, 5), used(day, 5)];
        let table = [
            ("the last second, both limits just reached", [two, three], 9, until, full(), Ok(S::Approved)),
            ("no date is set", [two, three], 0, None, vec![], Err(U::NotOffered)),
            ("the date has come", [two, three], 10, until, vec![], Err(U::TooLate { until: at(10) })),
            ("one waits", [side(S::Waiting, 2), three], 0, until, vec![], Ok(S::Waiting)),
            ("the other waits", [two, side(S::Waiting, 3)], 0, until, vec![], Ok(S::Waiting)),
            ("one is refused", [side(S::Refused, 2), three], 0, until, vec![], Err(U::OutOfContest)),
            ("one is gone", [two, side(S::Merged, 0)], 0, until, vec![], Err(U::OutOfContest)),
            ("two divisions", [two, elsewhere], 0, until, vec![], Err(U::OtherDivision)),
            (
                "one member too many",
                [three, three],
                0,
                until,
                vec![],
                Err(U::TooManyMembers { members: 6, limit: 5 }),
            ),
            (
                "one attempt too many in all",
                [two, three],
                0,
                until,
                vec![used(None, 6)],
                Err(U::AttemptsExceeded(used(None, 6))),
            ),
            (
                "one attempt too many on one day",
                [two, three],
                0,
                until,
                vec![used(None, 5), used(day, 6)],
                Err(U::AttemptsExceeded(used(day, 6))),
            ),
        ];
        for (case, sides, now, until, used, expected) in table {
            assert_eq!(merging(sides, (at(now), until), 5, &used), expected, "{case}");
            assert_eq!(
                merging([sides[1], sides[0]], (at(now), until), 5, &used),
                expected,
                "{case}, swapped"
            );
        }
    }

    #[test]
    fn every_obstacle_is_named_and_a_team_without_one_may_hand_in() {
        let (lan, minh) = (UserId::new(), UserId::new());
        let answers = Answers::new();
        let facts = Facts {
            state: TeamState::Approved,
            state_reason: "",
            min_members: 2,
            requires: Some(Status::Pupil),
            proved: &[lan, minh],
            fields: &[],
            answers: &answers,
            members: vec![(lan, &answers), (minh, &answers)],
        };
        assert_eq!(obstacles(&facts), []);
        let waiting = Facts { state: TeamState::Waiting, min_members: 3, proved: &[minh], ..facts.clone() };
        let expected = [
            Obstacle::TeamNotApproved,
            Obstacle::TeamTooSmall { members: 2, min: 3 },
            Obstacle::EvidenceNeeded { status: Status::Pupil, members: vec![lan] },
        ];
        assert_eq!(obstacles(&waiting), expected);
        assert!(is_undecided(&expected[0]) && !is_undecided(&expected[1]));
    }

    #[test]
    fn registration_is_open_from_its_opening_until_just_before_its_closing() {
        let registration = |now| Registration {
            competition: crate::kernel::ids::CompetitionId::new(),
            slug: "thi".into(),
            min_members: 1,
            max_members: 5,
            opens_at: Some(at(10)),
            closes_at: Some(at(20)),
            approval: super::super::model::Approval::None,
            merge_until: None,
            fields: Vec::new(),
            now: at(now),
        };
        let expected =
            [(9, Window::Early(at(10))), (10, Window::Open), (19, Window::Open), (20, Window::Late(at(20)))];
        for (now, window_then) in expected {
            assert_eq!(window(&registration(now)), window_then, "{now}");
        }
        let always = Registration { opens_at: None, closes_at: None, ..registration(99) };
        assert_eq!(window(&always), Window::Open);
    }
}
