//! A client's checksum over the bytes of one request (tus: checksum).

use base64::{Engine, engine::general_purpose::STANDARD};
use sha1::Sha1;
use sha2::{Digest, Sha256};

use super::UploadError;

/// What `Tus-Checksum-Algorithm` announces.
pub const ALGORITHMS: &str = "sha1,sha256";

/// What the bytes of a request must hash to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checksum {
    algorithm: Algorithm,
    expected: Vec<u8>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Algorithm {
    Sha1,
    Sha256,
}

impl Checksum {
    /// Reads `Upload-Checksum: sha1 <base64>`.
    pub fn read(header: &str) -> Result<Self, UploadError> {
        const BAD: UploadError = UploadError::BadHeader("Upload-Checksum");
        let (name, encoded) = header.trim().split_once(' ').ok_or(BAD)?;
        let (algorithm, length) = match name {
            "sha1" => (Algorithm::Sha1, 20),
            "sha256" => (Algorithm::Sha256, 32),
            _ => return Err(UploadError::UnknownChecksum),
        };
        let expected = STANDARD.decode(encoded.trim()).map_err(|_| BAD)?;
        if expected.len() == length { Ok(Self { algorithm, expected }) } else { Err(BAD) }
    }

    /// Something that takes the bytes as they come.
    pub fn begin(&self) -> Running {
        match self.algorithm {
            Algorithm::Sha1 => Running::Sha1(Sha1::new()),
            Algorithm::Sha256 => Running::Sha256(Sha256::new()),
        }
    }

    /// Whether the bytes were those that the client sent.
    pub fn fits(&self, running: Running) -> bool {
        let found = match running {
            Running::Sha1(hash) => hash.finalize().to_vec(),
            Running::Sha256(hash) => hash.finalize().to_vec(),
        };
        found == self.expected
    }
}

#[derive(Debug)]
pub enum Running {
    Sha1(Sha1),
    Sha256(Sha256),
}

impl Running {
    pub fn update(&mut self, bytes: &[u8]) {
        match self {
            Self::Sha1(hash) => hash.update(bytes),
            Self::Sha256(hash) => hash.update(bytes),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fits(header: &str, chunks: &[&str]) -> bool {
        let checksum = Checksum::read(header).unwrap();
        let mut running = checksum.begin();
        for chunk in chunks {
            running.update(chunk.as_bytes());
        }
        checksum.fits(running)
    }

    #[test]
    fn both_algorithms_are_computed_over_all_chunks() {
        // The example of the tus specification: SHA-1 of "hello world".
        let sha1 = "sha1 Kq5sNclPz7QV2+lfQIuc6R7oRu0=";
        let sha256 = "sha256 uU0nuZNNPgilLlLX2n2r+sSE7+N6U4DukIj3rOLvzek=";
        for header in [sha1, sha256] {
            assert!(fits(header, &["hello world"]), "{header}");
            assert!(fits(header, &["hello", " ", "world"]), "{header}");
            assert!(!fits(header, &["hello World"]), "{header}");
            assert!(!fits(header, &[]), "{header}");
        }
    }

    #[test]
    fn what_is_no_checksum_is_told_from_what_this_server_does_not_compute() {
        for bad in ["", "sha1", "sha1 ???", "sha1 YWJj", "sha256 Kq5sNclPz7QV2+lfQIuc6R7oRu0="] {
            assert!(matches!(Checksum::read(bad), Err(UploadError::BadHeader("Upload-Checksum"))), "{bad}");
        }
        for unknown in ["md5 XrY7u+Ae7tCTyyK7j1rNww==", "SHA1 Kq5sNclPz7QV2+lfQIuc6R7oRu0="] {
            assert!(matches!(Checksum::read(unknown), Err(UploadError::UnknownChecksum)), "{unknown}");
        }
    }
}
