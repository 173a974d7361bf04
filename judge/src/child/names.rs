//! Which names from an archive may become files.

use judge_core::faults::{FaultKind, quote};

const LONGEST_NAME: usize = 255;
const LONGEST_PATH: usize = 1024;
const DEEPEST: usize = 32;

/// The components of a path that stays inside and means the same on every system.
pub(crate) fn components(path: &str) -> Result<Vec<&str>, FaultKind> {
    let inner = path.strip_suffix('/').unwrap_or(path);
    let components: Vec<&str> = inner.split('/').collect();
    let harmless = !path.is_empty()
        && path.len() <= LONGEST_PATH
        && components.len() <= DEEPEST
        && components.iter().all(|component| is_component(component));
    if harmless { Ok(components) } else { Err(FaultKind::UnsafePath { path: quote(path) }) }
}

/// Whether a path may become a file.
pub(crate) fn is_safe(path: &str) -> bool {
    components(path).is_ok()
}

fn is_component(name: &str) -> bool {
    let drive = name.len() >= 2 && name.as_bytes()[1] == b':' && name.as_bytes()[0].is_ascii_alphabetic();
    !name.is_empty()
        && name.len() <= LONGEST_NAME
        && name != "."
        && name != ".."
        && !drive
        && !name.contains(|c: char| c == '\\' || c.is_control())
}

/// Two names with the same key cannot both be there: on other systems they are one file.
pub(crate) fn collision_key(components: &[&str]) -> String {
    components.join("/").to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_leave_the_folder_or_mean_something_elsewhere_are_refused() {
        let long = "a".repeat(256);
        let deep = "a/".repeat(40);
        for path in [
            "../x",
            "a/../../x",
            "/etc/passwd",
            "a//b",
            "a/./b",
            "",
            "/",
            ".",
            "..",
            "a\\..\\b",
            "C:/x",
            "c:x",
            "a\0b",
            "a\nb",
            "a/..",
            &long,
            &deep,
        ] {
            assert!(components(path).is_err(), "{path:?}");
        }
    }

    #[test]
    fn ordinary_names_pass() {
        for path in ["predict.py", "mô hình/trọng số.npz", "a/b/c/", "..a", "a..b", ".hidden", "12:30"]
        {
            assert!(components(path).is_ok(), "{path:?}");
        }
    }
}
