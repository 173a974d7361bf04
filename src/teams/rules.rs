//! Who may join, and who leads.

use super::model::Member;
use crate::{
    accounts::rules::{Invalid, line},
    kernel::ids::UserId,
};

pub fn team_name(text: &str) -> Result<String, Invalid> {
    line(text, 2, 60)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Timestamp;

    fn member(second: i64, is_leader: bool) -> Member {
        let joined_at = Timestamp::from_timestamp(second, 0).unwrap();
        Member { id: UserId::new(), name: "Lan".into(), is_leader, joined_at }
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
}
