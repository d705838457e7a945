//! Directives and settings as rows of an answer.

use gatelint_model::nginx::{Directive, Effective, Scope};
use gatelint_model::{Origin, Sources, Stack};
use gatelint_report::{From, Place, Row, Spot};
use gatelint_syntax::Span;

/// The most characters of a value.
const MAX_VALUE: usize = 200;

/// Names places of one world.
#[derive(Clone, Copy)]
pub(super) struct Sheet<'a> {
    pub(super) stack: &'a Stack,
    pub(super) place: &'a Place,
}

impl<'a> Sheet<'a> {
    pub(super) fn sources(self) -> &'a Sources {
        &self.stack.sources
    }

    /// Where a place is; nothing for one that no file holds.
    pub(super) fn at(self, span: Span) -> From {
        let Some(source) = self.sources().get(span.file) else { return From::Nothing };
        let shown = self.place.shown_source(source);
        let file = if source.origin == Origin::Stock { shown.clone() } else { self.place.name(&source.path) };
        let line = self.sources().line(span);
        From::Line(Spot { file, line, column: source.lines().column(span.start, &source.bytes), shown })
    }

    /// The text at a place, on one line.
    pub(super) fn text(self, span: Span) -> String {
        let text = String::from_utf8_lossy(self.sources().text(span));
        short(&text.split_whitespace().collect::<Vec<_>>().join(" "))
    }

    pub(super) fn row(self, name: impl Into<String>, value: impl Into<String>, at: Option<Span>) -> Row {
        let from = at.map_or(From::Nothing, |at| self.at(at));
        Row { name: name.into(), value: short(&value.into()), from }
    }

    /// A directive, its name apart from its arguments.
    pub(super) fn directive(self, by: Directive<'_>) -> Row {
        self.row(by.name(), arguments(self, by, 0), Some(by.span()))
    }

    /// What holds of `name` (or of a line of a list, `NAME KEY`) in a block: a row for each line that sets it, or one
    /// for the default; none where neither says anything.
    pub(super) fn effective(self, scope: Scope<'a>, name: &str) -> Vec<Row> {
        let (bare, key) = name.split_once(' ').map_or((name, None), |(bare, key)| (bare, Some(key)));
        let Some(found) = scope.effective(bare) else {
            let default = scope.default_of(bare).filter(|_| key.is_none());
            let row = |value: &str| Row { name: name.into(), value: value.into(), from: From::Default };
            return default.map(row).into_iter().collect();
        };
        match key {
            Some(key) => line_of(&found, key)
                .map(|by| self.row(name, arguments(self, by, 1), Some(by.span())))
                .into_iter()
                .collect(),
            None => found
                .directives
                .iter()
                .map(|by| self.row(bare, arguments(self, *by, 0), Some(by.span())))
                .collect(),
        }
    }
}

/// The line of a list with this first argument: the last one counts.
fn line_of<'a>(found: &Effective<'a>, key: &str) -> Option<Directive<'a>> {
    let is_it =
        |by: &&Directive<'a>| by.arg(0).is_some_and(|arg| arg.value.eq_ignore_ascii_case(key.as_bytes()));
    found.directives.iter().rev().find(is_it).copied()
}

/// The arguments as written, from the one numbered `from`.
fn arguments(sheet: Sheet<'_>, by: Directive<'_>, from: usize) -> String {
    let args = by.args().skip(from).map(|arg| sheet.text(arg.span));
    args.collect::<Vec<_>>().join(" ")
}

fn short(text: &str) -> String {
    match text.char_indices().nth(MAX_VALUE) {
        Some((at, _)) => format!("{}...", text.get(..at).unwrap_or_default()),
        None => text.to_owned(),
    }
}

/// What a person calls a block: `server shop.example`, `location ~ \.php$`, `http`.
pub(super) fn name_of(scope: Scope<'_>) -> String {
    use gatelint_model::nginx::ContextKind;
    let words = |by: Directive<'_>| {
        let args = by.args().map(|arg| arg.text().into_owned()).collect::<Vec<_>>().join(" ");
        format!("{} {args}", by.name()).trim_end().to_owned()
    };
    match scope.kind() {
        ContextKind::Server => {
            let name = scope.own("server_name").next().and_then(|by| by.arg(0));
            name.map_or("server without a name".to_owned(), |name| format!("server {}", name.text()))
        }
        kind => scope.opener().map_or(kind.text().to_owned(), words),
    }
}
