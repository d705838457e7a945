//! The directives of the rewrite module, one after the other: `src/http/modules/ngx_http_rewrite_module.c`.

use gatelint_syntax::Span;

use super::super::{ContextKind, Directive, PlaceId, Scope};
use super::text::Moment;
use super::{End, Step, StepKind};

/// The most ways through the directives of one block.
const MAX_BRANCHES: usize = 16;

/// Where a request stands after the directives of a block.
#[derive(Clone, Debug)]
pub(super) struct Run<'a> {
    pub(super) moment: Moment,
    pub(super) steps: Vec<Step<'a>>,
    /// The block whose settings hold: an `if` that held takes the place of the one around it.
    pub(super) scope: Scope<'a>,
    pub(super) is_changed: bool,
    /// Whether it ends here.
    pub(super) end: Option<End<'a>>,
    /// `break`, `last` or an end: nothing of this block follows.
    is_over: bool,
    /// Whether a changed path looks for its location again.
    pub(super) searches: bool,
}

impl<'a> Run<'a> {
    pub(super) fn new(moment: Moment, scope: Scope<'a>) -> Self {
        let (steps, end) = (Vec::new(), None);
        Self { moment, steps, scope, is_changed: false, end, is_over: false, searches: true }
    }

    fn step(&mut self, kind: StepKind<'a>, at: Span, is_assumed: bool) {
        self.steps.push(Step { kind, at: Some(at), is_assumed });
    }

    fn finish(&mut self, end: End<'a>) {
        self.end = Some(end);
        self.is_over = true;
    }
}

/// Everything that a block does to a request before it is served: each way that it may take.
pub(super) fn run<'a>(scope: Scope<'a>, moment: Moment) -> (Vec<Run<'a>>, bool) {
    let mut runs = vec![Run::new(moment, scope)];
    let mut is_cut = false;
    for item in items(scope) {
        let mut next = Vec::new();
        for mut run in runs {
            if run.is_over {
                next.push(run);
                continue;
            }
            match item {
                Item::Line(line) => {
                    apply(line, &mut run);
                    next.push(run);
                }
                Item::If(block, by) => match holds(by, scope, &mut run.moment) {
                    Some(false) => next.push(run),
                    known => {
                        let other = run.clone();
                        run.step(StepKind::If { by, holds: true }, by.span(), known.is_none());
                        run.scope = block;
                        for line in lines(block) {
                            if !run.is_over {
                                apply(line, &mut run);
                            }
                        }
                        next.push(run);
                        if known.is_none() {
                            let mut other = other;
                            other.step(StepKind::If { by, holds: false }, by.span(), true);
                            next.push(other);
                        }
                    }
                },
            }
        }
        is_cut |= next.len() > MAX_BRANCHES;
        next.truncate(MAX_BRANCHES);
        runs = next;
    }
    (runs, is_cut)
}

/// A directive of the rewrite module.
#[derive(Clone, Copy)]
enum Item<'a> {
    Line(Directive<'a>),
    If(Scope<'a>, Directive<'a>),
}

fn lines(scope: Scope<'_>) -> Vec<Directive<'_>> {
    let names = ["rewrite", "return", "break", "set"];
    let mut all: Vec<Directive<'_>> = names.iter().flat_map(|name| scope.own(name)).collect();
    all.sort_by_key(|line| line.id());
    all
}

fn items(scope: Scope<'_>) -> Vec<Item<'_>> {
    let mut all: Vec<(PlaceId, Item<'_>)> =
        lines(scope).into_iter().map(|line| (line.id(), Item::Line(line))).collect();
    let is_if =
        |block: &Scope<'_>| matches!(block.kind(), ContextKind::IfInServer | ContextKind::IfInLocation);
    let ifs = scope.blocks().filter(is_if);
    all.extend(ifs.filter_map(|block| block.opener().map(|by| (by.id(), Item::If(block, by)))));
    all.sort_by_key(|(id, _)| *id);
    all.into_iter().map(|(_, item)| item).collect()
}

fn apply<'a>(line: Directive<'a>, run: &mut Run<'a>) {
    match &*line.name() {
        "return" => {
            let first = line.arg(0).map(|arg| arg.value.into_owned()).unwrap_or_default();
            let number = std::str::from_utf8(&first).ok().and_then(|text| text.parse::<u16>().ok());
            let written = match number {
                Some(_) => line.arg(1).map(|arg| arg.value.into_owned()),
                None => Some(first),
            };
            // A URL alone is a temporary redirect.
            let status = number.or(Some(302));
            let filled = written.as_ref().and_then(|text| run.moment.fill(run.scope, text));
            run.finish(End::Answer { status, text: filled.or(written), by: Some(line) });
        }
        "break" => {
            run.is_over = true;
            run.searches = false;
        }
        "rewrite" => rewrite(line, run),
        _ => {}
    }
}

fn rewrite<'a>(line: Directive<'a>, run: &mut Run<'a>) {
    let (Some(pattern), Some(to)) = (line.arg(0), line.arg(1)) else { return };
    let Some(groups) = run.scope.captures(&pattern.value, false, &run.moment.uri) else {
        return run.finish(End::Unknown(Some(line)));
    };
    let Some(groups) = groups else { return };
    run.moment.captures = groups;
    let flag = line.arg(2).map(|flag| flag.value.into_owned()).unwrap_or_default();
    let starts = |start: &[u8]| to.value.starts_with(start);
    let leaves = starts(b"http://") || starts(b"https://") || starts(b"$scheme");
    let filled = run.moment.fill(run.scope, &to.value);
    if leaves || matches!(flag.as_slice(), b"redirect" | b"permanent") {
        let status = if flag == b"permanent" { 301 } else { 302 };
        let text = filled.or(Some(to.value.into_owned()));
        return run.finish(End::Answer { status: Some(status), text, by: Some(line) });
    }
    let Some(filled) = filled else { return run.finish(End::Unknown(Some(line))) };
    let (path, args) = match filled.iter().position(|byte| *byte == b'?') {
        Some(at) => (filled.get(..at).unwrap_or_default(), filled.get(at + 1..)),
        None => (filled.as_slice(), None),
    };
    // Arguments of the request follow those of the replacement, unless that ends with `?`.
    run.moment.args = match args {
        Some([]) => Vec::new(),
        Some(args) if !run.moment.args.is_empty() => [args, b"&", &run.moment.args].concat(),
        Some(args) => args.to_vec(),
        None => run.moment.args.clone(),
    };
    run.moment.uri = path.to_vec();
    run.is_changed = true;
    run.step(StepKind::Rewrite { uri: path.to_vec() }, line.span(), false);
    if matches!(flag.as_slice(), b"last" | b"break") {
        run.is_over = true;
        run.searches = flag == b"last";
    }
}

/// Whether a condition holds; `None` where only run time knows.
fn holds(by: Directive<'_>, scope: Scope<'_>, moment: &mut Moment) -> Option<bool> {
    let mut words: Vec<Vec<u8>> = by.args().map(|arg| arg.value.into_owned()).collect();
    if words.first()?.first() == Some(&b'(') {
        words.first_mut()?.remove(0);
    }
    if words.last()?.last() == Some(&b')') {
        words.last_mut()?.pop();
    }
    words.retain(|word| !word.is_empty());
    let value = |moment: &Moment, text: &[u8]| moment.fill(scope, text);
    match words.as_slice() {
        [one] => {
            let value = value(moment, one)?;
            Some(!value.is_empty() && value != b"0")
        }
        [test, path] if test.starts_with(b"-") || test.starts_with(b"!-") => {
            use std::os::unix::ffi::OsStrExt;
            let path = value(moment, path)?;
            let is_there = scope.stack.web.has(std::path::Path::new(std::ffi::OsStr::from_bytes(&path)))?;
            Some(is_there != test.starts_with(b"!"))
        }
        [left, operator, right @ ..] => {
            let left = value(moment, left)?;
            let right = right.join(&b' ');
            match operator.as_slice() {
                b"=" | b"==" => Some(left == value(moment, &right)?),
                b"!=" => Some(left != value(moment, &right)?),
                b"~" | b"~*" | b"!~" | b"!~*" => {
                    let groups = scope.captures(&right, operator.ends_with(b"*"), &left)?;
                    let is_match = groups.is_some();
                    if let Some(groups) = groups {
                        moment.captures = groups;
                    }
                    Some(is_match != operator.starts_with(b"!"))
                }
                _ => None,
            }
        }
        _ => None,
    }
}
