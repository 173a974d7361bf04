//! The rules of the published table, and each fault of format that teams were seen to make.

use super::*;

const TRUTH: &str = r#"{"queries": [
    {"query": "query-1-kis", "type": "kis", "split": "public", "video": "L01_V001", "ranges": [[100, 120], [300, 300]]},
    {"query": "query-2-qa", "type": "qa", "split": "private", "video": "L01_V002", "ranges": [[10, 20]],
     "answers": ["7", "bảy"]},
    {"query": "query-3-trake", "type": "trake", "split": "public", "video": "L02_V001",
     "ranges": [[10, 19], [20, 29], [30, 39], [40, 49]]}
]}"#;

fn truth() -> Truth {
    Truth::read(TRUTH.as_bytes()).unwrap()
}

fn spec() -> RetrievalScorer {
    serde_json::from_str("{}").unwrap()
}

fn pack(files: &[(&str, &[u8])]) -> Vec<PackFile> {
    files.iter().map(|(path, bytes)| PackFile { path: (*path).to_owned(), bytes: bytes.to_vec() }).collect()
}

fn found(files: &[(&str, &[u8])]) -> Findings {
    check(&truth(), &pack(files))
}

/// Faults of one query's file, by line.
fn faults(query: &str, text: impl AsRef<[u8]>) -> Vec<(Option<u64>, FaultKind)> {
    let path = format!("submission/{query}.csv");
    let faults = found(&[(&path, text.as_ref())]).faults;
    assert!(faults.iter().all(|fault| fault.file.as_deref() == Some(&path)), "{faults:?}");
    faults.into_iter().map(|fault| (fault.line, fault.kind)).collect()
}

fn scored(files: &[(&str, &str)]) -> Scored {
    let files: Vec<(String, &[u8])> =
        files.iter().map(|(query, text)| (format!("submission/{query}.csv"), text.as_bytes())).collect();
    let files: Vec<(&str, &[u8])> = files.iter().map(|(path, text)| (path.as_str(), *text)).collect();
    score(&spec(), &truth(), &pack(&files)).unwrap()
}

/// A query's score.
fn of(scored: &Scored, query: &str) -> f64 {
    let is_it = |item: &&Item| item.item == query && item.split == crate::protocol::Split::Private;
    scored.items.iter().find(is_it).unwrap().value
}

/// The score of a single row at the first rank, which is its R-score.
fn r_score(query: &str, row: &str) -> f64 {
    of(&scored(&[(query, row)]), query)
}

fn close(actual: f64, expected: f64) {
    assert!((actual - expected).abs() < 1e-12, "{actual} is not {expected}");
}

#[test]
fn a_known_item_is_hit_in_its_video_from_the_first_frame_to_the_last() {
    for (row, expected) in [
        ("L01_V001,100", 1.0),
        ("L01_V001,120", 1.0),
        (" L01_V001 , 110 ", 1.0),
        ("L01_V001,300", 1.0),
        ("L01_V001,99", 0.0),
        ("L01_V001,121", 0.0),
        ("L01_V002,110", 0.0),
        ("l01_v001,110", 0.0),
    ] {
        close(r_score("query-1-kis", row), expected);
    }
}

#[test]
fn a_question_needs_the_place_and_an_accepted_answer() {
    for (row, expected) in [
        ("L01_V002,15,7", 1.0),
        ("L01_V002,15,\" BẢY \"", 1.0),
        ("L01_V002,15,ba\u{309}y", 1.0),
        ("L01_V002,15,8", 0.0),
        ("L01_V002,21,7", 0.0),
        ("L01_V001,15,7", 0.0),
        ("L01_V002,15,", 0.0),
    ] {
        close(r_score("query-2-qa", row), expected);
    }
}

#[test]
fn events_earn_the_fraction_that_lies_in_its_own_range() {
    for (row, expected) in [
        ("L02_V001,10,20,30,40", 1.0),
        ("L02_V001,19,29,39,49", 1.0),
        ("L02_V001,10,20,30,50", 0.75),
        ("L02_V001,10,10,30,30", 0.5),
        ("L02_V001,20,30,40,50", 0.0),
        ("L02_V002,10,20,30,40", 0.0),
    ] {
        close(r_score("query-3-trake", row), expected);
    }
}

#[test]
fn the_worked_example_of_the_rules_makes_0_74() {
    let ranges: Vec<[u64; 2]> = (0..10).map(|event| [event * 10, event * 10 + 9]).collect();
    let query =
        serde_json::json!({"query": "q", "type": "trake", "split": "public", "video": "V", "ranges": ranges});
    let truth = Truth::read(serde_json::json!({ "queries": [query] }).to_string().as_bytes()).unwrap();
    // Five of ten events at rank 1, eight at rank 3.
    let row = |hits: u64| {
        let frames = (0..10).map(|event| if event < hits { event * 10 } else { 1000 });
        format!("V,{}\n", frames.map(|frame| frame.to_string()).collect::<Vec<_>>().join(","))
    };
    let text = format!("{}{}{}", row(5), row(0), row(8));
    let scored = score(&spec(), &truth, &pack(&[("submission/q.csv", text.as_bytes())])).unwrap();
    close(scored.scores.public["score"], 0.74);
    close(scored.scores.public["r_at_1"], 0.5);
    close(scored.scores.public["r_at_100"], 0.8);
}

#[test]
fn a_pack_scores_the_mean_of_its_queries_and_a_missing_file_zero() {
    // 1 at rank 1; 1 at rank 2 is 0.8; nothing.
    let scored = scored(&[("query-1-kis", "L01_V001,100\n"), ("query-2-qa", "X,1,7\nL01_V002,10,7\n")]);
    close(scored.scores.public["score"], 1.0 / 2.0);
    close(scored.scores.private["score"], 1.8 / 3.0);
    close(scored.scores.private["r_at_1"], 1.0 / 3.0);
    close(scored.scores.private["r_at_5"], 2.0 / 3.0);
    assert_eq!(scored.scores.public.keys().collect::<Vec<_>>().len(), METRICS.len());
}

#[test]
fn items_say_what_each_splits_score_is_made_of() {
    use crate::protocol::{Split, check_items};
    let scored = scored(&[("query-1-kis", "X,1\nL01_V001,100\n"), ("query-2-qa", "L01_V002,10,7\n")]);
    let named = |split| scored.items.iter().filter(move |item| item.split == split).map(|item| &*item.item);
    assert_eq!(named(Split::Public).collect::<Vec<_>>(), ["query-1-kis", "query-3-trake"]);
    assert_eq!(named(Split::Private).count(), 3);
    for (split, scores) in [(Split::Public, &scored.scores.public), (Split::Private, &scored.scores.private)]
    {
        let values: Vec<f64> =
            scored.items.iter().filter(|item| item.split == split).map(|item| item.value).collect();
        #[expect(clippy::cast_precision_loss, reason = "three")]
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        close(scores["score"], mean);
    }
    assert_eq!(check_items(&scored.items), Ok(()));
    let figures = &scored.items[0].figures;
    assert_eq!((figures["r_at_1"], figures["r_at_5"]), (0.0, 1.0));
    assert_eq!((figures["rows"], figures["first_hit"]), (2.0, 2.0));
    assert!(!scored.items[1].figures.contains_key("first_hit"));
}

#[test]
fn a_missing_file_and_a_file_beside_are_warnings_only() {
    let good: &[u8] = b"L01_V001,100\n";
    let found = found(&[("submission/query-1-kis.csv", good), ("README.txt", b"xin ch\xe0o")]);
    assert_eq!(found.faults, []);
    let missing = |query: &str| Fault::new(FaultKind::MissingQuery { query: query.into() });
    let ignored = Fault::in_file("README.txt", FaultKind::IgnoredFile);
    assert_eq!(found.warnings, [ignored, missing("query-2-qa"), missing("query-3-trake")]);
}

#[test]
fn a_spreadsheet_is_refused_by_name_by_content_and_as_the_whole_file() {
    let path = "submission/query-1-kis.xlsx";
    assert_eq!(found(&[(path, b"PK\x03\x04")]).faults, [Fault::in_file(path, FaultKind::SpreadsheetFile)]);
    for bytes in [&b"PK\x03\x04\x14\0"[..], b"\xd0\xcf\x11\xe0\xa1\xb1"] {
        assert_eq!(faults("query-1-kis", bytes), [(None, FaultKind::SpreadsheetFile)]);
    }
    let workbook = found(&[("[Content_Types].xml", b"<x/>"), ("xl/workbook.xml", b"<x/>")]);
    assert_eq!(workbook.faults, [Fault::new(FaultKind::SpreadsheetFile)]);
    let text = found(&[("submission/query-1-kis.txt", b"L01_V001,100")]).faults;
    assert_eq!(text, [Fault::in_file("submission/query-1-kis.txt", FaultKind::NotACsvFile)]);
}

#[test]
fn without_the_folder_the_files_are_checked_all_the_same() {
    let missing = Fault::new(FaultKind::FolderMissing { folder: "submission".into() });
    for path in ["query-1-kis.csv", "bai/query-1-kis.csv", "bai/submission/query-1-kis.csv"] {
        let faults = found(&[(path, b"L01_V001.mp4,1\n")]).faults;
        let extension = FaultKind::VideoExtension { video: "L01_V001.mp4".into() };
        assert_eq!(faults, [missing.clone(), Fault::at_line(path, 1, extension)], "{path}");
    }
    let nested = "submission/a/query-1-kis.csv";
    let both = found(&[("submission/query-2-qa.csv", b"V,1,x\n"), (nested, b"V,1\n")]).faults;
    assert_eq!(both, [Fault::in_file(nested, FaultKind::OutsideFolder { folder: "submission".into() })]);
    let nothing = found(&[("submission/ghi-chu.md", b"x"), ("a.md", b"x")]).faults;
    assert_eq!(nothing[0].kind, FaultKind::NotACsvFile);
}

#[test]
fn a_byte_order_mark_hides_no_other_fault() {
    let text = "\u{feff}L01_V001,1\nL01_V001,x\n";
    let bad = FaultKind::BadFrame { value: "x".into() };
    assert_eq!(faults("query-1-kis", text), [(None, FaultKind::ByteOrderMark), (Some(2), bad)]);
}

#[test]
fn windows_1258_text_is_refused_with_its_line_and_the_rest_is_checked() {
    // “bảy” as Windows-1258 writes it: a, combining hook, y.
    let text = b"L01_V002,1,7\nL01_V002,2,ba\xd2y\nL01_V002,x,7\n";
    let bad = FaultKind::BadFrame { value: "x".into() };
    assert_eq!(faults("query-2-qa", text), [(Some(2), FaultKind::NotUtf8), (Some(3), bad)]);
    let two_byte: Vec<u8> = "L01_V002,1,7\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let marked = [b"\xff\xfe", &two_byte[..]].concat();
    assert_eq!(faults("query-2-qa", marked), [(Some(1), FaultKind::NotUtf8)]);
}

#[test]
fn an_unquoted_comma_in_an_answer_is_told_from_a_missing_column() {
    let comma = FaultKind::UnquotedComma { found: 4 };
    let few = FaultKind::WrongFieldCount { expected: 3, found: 2 };
    let text = "L01_V002,1,\"bảy, tám\"\nL01_V002,1,bảy, tám\nL01_V002,1\n";
    assert_eq!(faults("query-2-qa", text), [(Some(2), comma), (Some(3), few)]);
    let wide = FaultKind::WrongFieldCount { expected: 2, found: 3 };
    assert_eq!(faults("query-1-kis", "L01_V001,1,2\n"), [(Some(1), wide)]);
}

#[test]
fn each_row_of_events_has_exactly_as_many_frames_as_the_query_has_events() {
    let wrong = |found| FaultKind::WrongEventCount { expected: 4, found };
    let text = "L02_V001,1,2,3\nL02_V001,1,2,3,4\nL02_V001,1,2,3,4,5\nL02_V001\n";
    let expected = [(Some(1), wrong(3)), (Some(3), wrong(5)), (Some(4), wrong(0))];
    assert_eq!(faults("query-3-trake", text), expected);
}

#[test]
fn frames_of_events_stand_in_the_order_of_time() {
    let order = FaultKind::FramesOutOfOrder { earlier: 30, later: 20 };
    assert_eq!(faults("query-3-trake", "L02_V001,10,10,20,30\nL02_V001,10,30,20,40\n"), [(Some(2), order)]);
}

#[test]
fn a_videos_name_bears_no_extension_and_is_there() {
    let extension = |video: &str| FaultKind::VideoExtension { video: video.into() };
    let text = "L01_V001.mp4,1\nL01_V001.MP4,1\n,1\nL01.V001,1\n";
    assert_eq!(
        faults("query-1-kis", text),
        [
            (Some(1), extension("L01_V001.mp4")),
            (Some(2), extension("L01_V001.MP4")),
            (Some(3), FaultKind::VideoMissing)
        ]
    );
}

#[test]
fn a_frame_is_a_whole_number() {
    for value in ["12.0", "-1", "1e3", "", "0x10", "+1", "１", "frame", "99999999999999999999"] {
        let bad = FaultKind::BadFrame { value: value.into() };
        assert_eq!(faults("query-1-kis", format!("L01_V001,{value}\n")), [(Some(1), bad)], "{value}");
    }
    assert_eq!(
        faults("query-1-kis", "video,frame\nL01_V001,007\n").len(),
        1,
        "a header is named, zeros are fine"
    );
}

#[test]
fn at_most_a_hundred_rows_and_no_empty_file() {
    let rows = |count: usize| "L01_V001,1\r\n".repeat(count);
    assert_eq!(faults("query-1-kis", rows(100)), []);
    let many = FaultKind::TooManyRows { limit: 100, found: 101 };
    assert_eq!(faults("query-1-kis", rows(101)), [(None, many)]);
    for text in ["", "\n \r\n", "\u{feff}"] {
        assert_eq!(faults("query-1-kis", text).last(), Some(&(None, FaultKind::EmptyFile)), "{text:?}");
    }
}

#[test]
fn an_answer_has_at_most_a_hundred_characters_not_bytes() {
    let row = |letters: usize| format!("L01_V002,1,{}\n", "ỹ".repeat(letters));
    assert_eq!(faults("query-2-qa", row(100)), []);
    let long = FaultKind::AnswerTooLong { limit: 100, found: 101 };
    assert_eq!(faults("query-2-qa", row(101)), [(Some(1), long)]);
}

#[test]
fn a_file_of_a_query_that_is_not_in_the_pack_is_named() {
    let unknown = |query: &str| (None, FaultKind::UnknownQuery { query: query.into() });
    assert_eq!(faults("query-9-kis", "L01_V001,1\n"), [unknown("query-9-kis")]);
    assert_eq!(faults("Query-1-KIS", "L01_V001,1\n"), [unknown("Query-1-KIS")]);
}

#[test]
fn every_fault_is_found_at_once_up_to_what_anybody_reads() {
    let bad = "x\n".repeat(1_000);
    let found = found(&[
        ("submission/query-1-kis.csv", bad.as_bytes()),
        ("submission/query-2-qa.csv", b"L01_V002,1,a,b\n"),
        ("submission/query-3-trake.csv", b"L02_V001.mp4,1,2,3,4\n"),
    ]);
    let of = |query: &str| {
        found.faults.iter().filter(|fault| fault.file.as_deref().is_some_and(|f| f.contains(query))).count()
    };
    assert_eq!((of("kis"), of("qa"), of("trake")), (21, 1, 1), "{:?}", found.faults);
    let queries: Vec<_> = (0..500)
        .map(|n| serde_json::json!({"query": format!("q{n}"), "type": "kis", "split": "public", "video": "V", "ranges": [[1, 1]]}))
        .collect();
    let truth = Truth::read(serde_json::json!({ "queries": queries }).to_string().as_bytes()).unwrap();
    let files: Vec<PackFile> = (0..500)
        .map(|n| PackFile { path: format!("submission/q{n}.csv"), bytes: b"V,x\n".to_vec() })
        .collect();
    let faults = check(&truth, &files).faults;
    assert_eq!(faults.len(), 201);
    assert_eq!(faults[200], Fault::new(FaultKind::TooManyFaults { shown: 200 }));
}

#[test]
fn what_a_check_refuses_the_scorer_refuses_and_the_other_way_round() {
    let texts =
        ["L01_V001,1\n", "L01_V001,x\n", "\"L01_V001\",1", "L01_V001,\"1\n", "a\rb,1", "", "L01_V001.mp4,1"];
    for text in texts {
        let files = pack(&[("submission/query-1-kis.csv", text.as_bytes())]);
        let refused = check(&truth(), &files).faults;
        match score(&spec(), &truth(), &files) {
            Ok(_) => assert_eq!(refused, [], "{text:?}"),
            Err(error) => {
                assert_eq!((error.verdict(), error.faults()), (Verdict::WrongFormat, refused), "{text:?}");
            }
        }
    }
}

#[test]
fn a_check_does_not_depend_on_what_is_right() {
    let other =
        TRUTH.replace("[100, 120], [300, 300]", "[7, 8]").replace("L01_V001", "X").replace("bảy", "tám");
    let other = Truth::read(other.as_bytes()).unwrap();
    let files = pack(&[
        ("submission/query-1-kis.csv", b"L01_V001,100\nL01_V001,x\n"),
        ("submission/query-2-qa.csv", "L01_V002,15,bảy\n".as_bytes()),
    ]);
    assert_eq!(check(&truth(), &files), check(&other, &files));
}

mod properties {
    use proptest::prelude::*;

    use super::*;

    fn hostile() -> impl Strategy<Value = Vec<u8>> {
        let piece = prop::sample::select(vec![
            &b"L01_V001"[..],
            b",",
            b"\n",
            b"\r\n",
            b"\"",
            b"1",
            b"99999999999999999999",
            b"\xef\xbb\xbf",
            b"\xff",
            b"\0",
            b".mp4",
            b"\xe1\xba\xbf",
        ]);
        prop_oneof![
            prop::collection::vec(any::<u8>(), 0..200),
            prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat()),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1000))]

        #[test]
        fn no_bytes_make_it_panic_and_every_figure_lies_in_0_to_1(bytes in hostile(), name in "[a-z/.\\PC]{0,30}") {
            for query in ["query-1-kis", "query-2-qa", "query-3-trake"] {
                let mut files = pack(&[("submission/x", b"")]);
                files[0] = PackFile { path: format!("submission/{query}.csv"), bytes: bytes.clone() };
                if let Ok(scored) = score(&spec(), &truth(), &files) {
                    let values = scored.scores.public.values().chain(scored.scores.private.values());
                    prop_assert!(values.chain(scored.items.iter().map(|i| &i.value)).all(|v| (0.0..=1.0).contains(v)));
                }
            }
            let found = check(&truth(), &[PackFile { path: name, bytes: bytes.clone() }]);
            prop_assert!(!found.faults.is_empty());
            let _ = Truth::read(&bytes);
        }
    }
}
