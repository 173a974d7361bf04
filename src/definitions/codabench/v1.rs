//! `competition.yaml` of CodaLab, without a `version`: phases are a map and hold their own data.

use std::path::Path;

use chrono::{DateTime, FixedOffset};
use judge_core::text::Text;

use super::{
    super::DefinitionError,
    bundle::{
        Bundle, BundleColumn, BundlePage, BundlePhase, BundleTask, attempts, hides_logs, moment, order,
        page_file, precision, public_files, seconds, source, source_at,
    },
    node::Node,
    notes,
};
use crate::competitions::model::{Computation, Computed, Counts};

type Read<T> = Result<T, DefinitionError>;

const DOCKER_IMAGE: &str = "codalab/codalab-legacy:py37";
const MOST: i64 = 1_000_000;

pub fn read(top: &Node<'_>, root: &Path) -> Read<Bundle> {
    let title = top.need("title")?.words()?;
    source(&top.need("image")?, root)?;
    let image = top.get("competition_docker_image").map(|node| node.text()).transpose()?;
    let (tasks, phases) = phases(top, root)?;
    let columns = leaderboard(top)?;
    let forced = top.flag_at("force_submission_to_leaderboard")?;
    Ok(Bundle {
        title,
        description: top.get("description").map(|node| node.text()).transpose()?.unwrap_or_default(),
        docker_image: image.filter(|name| !name.is_empty()).unwrap_or_else(|| DOCKER_IMAGE.to_owned()),
        pages: pages(top, root)?,
        tasks,
        phases,
        columns,
        // What is pushed to the board takes the place of what stood there.
        counts: if forced { Counts::Last } else { Counts::Best },
        final_picks: if forced { None } else { Some(1) },
        is_board_hidden: false,
        is_open: top.get("has_registration").is_some() && !top.flag_at("has_registration")?,
        notes: vec![notes::logo()],
    })
}

/// Known pages in the order of the old site, then others, then the terms.
fn pages(top: &Node<'_>, root: &Path) -> Read<Vec<BundlePage>> {
    let known = [
        ("overview", "Tổng quan", "Overview"),
        ("evaluation", "Đánh giá", "Evaluation"),
        ("data", "Dữ liệu", "Data"),
        ("terms", "Điều khoản", "Terms"),
    ];
    let html = top.need("html")?;
    html.need("terms")?;
    let mut pages = Vec::new();
    for (key, node) in html.entries()? {
        let place = known.iter().position(|(name, ..)| *name == key);
        let title = place.map_or_else(|| Text::new(&key, &key), |at| Text::new(known[at].1, known[at].2));
        let weight = match (place, key.as_str()) {
            (_, "terms") => usize::MAX,
            (Some(at), _) => at,
            (None, _) => known.len(),
        };
        pages.push((weight, BundlePage { title, slug: key, file: page_file(&node, root)? }));
    }
    pages.sort_by_key(|(weight, _)| *weight);
    Ok(pages.into_iter().map(|(_, page)| page).collect())
}

fn phases(top: &Node<'_>, root: &Path) -> Read<(Vec<BundleTask>, Vec<BundlePhase>)> {
    let mut listed: Vec<(i64, Node<'_>)> = Vec::new();
    for (key, phase) in top.need("phases")?.entries()? {
        let number = match phase.get("phasenumber") {
            Some(node) => node.whole(0, MOST)?,
            None => key.parse().map_err(|_| phase.need("phasenumber").expect_err("it is missing"))?,
        };
        listed.push((number, phase));
    }
    if listed.is_empty() {
        let node = top.need("phases")?;
        return Err(node.wrong("phải có ít nhất một vòng", "at least one phase is needed"));
    }
    listed.sort_by_key(|(number, _)| *number);
    // Version 1.8 puts a parent before the phases that run side by side.
    if listed
        .iter()
        .any(|(_, p)| p.get("is_parallel_parent").is_some() || p.get("parent_phasenumber").is_some())
    {
        listed.remove(0);
    }
    let starts: Vec<DateTime<FixedOffset>> =
        listed.iter().map(|(_, phase)| moment(&phase.need("start_date")?)).collect::<Read<_>>()?;
    let end = top.get("end_date").map(|node| moment(&node)).transpose()?;
    let (mut tasks, mut phases) = (Vec::new(), Vec::new());
    for ((index, (_, phase)), starts_at) in (0..).zip(&listed).zip(&starts) {
        let ends = starts.iter().filter(|other| *other > starts_at).min().copied().or(end);
        if ends.is_some_and(|ends| ends <= *starts_at) {
            let node = top.need("end_date")?;
            return Err(node.wrong(
                "cuộc thi kết thúc trước khi vòng cuối bắt đầu",
                "the competition ends before its last phase starts",
            ));
        }
        tasks.push(task(phase, index, root)?);
        phases.push(self::phase(phase, index, (*starts_at, ends), root)?);
    }
    Ok((tasks, phases))
}

fn task(phase: &Node<'_>, index: i64, root: &Path) -> Read<BundleTask> {
    Ok(BundleTask {
        index,
        name: phase.need("label")?.words()?,
        scoring_program: source(&phase.need("scoring_program")?, root)?,
        ingestion_program: source_at(phase, "ingestion_program", root)?,
        input_data: source_at(phase, "input_data", root)?,
        reference_data: source_at(phase, "reference_data", root)?,
        ingestion_only_during_scoring: phase.flag_at("ingestion_program_only_during_scoring")?,
    })
}

fn phase(
    phase: &Node<'_>,
    index: i64,
    (starts, ends): (DateTime<FixedOffset>, Option<DateTime<FixedOffset>>),
    root: &Path,
) -> Read<BundlePhase> {
    Ok(BundlePhase {
        name: phase.need("label")?.words()?,
        starts,
        ends,
        tasks: vec![index],
        per_day: attempts(phase, "max_submissions_per_day", 5)?,
        total: attempts(phase, "max_submissions", 100)?,
        seconds: seconds(phase)?,
        hides_logs: hides_logs(phase)?,
        files: public_files(phase, root)?,
    })
}

/// The first board's columns by rank.
fn leaderboard(top: &Node<'_>) -> Read<Vec<BundleColumn>> {
    let leaderboard = top.need("leaderboard")?;
    let mut boards = Vec::new();
    for (key, board) in leaderboard.need("leaderboards")?.entries()? {
        let rank = board.get("rank").map_or(Ok(1), |node| node.whole(0, MOST))?;
        let label = board.get("label").map(|node| node.text()).transpose()?.unwrap_or(key);
        boards.push((rank, label.to_lowercase()));
    }
    let Some((_, first)) = boards.into_iter().min_by_key(|(rank, _)| *rank) else {
        let node = leaderboard.need("leaderboards")?;
        return Err(node.wrong("phải có ít nhất một bảng", "at least one board is needed"));
    };
    let mut columns = Vec::new();
    for (key, column) in leaderboard.need("columns")?.entries()? {
        // Written by an alias: the rank is that of the board.
        let of = column.need("leaderboard")?;
        of.get("rank");
        let board = of.need("label")?.text()?;
        if board.to_lowercase() == first {
            let rank = column.get("rank").map_or(Ok(1), |node| node.whole(0, MOST))?;
            columns.push((rank, read_column(key, &column)?));
        }
    }
    if columns.is_empty() {
        let node = leaderboard.need("columns")?;
        return Err(node.wrong("bảng xếp hạng không có cột nào", "the leaderboard has no column"));
    }
    columns.sort_by_key(|(rank, _)| *rank);
    Ok(columns.into_iter().map(|(_, column)| column).collect())
}

fn read_column(key: String, column: &Node<'_>) -> Read<BundleColumn> {
    Ok(BundleColumn {
        title: column.get("label").map(|node| node.text()).transpose()?.unwrap_or_else(|| key.clone()),
        order: order(column, "sort")?,
        precision: precision(column, "numeric_format")?,
        hidden: column.flag_at("hidden")?,
        computed: column.get("computed").map(|node| computed(&node)).transpose()?,
        key,
    })
}

fn computed(node: &Node<'_>) -> Read<Computed> {
    let operation = node.need("operation")?;
    if operation.text()?.to_lowercase() != "avg" {
        return Err(operation.wrong("phải là Avg", "it must be Avg"));
    }
    let fields = node.need("fields")?.words()?;
    let of =
        fields.split(',').map(|field| field.trim().to_owned()).filter(|field| !field.is_empty()).collect();
    Ok(Computed { how: Computation::Mean, of })
}
