//! Label sets and texts, from tables.

use judge_core::metrics::Metric;
use serde_json::json;

use crate::{Case, random::Random, scored};

const ON_LABEL_SETS: [Metric; 5] = [
    Metric::MultilabelF1Micro,
    Metric::MultilabelF1Macro,
    Metric::MultilabelF1Weighted,
    Metric::MultilabelF1Samples,
    Metric::SubsetAccuracy,
];

pub(super) fn label_set_cases(cases: &mut Vec<Case>) {
    let mut random = Random(5);
    for (rows, labels, most) in [(500, 6, 4), (300, 40, 5), (40, 30, 2)] {
        let names: Vec<String> = (0..labels).map(|label| format!("l{label}")).collect();
        let truth = random.rows(rows, |random| {
            let count = random.below(most) as usize;
            random.some(&names, count)
        });
        let known = known(&truth);
        let near = truth
            .iter()
            .map(|set| {
                let kept: Vec<String> = set.iter().filter(|_| random.unit() < 0.7).cloned().collect();
                let more = if random.unit() < 0.3 { random.some(&known, 1) } else { Vec::new() };
                with(kept, more)
            })
            .collect::<Vec<_>>();
        push_label_sets(cases, "near sets", &truth, &near);
        let unrelated = random.rows(rows, |random| {
            let count = random.below(most) as usize;
            random.some(&known, count)
        });
        push_label_sets(cases, "unrelated sets", &truth, &unrelated);
    }
    let sets = |rows: &[&str]| -> Vec<Vec<String>> {
        rows.iter().map(|row| row.split_whitespace().map(ToOwned::to_owned).collect()).collect()
    };
    for (about, truth, predicted) in [
        ("all right", sets(&["a b", "", "c"]), sets(&["b a", "", "c"])),
        ("nothing predicted", sets(&["a b", "", "c"]), sets(&["", "", ""])),
        ("a label that is never predicted", sets(&["a b", "b"]), sets(&["a", "a"])),
        ("one row", sets(&["a b c"]), sets(&["c"])),
    ] {
        push_label_sets(cases, about, &truth, &predicted);
    }
}

fn known(truth: &[Vec<String>]) -> Vec<String> {
    let mut known: Vec<String> = truth.concat();
    known.sort();
    known.dedup();
    known
}

fn with(mut set: Vec<String>, more: Vec<String>) -> Vec<String> {
    set.extend(more);
    set.sort();
    set.dedup();
    set
}

fn push_label_sets(
    cases: &mut Vec<Case>,
    about: &'static str,
    truth: &[Vec<String>],
    predicted: &[Vec<String>],
) {
    let of = |column: &str, rows: &[Vec<String>]| {
        let rows = rows.iter().enumerate().map(|(id, set)| format!("{id},{}", set.join(" ")));
        table(column, rows)
    };
    let scores =
        scored(&["p"], None, ON_LABEL_SETS.map(Into::into).into(), [&of("y", truth), &of("p", predicted)]);
    for metric in ON_LABEL_SETS {
        let ours = scores.clone().map(|scores| scores[metric.as_str()]);
        cases.push(Case::new(
            metric.as_str(),
            about,
            json!({ "truth": truth, "predicted": predicted }),
            ours,
        ));
    }
}

pub(super) fn text_cases(cases: &mut Vec<Case>) {
    let words = [
        "xin",
        "chào",
        "thành",
        "phố",
        "Hồ",
        "Chí",
        "Minh",
        "a",
        "ă",
        "e\u{302}\u{301}",
        "ê\u{301}",
        "🙂",
        "42,5",
    ];
    let mut random = Random(6);
    for (rows, longest) in [(200, 12), (50, 80), (5, 400)] {
        let truth = random.rows(rows, |random| text(random, &words, longest));
        let near = truth.iter().map(|text| disturbed(&mut random, text, &words)).collect::<Vec<_>>();
        push_texts(cases, "near texts", &truth, &near);
        push_texts(
            cases,
            "unrelated texts",
            &truth,
            &random.rows(rows, |random| text(random, &words, longest)),
        );
    }
    for (about, truth, predicted) in [
        ("all right", vec!["a b", "c"], vec!["a b", "c"]),
        ("nothing predicted", vec!["a b", "c"], vec!["", ""]),
        ("one empty truth", vec!["", "c d"], vec!["a b", "c d"]),
        ("more errors than words", vec!["a"], vec!["b c d e"]),
        ("spaces at the ends and in the middle", vec!["  a b  c ", "d"], vec!["a  b c", " d "]),
        ("case and punctuation", vec!["Hà Nội, 1975."], vec!["hà nội 1975"]),
        ("composed and decomposed", vec!["ố"], vec!["o\u{302}\u{301}"]),
    ] {
        let owned = |texts: Vec<&str>| texts.into_iter().map(ToOwned::to_owned).collect::<Vec<String>>();
        push_texts(cases, about, &owned(truth), &owned(predicted));
    }
}

fn text(random: &mut Random, words: &[&str], longest: u32) -> String {
    let count = random.below(longest);
    (0..count).map(|_| word(random, words)).collect::<Vec<_>>().join(" ")
}

fn word<'a>(random: &mut Random, words: &[&'a str]) -> &'a str {
    words[random.below(u32::try_from(words.len()).unwrap()) as usize]
}

/// The text with some words left out, some changed and some put in.
fn disturbed(random: &mut Random, text: &str, words: &[&str]) -> String {
    let mut found = Vec::new();
    for one in text.split(' ') {
        match random.below(10) {
            0 => {}
            1 => found.push(word(random, words)),
            2 => found.extend([one, word(random, words)]),
            _ => found.push(one),
        }
    }
    found.join(" ")
}

fn push_texts(cases: &mut Vec<Case>, about: &'static str, truth: &[String], predicted: &[String]) {
    let of = |column: &str, rows: &[String]| {
        let rows = rows.iter().enumerate().map(|(id, text)| format!("{id},\"{text}\""));
        table(column, rows)
    };
    let metrics = [Metric::Wer, Metric::Cer];
    let scores = scored(&["p"], None, metrics.map(Into::into).into(), [&of("y", truth), &of("p", predicted)]);
    for metric in metrics {
        let ours = scores.clone().map(|scores| scores[metric.as_str()]);
        cases.push(Case::new(
            metric.as_str(),
            about,
            json!({ "truth": truth, "predicted": predicted }),
            ours,
        ));
    }
}

fn table(column: &str, rows: impl Iterator<Item = String>) -> String {
    std::iter::once(format!("id,{column}")).chain(rows).collect::<Vec<_>>().join("\n")
}
