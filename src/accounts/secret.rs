//! Random secrets that are shown once and kept as a hash.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use rand::{TryRng, rngs::SysRng};
use sha2::{Digest, Sha256};

const BYTES: usize = 32;
/// Base64 of 32 bytes without padding.
const CHARS: usize = 43;

/// A prefix that says what the secret opens, and 256 random bits as base64url.
pub fn fresh(prefix: &str) -> String {
    let mut bytes = [0; BYTES];
    SysRng.try_fill_bytes(&mut bytes).expect("the operating system gives random bytes");
    format!("{prefix}{}", URL_SAFE_NO_PAD.encode(bytes))
}

/// Six random digits, each number as likely as any other.
pub fn digits() -> String {
    // 4,294,000,000 is the largest multiple of a million that fits; what lies above would favour small numbers.
    const FAIR: u32 = u32::MAX / 1_000_000 * 1_000_000;
    loop {
        let number = SysRng.try_next_u32().expect("the operating system gives random bytes");
        if number < FAIR {
            return format!("{:06}", number % 1_000_000);
        }
    }
}

/// What the database keeps.
// A plain hash is enough: nobody guesses 256 random bits, however fast it is. Looking the hash up instead of
// comparing secrets leaves nothing to measure.
pub fn hash(secret: &str) -> [u8; 32] {
    Sha256::digest(secret.as_bytes()).into()
}

/// The hash of what a client showed; none where it cannot be a secret, so that junk costs no query.
pub fn hash_shown(prefix: &str, text: &str) -> Option<[u8; 32]> {
    let random = text.strip_prefix(prefix)?;
    let plausible =
        random.len() == CHARS && random.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b));
    plausible.then(|| hash(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_found_by_what_its_owner_shows() {
        let secret = fresh("dt_");
        assert!(secret.starts_with("dt_"));
        assert_eq!(hash_shown("dt_", &secret), Some(hash(&secret)));
        assert_ne!(fresh("dt_"), secret);
    }

    #[test]
    fn codes_are_six_digits() {
        for _ in 0..1000 {
            let code = digits();
            assert!(code.len() == 6 && code.bytes().all(|b| b.is_ascii_digit()), "{code}");
        }
    }

    #[test]
    fn what_cannot_be_a_secret_has_no_hash() {
        let secret = fresh("dt_");
        let (longer, strange) = (format!("{secret}a"), format!("{}%", &secret[..45]));
        for text in ["", "dt_", &secret[..45], &longer, &secret[3..], "dt_\u{1b0}", &strange] {
            assert_eq!(hash_shown("dt_", text), None, "{text:?}");
        }
        assert_eq!(hash_shown("dti_", &secret), None, "a token is no invitation");
    }
}
