//! `competition.yaml` with `version: 2`.

use std::path::Path;

use judge_core::text::Text;

use super::{
    super::DefinitionError,
    bundle::{
        Bundle, BundleColumn, BundlePage, BundlePhase, BundleTask, attempts, by_key, hides_logs, moment,
        order, page_file, precision, public_files, seconds, source, source_at,
    },
    node::Node,
    notes,
};
use crate::competitions::model::{Computation, Computed, Counts};

type Read<T> = Result<T, DefinitionError>;

const DOCKER_IMAGE: &str = "codalab/codalab-legacy:py37";
const MOST: i64 = 1_000_000;

pub fn read(top: &Node<'_>, root: &Path) -> Read<Bundle> {
    let mut notes = Vec::new();
    let title = top.need("title")?.words()?;
    source(&top.need("image")?, root)?;
    notes.push(notes::logo());
    let tasks = tasks(top, root)?;
    if solutions(top, root, &tasks)? {
        notes.push(notes::solutions());
    }
    let phases = phases(top, root, &tasks)?;
    let board = board(top)?;
    let columns = leaderboard(&board)?;
    let (counts, final_picks) = counts(&board, &mut notes)?;
    let image = top.get("docker_image").map(|node| node.text()).transpose()?;
    Ok(Bundle {
        title,
        description: top.get("description").map(|node| node.text()).transpose()?.unwrap_or_default(),
        docker_image: image.filter(|name| !name.is_empty()).unwrap_or_else(|| DOCKER_IMAGE.to_owned()),
        pages: pages(top, root)?,
        tasks,
        phases,
        columns,
        counts,
        final_picks,
        is_board_hidden: board.flag_at("hidden")?,
        is_open: top.flag_at("registration_auto_approve")?,
        notes,
    })
}

fn pages(top: &Node<'_>, root: &Path) -> Read<Vec<BundlePage>> {
    let mut pages = Vec::new();
    for page in top.need("pages")?.some_items()? {
        let title = page.need("title")?.words()?;
        let file = page_file(&page.need("file")?, root)?;
        pages.push(BundlePage { title: Text::new(&title, &title), slug: title, file });
    }
    let file = page_file(&top.need("terms")?, root)?;
    pages.push(BundlePage { title: Text::new("Điều khoản", "Terms"), slug: "terms".to_owned(), file });
    Ok(pages)
}

fn tasks(top: &Node<'_>, root: &Path) -> Read<Vec<BundleTask>> {
    let mut tasks: Vec<BundleTask> = Vec::new();
    for task in top.need("tasks")?.some_items()? {
        let at = task.need("index")?;
        let index = at.whole(0, MOST)?;
        if tasks.iter().any(|other| other.index == index) {
            return Err(
                at.wrong(format!("chỉ số {index} có hai lần"), format!("index {index} is there twice"))
            );
        }
        if let Some(key) = task.get("key") {
            return Err(by_key(&key));
        }
        let name = task.get("name").map(|node| node.text()).transpose()?.unwrap_or_default();
        tasks.push(BundleTask {
            index,
            name: if name.is_empty() { format!("Task {index}") } else { name },
            scoring_program: source(&task.need("scoring_program")?, root)?,
            ingestion_program: source_at(&task, "ingestion_program", root)?,
            input_data: source_at(&task, "input_data", root)?,
            reference_data: source_at(&task, "reference_data", root)?,
            ingestion_only_during_scoring: task.flag_at("ingestion_only_during_scoring")?,
        });
    }
    Ok(tasks)
}

/// Looks at the sample solutions, which have no place here. `true`: there are some.
fn solutions(top: &Node<'_>, root: &Path, tasks: &[BundleTask]) -> Read<bool> {
    let Some(solutions) = top.get("solutions") else { return Ok(false) };
    let solutions = solutions.items()?;
    for solution in &solutions {
        solution.need("index")?.whole(0, MOST)?;
        for task in solution.need("tasks")?.items()? {
            known_task(&task, tasks)?;
        }
        if let Some(key) = solution.get("key") {
            return Err(by_key(&key));
        }
        source(&solution.need("path")?, root)?;
    }
    Ok(!solutions.is_empty())
}

fn known_task(node: &Node<'_>, tasks: &[BundleTask]) -> Read<i64> {
    let index = node.whole(0, MOST)?;
    if tasks.iter().any(|task| task.index == index) {
        return Ok(index);
    }
    Err(node.wrong(format!("không có đề với chỉ số {index}"), format!("there is no task with index {index}")))
}

fn phases(top: &Node<'_>, root: &Path, tasks: &[BundleTask]) -> Read<Vec<BundlePhase>> {
    let mut listed = Vec::new();
    for phase in top.need("phases")?.some_items()? {
        let index = phase.get("index").map_or(Ok(0), |node| node.whole(0, MOST))?;
        listed.push((index, phase));
    }
    // Stable: phases without an index stay in their order.
    listed.sort_by_key(|(index, _)| *index);
    let mut phases: Vec<BundlePhase> = Vec::new();
    for (number, (_, phase)) in listed.iter().enumerate() {
        let start = phase.need("start")?;
        let starts = moment(&start)?;
        let end = phase.get("end");
        let ends = end.as_ref().map(moment).transpose()?;
        if let (Some(end), Some(ends)) = (&end, ends)
            && ends <= starts
        {
            return Err(end.wrong("vòng kết thúc trước khi bắt đầu", "the phase ends before it starts"));
        }
        if end.is_none() && number + 1 < listed.len() {
            return Err(phase.need("end").expect_err("it is missing"));
        }
        if phases.last().and_then(|before| before.ends).is_some_and(|before| starts < before) {
            return Err(start.wrong(
                "vòng này bắt đầu khi vòng trước chưa kết thúc",
                "the phase starts before the one before it has ended",
            ));
        }
        let mut indexes: Vec<i64> = Vec::new();
        for task in phase.need("tasks")?.some_items()? {
            let index = known_task(&task, tasks)?;
            if !indexes.contains(&index) {
                indexes.push(index);
            }
        }
        phases.push(BundlePhase {
            name: phase.need("name")?.words()?,
            starts,
            ends,
            tasks: indexes,
            per_day: attempts(phase, "max_submissions_per_day", 5)?,
            total: attempts(phase, "max_submissions", 100)?,
            seconds: seconds(phase)?,
            hides_logs: hides_logs(phase)?,
            files: public_files(phase, root)?,
        });
    }
    Ok(phases)
}

/// The first leaderboard is the one that counts.
fn board<'d>(top: &Node<'d>) -> Read<Node<'d>> {
    if let (None, Some(node)) = (top.get("leaderboards"), top.get("leaderboard")) {
        return Err(node.wrong("khoá phải viết là leaderboards", "the key is called leaderboards"));
    }
    let board = top.need("leaderboards")?.some_items()?.swap_remove(0);
    // A single board needs neither.
    for key in ["index", "key", "title"] {
        board.get(key);
    }
    Ok(board)
}

/// The board's columns, the primary one first.
fn leaderboard(board: &Node<'_>) -> Read<Vec<BundleColumn>> {
    let mut columns = Vec::new();
    for column in board.need("columns")?.some_items()? {
        let index = column.get("index").map_or(Ok(0), |node| node.whole(0, MOST))?;
        if columns.iter().any(|(other, _)| *other == index) {
            let at = column.need("index")?;
            return Err(
                at.wrong(format!("chỉ số {index} có hai lần"), format!("index {index} is there twice"))
            );
        }
        columns.push((index, column));
    }
    columns.sort_by_key(|(index, _)| *index);
    let primary = board.get("primary_index");
    let wanted = primary.as_ref().map_or(Ok(columns[0].0), |node| node.whole(0, MOST))?;
    let Some(position) = columns.iter().position(|(index, _)| *index == wanted) else {
        let node = primary.expect("the first column's index is that of a column");
        return Err(node.wrong(format!("không có cột {wanted}"), format!("there is no column {wanted}")));
    };
    let keys: Vec<(i64, String)> = columns
        .iter()
        .map(|(index, column)| Ok((*index, column.need("key")?.words()?)))
        .collect::<Read<_>>()?;
    let mut read: Vec<BundleColumn> = columns
        .iter()
        .zip(&keys)
        .map(|((_, node), (_, key))| column(node, key, &keys))
        .collect::<Read<_>>()?;
    let first = read.remove(position);
    read.insert(0, first);
    Ok(read)
}

fn column(node: &Node<'_>, key: &str, keys: &[(i64, String)]) -> Read<BundleColumn> {
    let computed = match node.get("computation") {
        Some(how) if !how.text()?.is_empty() => Some(computed(node, &how, keys)?),
        _ => None,
    };
    Ok(BundleColumn {
        key: key.to_owned(),
        title: node.get("title").map(|node| node.text()).transpose()?.unwrap_or_else(|| key.to_owned()),
        order: order(node, "sorting")?,
        precision: precision(node, "precision")?,
        hidden: node.flag_at("hidden")?,
        computed,
    })
}

fn computed(column: &Node<'_>, how: &Node<'_>, keys: &[(i64, String)]) -> Read<Computed> {
    let computation = match how.text()?.to_lowercase().as_str() {
        "avg" => Computation::Mean,
        "sum" => Computation::Sum,
        "min" => Computation::Min,
        "max" => Computation::Max,
        _ => return Err(how.wrong("phải là sum, avg, min hoặc max", "it must be sum, avg, min or max")),
    };
    let list = column.need("computation_indexes")?;
    // A list, or indexes with commas between them.
    let indexes: Vec<i64> = if let Ok(items) = list.items() {
        items.iter().map(|node| node.whole(0, MOST)).collect::<Read<_>>()?
    } else {
        let text = list.text()?;
        let parsed: Option<Vec<i64>> = text.split(',').map(|part| part.trim().parse().ok()).collect();
        parsed.ok_or_else(|| list.wrong("phải là các chỉ số cột", "it must be indexes of columns"))?
    };
    let of: Option<Vec<String>> = indexes
        .iter()
        .map(|index| keys.iter().find(|(known, _)| known == index).map(|(_, key)| key.clone()))
        .collect();
    match of {
        Some(of) if !of.is_empty() => Ok(Computed { how: computation, of }),
        _ => {
            Err(list.wrong("có chỉ số không thuộc cột nào", "it must name indexes of columns that are there"))
        }
    }
}

/// What counts, and how many submissions an entrant may choose.
fn counts(board: &Node<'_>, notes: &mut Vec<Text>) -> Read<(Counts, Option<u16>)> {
    const SEVERAL: u16 = 100;
    let Some(rule) = board.get("submission_rule") else { return Ok((Counts::Best, Some(1))) };
    let name = rule.text()?;
    match name.as_str() {
        "Force_Best" => Ok((Counts::Best, None)),
        "Force_Last" => Ok((Counts::Last, None)),
        "Force_Latest_Multiple" => {
            notes.push(notes::several_submissions(&name));
            Ok((Counts::Last, None))
        }
        "Add" | "Add_And_Delete" => Ok((Counts::Best, Some(1))),
        "Add_And_Delete_Multiple" => Ok((Counts::Best, Some(SEVERAL))),
        _ => Err(rule.wrong(
            "phải là Add, Add_And_Delete, Add_And_Delete_Multiple, Force_Last, Force_Latest_Multiple hoặc Force_Best",
            "it must be Add, Add_And_Delete, Add_And_Delete_Multiple, Force_Last, Force_Latest_Multiple or Force_Best",
        )),
    }
}
