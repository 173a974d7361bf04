//! From a bundle to a definition of ours.

use std::{
    collections::{BTreeMap, HashSet},
    path::Path,
};

use chrono::{DateTime, FixedOffset};
use judge_core::{codabench::Part, limits::Limits, protocol::ProgramForm, text::Text};

use super::{
    super::{
        DefinitionError,
        data::RulesDefinition,
        model::{
            AttemptRules, BoardDefinition, Definition, DivisionDefinition, FileDefinition, PageDefinition,
            PhaseDefinition, RegistrationRules, TaskDefinition, TeamRules, TrackDefinition, UploadRules,
        },
    },
    Bundle, Source,
    bundle::{BundlePhase, BundleTask},
    notes, programs,
    words::Slugs,
};
use crate::{
    competitions::{
        model::{
            Column, Ingestion, Malformed, OverTasks, PhasePriority, PrivateBoard, Program, ScorerProgram,
            ScorerRules, TrackKind,
        },
        visibility::{BoardVisibility, LogVisibility, ScoreVisibility, Visibility},
    },
    teams::model::Approval,
};

const MIB: u64 = 1024 * 1024;
/// What contestants may upload: archives with models rather than tables.
const LARGEST_UPLOAD: i64 = 1024 * 1024 * 1024;
/// The end of a phase that has none.
const FAR_AWAY: &str = "2100-01-01T00:00:00+00:00";

/// What is known beside the bundle itself.
#[derive(Debug)]
pub struct Parts<'a> {
    /// The unpacked bundle.
    pub root: &'a Path,
    /// Path of a source → folder that holds what it is.
    pub folders: &'a BTreeMap<String, String>,
    /// Folder of the truth of tasks that have none.
    pub no_reference: &'a str,
    /// Name of the stored image in which all programs run.
    pub image: &'a str,
    /// The competition's name in addresses.
    pub slug: String,
}

impl Parts<'_> {
    fn folder(&self, source: &Source) -> String {
        self.folders.get(&source.path).unwrap_or(&source.path).clone()
    }
}

/// The definition, and what it says differently from the bundle.
pub fn translate(bundle: &Bundle, parts: &Parts<'_>) -> Result<(Definition, Vec<Text>), DefinitionError> {
    let mut notes = bundle.notes.clone();
    notes.push(notes::image(&bundle.docker_image, parts.image));
    let mut tasks: BTreeMap<(i64, u64), TaskDefinition> = BTreeMap::new();
    let mut phases = Vec::new();
    let mut slugs = Slugs::default();
    for phase in &bundle.phases {
        for index in &phase.tasks {
            let key = (*index, phase.seconds);
            if !tasks.contains_key(&key) {
                let other_limit = tasks.keys().any(|(known, _)| known == index);
                let task = bundle.tasks.iter().find(|task| task.index == *index).expect("it was looked up");
                let task_slug = if other_limit {
                    format!("task-{index}-{}s", phase.seconds)
                } else {
                    format!("task-{index}")
                };
                tasks.insert(key, self::task(task, task_slug, phase.seconds, bundle, parts)?);
            }
        }
        let phase_tasks =
            phase.tasks.iter().map(|index| tasks[&(*index, phase.seconds)].slug.clone()).collect();
        phases.push(self::phase(phase, slugs.take(&phase.name, "phase"), phase_tasks, bundle, &mut notes));
    }
    for task in &bundle.tasks {
        let used = tasks.keys().any(|(index, _)| *index == task.index);
        match &task.reference_data {
            None if used => notes.push(notes::no_reference(&task.name)),
            _ if !used => notes.push(notes::unused_task(&task.name)),
            _ => {}
        }
    }
    let (pages, html) = pages(bundle);
    notes.extend(html);
    let track = TrackDefinition {
        slug: "main".to_owned(),
        kind: TrackKind::Code,
        title: both(&bundle.title),
        upload: UploadRules { max_bytes: LARGEST_UPLOAD },
        tasks: tasks.into_values().collect(),
        phases,
    };
    Ok((definition(bundle, parts, pages, track), notes))
}

fn both(text: &str) -> Text {
    Text::new(text, text)
}

fn definition(
    bundle: &Bundle,
    parts: &Parts<'_>,
    pages: Vec<PageDefinition>,
    track: TrackDefinition,
) -> Definition {
    let summary = bundle.description.lines().next().unwrap_or_default().trim();
    Definition {
        version: 1,
        slug: parts.slug.clone(),
        title: both(&bundle.title),
        summary: both(if summary.is_empty() { &bundle.title } else { summary }),
        // A day of attempts begins at midnight UTC there.
        timezone: "UTC".to_owned(),
        // Also tells that a competition came of this bundle.
        source: format!("Codabench bundle “{}”", bundle.title),
        licence: String::new(),
        pages,
        divisions: vec![DivisionDefinition {
            slug: "all".to_owned(),
            title: Text::new("Mọi thí sinh", "All entrants"),
            requires: None,
            min_members: None,
            max_members: None,
        }],
        teams: TeamRules { max_members: 1, ..TeamRules::default() },
        registration: RegistrationRules {
            approval: if bundle.is_open { Approval::None } else { Approval::Required },
            ..RegistrationRules::default()
        },
        files: files(bundle),
        data: Vec::new(),
        rules: RulesDefinition::default(),
        tracks: vec![track],
    }
}

fn pages(bundle: &Bundle) -> (Vec<PageDefinition>, Vec<Text>) {
    let mut slugs = Slugs::default();
    let mut notes = Vec::new();
    let page = |page: &super::bundle::BundlePage| {
        if Path::new(&page.file).extension().is_some_and(|e| e.eq_ignore_ascii_case("html")) {
            notes.push(notes::html_page(&page.file));
        }
        PageDefinition {
            slug: slugs.take(&page.slug, "page"),
            title: page.title.clone(),
            vi: page.file.clone(),
            en: page.file.clone(),
        }
    };
    (bundle.pages.iter().map(page).collect(), notes)
}

/// Public data and starting kits, once each.
fn files(bundle: &Bundle) -> Vec<FileDefinition> {
    let mut seen = HashSet::new();
    let named = bundle.phases.iter().flat_map(|phase| &phase.files);
    named
        .filter(|(source, _)| seen.insert(source.path.clone()))
        .map(|(source, title)| FileDefinition { path: source.path.clone(), title: title.clone() })
        .collect()
}

fn task(
    task: &BundleTask,
    slug: String,
    seconds: u64,
    bundle: &Bundle,
    parts: &Parts<'_>,
) -> Result<TaskDefinition, DefinitionError> {
    let beside = task.ingestion_only_during_scoring;
    let ingestion = match &task.ingestion_program {
        Some(source) => {
            let program = parts.folder(source);
            let part = if beside { Part::IngestionWhileScoring } else { Part::Ingestion };
            let command = programs::command(parts.root, &program, source, part)?;
            Some(Ingestion { program, image: parts.image.to_owned(), command, while_scoring: beside })
        }
        None => None,
    };
    let path = parts.folder(&task.scoring_program);
    let command = programs::command(parts.root, &path, &task.scoring_program, Part::Scorer)?;
    let (metrics, optional_metrics) = metrics(bundle);
    let truth =
        task.reference_data.as_ref().map_or_else(|| parts.no_reference.to_owned(), |s| parts.folder(s));
    Ok(TaskDefinition {
        slug,
        title: both(&task.name),
        input: task.input_data.as_ref().map(|source| parts.folder(source)),
        truth,
        program: Some(Program {
            image: parts.image.to_owned(),
            command: Vec::new(),
            form: ProgramForm::Codabench,
            requires: Vec::new(),
            outputs: Vec::new(),
            ingestion,
            limits: limits(seconds),
        }),
        scorer: ScorerRules::Program(ScorerProgram {
            path,
            image: parts.image.to_owned(),
            command,
            metrics,
            optional_metrics,
            predictions_file: "predictions.csv".to_owned(),
            limits: limits(seconds),
        }),
    })
}

/// What a scorer must report, and what it may: the board cannot rank without its first column.
fn metrics(bundle: &Bundle) -> (Vec<String>, Vec<String>) {
    let first = &bundle.columns[0];
    let needed = match &first.computed {
        Some(computed) => computed.of.clone(),
        None => vec![first.key.clone()],
    };
    let reported = bundle.columns.iter().filter(|column| column.computed.is_none());
    let optional = reported.map(|column| column.key.clone()).filter(|key| !needed.contains(key)).collect();
    (needed, optional)
}

/// Codabench limits the time of a step and nothing else.
fn limits(seconds: u64) -> Limits {
    Limits {
        wall_ms: seconds * 1000,
        cpu_ms: seconds * 1000,
        memory_bytes: 2048 * MIB,
        pids: 256,
        output_bytes: 512 * MIB,
        output_files: 20_000,
        scratch_bytes: 256 * MIB,
        log_bytes: 256 * 1024,
        unpacked_bytes: 2048 * MIB,
        unpacked_files: 20_000,
        ..Limits::default()
    }
}

fn phase(
    phase: &BundlePhase,
    slug: String,
    tasks: Vec<String>,
    bundle: &Bundle,
    notes: &mut Vec<Text>,
) -> PhaseDefinition {
    if phase.ends.is_none() {
        notes.push(notes::open_end(&phase.name));
    }
    if tasks.len() > 1 {
        notes.push(notes::over_tasks(&phase.name));
    }
    PhaseDefinition {
        slug,
        title: both(&phase.name),
        starts: phase.starts,
        ends: phase.ends.unwrap_or_else(|| far_away(phase.starts)),
        tasks,
        attempts: AttemptRules { per_day: phase.per_day, total: phase.total, max_running: None },
        malformed: Malformed::default(),
        priority: PhasePriority::default(),
        practice: false,
        requires: None,
        visibility: Visibility {
            board: if bundle.is_board_hidden {
                BoardVisibility::Organizers
            } else {
                BoardVisibility::Everyone
            },
            scores: ScoreVisibility::AtOnce,
            logs: if phase.hides_logs { LogVisibility::Organizers } else { LogVisibility::default() },
        },
        board: board(bundle),
    }
}

fn far_away(starts: DateTime<FixedOffset>) -> DateTime<FixedOffset> {
    let far = DateTime::parse_from_rfc3339(FAR_AWAY).expect("it is a date");
    if starts < far { far } else { starts + chrono::Days::new(36_500) }
}

/// The primary column decides, then the other visible ones in their order, then who came first.
fn board(bundle: &Bundle) -> BoardDefinition {
    let column = |column: &super::bundle::BundleColumn| Column {
        metric: column.key.clone(),
        title: both(&column.title),
        order: column.order,
        precision: column.precision,
        hidden: column.hidden,
        computed: column.computed.clone(),
    };
    let others = bundle.columns.iter().skip(1).filter(|column| !column.hidden);
    let mut tie_breakers: Vec<String> = others.map(|column| column.key.clone()).collect();
    tie_breakers.push("earliest".to_owned());
    BoardDefinition {
        columns: bundle.columns.iter().map(column).collect(),
        counts: bundle.counts,
        tie_breakers,
        private: PrivateBoard::AfterEnd,
        freeze: None,
        over_tasks: OverTasks::Mean,
        final_picks: bundle.final_picks,
    }
}
