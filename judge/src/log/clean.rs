//! Bytes of a program to text that is safe to show.

/// Turns pieces of bytes into text; a character cut in two by the pieces is put together again.
#[derive(Debug, Default)]
pub struct Cleaner {
    /// The beginning of a character, at most three bytes.
    carry: Vec<u8>,
}

impl Cleaner {
    pub fn push(&mut self, bytes: &[u8], text: &mut String) {
        let joined;
        let mut rest = bytes;
        if !self.carry.is_empty() {
            joined = [self.carry.as_slice(), bytes].concat();
            rest = &joined;
        }
        let mut carry = Vec::new();
        loop {
            match std::str::from_utf8(rest) {
                Ok(valid) => {
                    push_visible(valid, text);
                    break;
                }
                Err(error) => {
                    let (valid, invalid) = rest.split_at(error.valid_up_to());
                    push_visible(&String::from_utf8_lossy(valid), text);
                    if let Some(length) = error.error_len() {
                        text.push(char::REPLACEMENT_CHARACTER);
                        rest = &invalid[length..];
                    } else {
                        carry = invalid.to_vec();
                        break;
                    }
                }
            }
        }
        self.carry = carry;
    }
}

fn push_visible(valid: &str, text: &mut String) {
    text.extend(valid.chars().filter(|c| matches!(c, '\n' | '\t') || !c.is_control()));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cleaned(pieces: &[&[u8]]) -> String {
        let mut cleaner = Cleaner::default();
        let mut text = String::new();
        for piece in pieces {
            cleaner.push(piece, &mut text);
        }
        text
    }

    #[test]
    fn a_character_cut_in_two_is_whole_again() {
        let bytes = "điểm".as_bytes();
        for at in 0..bytes.len() {
            assert_eq!(cleaned(&[&bytes[..at], &bytes[at..]]), "điểm");
        }
    }

    #[test]
    fn control_characters_go_and_invalid_bytes_show() {
        assert_eq!(cleaned(&[b"a\x1b[31mb\r\n\tc\xff\x00d"]), "a[31mb\n\tc\u{fffd}d");
    }
}
