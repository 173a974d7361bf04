//! Who may read what, which files a pattern names, and how a manifest is written. Pure.

use std::{
    fmt::Write as _,
    path::{Component, Path},
};

use globset::{GlobBuilder, GlobMatcher};

use super::{
    DataError,
    model::{Access, DataFile, DataSet, Version, Viewer},
};
use crate::kernel::Timestamp;

/// Why somebody may not read a set or a version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    NotYet { opens: Timestamp },
    Over,
    Withdrawn,
    LogIn,
    AcceptRules,
    JoinTeam,
}

/// Why a viewer may not read a set now. Organizers read all.
pub fn refusal(set: &DataSet, viewer: Viewer, needs_rules: bool, now: Timestamp) -> Option<Refusal> {
    if viewer.organizer {
        return None;
    }
    if let Some(opens) = set.from.filter(|from| now < *from) {
        return Some(Refusal::NotYet { opens });
    }
    if set.until.is_some_and(|until| until <= now) {
        return Some(Refusal::Over);
    }
    let rules = match set.access {
        Access::Public | Access::LoggedIn => false,
        Access::Rules => true,
        Access::Team => needs_rules,
    };
    if set.access != Access::Public && !viewer.logged_in {
        Some(Refusal::LogIn)
    } else if rules && !viewer.accepted {
        Some(Refusal::AcceptRules)
    } else if set.access == Access::Team && !viewer.member {
        Some(Refusal::JoinTeam)
    } else {
        None
    }
}

/// The version that `latest` means: the newest one that is not withdrawn.
pub fn latest(versions: &[Version]) -> Option<&Version> {
    versions.iter().filter(|v| !v.withdrawn).max_by_key(|v| v.number)
}

/// Which files of a version are wanted.
#[derive(Debug)]
pub struct Selection(Option<Wanted>);

#[derive(Debug)]
enum Wanted {
    /// A file, or a folder with all below it.
    Below(String),
    Matching(GlobMatcher),
}

impl Selection {
    /// Reads `only`: a path, a folder, or a pattern with `*` (within a folder), `**`, `?`, `[…]`, `{…}`.
    pub fn read(only: Option<&str>) -> Result<Self, DataError> {
        const LONGEST: usize = 500;
        let Some(only) = only.filter(|text| !text.is_empty()) else { return Ok(Self(None)) };
        if only.len() > LONGEST {
            return Err(DataError::BadPattern { reason: format!("it is longer than {LONGEST} bytes") });
        }
        if !only.contains(['*', '?', '[', '{']) {
            return Ok(Self(Some(Wanted::Below(only.trim_matches('/').to_owned()))));
        }
        let glob = GlobBuilder::new(only).literal_separator(true).build();
        let glob = glob.map_err(|error| DataError::BadPattern { reason: error.kind().to_string() })?;
        Ok(Self(Some(Wanted::Matching(glob.compile_matcher()))))
    }

    pub fn takes(&self, path: &str) -> bool {
        match &self.0 {
            None => true,
            Some(Wanted::Below(folder)) => path
                .strip_prefix(folder.as_str())
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/')),
            Some(Wanted::Matching(glob)) => glob.is_match(path),
        }
    }

    /// The files that are wanted; there must be one.
    pub fn of(&self, files: Vec<DataFile>) -> Result<Vec<DataFile>, DataError> {
        let chosen: Vec<DataFile> = files.into_iter().filter(|file| self.takes(&file.path)).collect();
        if chosen.is_empty() && self.0.is_some() { Err(DataError::NothingSelected) } else { Ok(chosen) }
    }
}

/// `SHA256SUMS`, as `sha256sum --check` reads it.
pub fn sums<'a>(files: impl IntoIterator<Item = (&'a str, &'a [u8])>) -> String {
    files.into_iter().fold(String::new(), |mut text, (path, sha256)| {
        writeln!(text, "{}  {path}", hex::encode(sha256)).expect("memory takes writes");
        text
    })
}

/// Whether a path may name a file of a set: relative, without detours, and a manifest's line can hold it.
pub fn is_plain_path(path: &str) -> bool {
    let parts = Path::new(path).components();
    let normal = parts.map(|part| matches!(part, Component::Normal(_))).collect::<Vec<_>>();
    let tidy = !path.contains("//") && !path.ends_with('/') && !path.split('/').any(|part| part == ".");
    let writable = !path.contains(|c: char| c == '\\' || c.is_control());
    !normal.is_empty() && normal.iter().all(|n| *n) && tidy && writable && path.len() <= 1000
}

#[cfg(test)]
mod tests {
    use judge_core::text::Text;

    use super::*;
    use crate::kernel::ids::{DataSetId, DataVersionId};

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_timestamp(seconds, 0).unwrap()
    }

    fn set(access: Access, from: Option<i64>, until: Option<i64>) -> DataSet {
        DataSet {
            id: DataSetId::new(),
            slug: "s".into(),
            title: Text::new("", ""),
            access,
            from: from.map(at),
            until: until.map(at),
            dropped: false,
        }
    }

    #[test]
    fn each_access_names_the_first_thing_that_is_missing() {
        let nobody = Viewer::default();
        let person = Viewer { logged_in: true, ..nobody };
        let reader = Viewer { accepted: true, ..person };
        let member = Viewer { member: true, ..person };
        let both = Viewer { member: true, ..reader };
        let organizer = Viewer { organizer: true, logged_in: true, ..nobody };
        let (log_in, accept, join) =
            (Some(Refusal::LogIn), Some(Refusal::AcceptRules), Some(Refusal::JoinTeam));
        for (access, needs_rules, expected) in [
            (Access::Public, true, [None; 5]),
            (Access::LoggedIn, true, [log_in, None, None, None, None]),
            (Access::Rules, false, [log_in, accept, None, accept, None]),
            (Access::Team, false, [log_in, join, join, None, None]),
            (Access::Team, true, [log_in, accept, join, accept, None]),
        ] {
            let set = set(access, None, None);
            let found = [nobody, person, reader, member, both].map(|v| refusal(&set, v, needs_rules, at(5)));
            assert_eq!(found, expected, "{access:?} {needs_rules}");
            assert_eq!(refusal(&set, organizer, needs_rules, at(5)), None);
        }
    }

    #[test]
    fn a_set_is_visible_from_its_start_until_just_before_its_end() {
        let set = set(Access::Public, Some(10), Some(20));
        let seen = |now| refusal(&set, Viewer::default(), false, at(now));
        assert_eq!(seen(9), Some(Refusal::NotYet { opens: at(10) }));
        assert_eq!((seen(10), seen(19)), (None, None));
        assert_eq!(seen(20), Some(Refusal::Over));
        let organizer = Viewer { organizer: true, ..Viewer::default() };
        assert_eq!(refusal(&set, organizer, false, at(9)), None);
    }

    #[test]
    fn the_latest_version_is_the_newest_that_stands() {
        let version = |number, withdrawn| Version {
            id: DataVersionId::new(),
            set: DataSetId::new(),
            number,
            content_hash: Vec::new(),
            withdrawn,
            created_at: at(0),
            files: 0,
            bytes: 0,
        };
        let versions = [version(1, false), version(3, true), version(2, false)];
        assert_eq!(latest(&versions).unwrap().number, 2);
        assert!(latest(&[version(1, true)]).is_none());
    }

    #[test]
    fn a_selection_takes_files_folders_and_patterns() {
        let takes = |only: &str, path: &str| Selection::read(Some(only)).unwrap().takes(path);
        assert!(Selection::read(None).unwrap().takes("a") && takes("", "a"));
        for (only, path) in [
            ("a/b.csv", "a/b.csv"),
            ("a", "a/b/c.csv"),
            ("a/", "a/b/c.csv"),
            ("*.csv", "b.csv"),
            ("a/*.csv", "a/b.csv"),
            ("**/*.csv", "a/b/c.csv"),
            ("**/*.csv", "c.csv"),
            ("a/**", "a/b/c.csv"),
            ("L0[12]/*.jpg", "L02/7.jpg"),
            ("{train,test}.csv", "test.csv"),
            ("ả?h.png", "ảnh.png"),
        ] {
            assert!(takes(only, path), "{only} {path}");
        }
        for (only, path) in
            [("a", "ab.csv"), ("*.csv", "a/b.csv"), ("a/b", "a/b.csv"), ("A/*", "a/b"), ("L0?", "L03/7.jpg")]
        {
            assert!(!takes(only, path), "{only} {path}");
        }
        let long = "*".repeat(501);
        for bad in ["a[", "{a", long.as_str()] {
            assert!(matches!(Selection::read(Some(bad)), Err(DataError::BadPattern { .. })), "{bad}");
        }
    }

    #[test]
    fn a_manifests_line_is_what_sha256sum_reads() {
        let text = sums([("a/b c.csv", &[0xab; 32][..])]);
        assert_eq!(text, format!("{}  a/b c.csv\n", "ab".repeat(32)));
    }

    #[test]
    fn a_path_of_a_set_has_no_detours_and_no_lines() {
        for path in ["a", "a/b.csv", "ảnh/số 1.png", "...", "a/..b"] {
            assert!(is_plain_path(path), "{path}");
        }
        for path in ["", "/a", "../a", "a/../b", "./a", "a/./b", "a//b", "a/", "a\nb", "a\\b", "a\0"] {
            assert!(!is_plain_path(path), "{path:?}");
        }
    }
}
