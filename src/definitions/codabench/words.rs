//! Names in addresses, made of titles. Pure.

use std::collections::HashSet;

use unicode_normalization::{UnicodeNormalization as _, char::is_combining_mark};

const LONGEST: usize = 40;

/// Lower-case letters, digits and inner hyphens; `None` where nothing of the title is left.
pub fn slug(title: &str) -> Option<String> {
    let plain = title.nfd().filter(|c| !is_combining_mark(*c)).map(|c| match c {
        'đ' | 'Đ' => 'd',
        c => c.to_ascii_lowercase(),
    });
    let mut slug = String::new();
    for c in plain {
        if c.is_ascii_alphanumeric() {
            slug.push(c);
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
        if slug.len() == LONGEST {
            break;
        }
    }
    let slug = slug.trim_end_matches('-');
    (!slug.is_empty()).then(|| slug.to_owned())
}

/// Hands out names, each once.
#[derive(Debug, Default)]
pub struct Slugs(HashSet<String>);

impl Slugs {
    /// The title's name, or `fallback-N`.
    pub fn take(&mut self, title: &str, fallback: &str) -> String {
        let name = slug(title);
        let base: String = name.as_deref().unwrap_or(fallback).chars().take(LONGEST - 4).collect();
        let base = base.trim_end_matches('-');
        // A title that is a name keeps it; only its doubles are numbered.
        let first = if name.is_some() { 2 } else { 1 };
        let numbered = (first..).map(|number| format!("{base}-{number}"));
        let free = name.into_iter().chain(numbered).find(|slug| !self.0.contains(slug));
        let free = free.expect("there are more numbers than names");
        self.0.insert(free.clone());
        free
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_becomes_a_name() {
        assert_eq!(slug("Thử thách Đường đi, 2026!").as_deref(), Some("thu-thach-duong-di-2026"));
        assert_eq!(slug("  Iris  ").as_deref(), Some("iris"));
        assert_eq!(slug("机器学习"), None);
        let long = slug(&"dài dòng ".repeat(20)).unwrap();
        assert!(long.len() <= LONGEST && !long.ends_with('-'), "{long}");
    }

    #[test]
    fn a_name_is_given_once() {
        let mut slugs = Slugs::default();
        let names: Vec<_> = ["A", "a", "a!", "学", "习"].into_iter().map(|t| slugs.take(t, "page")).collect();
        assert_eq!(names, ["a", "a-2", "a-3", "page-1", "page-2"]);
        let long = "x".repeat(60);
        let (first, second) = (slugs.take(&long, "page"), slugs.take(&long, "page"));
        assert!(first != second && second.len() <= LONGEST);
    }
}
