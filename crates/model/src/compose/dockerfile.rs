//! Dockerfiles: what the last stage starts from, and what it copies where.

use super::Image;
use super::path::{join, normal};

/// A `COPY` or `ADD` of files of the build's directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Copied {
    /// The sources as written.
    pub(super) sources: Vec<String>,
    /// The absolute target.
    pub(super) target: String,
    /// Whether the target surely is a directory into which the sources go.
    pub(super) into: bool,
}

/// What a Dockerfile makes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Recipe {
    /// The image that it starts from; `None` where that is not known.
    pub(super) base: Option<Image>,
    /// What it copies.
    pub(super) copies: Vec<Copied>,
    /// Whether it may run or change more than the image that it starts from: installs, other commands, `sed`.
    pub(super) changes: Vec<String>,
    /// Whether it holds what is not read: heredocs, `ONBUILD`, copies of unknown places.
    pub(super) is_open: bool,
}

/// One stage.
#[derive(Clone, Debug, Default)]
struct Stage {
    name: String,
    recipe: Recipe,
    workdir: String,
}

/// The most lines that are read.
const MAX_LINES: usize = 5000;

/// Reads a Dockerfile up to the stage `target`, or the last one; `given` are the build's own values of `ARG`s.
pub(super) fn read(text: &str, target: Option<&str>, given: &[(String, String)]) -> Option<Recipe> {
    let mut stages: Vec<Stage> = Vec::new();
    let mut args: Vec<(String, String)> = given.to_vec();
    for line in logical(text).into_iter().take(MAX_LINES) {
        let (word, rest) = line.split_once(char::is_whitespace).unwrap_or((&line, ""));
        let rest = rest.trim();
        match word.to_ascii_uppercase().as_str() {
            "ARG" if stages.is_empty() => {
                if let Some((name, value)) =
                    rest.split_once('=').filter(|(name, _)| args.iter().all(|(own, _)| own != name))
                {
                    args.push((name.to_owned(), value.trim_matches('"').to_owned()));
                }
            }
            "FROM" => {
                if target.is_some() && stages.last().is_some_and(|stage| Some(stage.name.as_str()) == target)
                {
                    break;
                }
                let stage = from(rest, &stages, &args);
                stages.push(stage);
            }
            instruction => {
                if let Some(stage) = stages.last_mut() {
                    stage.take(instruction, rest);
                }
            }
        }
    }
    let last = stages.pop()?;
    if target.is_some_and(|target| !last.name.eq_ignore_ascii_case(target)) {
        return None;
    }
    Some(last.recipe)
}

fn from(rest: &str, stages: &[Stage], args: &[(String, String)]) -> Stage {
    let words: Vec<&str> = rest.split_whitespace().filter(|word| !word.starts_with("--")).collect();
    let mut image = words.first().copied().unwrap_or_default().to_owned();
    for (name, value) in args {
        image = image.replace(&format!("${{{name}}}"), value).replace(&format!("${name}"), value);
    }
    let name = match words.as_slice() {
        [_, word, name, ..] if word.eq_ignore_ascii_case("as") => (*name).to_owned(),
        _ => String::new(),
    };
    let earlier =
        stages.iter().rev().find(|stage| stage.name.eq_ignore_ascii_case(&image) && !image.is_empty());
    match earlier {
        Some(stage) => Stage { name, ..stage.clone() },
        None => {
            let recipe = Recipe { base: Image::new(&image), ..Recipe::default() };
            Stage { name, recipe, workdir: "/".to_owned() }
        }
    }
}

impl Stage {
    fn take(&mut self, instruction: &str, rest: &str) {
        let recipe = &mut self.recipe;
        recipe.is_open |= rest.contains("<<");
        match instruction {
            "WORKDIR" => self.workdir = join(&self.workdir, rest.trim_matches('"')),
            "COPY" | "ADD" => self.copy(rest),
            "ONBUILD" => recipe.is_open = true,
            "RUN" | "CMD" | "ENTRYPOINT" | "ENV" | "VOLUME" => {
                recipe.changes.push(format!("{instruction} {rest}").to_ascii_lowercase());
            }
            _ => {}
        }
    }

    fn copy(&mut self, rest: &str) {
        let list = rest.replace(['[', ']', '"', ','], " ");
        let flags = list.split_whitespace().filter(|word| word.starts_with("--"));
        let is_foreign =
            flags.clone().any(|flag| flag.starts_with("--from") || flag.starts_with("--parents"));
        let words: Vec<&str> = list.split_whitespace().filter(|word| !word.starts_with("--")).collect();
        let Some((target, sources)) = words.split_last() else { return };
        if rest.contains('$') || sources.iter().any(|source| source.contains(['*', '?', ':'])) {
            self.recipe.is_open = true;
            return;
        }
        let into = target.ends_with('/') || sources.len() > 1 || *target == "." || *target == "./";
        let sources =
            if is_foreign { Vec::new() } else { sources.iter().map(|&one| one.to_owned()).collect() };
        self.recipe.copies.push(Copied { sources, target: normal(&join(&self.workdir, target)), into });
    }
}

/// Lines without comments, continued ones joined.
fn logical(text: &str) -> Vec<String> {
    let mut out = Vec::new();
    let mut open = String::new();
    for line in text.lines().take(MAX_LINES) {
        let line = line.trim();
        if line.starts_with('#') || line.is_empty() {
            continue;
        }
        match line.strip_suffix('\\') {
            Some(part) => {
                open.push_str(part);
                open.push(' ');
            }
            None => {
                open.push_str(line);
                out.push(std::mem::take(&mut open));
            }
        }
    }
    if !open.is_empty() {
        out.push(open);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_stage_counts() {
        let text = "ARG V=8.3\nFROM node:20 AS build\nRUN npm ci\nFROM php:${V}-fpm AS base\nWORKDIR /app\n\
                    FROM base\nCOPY --from=build /x ./public\nCOPY docker/www.conf \\\n  /usr/local/etc/php-fpm.d/\n";
        let recipe = read(text, None, &[]).unwrap();
        assert_eq!(recipe.base.as_ref().unwrap().tag, "8.3-fpm");
        assert_eq!(recipe.changes, Vec::<String>::new());
        let [foreign, pool] = &recipe.copies[..] else { panic!("{recipe:?}") };
        assert_eq!((&*foreign.target, foreign.sources.len()), ("/app/public", 0));
        assert_eq!(
            (&*pool.target, &*pool.sources[0], pool.into),
            ("/usr/local/etc/php-fpm.d", "docker/www.conf", true)
        );
        assert_eq!(read(text, Some("build"), &[]).unwrap().base.unwrap().name, "node");
        assert_eq!(read(text, Some("other"), &[]), None);
    }
}
