//! What a definition must fulfil beyond its shape. Pure.

use std::{
    collections::HashSet,
    path::{Component, Path},
};

use judge_core::{limits::Limits, protocol::ProgramForm, tables, text::Text};

mod columns;
mod data;
mod phases;
mod registration;

use super::{
    DefinitionError,
    model::{Definition, PhaseDefinition, TaskDefinition, TrackDefinition},
};
use crate::competitions::model::{Program, ScorerProgram, ScorerRules, TrackKind};

type Checked = Result<(), DefinitionError>;

/// What is wrong at a place of the file, in both languages, without a full stop.
pub(super) fn wrong(
    place: impl Into<String>,
    vi: impl Into<String>,
    en: impl Into<String>,
) -> DefinitionError {
    DefinitionError::Wrong { place: place.into(), reason: Text::new(vi, en) }
}

/// Checks everything that needs no file.
pub fn check(definition: &Definition) -> Checked {
    if definition.version != 1 {
        return Err(wrong("version", "máy chủ này đọc phiên bản 1", "this server reads version 1"));
    }
    slug("slug", &definition.slug)?;
    if definition.timezone.parse::<chrono_tz::Tz>().is_err() {
        let zone = &definition.timezone;
        return Err(wrong(
            "timezone",
            format!("{zone} không phải múi giờ IANA, ví dụ Asia/Ho_Chi_Minh"),
            format!("{zone} is no IANA time zone, such as Asia/Ho_Chi_Minh"),
        ));
    }
    registration::check(definition)?;
    unique("divisions", definition.divisions.iter().map(|d| d.slug.as_str()), true)?;
    unique("pages", definition.pages.iter().map(|p| p.slug.as_str()), false)?;
    unique("tracks", definition.tracks.iter().map(|t| t.slug.as_str()), true)?;
    definition.tracks.iter().try_for_each(track)?;
    data::check(definition)?;
    nothing_hidden_is_public(definition)
}

/// What contestants may download neither holds nor lies in a task's truth, inputs or programs.
fn nothing_hidden_is_public(definition: &Definition) -> Checked {
    let hidden: Vec<&str> =
        definition.tracks.iter().flat_map(|t| &t.tasks).flat_map(TaskDefinition::paths).collect();
    let files = definition.files.iter().map(|f| ("files", f.path.as_str()));
    let pages = definition.pages.iter().flat_map(|p| [("pages", p.vi.as_str()), ("pages", p.en.as_str())]);
    let data = definition.data.iter().flat_map(|set| &set.files).map(|f| ("data", f.path.as_str()));
    for (place, public) in files.chain(pages).chain(data) {
        if let Some(path) = hidden.iter().find(|path| overlap(path, public)) {
            return Err(wrong(
                place,
                format!("{public} sẽ làm lộ {path} mà đề phải giữ kín"),
                format!("{public} would publish {path}, which a task hides"),
            ));
        }
    }
    Ok(())
}

/// Whether one path is the other or lies below it. Paths that leave the folder, or name nothing, are refused
/// when they are resolved.
fn overlap(a: &str, b: &str) -> bool {
    let leaves = |path| Path::new(path).components().any(|c| c == Component::ParentDir);
    if a.is_empty() || b.is_empty() || leaves(a) || leaves(b) {
        return false;
    }
    let parts = |path| Path::new(path).components().filter(|c| *c != Component::CurDir);
    parts(a).zip(parts(b)).all(|(a, b)| a == b)
}

fn track(track: &TrackDefinition) -> Checked {
    let place = format!("tracks.{}", track.slug);
    if !(1..=(64 << 30)).contains(&track.upload.max_bytes) {
        return Err(wrong(
            format!("{place}.upload.max_bytes"),
            "phải từ 1 byte đến 64 GB",
            "it must lie between 1 byte and 64 GB",
        ));
    }
    unique(&format!("{place}.tasks"), track.tasks.iter().map(|t| t.slug.as_str()), true)?;
    unique(&format!("{place}.phases"), track.phases.iter().map(|p| p.slug.as_str()), true)?;
    track.tasks.iter().try_for_each(|t| task(&place, track.kind, t))?;
    track.phases.iter().try_for_each(|p| phase(&place, track, p))
}

fn task(place: &str, kind: TrackKind, task: &TaskDefinition) -> Checked {
    let place = format!("{place}.tasks.{}", task.slug);
    match (kind, &task.program) {
        (TrackKind::Code, None) => {
            return Err(wrong(
                place,
                "đề của phần thi `code` cần có `program`",
                "a code track's task needs `program`",
            ));
        }
        (TrackKind::Result, Some(_)) => {
            let vi = "đề của phần thi `result` không chạy `program`";
            return Err(wrong(place, vi, "a result track's task runs no `program`"));
        }
        _ => {}
    }
    if kind == TrackKind::Result && task.input.is_some() {
        return Err(wrong(
            place,
            "đề của phần thi `result` không có `input` ẩn; hãy liệt kê dữ liệu công khai ở `files`",
            "a result track's task has no hidden `input`; list public data under `files`",
        ));
    }
    if let Some(program) = &task.program {
        check_program(&format!("{place}.program"), program)?;
    }
    match &task.scorer {
        ScorerRules::Builtin(table) => tables::check(table).map_err(|error| {
            let reason = error.reason();
            wrong(format!("{place}.scorer.builtin"), reason.vi, reason.en)
        }),
        ScorerRules::Retrieval(_) if kind == TrackKind::Code => Err(wrong(
            format!("{place}.scorer.retrieval"),
            "câu trả lời xếp hạng được nộp ở phần thi `result`",
            "ranked answers are handed in on a result track",
        )),
        ScorerRules::Retrieval(_) => Ok(()),
        ScorerRules::Program(program) => {
            command(&format!("{place}.scorer.program"), &program.command)?;
            metrics(&format!("{place}.scorer.program"), program)?;
            limits(&format!("{place}.scorer.program"), &program.limits)
        }
    }
}

fn check_program(place: &str, program: &Program) -> Checked {
    match program.form {
        ProgramForm::Fixed => command(place, &program.command)?,
        ProgramForm::Codabench if program.command.is_empty() => {}
        ProgramForm::Codabench => {
            return Err(wrong(
                format!("{place}.command"),
                "với form codabench, tệp nén tự ghi lệnh",
                "with form codabench the archive names the command",
            ));
        }
    }
    limits(place, &program.limits)?;
    let Some(ingestion) = &program.ingestion else { return Ok(()) };
    if ingestion.while_scoring && program.form.is_fixed() {
        return Err(wrong(
            format!("{place}.ingestion.while_scoring"),
            "chỉ dùng được với form codabench",
            "it needs form codabench",
        ));
    }
    command(&format!("{place}.ingestion"), &ingestion.command)
}

fn metrics(place: &str, program: &ScorerProgram) -> Checked {
    let names = program.metrics.iter().chain(&program.optional_metrics);
    columns::metric_names(&format!("{place}.metrics"), names.map(String::as_str))?;
    if program.metrics.is_empty() {
        return Err(wrong(format!("{place}.metrics"), "cần ít nhất một", "at least one is needed"));
    }
    Ok(())
}

fn phase(place: &str, track: &TrackDefinition, phase: &PhaseDefinition) -> Checked {
    let place = format!("{place}.phases.{}", phase.slug);
    if phase.starts >= phase.ends {
        return Err(wrong(place, "kết thúc trước khi bắt đầu", "it ends before it starts"));
    }
    if phase.tasks.is_empty() {
        return Err(wrong(place, "cần ít nhất một đề", "it needs at least one task"));
    }
    let attempts = &phase.attempts;
    for limit in [attempts.per_day, attempts.total, attempts.max_running].into_iter().flatten() {
        if limit < 1 {
            return Err(wrong(
                format!("{place}.attempts"),
                "giới hạn ít nhất là 1; bỏ trống nếu không giới hạn",
                "a limit is at least 1; leave it out for none",
            ));
        }
    }
    phases::check(&place, track, phase)?;
    columns::check(&format!("{place}.board.columns"), &phase.board.columns)?;
    for slug in &phase.tasks {
        let Some(task) = track.tasks.iter().find(|t| t.slug == *slug) else {
            return Err(wrong(
                format!("{place}.tasks"),
                format!("phần thi không có đề {slug}"),
                format!("the track has no task {slug}"),
            ));
        };
        let metrics = task.scorer.metrics();
        let mut reported = phase.board.columns.iter().filter(|c| c.computed.is_none());
        if let Some(column) = reported.find(|c| !metrics.contains(&c.metric)) {
            let metric = &column.metric;
            return Err(wrong(
                format!("{place}.board.columns"),
                format!("đề {slug} không có độ đo {metric}"),
                format!("the task {slug} has no metric {metric}"),
            ));
        }
    }
    for breaker in &phase.board.tie_breakers {
        let known = ["earliest", "fewest_entries"].contains(&breaker.as_str())
            || phase.board.columns.iter().any(|c| c.metric == *breaker);
        if !known {
            return Err(wrong(
                format!("{place}.board.tie_breakers"),
                format!("{breaker} không phải cột, cũng không phải `earliest` hay `fewest_entries`"),
                format!("{breaker} is no column, nor `earliest` or `fewest_entries`"),
            ));
        }
    }
    Ok(())
}

fn command(place: &str, command: &[String]) -> Checked {
    if command.is_empty() || command.iter().any(|word| word.contains('\0')) {
        return Err(wrong(
            format!("{place}.command"),
            "phải nêu tên một chương trình",
            "it must name a program",
        ));
    }
    Ok(())
}

fn limits(place: &str, limits: &Limits) -> Checked {
    limits.check().map_err(|error| {
        let reason = error.reason();
        wrong(format!("{place}.limits"), reason.vi, reason.en)
    })
}

fn slug(place: &str, slug: &str) -> Checked {
    let right = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let edges = slug.starts_with('-') || slug.ends_with('-');
    if slug.is_empty() || slug.len() > 40 || edges || !slug.chars().all(right) {
        return Err(wrong(
            place,
            format!("{slug:?} phải gồm 1 đến 40 chữ thường không dấu, chữ số và gạch nối ở giữa"),
            format!("{slug:?} must have 1 to 40 lower-case letters, digits and inner hyphens"),
        ));
    }
    Ok(())
}

/// Names are well-formed and differ; a list that is needed is not empty. Metric names may hold underscores.
fn unique<'a>(place: &str, names: impl Iterator<Item = &'a str>, needed: bool) -> Checked {
    let mut seen = HashSet::new();
    for name in names {
        slug(place, &name.replace('_', "-"))?;
        if !seen.insert(name) {
            return Err(wrong(place, format!("{name} có mặt hai lần"), format!("{name} is there twice")));
        }
    }
    if needed && seen.is_empty() {
        return Err(wrong(place, "cần ít nhất một mục", "at least one is needed"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::overlap;

    #[test]
    fn a_folder_overlaps_with_what_it_holds_and_with_itself() {
        for (a, b) in [("hidden/truth", "hidden"), ("truth", "./truth"), (".", "truth"), ("a/b", "a/b/c.csv")]
        {
            assert!(overlap(a, b) && overlap(b, a), "{a} {b}");
        }
        for (a, b) in [
            ("hidden", "public"),
            ("truth", "truth2"),
            ("a/b", "a/c"),
            ("", "truth"),
            ("truth/../x", "truth"),
        ] {
            assert!(!overlap(a, b) && !overlap(b, a), "{a} {b}");
        }
    }
}
