//! Keeps the house in order: rooms, SQL, the worker's place, purity of the core, size of files, their heads.
//! Each rule is a function on text, so that the tests at the end can show that it is able to fail.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

pub mod tokens;

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use tokens::{Token, tokens};

const LONGEST_FILE: usize = 400;

/// Files that may be longer, and why.
const LONGER_FILES: &[(&str, &str)] = &[];

/// The only places of the server that may know the worker.
const KNOWS_THE_WORKER: &[&str] = &["src/main.rs", "src/app.rs", "src/cli/"];

/// Rooms from the ground up. `lib.rs` is the one place that lists them.
fn rooms(lib: &str) -> Vec<String> {
    let tokens = tokens(lib);
    let module = |w: &[Token]| match w {
        [Token::Word(module), Token::Word(name), Token::Mark(';')] if module == "mod" => Some(name.clone()),
        _ => None,
    };
    tokens.windows(3).filter_map(module).collect()
}

/// What stands after `::` at this place: one name, or the heads of a list in braces.
fn named_after(tokens: &[Token]) -> Vec<String> {
    let [Token::Mark(':'), Token::Mark(':'), rest @ ..] = tokens else { return Vec::new() };
    match rest {
        [Token::Word(name), ..] => vec![name.clone()],
        [Token::Mark('{'), list @ ..] => heads(list),
        _ => Vec::new(),
    }
}

/// First names of the paths in a list whose opening brace is gone.
fn heads(list: &[Token]) -> Vec<String> {
    let mut heads = Vec::new();
    let (mut depth, mut fresh) = (1, true);
    for token in list {
        match token {
            Token::Mark('{') => depth += 1,
            Token::Mark('}') => depth -= 1,
            Token::Mark(',') if depth == 1 => fresh = true,
            Token::Word(name) if depth == 1 && fresh => {
                heads.push(name.clone());
                fresh = false;
            }
            _ => {}
        }
        if depth == 0 {
            break;
        }
    }
    heads
}

/// How many modules lie between a file of `src/` and the crate's root.
fn depth(path: &str) -> usize {
    let inside = path.strip_prefix("src/").unwrap().trim_end_matches(".rs").trim_end_matches("/mod");
    inside.split('/').count()
}

/// Names at the crate's root that a file uses, by `crate::` or by as many `super::` as it is deep.
fn root_names(path: &str, source: &str) -> BTreeSet<String> {
    let tokens = tokens(source);
    let mut names = BTreeSet::new();
    for (at, token) in tokens.iter().enumerate() {
        match token {
            Token::Word(word) if word == "crate" => names.extend(named_after(&tokens[at + 1..])),
            Token::Word(word) if word == "super" => {
                let mut rest = &tokens[at + 1..];
                let mut supers = 1;
                while let [Token::Mark(':'), Token::Mark(':'), Token::Word(next), tail @ ..] = rest
                    && next == "super"
                {
                    supers += 1;
                    rest = tail;
                }
                if supers >= depth(path) {
                    names.extend(named_after(rest));
                }
            }
            _ => {}
        }
    }
    names
}

/// Rooms above its own that a file names.
fn higher_rooms(rooms: &[String], path: &str, source: &str) -> Vec<String> {
    let own = path.strip_prefix("src/").unwrap().split(['/', '.']).next().unwrap();
    let Some(floor) = rooms.iter().position(|room| room == own) else { return Vec::new() };
    rooms[floor + 1..].iter().filter(|room| root_names(path, source).contains(*room)).cloned().collect()
}

/// Whether a file names the crate of the worker.
fn names_the_worker(source: &str) -> bool {
    let tokens = tokens(source);
    (0..tokens.len()).any(|at| {
        let path_before = at > 0 && tokens[at - 1] == Token::Mark(':');
        let is_path = tokens[at + 1..].starts_with(&[Token::Mark(':'), Token::Mark(':')]);
        let used = at > 0 && tokens[at - 1] == Token::Word("use".into());
        tokens[at] == Token::Word("judge".into()) && !path_before && (is_path || used)
    })
}

/// SQL that a file holds: query macros and functions, and texts that are statements.
fn sql(source: &str) -> Vec<String> {
    const STATEMENTS: &[&str] =
        &["SELECT ", "INSERT ", "UPDATE ", "DELETE ", "WITH ", "CREATE ", "ALTER ", "DROP ", "TRUNCATE "];
    let asks = |word: &str| {
        word.starts_with("query") || ["raw_sql", "QueryBuilder", "AssertSqlSafe"].contains(&word)
    };
    let tokens = tokens(source);
    let mut found = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        match token {
            Token::Word(word) if word == "sqlx" => {
                found.extend(named_after(&tokens[at + 1..]).into_iter().filter(|name| asks(name)));
            }
            Token::Word(word) if asks(word) && tokens.get(at + 1) == Some(&Token::Mark('!')) => {
                found.push(word.clone());
            }
            Token::Text(text) if STATEMENTS.iter().any(|s| text.trim_start().starts_with(s)) => {
                found.push(text.clone());
            }
            _ => {}
        }
    }
    found
}

fn may_hold_sql(path: &str) -> bool {
    path.ends_with("/store.rs") || path.contains("/store/")
}

/// Ways to the outside that a file of the core names. `std::io` is there for traits only, so it stays allowed.
fn outside(source: &str) -> Vec<String> {
    const STD: &[&str] = &["fs", "net", "process", "env", "thread", "time", "os"];
    const CRATES: &[&str] = &["tokio", "sqlx", "reqwest", "axum", "rustix", "bollard", "dautri", "judge"];
    let tokens = tokens(source);
    let mut found = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        let Token::Word(word) = token else { continue };
        let names = named_after(&tokens[at + 1..]);
        if word == "std" {
            found.extend(names.into_iter().filter(|name| STD.contains(&name.as_str())));
        } else if CRATES.contains(&word.as_str()) && tokens[at + 1..].starts_with(&[Token::Mark(':')]) {
            found.push(word.clone());
        }
    }
    found
}

/// What the head of a room's `mod.rs` does not say.
fn missing_in_head(source: &str) -> Vec<&'static str> {
    let head: Vec<&str> = source.lines().take_while(|line| line.starts_with("//!")).collect();
    let says = |word: &str| head.iter().any(|line| line.contains(word));
    ["Purpose:", "Invariants:", "Neighbours:"].into_iter().filter(|word| !says(word)).collect()
}

fn is_too_long(path: &str, lines: usize, longer: &[(&str, &str)]) -> bool {
    lines > LONGEST_FILE && !longer.iter().any(|(file, why)| *file == path && !why.is_empty())
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Rust files below a folder of the repository, by their path, with their text.
fn sources(folder: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut open: Vec<PathBuf> = vec![root().join(folder)];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|e| e == "rs") {
                let name = path.strip_prefix(root()).unwrap().to_str().unwrap().to_owned();
                found.push((name, fs::read_to_string(path).unwrap()));
            }
        }
    }
    assert!(!found.is_empty(), "{folder} holds no source");
    found.sort();
    found
}

fn all_rooms() -> Vec<String> {
    rooms(&fs::read_to_string(root().join("src/lib.rs")).unwrap())
}

#[test]
fn a_lower_room_never_names_a_higher_one() {
    let rooms = all_rooms();
    assert!(rooms.len() > 10 && rooms[0] == "kernel", "{rooms:?}");
    let faults: Vec<String> = sources("src")
        .iter()
        .flat_map(|(path, text)| {
            higher_rooms(&rooms, path, text).into_iter().map(move |room| format!("{path} names {room}"))
        })
        .collect();
    assert_eq!(faults, [""; 0]);
}

#[test]
fn every_folder_and_file_of_the_server_is_a_room_of_the_list() {
    let rooms = all_rooms();
    for (path, _) in sources("src") {
        let room = path.strip_prefix("src/").unwrap().split(['/', '.']).next().unwrap().to_owned();
        assert!(rooms.contains(&room) || ["lib", "main"].contains(&room.as_str()), "{path}");
    }
}

#[test]
fn sql_stands_only_in_stores() {
    for (path, text) in sources("src") {
        if !may_hold_sql(&path) {
            assert_eq!(sql(&text), [""; 0], "{path}");
        }
    }
}

#[test]
fn only_the_composition_root_and_the_commands_know_the_worker() {
    for (path, text) in sources("src") {
        let may = KNOWS_THE_WORKER.iter().any(|place| path.starts_with(place));
        assert!(may || !names_the_worker(&text), "{path}");
    }
}

#[test]
fn the_core_of_judging_touches_nothing_outside() {
    for (path, text) in sources("judge/core/src") {
        assert_eq!(outside(&text), [""; 0], "{path}");
    }
}

#[test]
fn files_stay_short_enough_to_be_read() {
    let mut measured = Vec::new();
    for folder in ["src", "judge/src", "judge/core/src"] {
        measured.extend(sources(folder).into_iter().map(|(path, text)| (path, text.lines().count())));
    }
    let long: Vec<_> =
        measured.iter().filter(|(path, lines)| is_too_long(path, *lines, LONGER_FILES)).collect();
    assert!(long.is_empty(), "{long:?}");
    for (file, _) in LONGER_FILES {
        let lines = measured.iter().find(|(path, _)| path == file).map(|(_, lines)| *lines);
        assert!(lines.is_some_and(|n| n > LONGEST_FILE), "{file} needs no exception any more");
    }
}

#[test]
fn every_room_says_its_purpose_invariants_and_neighbours() {
    for room in all_rooms() {
        let path = root().join("src").join(&room).join("mod.rs");
        if path.exists() {
            assert_eq!(missing_in_head(&fs::read_to_string(&path).unwrap()), [""; 0], "{room}");
        }
    }
}

/// That each rule sees what it forbids.
mod rules {
    use super::*;

    fn above(source: &str) -> Vec<String> {
        let rooms = rooms("pub mod kernel;\n\npub mod web;\n// pub mod ghost;\npub mod teams;\npub mod app;");
        higher_rooms(&rooms, "src/web/problem.rs", source)
    }

    #[test]
    fn a_higher_room_is_seen_in_every_form() {
        for source in [
            "use crate::teams;",
            "use crate::teams::Teams;",
            "use crate::{kernel::{Clock, ids::*}, teams::{self, Teams}};",
            "use crate::{\n    kernel,\n    teams as t,\n};",
            "fn f() -> crate::teams::Teams { todo() }",
            "use super::super::teams;",
            "use super::super::{kernel, teams::x};",
            "macro_rules! m { () => { $crate::teams::x() } }",
        ] {
            assert_eq!(above(source), ["teams"], "{source}");
        }
        assert_eq!(above("use crate::{app, teams};"), ["teams", "app"]);
    }

    #[test]
    fn lower_rooms_own_modules_and_mere_words_are_no_fault() {
        for source in [
            "use crate::kernel::{ids::*, teams};",
            "use crate::web::teams;",
            "// use crate::teams;",
            "/* use crate::teams; */",
            "const S: &str = \"use crate::teams;\";",
            "use super::teams;",
            "use crate::{kernel::{app}, web::{teams}};",
            "use other::teams;",
        ] {
            assert_eq!(above(source), [""; 0], "{source}");
        }
    }

    #[test]
    fn sql_is_seen_in_every_form() {
        for source in [
            "sqlx::query!(\"x\")",
            "sqlx::query_as::<_, T>(q)",
            "use sqlx::{PgPool, query_scalar};",
            "query_as!(T, q)",
            "sqlx::raw_sql(q)",
            "const Q: &str = \"\n  SELECT 1\";",
            "let q = r#\"UPDATE teams SET name = 'x'\"#;",
        ] {
            assert!(!sql(source).is_empty(), "{source}");
        }
        for source in
            ["use sqlx::{PgPool, PgConnection};", "let query = 1;", "// sqlx::query!(x)", "\"SELECTED\""]
        {
            assert_eq!(sql(source), [""; 0], "{source}");
        }
        assert!(may_hold_sql("src/teams/store.rs") && may_hold_sql("src/teams/store/members.rs"));
        assert!(!may_hold_sql("src/teams/restore.rs") && !may_hold_sql("src/teams/service.rs"));
    }

    #[test]
    fn the_worker_is_told_from_its_core_and_from_the_room_of_judging() {
        assert!(names_the_worker("judge::run(c)"));
        assert!(names_the_worker("use judge::Secret;"));
        assert!(names_the_worker("use judge as j;"));
        for source in ["use judge_core::x;", "crate::judging::y()", "self::judge::z()", "let judge = 1;"] {
            assert!(!names_the_worker(source), "{source}");
        }
    }

    #[test]
    fn ways_outside_are_seen() {
        for source in ["use std::fs;", "use std::{io, fs::File};", "std::net::lookup()", "tokio::spawn(x)"] {
            assert_eq!(outside(source).len(), 1, "{source}");
        }
        assert_eq!(outside("use std::{io::Read, fmt}; let tokio = 1;"), [""; 0]);
    }

    #[test]
    fn a_head_that_says_less_and_a_file_that_is_too_long_are_seen() {
        assert_eq!(missing_in_head("//! Purpose: x\n//! Invariants: y\n"), ["Neighbours:"]);
        assert_eq!(missing_in_head("//! Purpose: x\nmod a;\n//! Invariants: y\n").len(), 2);
        assert!(is_too_long("src/a.rs", 401, &[]) && !is_too_long("src/a.rs", 400, &[]));
        assert!(!is_too_long("src/a.rs", 401, &[("src/a.rs", "a table")]));
        assert!(is_too_long("src/a.rs", 401, &[("src/a.rs", "")]), "an exception needs a reason");
    }
}
