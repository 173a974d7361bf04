//! How programs of Codabench bundles, and programs handed in to them, say what to run.
//!
//! Source: codalab/codabench, `compute_worker/compute_worker.py` (`_run_program_directory`,
//! `replace_legacy_metadata_command`, `push_output`).

use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_saphyr::options::DuplicateKeyPolicy;

/// Files at the top of a program's folder that may name its command; the first that is there counts.
pub const METADATA_FILES: [&str; 2] = ["metadata.yaml", "metadata"];
/// Longest such file, bytes.
pub const LONGEST_METADATA: u64 = 64 * 1024;
/// Values of such a file, with what its aliases repeat.
const MOST_NODES: usize = 2_000;
/// The file with which a prediction step tells the scorer how its programs ended.
pub const STATUS_FILE: &str = "metadata";

/// Whose command it is. The variables of old commands mean other folders in each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// What a team handed in.
    Submission,
    /// The organizer's program beside the team's.
    Ingestion,
    /// The organizer's program beside the scorer.
    IngestionWhileScoring,
    Scorer,
}

/// What a program's folder says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Metadata {
    /// There is no such file: a submission like that is a result.
    Absent,
    /// The file names no command: something else runs what is in the folder.
    Silent,
    /// The command's words.
    Command(Vec<String>),
}

/// The command that a metadata file names, as it is written. A file that holds no mapping names none.
///
/// # Errors
/// The reason why the text is no YAML.
pub fn command_in(text: &str) -> Result<Option<String>, String> {
    let options = serde_saphyr::options! {
        duplicate_keys: DuplicateKeyPolicy::LastWins,
        budget: serde_saphyr::budget! { max_nodes: MOST_NODES, max_events: 3 * MOST_NODES },
    };
    if text.trim().is_empty() {
        return Ok(None);
    }
    let value: Value =
        serde_saphyr::from_str_with_options(text, options).map_err(|error| error.to_string())?;
    let command = value.get("command").and_then(Value::as_str).map(str::trim);
    Ok(command.filter(|command| !command.is_empty()).map(ToOwned::to_owned))
}

/// The command's words, split as a shell would split them, with the variables of old commands replaced. No shell
/// runs. `None`: a quotation mark is not closed.
pub fn words(command: &str, part: Part) -> Option<Vec<String>> {
    let ingestion = matches!(part, Part::Ingestion | Part::IngestionWhileScoring);
    let scoring = matches!(part, Part::Scorer | Part::IngestionWhileScoring);
    // In this order: `$input` must not eat the beginning of a longer name, and none of these does.
    let variables = [
        ("$input", if ingestion { "/app/input_data" } else { "/app/input" }),
        ("$output", "/app/output"),
        ("$program", "/app/program"),
        ("$ingestion_program", "/app/program"),
        ("$hidden", "/app/input/ref"),
        ("$shared", "/app/shared"),
        ("$submission_program", "/app/ingested_program"),
        ("$tmp", "/app/output"),
        ("$predictions", if scoring { "/app/input/res" } else { "/app/output" }),
    ];
    let mut command = command.to_owned();
    for (variable, folder) in variables {
        command = command.replace(variable, folder);
    }
    shlex::split(&command).filter(|words| !words.is_empty())
}

/// What a team's metadata file says. Whatever cannot be read names no command.
pub fn of_submission(text: &str) -> Metadata {
    let command = command_in(text).ok().flatten();
    command.and_then(|c| words(&c, Part::Submission)).map_or(Metadata::Silent, Metadata::Command)
}

/// How one container ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProgramEnd {
    pub exit_code: i64,
    pub run_ms: u64,
}

/// The text of [`STATUS_FILE`].
pub fn status(program: Option<ProgramEnd>, ingestion: Option<ProgramEnd>) -> String {
    let code = |end: Option<ProgramEnd>| end.map_or("null".to_owned(), |end| end.exit_code.to_string());
    let seconds = |end: Option<ProgramEnd>| {
        end.map_or("null".to_owned(), |end| format!("{}.{:03}", end.run_ms / 1000, end.run_ms % 1000))
    };
    format!(
        "elapsedTime: {}\nexitCode: {}\ningestionElapsedTime: {}\ningestionExitCode: {}\n",
        seconds(program.or(ingestion)),
        code(program),
        seconds(ingestion),
        code(ingestion)
    )
}

#[cfg(test)]
mod tests {
    use std::fmt::Write;

    use super::*;

    fn text(command: &str, part: Part) -> String {
        words(command, part).unwrap().join(" ")
    }

    #[test]
    fn a_command_is_read_whatever_stands_beside_it() {
        let yaml = "description: Scores\ncommand: python3 score.py $input $output\nextra: {a: [1]}\n";
        assert_eq!(command_in(yaml).unwrap().unwrap(), "python3 score.py $input $output");
        assert_eq!(command_in("command: a\ncommand: b").unwrap().as_deref(), Some("b"));
        for none in
            ["", "\n", "# nothing", "just text", "[command]", "command:", "command: ''", "command: [a]"]
        {
            assert_eq!(command_in(none).unwrap(), None, "{none:?}");
        }
        assert!(command_in("command: \"x").is_err());
        assert!(command_in("a: b: c").is_err());
    }

    #[test]
    fn yaml_that_grows_when_it_is_read_is_refused() {
        let mut bomb = "a: &a [x,x,x,x,x,x,x,x,x]\n".to_owned();
        for (name, before) in "bcdefghijk".chars().zip("abcdefghij".chars()) {
            let nine = vec![format!("*{before}"); 9].join(",");
            writeln!(bomb, "{name}: &{name} [{nine}]").unwrap();
        }
        bomb.push_str("command: python3 x.py\n");
        assert!(command_in(&bomb).is_err());
        assert_eq!(of_submission(&bomb), Metadata::Silent);
    }

    #[test]
    fn old_variables_mean_the_folders_of_their_step() {
        let all = "run $input $output $program $ingestion_program $submission_program $hidden $shared $tmp $predictions";
        assert_eq!(
            text(all, Part::Scorer),
            "run /app/input /app/output /app/program /app/program /app/ingested_program /app/input/ref /app/shared \
             /app/output /app/input/res"
        );
        assert_eq!(text("$input $predictions", Part::Ingestion), "/app/input_data /app/output");
        assert_eq!(
            text("$input $predictions", Part::IngestionWhileScoring),
            "/app/input_data /app/input/res"
        );
        assert_eq!(text("$input $predictions", Part::Submission), "/app/input /app/output");
        assert_eq!(text("python3 $program/x.py", Part::Scorer), "python3 /app/program/x.py");
    }

    #[test]
    fn words_are_split_as_a_shell_splits_them_and_nothing_is_run() {
        let split = words("sh -c 'a b; c' \"d e\" $(id) `id` | x", Part::Scorer).unwrap();
        assert_eq!(split, ["sh", "-c", "a b; c", "d e", "$(id)", "`id`", "|", "x"]);
        assert_eq!(words("python3 'x", Part::Scorer), None);
        assert_eq!(words("  ", Part::Scorer), None);
    }

    #[test]
    fn the_status_names_every_key_also_where_nothing_ran() {
        let end = |exit_code, run_ms| Some(ProgramEnd { exit_code, run_ms });
        let parse = |text: String| serde_saphyr::from_str::<Value>(&text).unwrap();
        assert_eq!(
            parse(status(end(1, 1042), end(0, 60))),
            serde_json::json!({
                "elapsedTime": 1.042, "exitCode": 1, "ingestionElapsedTime": 0.06, "ingestionExitCode": 0,
            })
        );
        assert_eq!(parse(status(None, end(0, 60)))["elapsedTime"], 0.06);
        assert_eq!(parse(status(None, None))["exitCode"], Value::Null);
    }
}
