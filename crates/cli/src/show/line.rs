//! `gatelint show FILE:LINE`: what stands there, where, and what holds around it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use gatelint_model::fpm::Setting;
use gatelint_model::nginx::{Directive, Scope, may_stand};
use gatelint_report::{Answer, Block, From, Place, Row};
use gatelint_syntax::{FileId, Span};

use super::pool;
use super::sheet::{Sheet, name_of};
use crate::args::Options;
use crate::here::from_here;
use crate::root::{plain_error, target};
use crate::world::{Checked, Tree};

/// The most places of one line that are shown.
const MAX_PLACES: usize = 4;

/// What stands on a line.
///
/// # Errors
/// When the file cannot be used, has no such line, or nothing of what is known reads it.
pub(super) fn answer_of(
    file: &Path,
    line: u32,
    column: Option<u32>,
    paths: &[PathBuf],
    options: &Options,
) -> Result<Answer, String> {
    let named = file.display();
    let wrong = |message: String| format!("{named}: {message}");
    let given = options.root.as_deref();
    let target_of = |path: &Path| target(path, given).map_err(plain_error);
    let asked = target_of(file).map_err(wrong)?;
    if asked.is_dir {
        return Err(wrong("a directory; name a file and a line".into()));
    }
    let tree = Tree::open(&asked.root, given.is_some(), &options.model()).map_err(plain_error)?;
    let others: Vec<_> =
        paths.iter().filter_map(|path| target_of(path).ok()).filter(|one| one.root == asked.root).collect();
    let targets: Vec<_> = std::iter::once(&asked).chain(&others).collect();
    let (worlds, unusable) = tree.targets(&targets);
    if let Some(unusable) = unusable.first().filter(|_| worlds.is_empty()) {
        return Err(wrong(unusable.message.clone()));
    }
    let mut answer = Answer { version: 1, asked: format!("{named}:{line}"), ..Answer::default() };
    for world in &worlds {
        let place =
            Place { within: world.within.clone(), from_here: from_here(&asked.root).join(&world.within) };
        let sheet = Sheet { stack: &world.loaded.stack, place: &place };
        for id in world.files_at(&asked.path) {
            tell_file(sheet, id, line, column, &mut answer).map_err(wrong)?;
        }
        tell_unread(world, &mut answer);
    }
    if answer.blocks.is_empty() {
        return Err(wrong(format!("nothing that nginx or PHP-FPM reads stands on line {line}")));
    }
    Ok(answer)
}

fn tell_unread(world: &Checked, answer: &mut Answer) {
    for problem in world.loaded.stack.problems.iter().take(MAX_PLACES) {
        answer.notes.push(format!("not read: {}: {}", problem.path.display(), problem.message));
    }
}

fn tell_file(
    sheet: Sheet<'_>,
    file: FileId,
    line: u32,
    column: Option<u32>,
    answer: &mut Answer,
) -> Result<(), String> {
    let Some(source) = sheet.sources().get(file) else { return Ok(()) };
    let range = source.lines().range(line, &source.bytes);
    let ends = u32::from(source.bytes.ends_with(b"\n"));
    let lines = source.lines().line(source.bytes.len() as u32) - ends;
    if line > lines {
        return Err(format!("has {lines} lines"));
    }
    let text = range.of(&source.bytes);
    let blank = text.len() - text.trim_ascii_start().len();
    let offset = match column {
        Some(column) => range.start + column.saturating_sub(1).min(text.len() as u32),
        None => range.start + blank as u32,
    };
    let places: Vec<_> = sheet.stack.at(file, offset).take(MAX_PLACES + 1).collect();
    if places.len() > MAX_PLACES {
        answer.notes.push(format!("this line is read in more than {MAX_PLACES} places"));
    }
    for at in places.iter().take(MAX_PLACES) {
        if let Some(by) = at.directive {
            answer.blocks.push(directive(sheet, by));
        }
        let scope = at.directive.and_then(Directive::block).unwrap_or(at.scope);
        answer.blocks.push(around(sheet, scope));
    }
    let on_line = |span: Span| span.file == file && sheet.sources().line(span) == line;
    for (master, one) in sheet.stack.fpm.pools() {
        let own = one.settings.all.iter().find(|set| on_line(set.span));
        if own.is_none() && !one.headers.iter().any(|header| on_line(*header)) {
            continue;
        }
        if let Some(set) = own {
            answer.blocks.push(entry(sheet, set, one.get(set.key.name)));
        }
        answer.blocks.push(pool::all(sheet, master, one));
    }
    for master in &sheet.stack.fpm.masters {
        if let Some(set) = master.global.all.iter().find(|set| on_line(set.span)) {
            answer.blocks.push(entry(sheet, set, master.global.get(set.key.name)));
        }
        if let Some(own) = master.php_entries().iter().find(|own| on_line(own.span)) {
            let rows = master.pools.iter().map(|one| {
                let setting = master.php(one, &own.name);
                let from = setting.origin.span().map_or(From::Default, |span| sheet.at(span));
                Row { name: format!("pool {}", one.name), value: setting.text().unwrap_or("?".into()), from }
            });
            answer.blocks.push(Block { kind: "php", title: own.name.clone(), rows: rows.collect() });
        }
    }
    Ok(())
}

/// A directive, with what the catalogue knows of it.
fn directive(sheet: Sheet<'_>, by: Directive<'_>) -> Block {
    let mut rows = vec![sheet.directive(by)];
    let kind = by.scope().kind();
    let name = by.name();
    if !may_stand(&name, kind) {
        rows.push(sheet.row("context", format!("not known to stand in {}", kind.text()), None));
    }
    if let Some(default) = by.scope().default_of(&name) {
        rows.push(Row { name: "default".into(), value: default.to_owned(), from: From::Nothing });
    }
    for scope in by.scope().ancestors() {
        rows.push(sheet.row("within", name_of(scope), scope.opener().map(|opener| opener.span())));
    }
    Block { kind: "directive", title: name.into_owned(), rows }
}

/// What is set for a block, by itself or from further out.
fn around<'a>(sheet: Sheet<'a>, scope: Scope<'a>) -> Block {
    let kind = scope.kind();
    let names: BTreeSet<String> = scope
        .ancestors()
        .flat_map(Scope::directives)
        .map(|by| by.name().into_owned())
        .filter(|name| name != "include" && may_stand(name, kind))
        .collect();
    // What is of one block alone (`set`, `return`) is shown for that block only.
    let set = names.iter().filter(|name| scope.effective(name).is_some());
    let rows = set.flat_map(|name| sheet.effective(scope, name)).collect();
    Block { kind: "values", title: format!("what is set for {}", name_of(scope)), rows }
}

/// An entry of a pool file.
fn entry(sheet: Sheet<'_>, set: &Setting, counts: Option<&Setting>) -> Block {
    let value = set.text().map_or("?".to_owned(), |text| text.into_owned());
    let mut rows = vec![sheet.row(set.key.name, value, Some(set.span))];
    if let Some(default) = set.key.default {
        rows.push(Row { name: "default".into(), value: default.to_owned(), from: From::Nothing });
    }
    if let Some(other) = counts.filter(|other| set.index.is_none() && other.span != set.span) {
        let value = other.text().map_or("?".to_owned(), |text| text.into_owned());
        rows.push(sheet.row("replaced by", value, Some(other.span)));
    }
    Block { kind: "entry", title: set.key.name.to_owned(), rows }
}
