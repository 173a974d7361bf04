//! What names, addresses and passwords must look like.

use std::fmt;

use unicode_normalization::UnicodeNormalization;

/// Why an input is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Invalid {
    #[error("this is not an e-mail address")]
    Email,
    #[error("it must have {min} to {max} characters")]
    Length { min: usize, max: usize },
    #[error("it has control characters or invisible ones")]
    Invisible,
    #[error("this is not a year")]
    Year,
    #[error("this is not a phone number")]
    Phone,
}

/// A mailbox's address in lower case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Email(String);

impl Email {
    /// Checks what catches slips of the hand; only a letter that arrives proves an address.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let text = text.trim();
        let (local, domain) = text.split_once('@').ok_or(Invalid::Email)?;
        let plain =
            |part: &str| part.bytes().all(|b| b.is_ascii_graphic() && !b"\"(),:;<>@[\\]".contains(&b));
        let dotted = |part: &str| part.split('.').all(|label| !label.is_empty());
        let labels_of_hosts = domain.bytes().all(|b| b.is_ascii_alphanumeric() || b"-.".contains(&b));
        let right = text.len() <= 254
            && local.len() <= 64
            && plain(local)
            && dotted(local)
            && domain.contains('.')
            && dotted(domain)
            && labels_of_hosts;
        if right { Ok(Self(text.to_ascii_lowercase())) } else { Err(Invalid::Email) }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A password in Unicode's composed form, so that every keyboard's "ệ" is the same one (RFC 8265, 4.2).
#[derive(Clone)]
pub struct Password(String);

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password")
    }
}

impl Password {
    pub const LENGTH: (usize, usize) = (10, 200);

    /// A password that somebody chooses.
    pub fn chosen(text: &str) -> Result<Self, Invalid> {
        let password = Self::typed(text);
        let (min, max) = Self::LENGTH;
        if (min..=max).contains(&password.0.chars().count()) {
            Ok(password)
        } else {
            Err(Invalid::Length { min, max })
        }
    }

    /// A password that somebody typed to prove who they are: right or wrong, but never invalid.
    pub fn typed(text: &str) -> Self {
        Self(text.nfc().collect())
    }

    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

/// A person's name.
pub fn person_name(text: &str) -> Result<String, Invalid> {
    line(text, 1, 100)
}

/// What somebody calls a token.
pub fn token_name(text: &str) -> Result<String, Invalid> {
    line(text, 1, 100)
}

/// A phone number as people write it; empty where none is given.
pub fn phone(text: &str) -> Result<String, Invalid> {
    let text = text.trim();
    let plain = text.bytes().all(|b| b.is_ascii_digit() || b" +-".contains(&b));
    let right = text.is_empty() || ((6..=30).contains(&text.len()) && plain);
    if right { Ok(text.to_owned()) } else { Err(Invalid::Phone) }
}

/// The media type of a file of evidence, by its first bytes; none where it is of no kind that is taken.
pub fn evidence_type(head: &[u8]) -> Option<&'static str> {
    const KINDS: [(&[u8], &str); 3] =
        [(b"%PDF-", "application/pdf"), (b"\x89PNG\r\n\x1a\n", "image/png"), (b"\xff\xd8\xff", "image/jpeg")];
    KINDS.into_iter().find(|(mark, _)| head.starts_with(mark)).map(|(_, kind)| kind)
}

/// One line of text for people: composed form, single spaces, no control or invisible characters.
pub fn line(text: &str, min: usize, max: usize) -> Result<String, Invalid> {
    // Longer than any text that could still be right, so that the work below stays small.
    if text.len() > max * 16 {
        return Err(Invalid::Length { min, max });
    }
    let composed: String = text.nfc().collect();
    if composed.chars().any(|c| c.is_control() || is_invisible(c)) {
        return Err(Invalid::Invisible);
    }
    let words: Vec<&str> = composed.split_whitespace().collect();
    let line = words.join(" ");
    if (min..=max).contains(&line.chars().count()) { Ok(line) } else { Err(Invalid::Length { min, max }) }
}

/// Characters that show nothing or turn the direction of writing: with them two names look alike that differ.
fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e0fff}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_trimmed_and_lower_case() {
        assert_eq!(
            Email::parse("  Lan.Nguyen+AIC@HCMUS.edu.VN ").unwrap().as_str(),
            "lan.nguyen+aic@hcmus.edu.vn"
        );
        assert!(Email::parse("admin@dautri.local").is_ok());
    }

    #[test]
    fn what_cannot_be_an_address_is_refused() {
        let long = format!("{}@example.com", "a".repeat(65));
        let longer = format!("a@{}.com", "b".repeat(254));
        for text in [
            "",
            "@",
            "a",
            "a@",
            "@b.vn",
            "a@b",
            "a@@b.vn",
            "a b@c.vn",
            "a@b..vn",
            ".a@b.vn",
            "a@b.vn.",
            "a@-_.vn",
            "nguyễn@b.vn",
            "a\0@b.vn",
            "a@b.vn\nBcc: c@d.vn",
            "<a@b.vn>",
            &long,
            &longer,
        ] {
            assert_eq!(Email::parse(text), Err(Invalid::Email), "{text:?}");
        }
    }

    #[test]
    fn passwords_count_characters_not_bytes() {
        assert!(Password::chosen("ếếếếếếếếế").is_err(), "nine characters");
        assert!(Password::chosen("ếếếếếếếếếế").is_ok());
        assert!(Password::chosen(&"x".repeat(200)).is_ok());
        assert!(Password::chosen(&"x".repeat(201)).is_err());
    }

    #[test]
    fn both_forms_of_one_letter_are_one_password() {
        assert_eq!(Password::typed("e\u{302}\u{323}").as_bytes(), Password::typed("ệ").as_bytes());
    }

    #[test]
    fn a_password_never_reaches_a_log() {
        assert_eq!(format!("{:?}", Password::typed("open sesame")), "Password");
    }

    #[test]
    fn names_lose_spare_spaces_and_keep_their_letters() {
        assert_eq!(line("  Đội   Trí\u{a0}Tuệ ", 2, 60).unwrap(), "Đội Trí Tuệ");
        assert_eq!(line("e\u{302}\u{323}", 1, 1).unwrap(), "ệ");
    }

    #[test]
    fn names_that_hide_something_are_refused() {
        for text in ["a\0b", "a\nb", "a\u{200b}b", "\u{202e}ba", "a\u{feff}", "\u{3164}\u{3164}"] {
            assert_eq!(line(text, 1, 60), Err(Invalid::Invisible), "{text:?}");
        }
    }

    #[test]
    fn evidence_is_known_by_its_first_bytes() {
        assert_eq!(evidence_type(b"%PDF-1.7"), Some("application/pdf"));
        assert_eq!(evidence_type(b"\x89PNG\r\n\x1a\n"), Some("image/png"));
        assert_eq!(evidence_type(b"\xff\xd8\xff\xe0"), Some("image/jpeg"));
        for head in [&b""[..], b"%PDF", b"PK\x03\x04", b"<svg xml", b"MZ", b" %PDF-1."] {
            assert_eq!(evidence_type(head), None, "{head:?}");
        }
    }

    #[test]
    fn phones_are_plain() {
        assert_eq!(phone(" +84 90-123 456 ").unwrap(), "+84 90-123 456");
        assert_eq!(phone("").unwrap(), "");
        for text in ["12345", "gọi cho tôi", "1234567; DROP", &"1".repeat(31)] {
            assert_eq!(phone(text), Err(Invalid::Phone), "{text}");
        }
    }

    #[test]
    fn lengths_hold_at_both_ends() {
        let wrong = Err(Invalid::Length { min: 2, max: 60 });
        assert_eq!(line("   ", 2, 60), wrong);
        assert_eq!(line("a", 2, 60), wrong);
        assert!(line("ab", 2, 60).is_ok());
        assert!(line(&"ệ".repeat(60), 2, 60).is_ok());
        assert_eq!(line(&"ệ".repeat(61), 2, 60), wrong);
        assert_eq!(line(&" ".repeat(100_000), 2, 60), wrong);
    }
}
