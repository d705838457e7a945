//! `gatelint config`: the settings that hold, and where each comes from.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use gatelint_lint::settings::{FILE_NAME, Settings};
use gatelint_report::{clean, escaped};
use gatelint_rules::RULES;
use gatelint_syntax::Span;
use gatelint_syntax::lines::LineIndex;
use serde::Serialize;
use serde_json::{Value, json};

use crate::args::{Format, Options};
use crate::here::from_here;
use crate::root::{absolute, plain_error};
use crate::settings::{File, Store};
use crate::{Exit, print, say};

/// One setting.
#[derive(Debug, Serialize)]
struct Setting {
    key: String,
    value: Value,
    source: Source,
}

/// Where a value comes from.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
enum Source {
    Default,
    File { file: String, line: u32 },
    CommandLine,
}

/// What holds for some paths.
#[derive(Debug, Serialize)]
struct Effective {
    /// The file, where there is one.
    file: Option<String>,
    settings: Vec<Setting>,
}

/// Writes the settings that hold for what is named, or here.
///
/// # Errors
/// When a path or a file cannot be used.
pub(crate) fn config(paths: &[PathBuf], options: &Options) -> Result<Exit, String> {
    let store = Store::new(options.settings(None))?;
    let here = [PathBuf::from(".")];
    let paths = if paths.is_empty() { &here[..] } else { paths };
    let mut files: Vec<Arc<File>> = Vec::new();
    for named in paths {
        let path = absolute(named).map_err(|error| format!("{}: {}", named.display(), plain_error(error)))?;
        let dir = if path.is_dir() { path.as_path() } else { path.parent().unwrap_or(&path) };
        let file = store.at(dir);
        if !files.iter().any(|other| Arc::ptr_eq(other, &file)) {
            files.push(file);
        }
    }
    let mut exit = Exit::Clean;
    for file in &files {
        let name = name(file).unwrap_or_default();
        if let Some(message) = &file.failure {
            say(&format!("{name}: {}", clean(message)));
            exit = Exit::Unusable;
        }
        let problems = file.reading.problems.len();
        if problems > 0 {
            let noun = if problems == 1 { "mistake" } else { "mistakes" };
            say(&format!("{name}: {problems} {noun}, see `gatelint check`"));
            exit = exit_of(exit);
        }
    }
    let all: Vec<Effective> = files.iter().map(|file| effective(file, options)).collect();
    match options.output_format {
        Format::Json => {
            let document = json!({ "version": 1, "configs": all });
            let text = serde_json::to_string_pretty(&document).map_err(|error| error.to_string())?;
            print(format!("{}\n", escaped(&text)).as_bytes())?;
        }
        Format::Full | Format::Concise => print(shown(&all).as_bytes())?,
        _ => return Err("settings are shown as full, concise or json".to_owned()),
    }
    Ok(exit)
}

fn exit_of(exit: Exit) -> Exit {
    if exit == Exit::Clean { Exit::Findings } else { exit }
}

fn name(file: &File) -> Option<String> {
    let path = file.path.as_deref()?;
    let dir = from_here(path.parent().unwrap_or(Path::new("/")));
    Some(clean(&dir.join(path.file_name().unwrap_or(FILE_NAME.as_ref())).to_string_lossy()).into_owned())
}

/// Every setting of a file with what the command line makes of it.
fn effective(file: &File, options: &Options) -> Effective {
    let name = name(file);
    let lines = LineIndex::new(file.text());
    let of_span =
        |span: &Span| Source::File { file: name.clone().unwrap_or_default(), line: lines.line(span.start) };
    let places = &file.reading.places;
    let source = |key: &str| places.get(key).map_or(Source::Default, of_span);
    let mut values = BTreeMap::new();
    flatten("", serde_json::to_value(file.settings()).unwrap_or_default(), &mut values);
    let mut settings: Vec<Setting> = values
        .into_iter()
        .filter(|(key, _)| !key.starts_with("rules."))
        .map(|(key, value)| Setting { source: source(&key), key, value })
        .collect();
    for (key, value) in given(options) {
        if let Some(setting) = settings.iter_mut().find(|setting| setting.key == key) {
            (setting.value, setting.source) = (value, Source::CommandLine);
        }
    }
    settings.extend(levels(file.settings(), options, source));
    Effective { file: name, settings }
}

/// Whether each rule runs, and at which level.
fn levels(
    settings: &Settings,
    options: &Options,
    source: impl Fn(&str) -> Source,
) -> impl Iterator<Item = Setting> {
    RULES.iter().map(move |rule| {
        let key = format!("rules.{}", rule.name);
        let is_named = |names: &[String]| names.iter().any(|name| name == rule.name);
        let default = if rule.is_pedantic() { "off" } else { rule.level.name() };
        let set = settings.rules.get(rule.name).map_or(default, |level| level.name());
        let is_off = is_named(&options.ignore) || !options.select.is_empty() && !is_named(&options.select);
        let (level, source) = match set {
            _ if is_off => ("off", Source::CommandLine),
            "off" if is_named(&options.select) => (rule.level.name(), Source::CommandLine),
            set => (set, source(&key)),
        };
        Setting { key, value: json!(level), source }
    })
}

/// What the command line says of settings.
fn given(options: &Options) -> Vec<(&'static str, Value)> {
    let root = options.root.as_ref().map(|root| ("root", json!(root.to_string_lossy())));
    let nginx = options.nginx_version.map(|(a, b, c)| ("nginx.version", json!(format!("{a}.{b}.{c}"))));
    let flavour = options.nginx_flavour.and_then(|flavour| {
        use clap::ValueEnum;
        Some(("nginx.flavour", json!(flavour.to_possible_value()?.get_name())))
    });
    let php = options.php_version.map(|(a, b)| ("php.version", json!(format!("{a}.{b}"))));
    [root, nginx, flavour, php].into_iter().flatten().collect()
}

/// The values of all tables by their dotted keys; lists are values.
fn flatten(above: &str, value: Value, out: &mut BTreeMap<String, Value>) {
    let Value::Object(table) = value else {
        out.insert(above.to_owned(), value);
        return;
    };
    // Two deep: a table of settings holds values.
    for (key, value) in table {
        let key = if above.is_empty() { key } else { format!("{above}.{key}") };
        match value {
            Value::Object(_) if above.is_empty() => flatten(&key, value, out),
            value => {
                out.insert(key, value);
            }
        }
    }
}

fn shown(all: &[Effective]) -> String {
    let mut out = String::new();
    for (index, one) in all.iter().enumerate() {
        if index > 0 {
            out.push('\n');
        }
        out.push_str(&match &one.file {
            Some(file) => format!("# {file}\n"),
            None => format!("# no {FILE_NAME}\n"),
        });
        let lines: Vec<String> = one.settings.iter().map(line).collect();
        let width = lines.iter().map(|line| line.chars().count()).max().unwrap_or(0).min(60);
        for (line, setting) in lines.iter().zip(&one.settings) {
            let from = match &setting.source {
                Source::Default => "default".to_owned(),
                Source::File { file, line } => format!("{file}:{line}"),
                Source::CommandLine => "command line".to_owned(),
            };
            out.push_str(&format!("{line:width$}  # {from}\n"));
        }
    }
    out
}

/// A setting as gatelint.toml has it.
fn line(setting: &Setting) -> String {
    let value = match &setting.value {
        Value::Null => return format!("# {} is not set", setting.key),
        value => clean(&toml(value)).into_owned(),
    };
    format!("{} = {value}", setting.key)
}

/// A value in one line of TOML. As deep as the settings are: lists of tables of values.
fn toml(value: &Value) -> String {
    match value {
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(toml).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Object(table) => {
            let pairs: Vec<String> =
                table.iter().map(|(key, value)| format!("{key} = {}", toml(value))).collect();
            format!("{{ {} }}", pairs.join(", "))
        }
        value => value.to_string(),
    }
}
