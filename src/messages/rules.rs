//! What titles and texts must look like. Pure.

use unicode_normalization::UnicodeNormalization;

use crate::accounts::rules::{Invalid, line};

pub const LONGEST_BODY: usize = 10_000;

pub fn title(text: &str) -> Result<String, Invalid> {
    line(text, 1, 150)
}

/// Text of several lines: composed form, line feeds alone, no other control characters.
pub fn body(text: &str) -> Result<String, Invalid> {
    let invalid = Invalid::Length { min: 1, max: LONGEST_BODY };
    // Longer than any text that could still be right, so that the work below stays small.
    if text.len() > LONGEST_BODY * 16 {
        return Err(invalid);
    }
    let composed: String = text.nfc().collect::<String>().replace("\r\n", "\n");
    let body = composed.trim();
    if body.chars().any(|c| c.is_control() && c != '\n' && c != '\t') {
        return Err(Invalid::Invisible);
    }
    if (1..=LONGEST_BODY).contains(&body.chars().count()) { Ok(body.to_owned()) } else { Err(invalid) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_keeps_its_lines_and_nothing_hidden() {
        assert_eq!(body(" một\r\nhai\n\n").unwrap(), "một\nhai");
        assert_eq!(body("a\0b"), Err(Invalid::Invisible));
        assert_eq!(body("a\rb"), Err(Invalid::Invisible));
        assert!(body(" \n ").is_err());
        assert!(body(&"ế".repeat(LONGEST_BODY)).is_ok());
        assert!(body(&"ế".repeat(LONGEST_BODY + 1)).is_err());
        assert!(body(&"x".repeat(LONGEST_BODY * 20)).is_err());
    }
}
