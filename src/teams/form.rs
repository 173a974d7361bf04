//! The registration form: questions that the organizer sets, and what counts as an answer. Pure.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use judge_core::text::Text;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::accounts::rules::{Email, line};

/// Longest text where the field says nothing.
const DEFAULT_LENGTH: u32 = 200;
/// Longest text that a field may allow.
pub const LONGEST_TEXT: u32 = 2000;
pub const MOST_FIELDS: usize = 50;
pub const MOST_CHOICES: usize = 200;
/// Numbers that a spreadsheet and a JSON reader keep exactly.
const LARGEST_NUMBER: f64 = 9_007_199_254_740_991.0;

/// Key → answer.
pub type Answers = BTreeMap<String, Value>;

/// A question of the registration form.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Field {
    /// Name in the answers: lower-case letters, digits, hyphens and underscores.
    pub key: String,
    pub title: Text,
    pub kind: FieldKind,
    /// Who answers: the team once, or every member.
    #[serde(default)]
    pub of: Asked,
    #[serde(default)]
    pub required: bool,
    /// For `choice`: what may be chosen.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub choices: Vec<Choice>,
    /// For `text`: the most characters, at most 2000; 200 where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_length: Option<u32>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FieldKind {
    /// One line.
    Text,
    Number,
    Choice,
    Boolean,
    /// `2026-11-28`
    Date,
    Email,
    /// `http://…` or `https://…`
    Url,
}

/// Who answers a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Asked {
    #[default]
    Team,
    Member,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Choice {
    pub value: String,
    pub title: Text,
}

/// Why an answer is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Wrong {
    #[error("the form has no such question")]
    Unknown,
    #[error("an answer is needed")]
    Missing,
    #[error("one line of 1 to {max} characters is needed")]
    Text { max: u32 },
    #[error("a number is needed")]
    Number,
    #[error("it is none of the choices")]
    Choice,
    #[error("true or false is needed")]
    Boolean,
    #[error("a date such as 2026-11-28 is needed")]
    Date,
    #[error("an e-mail address is needed")]
    Email,
    #[error("an address such as https://example.vn is needed")]
    Url,
}

impl Wrong {
    /// What to do about it.
    pub fn sentence(&self) -> Text {
        match self {
            Self::Unknown => Text::new("Biểu mẫu không có mục này.", "The form has no such question."),
            Self::Missing => Text::new("Mục này là bắt buộc. Hãy trả lời.", "This must be answered."),
            Self::Text { max } => Text::new(
                format!("Mục này cần một dòng chữ từ 1 đến {max} ký tự."),
                format!("This needs one line of 1 to {max} characters."),
            ),
            Self::Number => Text::new("Mục này cần một số.", "This needs a number."),
            Self::Choice => {
                Text::new("Hãy chọn một trong các lựa chọn có sẵn.", "Choose one of the choices.")
            }
            Self::Boolean => Text::new("Mục này cần true hoặc false.", "This needs true or false."),
            Self::Date => Text::new(
                "Mục này cần một ngày, viết theo dạng 2026-11-28.",
                "This needs a date, written like 2026-11-28.",
            ),
            Self::Email => Text::new("Mục này cần một địa chỉ e-mail.", "This needs an e-mail address."),
            Self::Url => Text::new(
                "Mục này cần một địa chỉ bắt đầu bằng http:// hoặc https://.",
                "This needs an address that begins with http:// or https://.",
            ),
        }
    }
}

/// The questions for a team, or for a member.
pub fn asked(fields: &[Field], of: Asked) -> impl Iterator<Item = &Field> {
    fields.iter().filter(move |field| field.of == of)
}

/// The answers in the form that is kept, or the first question that is not answered as it must be. `null` is no answer.
pub fn check(fields: &[Field], of: Asked, given: &Map<String, Value>) -> Result<Answers, (String, Wrong)> {
    let unknown = |key: &String| !asked(fields, of).any(|field| field.key == **key);
    if let Some(key) = given.keys().find(|key| unknown(key)) {
        return Err((key.chars().take(40).collect(), Wrong::Unknown));
    }
    let mut answers = Answers::new();
    for field in asked(fields, of) {
        match given.get(&field.key) {
            None | Some(Value::Null) if field.required => return Err((field.key.clone(), Wrong::Missing)),
            None | Some(Value::Null) => {}
            Some(value) => {
                let kept = answer(field, value).map_err(|wrong| (field.key.clone(), wrong))?;
                answers.insert(field.key.clone(), kept);
            }
        }
    }
    Ok(answers)
}

/// Keys of required questions that have no valid answer: the form may have changed after they were given.
pub fn missing(fields: &[Field], of: Asked, answers: &Answers) -> Vec<String> {
    let unanswered = |field: &&Field| {
        field.required && answers.get(&field.key).is_none_or(|value| answer(field, value).is_err())
    };
    asked(fields, of).filter(unanswered).map(|field| field.key.clone()).collect()
}

/// An answer in the form that is kept.
fn answer(field: &Field, value: &Value) -> Result<Value, Wrong> {
    match field.kind {
        FieldKind::Text => {
            let max = field.max_length.unwrap_or(DEFAULT_LENGTH);
            let wrong = Wrong::Text { max };
            let text = value.as_str().ok_or(wrong.clone())?;
            line(text, 1, max as usize).map(Value::from).map_err(|_| wrong)
        }
        FieldKind::Number => {
            let number = value.as_f64().filter(|number| number.abs() <= LARGEST_NUMBER);
            number.map(|_| value.clone()).ok_or(Wrong::Number)
        }
        FieldKind::Choice => {
            let chosen =
                value.as_str().filter(|text| field.choices.iter().any(|choice| choice.value == *text));
            chosen.map(Value::from).ok_or(Wrong::Choice)
        }
        FieldKind::Boolean => value.as_bool().map(Value::from).ok_or(Wrong::Boolean),
        FieldKind::Date => {
            let date = value.as_str().filter(|text| text.len() == 10).ok_or(Wrong::Date)?;
            let date: NaiveDate = date.parse().map_err(|_| Wrong::Date)?;
            Ok(date.to_string().into())
        }
        FieldKind::Email => {
            let email = value.as_str().and_then(|text| Email::parse(text).ok()).ok_or(Wrong::Email)?;
            Ok(email.as_str().into())
        }
        FieldKind::Url => url(value.as_str().ok_or(Wrong::Url)?).map(Value::from),
    }
}

/// Other schemes could run in the browser of whoever follows the link.
fn url(text: &str) -> Result<String, Wrong> {
    let text = line(text, 1, LONGEST_TEXT as usize).map_err(|_| Wrong::Url)?;
    let parsed = reqwest::Url::parse(&text).map_err(|_| Wrong::Url)?;
    let right =
        matches!(parsed.scheme(), "http" | "https") && parsed.host_str().is_some_and(|h| !h.is_empty());
    if right { Ok(text) } else { Err(Wrong::Url) }
}

/// An answer from a cell of a spreadsheet. An empty cell is no answer.
pub fn from_cell(field: &Field, cell: &str) -> Result<Option<Value>, Wrong> {
    let cell = cell.trim();
    if cell.is_empty() {
        return Ok(None);
    }
    let value = match field.kind {
        FieldKind::Number => {
            let number: f64 = cell.replace(',', ".").parse().map_err(|_| Wrong::Number)?;
            whole(number).map_or_else(|| Value::from(number), Value::from)
        }
        FieldKind::Boolean => Value::from(yes_or_no(cell).ok_or(Wrong::Boolean)?),
        FieldKind::Choice => {
            let names = |choice: &&Choice| {
                [&choice.value, &choice.title.vi, &choice.title.en]
                    .into_iter()
                    .any(|name| name.to_lowercase() == cell.to_lowercase())
            };
            Value::from(field.choices.iter().find(names).ok_or(Wrong::Choice)?.value.as_str())
        }
        FieldKind::Date => Value::from(iso_date(cell).ok_or(Wrong::Date)?),
        FieldKind::Text | FieldKind::Email | FieldKind::Url => Value::from(cell),
    };
    answer(field, &value).map(Some)
}

/// A number without a fraction as such: `2026` rather than `2026.0`.
fn whole(number: f64) -> Option<i64> {
    #[expect(clippy::cast_possible_truncation, reason = "whole and below 2^53")]
    let whole = (number.fract() == 0.0 && number.abs() <= LARGEST_NUMBER).then_some(number as i64);
    whole
}

/// `x` is what people put into a column of marks.
pub fn yes_or_no(cell: &str) -> Option<bool> {
    match cell.trim().to_lowercase().as_str() {
        "1" | "x" | "true" | "yes" | "y" | "có" | "đúng" => Some(true),
        "0" | "" | "false" | "no" | "n" | "không" | "sai" => Some(false),
        _ => None,
    }
}

/// Year first, or day first as it is written in Vietnam.
fn iso_date(cell: &str) -> Option<String> {
    ["%Y-%m-%d", "%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y"]
        .into_iter()
        .find_map(|form| NaiveDate::parse_from_str(cell, form).ok())
        .map(|date| date.to_string())
}

/// An answer as a cell of a spreadsheet.
pub fn to_cell(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn field(key: &str, kind: FieldKind, required: bool) -> Field {
        let choice =
            |value: &str| Choice { value: value.into(), title: Text::new(format!("Cỡ {value}"), value) };
        Field {
            key: key.into(),
            title: Text::new(key, key),
            kind,
            of: Asked::Team,
            required,
            choices: if kind == FieldKind::Choice { vec![choice("s"), choice("m")] } else { Vec::new() },
            max_length: None,
        }
    }

    #[expect(clippy::needless_pass_by_value, reason = "reads as a literal")]
    fn given(value: Value) -> Map<String, Value> {
        value.as_object().unwrap().clone()
    }

    #[test]
    fn each_kind_takes_its_own_answers_only() {
        use FieldKind as K;
        let all: &[(K, &[Value], &[Value])] = &[
            (
                K::Text,
                &[json!("Trường  A")],
                &[json!(""), json!(" "), json!(1), json!("a\u{0}b"), json!(["x"])],
            ),
            (K::Number, &[json!(1), json!(-2.5)], &[json!("1"), json!(1e300), json!(true), json!({})]),
            (K::Choice, &[json!("s")], &[json!("S"), json!("xl"), json!(1)]),
            (K::Boolean, &[json!(true), json!(false)], &[json!("true"), json!(1)]),
            (
                K::Date,
                &[json!("2026-11-28")],
                &[json!("28/11/2026"), json!("2026-02-30"), json!("2026-1-1"), json!(1)],
            ),
            (K::Email, &[json!("Lan@truong.edu.vn")], &[json!("lan"), json!("a@b"), json!(1)]),
            (
                K::Url,
                &[json!("https://example.vn/a?b")],
                &[
                    json!("javascript:alert(1)"),
                    json!("ftp://a.vn"),
                    json!("example.vn"),
                    json!("http://"),
                    json!(1),
                ],
            ),
        ];
        for (kind, right, wrong) in all {
            let fields = [field("f", *kind, true)];
            for value in *right {
                assert!(
                    check(&fields, Asked::Team, &given(json!({ "f": value }))).is_ok(),
                    "{kind:?} {value}"
                );
            }
            for value in *wrong {
                assert!(
                    check(&fields, Asked::Team, &given(json!({ "f": value }))).is_err(),
                    "{kind:?} {value}"
                );
            }
        }
    }

    #[test]
    fn what_is_required_must_be_there_and_what_is_not_asked_must_not() {
        let fields = [field("a", FieldKind::Text, true), field("b", FieldKind::Text, false)];
        let of = |value| check(&fields, Asked::Team, &given(value));
        assert_eq!(of(json!({})), Err(("a".into(), Wrong::Missing)));
        assert_eq!(of(json!({ "a": null })), Err(("a".into(), Wrong::Missing)));
        assert_eq!(of(json!({ "a": "x", "c": 1 })), Err(("c".into(), Wrong::Unknown)));
        assert_eq!(of(json!({ "a": " x " })).unwrap(), Answers::from([("a".into(), json!("x"))]));
        let member = check(&fields, Asked::Member, &given(json!({ "a": "x" })));
        assert_eq!(member, Err(("a".into(), Wrong::Unknown)), "a team's question is not a member's");
    }

    #[test]
    fn answers_to_a_form_that_changed_since_are_missing() {
        let answers = Answers::from([("a".into(), json!("old"))]);
        assert_eq!(missing(&[field("a", FieldKind::Text, true)], Asked::Team, &answers), [""; 0]);
        assert_eq!(missing(&[field("a", FieldKind::Number, true)], Asked::Team, &answers), ["a"]);
        assert_eq!(missing(&[field("b", FieldKind::Text, true)], Asked::Team, &answers), ["b"]);
        assert_eq!(missing(&[field("b", FieldKind::Text, false)], Asked::Team, &answers), [""; 0]);
    }

    #[test]
    fn cells_are_read_as_people_write_them() {
        use FieldKind as K;
        for (kind, cell, expected) in [
            (K::Text, " Trường A ", json!("Trường A")),
            (K::Number, "2026", json!(2026)),
            (K::Number, "8,5", json!(8.5)),
            (K::Choice, "cỡ S", json!("s")),
            (K::Boolean, "Có", json!(true)),
            (K::Boolean, "không", json!(false)),
            (K::Date, "28/11/2026", json!("2026-11-28")),
            (K::Email, "Lan@Truong.edu.vn", json!("lan@truong.edu.vn")),
        ] {
            assert_eq!(from_cell(&field("f", kind, false), cell), Ok(Some(expected)), "{cell}");
        }
        assert_eq!(from_cell(&field("f", K::Number, true), "  "), Ok(None));
        assert_eq!(from_cell(&field("f", K::Number, true), "NaN"), Err(Wrong::Number));
        assert_eq!(from_cell(&field("f", K::Number, true), "mười"), Err(Wrong::Number));
        assert_eq!(from_cell(&field("f", K::Choice, true), "xl"), Err(Wrong::Choice));
        assert_eq!(from_cell(&field("f", K::Date, true), "11/28/2026"), Err(Wrong::Date));
    }
}
