//! A YAML document whose every value knows its place, so that a fault can name it.

use std::{cell::RefCell, collections::BTreeSet};

use serde_json::Value;
use serde_saphyr::options::DuplicateKeyPolicy;

use super::{super::DefinitionError, BundleFault};

/// Values of a document, with what its aliases repeat.
const MOST_NODES: usize = 20_000;

type Read<T> = Result<T, DefinitionError>;

#[derive(Debug)]
pub struct Document {
    file: &'static str,
    value: Value,
    /// Places that somebody asked for.
    touched: RefCell<BTreeSet<String>>,
}

impl Document {
    pub fn parse(file: &'static str, text: &str) -> Read<Self> {
        // Codabench lets the last of two equal keys count.
        let options = serde_saphyr::options! {
            duplicate_keys: DuplicateKeyPolicy::LastWins,
            budget: serde_saphyr::budget! { max_nodes: MOST_NODES, max_events: 3 * MOST_NODES },
        };
        let value = serde_saphyr::from_str_with_options(text, options).map_err(|error| {
            BundleFault::new(
                file,
                "",
                format!("không đọc được: {error}"),
                format!("it cannot be read: {error}"),
            )
        })?;
        Ok(Self { file, value, touched: RefCell::default() })
    }

    pub fn top(&self) -> Node<'_> {
        Node { document: self, place: String::new(), value: &self.value }
    }

    /// Places of what says something and was never asked for; the outermost of each.
    pub fn untouched(&self) -> Vec<String> {
        let mut found = Vec::new();
        self.collect(&self.value, "", &mut found);
        found
    }

    fn collect(&self, value: &Value, place: &str, found: &mut Vec<String>) {
        match value {
            Value::Object(map) => {
                for (key, value) in map {
                    let place = below(place, key);
                    if self.touched.borrow().contains(&place) {
                        self.collect(value, &place, found);
                    } else if says_something(value) {
                        found.push(place);
                    }
                }
            }
            Value::Array(items) => {
                for (index, value) in items.iter().enumerate() {
                    self.collect(value, &format!("{place}[{index}]"), found);
                }
            }
            _ => {}
        }
    }
}

fn says_something(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => false,
        Value::String(text) => !text.is_empty(),
        Value::Array(items) => !items.is_empty(),
        Value::Object(map) => !map.is_empty(),
        Value::Bool(true) | Value::Number(_) => true,
    }
}

fn below(place: &str, key: &str) -> String {
    if place.is_empty() { key.to_owned() } else { format!("{place}.{key}") }
}

#[derive(Debug, Clone)]
pub struct Node<'d> {
    document: &'d Document,
    pub place: String,
    value: &'d Value,
}

impl<'d> Node<'d> {
    pub fn wrong(&self, vi: impl Into<String>, en: impl Into<String>) -> DefinitionError {
        BundleFault::new(self.document.file, &self.place, vi, en).into()
    }

    /// What stands under a key. `null` counts as absent.
    pub fn get(&self, key: &str) -> Option<Node<'d>> {
        let place = below(&self.place, key);
        self.document.touched.borrow_mut().insert(place.clone());
        let value = self.value.get(key).filter(|value| !value.is_null())?;
        Some(Node { document: self.document, place, value })
    }

    pub fn need(&self, key: &str) -> Read<Node<'d>> {
        self.get(key).ok_or_else(|| {
            let place = below(&self.place, key);
            let fault = BundleFault::new(self.document.file, place, "thiếu khoá này", "this key is missing");
            DefinitionError::from(fault)
        })
    }

    /// Text, or a number as it is written.
    pub fn text(&self) -> Read<String> {
        match self.value {
            Value::String(text) => Ok(text.trim().to_owned()),
            Value::Number(number) => Ok(number.to_string()),
            _ => Err(self.wrong("phải là chữ", "it must be text")),
        }
    }

    /// Text that is not empty.
    pub fn words(&self) -> Read<String> {
        let text = self.text()?;
        if text.is_empty() {
            Err(self.wrong("không được để trống", "it must not be empty"))
        } else {
            Ok(text)
        }
    }

    pub fn whole(&self, least: i64, most: i64) -> Read<i64> {
        let number = match self.value {
            Value::String(text) => text.trim().parse().ok(),
            value => value.as_i64(),
        };
        number.filter(|number| (least..=most).contains(number)).ok_or_else(|| {
            self.wrong(
                format!("phải là số nguyên từ {least} đến {most}"),
                format!("it must be a whole number from {least} to {most}"),
            )
        })
    }

    /// YAML 1.1, which Codabench reads, has more words for truth than YAML 1.2.
    pub fn flag(&self) -> Read<bool> {
        let word = match self.value {
            Value::Bool(flag) => return Ok(*flag),
            Value::String(text) => text.trim().to_lowercase(),
            _ => String::new(),
        };
        match word.as_str() {
            "true" | "yes" | "on" => Ok(true),
            "false" | "no" | "off" => Ok(false),
            _ => Err(self.wrong("phải là true hoặc false", "it must be true or false")),
        }
    }

    pub fn flag_at(&self, key: &str) -> Read<bool> {
        self.get(key).map_or(Ok(false), |node| node.flag())
    }

    pub fn items(&self) -> Read<Vec<Node<'d>>> {
        let Value::Array(items) = self.value else {
            return Err(self.wrong("phải là một danh sách", "it must be a list"));
        };
        let node = |(index, value)| {
            let place = format!("{}[{index}]", self.place);
            Node { document: self.document, place, value }
        };
        Ok(items.iter().enumerate().map(node).collect())
    }

    /// Items of a list that must hold some.
    pub fn some_items(&self) -> Read<Vec<Node<'d>>> {
        let items = self.items()?;
        if items.is_empty() {
            return Err(self.wrong("phải có ít nhất một mục", "it must have at least one item"));
        }
        Ok(items)
    }

    /// Keys with what stands under them, in the order of their names.
    pub fn entries(&self) -> Read<Vec<(String, Node<'d>)>> {
        let Value::Object(map) = self.value else {
            return Err(self.wrong("phải là các cặp khoá và giá trị", "it must be keys with values"));
        };
        Ok(map.keys().filter_map(|key| self.get(key).map(|node| (key.clone(), node))).collect())
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write;

    use super::*;

    fn fault(error: DefinitionError) -> (String, String) {
        match error {
            DefinitionError::Bundle(fault) => (fault.key, fault.reason.en),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn every_value_knows_its_place() {
        let document = Document::parse("f", "tasks:\n  - index: 0\n    name: x\n  - index: two\n").unwrap();
        let tasks = document.top().need("tasks").unwrap().items().unwrap();
        assert_eq!(tasks[0].need("index").unwrap().whole(0, 9).unwrap(), 0);
        assert_eq!(fault(tasks[1].need("index").unwrap().whole(0, 9).unwrap_err()).0, "tasks[1].index");
        assert_eq!(
            fault(tasks[1].need("name").unwrap_err()),
            ("tasks[1].name".into(), "this key is missing".into())
        );
    }

    #[test]
    fn what_nobody_asked_for_is_found_unless_it_says_nothing() {
        let document =
            Document::parse("f", "a: 1\nb: {c: 2, d: 3}\ne: null\nf: false\ng: []\nh: ''\n").unwrap();
        document.top().need("b").unwrap().get("c");
        assert_eq!(document.untouched(), ["a", "b.d"]);
    }

    #[test]
    fn truth_has_the_words_of_yaml_1_1() {
        let document = Document::parse("f", "a: [True, yes, 'on', no, Off, false, maybe]").unwrap();
        let flags = document.top().need("a").unwrap().items().unwrap();
        let read: Vec<_> = flags.iter().map(|node| node.flag().ok()).collect();
        assert_eq!(read, [Some(true), Some(true), Some(true), Some(false), Some(false), Some(false), None]);
    }

    #[test]
    fn aliases_that_multiply_are_refused() {
        let mut bomb = "a: &a [x,x,x,x,x,x,x,x,x]\n".to_owned();
        for (name, before) in "bcdefghij".chars().zip("abcdefghi".chars()) {
            let nine = vec![format!("*{before}"); 9].join(",");
            writeln!(bomb, "{name}: &{name} [{nine}]").unwrap();
        }
        assert!(Document::parse("f", &bomb).is_err());
    }
}
