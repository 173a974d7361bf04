//! JSON and YAML without their traps: no duplicate keys, no deep nesting, finite numbers only.

use std::{collections::BTreeMap, fmt};

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_saphyr::options::NonFiniteFloatPolicy;

/// Levels of objects and lists. The two forms of a score file need two; organizers may add their own below.
const DEEPEST: u8 = 8;

/// As much of JSON as scores need.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    Number(f64),
    Object(BTreeMap<String, Value>),
    /// A list, text, true, false or null.
    Other,
}

/// Parses one document.
pub fn parse(bytes: &[u8]) -> Result<Value, serde_json::Error> {
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let value = Level(DEEPEST).deserialize(&mut deserializer)?;
    deserializer.end()?;
    Ok(value)
}

/// Parses one document. What aliases may grow to is bounded.
pub fn parse_yaml(text: &str) -> Result<Value, String> {
    let options = serde_saphyr::options! { non_finite_float_policy: NonFiniteFloatPolicy::AsString };
    serde_saphyr::with_deserializer_from_str_with_options(text, options, |deserializer| {
        Level(DEEPEST).deserialize(deserializer)
    })
    .map_err(|error| error.to_string())
}

/// How many levels may still open.
#[derive(Clone, Copy)]
struct Level(u8);

impl Level {
    fn below<E: Error>(self) -> Result<Self, E> {
        self.0.checked_sub(1).map(Self).ok_or_else(|| E::custom(format!("more than {DEEPEST} levels")))
    }
}

impl<'de> DeserializeSeed<'de> for Level {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Level {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        if value.is_finite() { Ok(Value::Number(value)) } else { Err(E::custom("a number is not finite")) }
    }

    #[expect(clippy::cast_precision_loss, reason = "a metric is a float; JSON has one kind of number")]
    fn visit_i64<E: Error>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value as f64))
    }

    #[expect(clippy::cast_precision_loss, reason = "a metric is a float; JSON has one kind of number")]
    fn visit_u64<E: Error>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value as f64))
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<Value, E> {
        Ok(Value::Other)
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<Value, E> {
        Ok(Value::Other)
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Other)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Value, A::Error> {
        let below = self.below()?;
        while list.next_element_seed(below)?.is_some() {}
        Ok(Value::Other)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let below = self.below()?;
        let mut object = BTreeMap::new();
        while let Some(key) = map.next_key::<String>()? {
            let value = map.next_value_seed(below)?;
            if object.contains_key(&key) {
                return Err(A::Error::custom(format!(
                    "the key {:?} is there twice",
                    judge_core::faults::quote(&key)
                )));
            }
            object.insert(key, value);
        }
        Ok(Value::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_traps_are_refused() {
        let deep = "[".repeat(100_000);
        for text in [
            r#"{"a":1,"a":2}"#,
            r#"{"a":{"b":1,"b":1}}"#,
            r#"{"a":NaN}"#,
            r#"{"a":Infinity}"#,
            r#"{"a":1e999}"#,
            r#"{"a":1} x"#,
            r#"{"a":1"#,
            "",
            &deep,
            "[[[[[[[[[1]]]]]]]]]",
            "\u{feff}{}",
        ] {
            assert!(parse(text.as_bytes()).is_err(), "{text:.40}");
        }
    }

    #[test]
    fn ordinary_json_is_read() {
        let value = parse(br#"{"a": 1, "b": [1, "x", null], "c": {"d": -0.5}}"#).unwrap();
        let Value::Object(object) = value else { panic!() };
        assert_eq!(object["a"], Value::Number(1.0));
        assert_eq!(object["b"], Value::Other);
        assert_eq!(object["c"], Value::Object(BTreeMap::from([("d".into(), Value::Number(-0.5))])));
    }
}
