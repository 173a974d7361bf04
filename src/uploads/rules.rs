//! Reading what tus clients say. Pure.

use base64::{Engine, engine::general_purpose::STANDARD};

use super::UploadError;
use crate::kernel::ids::PhaseId;

/// What `Upload-Metadata` says that this server cares about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Metadata {
    pub filename: String,
    pub phase: Option<PhaseId>,
    /// All of it, as it came.
    pub whole: String,
}

/// The longest `Upload-Metadata`; it is kept and sent back.
const LONGEST_METADATA: usize = 4096;

/// Reads `key base64,key base64`. Unknown keys are ignored; values are optional, as tus says.
pub fn metadata(header: &str) -> Result<Metadata, UploadError> {
    const BAD: UploadError = UploadError::BadHeader("Upload-Metadata");
    if header.len() > LONGEST_METADATA {
        return Err(BAD);
    }
    let mut filename = None;
    let mut phase = None;
    for pair in header.split(',').map(str::trim).filter(|p| !p.is_empty()) {
        let (key, encoded) = pair.split_once(' ').unwrap_or((pair, ""));
        let decode = || {
            let bytes = STANDARD.decode(encoded.trim()).map_err(|_| BAD)?;
            String::from_utf8(bytes).map_err(|_| BAD)
        };
        match key {
            "filename" => filename = Some(clean_filename(&decode()?)),
            "phase" => phase = Some(decode()?.parse().map_err(|_| BAD)?),
            _ => {}
        }
    }
    let filename = filename.unwrap_or_else(|| "upload".to_owned());
    Ok(Metadata { filename, phase, whole: header.to_owned() })
}

/// The name is shown and sent back, never used as a path; it still must not carry one.
fn clean_filename(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or(name);
    let clean: String = last.chars().filter(|c| !c.is_control()).take(200).collect();
    if clean.trim().is_empty() { "upload".to_owned() } else { clean }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encoded(pairs: &[(&str, &str)]) -> String {
        let pairs: Vec<String> = pairs.iter().map(|(k, v)| format!("{k} {}", STANDARD.encode(v))).collect();
        pairs.join(",")
    }

    #[test]
    fn name_and_phase_are_read_and_the_rest_is_ignored() {
        let phase = PhaseId::new();
        let header =
            encoded(&[("filename", "bài nộp.zip"), ("filetype", "x"), ("phase", &phase.to_string())]);
        let whole = format!("{header},is_confidential");
        let metadata = metadata(&whole).unwrap();
        assert_eq!(metadata, Metadata { filename: "bài nộp.zip".into(), phase: Some(phase), whole });
    }

    #[test]
    fn a_name_keeps_no_path_and_no_control_characters() {
        let name = |text: &str| metadata(&encoded(&[("filename", text)])).unwrap().filename;
        assert_eq!(name("../../etc/passwd"), "passwd");
        assert_eq!(name("C:\\a\\b.zip"), "b.zip");
        assert_eq!(name("a\r\nb"), "ab");
        assert_eq!(name(""), "upload");
    }

    #[test]
    fn malformed_metadata_is_refused() {
        let endless = "x".repeat(LONGEST_METADATA + 1);
        for header in ["filename ???", "phase bm90LWFuLWlk", "filename /w==", &endless] {
            assert!(matches!(metadata(header), Err(UploadError::BadHeader("Upload-Metadata"))), "{header}");
        }
    }
}
