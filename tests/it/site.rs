//! The embedded pages: safe, cacheable, and whole in both languages.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::{BTreeMap, BTreeSet};

use reqwest::StatusCode;
use sqlx::PgPool;

use crate::harness::Server;

/// Addresses of pages whose texts stand in `texts.js`.
const PAGES: [(&str, &str); 2] = [
    ("/", include_str!("../../frontend/index.html")),
    ("/join/dti_x", include_str!("../../frontend/join.html")),
];
const SCRIPTS: [&str; 3] = [
    include_str!("../../frontend/board.js"),
    include_str!("../../frontend/join.js"),
    include_str!("../../frontend/page.js"),
];
const TEXTS: &str = include_str!("../../frontend/texts.js");
const LETTER_PAGE: &str = include_str!("../../frontend/letter.html");
const LETTER_SCRIPT: &str = include_str!("../../frontend/letter.js");
const LETTER_TEXTS: &str = include_str!("../../frontend/letter-texts.js");

/// What stands between two marks, wherever they occur.
fn between<'a>(text: &'a str, open: &str, close: &str) -> Vec<&'a str> {
    text.split(open).skip(1).filter_map(|rest| Some(rest.split_once(close)?.0)).collect()
}

/// Key → text of one language of a file of texts.
fn texts(source: &'static str, lang: &str) -> BTreeMap<&'static str, &'static str> {
    let (_, rest) = source.split_once(&format!("  {lang}: {{\n")).unwrap();
    let (block, _) = rest.split_once("\n  },").unwrap();
    let entry = |line: &'static str| {
        let (key, text) = line.trim().split_once(": ").unwrap();
        (key, text.trim_end_matches(',').trim_matches('"'))
    };
    let texts: BTreeMap<_, _> = block.lines().map(entry).collect();
    assert_eq!(texts.len(), block.lines().count(), "no key is there twice");
    texts
}

async fn fetch(server: &Server, path: &str, tag: Option<&str>) -> reqwest::Response {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let mut request = client.get(format!("{}{path}", server.base));
    if let Some(tag) = tag {
        request = request.header("if-none-match", tag);
    }
    request.send().await.unwrap()
}

#[sqlx::test(migrations = "./migrations")]
async fn the_page_and_all_that_it_names_are_served_safely(db: PgPool) {
    let server = Server::start(db).await;
    let letters = ["/reset", "/reset/dtr_x", "/confirm/dtc_x", "/guardian/dtg_x"];
    let mut paths: BTreeSet<&str> = PAGES.iter().map(|(path, _)| *path).chain(letters).collect();
    for page in PAGES.map(|(_, page)| page).into_iter().chain([LETTER_PAGE]) {
        paths.extend(between(page, "href=\"/", "\"").into_iter().filter(|p| p.starts_with("assets/")));
        paths.extend(between(page, "src=\"/", "\""));
    }
    for script in SCRIPTS.into_iter().chain([LETTER_SCRIPT]) {
        paths.extend(between(script, "from \"/", "\""));
    }
    assert!(paths.len() >= 14, "{paths:?}");
    for path in paths {
        let path = format!("/{}", path.trim_start_matches('/'));
        let answer = fetch(&server, &path, None).await;
        assert_eq!(answer.status(), StatusCode::OK, "{path}");
        let headers = answer.headers().clone();
        let kind = match path.rsplit('.').next().unwrap() {
            "css" => "text/css; charset=utf-8",
            "js" => "text/javascript; charset=utf-8",
            "svg" => "image/svg+xml",
            _ => "text/html; charset=utf-8",
        };
        assert_eq!(headers["content-type"], kind, "{path}");
        assert_eq!(headers["x-content-type-options"], "nosniff", "{path}");
        assert_eq!(headers["x-frame-options"], "DENY", "{path}");
        let policy = headers["content-security-policy"].to_str().unwrap();
        assert!(policy.contains("default-src 'self'") && policy.contains("object-src 'none'"), "{policy}");
        assert!(!policy.contains("unsafe") && !policy.contains('*') && !policy.contains("http"), "{policy}");
        let tag = headers["etag"].to_str().unwrap();
        let again = fetch(&server, &path, Some(tag)).await;
        assert_eq!(again.status(), StatusCode::NOT_MODIFIED, "{path}");
        assert_eq!(fetch(&server, &path, Some("\"old\"")).await.status(), StatusCode::OK, "{path}");
    }
    for (path, page) in PAGES.into_iter().chain([("/reset/dtr_x", LETTER_PAGE)]) {
        assert_eq!(fetch(&server, path, None).await.text().await.unwrap(), page);
    }
    for path in ["/assets/none.js", "/assets/", "/assets", "/index.php", "/assets/index.html/x"] {
        let answer = fetch(&server, path, None).await;
        assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{path}");
        assert_eq!(answer.headers()["content-type"], "application/problem+json", "{path}");
    }
}

/// What in a page the content security policy would stop.
fn inline(page: &str) -> Vec<&str> {
    let tags = between(page, "<", ">");
    let code = |tag: &&str| {
        let script = tag.starts_with("script") && !tag.contains(" src=");
        let handler = tag.split_whitespace().skip(1).any(|word| word.starts_with("on") && word.contains('='));
        script
            || tag.starts_with("style")
            || tag.contains(" style=")
            || handler
            || tag.contains("javascript:")
    };
    tags.into_iter().filter(code).collect()
}

#[test]
fn no_script_or_style_stands_in_the_page_itself() {
    for (path, page) in PAGES.into_iter().chain([("/reset", LETTER_PAGE)]) {
        assert_eq!(inline(page), [""; 0], "{path}");
    }
    for bad in ["<script>x", "<style>", "<p style=\"x\">", "<p onclick=\"x\">", "<a href=\"javascript:x\">"] {
        assert_eq!(inline(&format!("{bad}>")).len(), 1, "{bad}");
    }
}

#[test]
fn nothing_comes_from_another_host() {
    let letters = [LETTER_PAGE, LETTER_SCRIPT, LETTER_TEXTS];
    for text in PAGES.map(|(_, page)| page).into_iter().chain(SCRIPTS).chain([TEXTS]).chain(letters) {
        for mark in
            ["src=\"http", "href=\"http", "=\"//", "from \"http", "import(", "fetch(\"http", "@import"]
        {
            assert!(!text.contains(mark), "{mark} in {}", &text[..60]);
        }
    }
}

#[test]
fn both_languages_have_the_same_texts_with_the_same_places() {
    for source in [TEXTS, LETTER_TEXTS] {
        let (vi, en) = (texts(source, "vi"), texts(source, "en"));
        assert_eq!(vi.keys().collect::<Vec<_>>(), en.keys().collect::<Vec<_>>());
        for (key, text) in &vi {
            assert!(!text.is_empty() && !en[key].is_empty(), "{key}");
            assert_eq!(between(text, "{", "}"), between(en[key], "{", "}"), "{key}");
        }
    }
}

#[test]
fn every_text_is_used_and_every_used_text_is_there() {
    let mut used: BTreeSet<&str> =
        PAGES.iter().flat_map(|(_, page)| between(page, "data-text=\"", "\"")).collect();
    for script in SCRIPTS {
        for mark in [" t(\"", "(t(\"", "{t(\"", "status(\""] {
            used.extend(between(script, mark, "\""));
        }
    }
    let known: BTreeSet<&str> = texts(TEXTS, "vi").into_keys().collect();
    assert_eq!(used, known);
}

#[test]
fn every_text_of_letters_is_used_and_every_used_text_is_there() {
    let mut used: BTreeSet<String> =
        between(LETTER_PAGE, "data-text=\"", "\"").into_iter().map(str::to_owned).collect();
    used.extend(between(LETTER_SCRIPT, " t(\"", "\"").into_iter().map(str::to_owned));
    used.extend(between(LETTER_SCRIPT, "(t(\"", "\"").into_iter().map(str::to_owned));
    let (_, pages) = LETTER_SCRIPT.split_once("const pages = {").unwrap();
    let (pages, _) = pages.split_once("\n};").unwrap();
    let names = pages.lines().filter_map(|line| line.strip_prefix("  ")?.split_once(": {"));
    let names: Vec<&str> = names.map(|(name, _)| name).filter(|name| !name.starts_with(' ')).collect();
    assert!(names.len() == 4, "{names:?}");
    used.extend(["ward", "wardConsented", "withdrawn"].map(str::to_owned));
    for name in names {
        used.extend(["Title", "Lead", "Act", "Done"].map(|part| format!("{name}{part}")));
    }
    let known: BTreeSet<String> = texts(LETTER_TEXTS, "vi").into_keys().map(str::to_owned).collect();
    assert_eq!(used, known);
}
