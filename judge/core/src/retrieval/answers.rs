//! When two answers are the same.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization as _;

use crate::text::Text;

/// What is made equal before an answer is compared with those that are accepted. Everything else must agree
/// character by character.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AnswerRules {
    /// Spaces at both ends do not count.
    pub trim: bool,
    /// Several spaces in a row count as one.
    pub collapse_spaces: bool,
    /// Upper and lower case are the same.
    pub ignore_case: bool,
    /// The Unicode form that both are brought to.
    pub unicode: UnicodeForm,
}

impl Default for AnswerRules {
    fn default() -> Self {
        Self { trim: true, collapse_spaces: true, ignore_case: true, unicode: UnicodeForm::Nfc }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum UnicodeForm {
    /// `ế` is the same as `e` with two marks.
    #[default]
    Nfc,
    /// Besides, compatible characters are the same: full-width `７` and `7`.
    Nfkc,
    /// Bytes decide.
    AsIs,
}

impl AnswerRules {
    /// The form in which answers are compared.
    pub fn normal(&self, answer: &str) -> String {
        let text = self.formed(answer);
        let text = if self.ignore_case { self.formed(&text.to_lowercase()) } else { text };
        let text = if self.trim { text.trim() } else { &text };
        if self.collapse_spaces { collapsed(text) } else { text.to_owned() }
    }

    fn formed(self, text: &str) -> String {
        match self.unicode {
            UnicodeForm::Nfc => text.nfc().collect(),
            UnicodeForm::Nfkc => text.nfkc().collect(),
            UnicodeForm::AsIs => text.to_owned(),
        }
    }

    /// The rules in words, for teams.
    pub fn sentence(&self) -> Text {
        let mut vi = Vec::new();
        let mut en = Vec::new();
        let mut say = |holds: bool, yes: [&'static str; 2], no: [&'static str; 2]| {
            let [v, e] = if holds { yes } else { no };
            vi.push(v);
            en.push(e);
        };
        say(
            self.trim,
            ["khoảng trắng ở hai đầu không tính", "spaces at both ends do not count"],
            ["khoảng trắng ở hai đầu có tính", "spaces at both ends count"],
        );
        say(
            self.collapse_spaces,
            ["nhiều khoảng trắng liền nhau tính như một", "several spaces in a row count as one"],
            ["số khoảng trắng ở giữa phải đúng", "the number of spaces inside must agree"],
        );
        say(
            self.ignore_case,
            ["không phân biệt chữ hoa, chữ thường", "upper and lower case are the same"],
            ["phân biệt chữ hoa, chữ thường", "upper and lower case differ"],
        );
        let [v, e] = match self.unicode {
            UnicodeForm::Nfc => {
                ["hai bên được đưa về Unicode dạng NFC", "both are brought to Unicode form NFC"]
            }
            UnicodeForm::Nfkc => {
                ["hai bên được đưa về Unicode dạng NFKC", "both are brought to Unicode form NFKC"]
            }
            UnicodeForm::AsIs => ["so từng byte", "bytes decide"],
        };
        vi.push(v);
        en.push(e);
        Text::new(
            format!("Câu trả lời phải trùng với một đáp án được chấp nhận: {}.", vi.join("; ")),
            format!("An answer must equal one of those that are accepted: {}.", en.join("; ")),
        )
    }
}

fn collapsed(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut in_space = false;
    for c in text.chars() {
        if !c.is_whitespace() {
            out.push(c);
        } else if !in_space {
            out.push(' ');
        }
        in_space = c.is_whitespace();
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn same(rules: AnswerRules, a: &str, b: &str) -> bool {
        rules.normal(a) == rules.normal(b)
    }

    #[test]
    fn by_default_case_spaces_and_unicode_form_make_no_difference() {
        let rules = AnswerRules::default();
        assert!(same(rules, "  Cầu  Thủ Thiêm ", "cầu thủ\tthiêm"));
        assert!(same(rules, "ế", "e\u{302}\u{301}"), "composed and decomposed");
        assert!(same(rules, "ĐÀ NẴNG", "đà nẵng"));
        assert!(!same(rules, "da nang", "đà nẵng"), "marks count");
        assert!(!same(rules, "7", "７"), "NFC keeps the full width");
        assert!(!same(rules, "7", "7."));
    }

    #[test]
    fn each_rule_can_be_switched_off() {
        let all = AnswerRules::default();
        assert!(!same(AnswerRules { trim: false, ..all }, " a", "a"));
        assert!(!same(AnswerRules { collapse_spaces: false, ..all }, "a  b", "a b"));
        assert!(!same(AnswerRules { ignore_case: false, ..all }, "A", "a"));
        assert!(!same(AnswerRules { unicode: UnicodeForm::AsIs, ..all }, "ế", "e\u{302}\u{301}"));
        assert!(same(AnswerRules { unicode: UnicodeForm::Nfkc, ..all }, "7", "７"));
    }

    #[test]
    fn what_is_written_to_teams_says_each_rule() {
        let said = AnswerRules { ignore_case: false, ..AnswerRules::default() }.sentence();
        assert!(said.en.contains("spaces at both ends do not count"), "{said:?}");
        assert!(said.en.contains("upper and lower case differ") && said.en.contains("NFC"), "{said:?}");
        assert!(said.vi.contains("phân biệt chữ hoa"), "{said:?}");
    }
}
