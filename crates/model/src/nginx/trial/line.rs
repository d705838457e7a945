//! One directive by itself: `ngx_conf_handler()` of `src/core/ngx_conf_file.c`.

use std::borrow::Cow;

use gatelint_catalog::nginx::{Directive, Name, Origin};
use gatelint_syntax::nginx::{Ending, Word};

use super::{Defect, Fault, body, setter, slot};
use crate::Target;
use crate::nginx::ContextKind;
use crate::template::is_masked;

/// More arguments than any directive with a bound takes.
const MAX_ARGUMENTS: usize = 8;

/// Words as one directive, in the place where they stand.
#[derive(Clone, Copy)]
pub(crate) struct Line<'a> {
    /// The text that the words are of.
    pub(crate) text: &'a [u8],
    /// The name and the arguments.
    pub(crate) words: &'a [Word],
    /// How the words end.
    pub(crate) ending: Ending,
    /// The context that they stand in.
    pub(crate) kind: ContextKind,
    /// The directive whose free-form body they stand in.
    pub(crate) body: Option<Name>,
    /// Whether some words may be what a template fills in.
    pub(crate) is_template: bool,
    /// The nginx that reads them.
    pub(crate) target: Target,
}

impl<'a> Line<'a> {
    /// The number of arguments.
    pub(crate) fn count(&self) -> usize {
        self.words.len().saturating_sub(1)
    }

    /// The value of a word; 0 is the name.
    pub(crate) fn word(&self, index: usize) -> Option<Cow<'a, [u8]>> {
        self.words.get(index).map(|word| word.value(self.text))
    }

    /// The values of the words from `first` on, with their numbers.
    pub(crate) fn words_from(&self, first: usize) -> impl Iterator<Item = (usize, Cow<'a, [u8]>)> + use<'a> {
        let text = self.text;
        self.words.iter().enumerate().skip(first).map(move |(index, word)| (index, word.value(text)))
    }
}

/// The first thing that nginx refuses in these words; `None` where it takes them, or where that cannot be told.
pub(crate) fn judge(line: &Line<'_>) -> Option<Fault> {
    if line.ending == Ending::Missing {
        // The reader has refused it.
        return None;
    }
    match line.kind {
        ContextKind::Body => return body::judge(line),
        ContextKind::Other => return None,
        _ => {}
    }
    let name = line.word(0)?;
    let Some(known) = Name::find(&name) else {
        if is_masked(&name) {
            return None;
        }
        return Some(unknown(&name));
    };
    judge_known(line, known)
}

/// As [`judge`], the name looked up already.
pub(crate) fn judge_known(line: &Line<'_>, known: Name) -> Option<Fault> {
    let name = known.text();
    let Some(directive) = directive_in(known, line.kind, &line.target) else {
        return Some(not_here(line, known));
    };
    let has_block = line.ending != Ending::Semicolon;
    if directive.block && !has_block {
        return Some(Fault::new(Defect::NoOpening, 0, format!("directive \"{name}\" has no opening \"{{\"")));
    }
    if !directive.block && has_block {
        return Some(Fault::new(
            Defect::NotTerminated,
            0,
            format!("directive \"{name}\" is not terminated by \";\""),
        ));
    }
    // What a template fills in without quotes may be any number of words, none too.
    let filled = if line.is_template {
        line.words.iter().skip(1).filter(|word| is_masked(word.inner().of(line.text))).count()
    } else {
        0
    };
    let counts =
        if filled == 0 { line.count()..=line.count() } else { line.count() - filled..=MAX_ARGUMENTS };
    let takes = |directive: &Directive| counts.clone().any(|count| line.target.takes_count(directive, count));
    // Several modules may have the name; which of them is loaded is not known.
    let Some(directive) = candidates(known, line.kind, &line.target).find(|one| takes(one)) else {
        let message = format!("invalid number of arguments in \"{name}\" directive");
        return Some(Fault::new(Defect::Count { min: directive.min, max: directive.max }, 0, message));
    };
    if filled > 0 {
        return None;
    }
    match directive.origin {
        Origin::Oss => slot::judge(line, directive).or_else(|| setter::judge(line, known, directive)),
        _ => slot::judge(line, directive),
    }
}

fn unknown(name: &[u8]) -> Fault {
    let shown = String::from_utf8_lossy(name);
    Fault::new(Defect::UnknownDirective, 0, format!("unknown directive \"{shown}\""))
}

/// A known name that stands where the target does not take it.
fn not_here(line: &Line<'_>, known: Name) -> Fault {
    let name = known.text();
    let target = &line.target;
    let here = known.in_context(line.kind).and_then(|directive| target.lacks_directive(directive));
    // nginx says that a directive is not allowed only where a module that it has knows the name.
    let is_known = known.directives().iter().any(|directive| target.lacks_directive(directive).is_none());
    if is_known {
        let message = format!("\"{name}\" directive is not allowed here");
        return Fault { lack: here, ..Fault::new(Defect::Misplaced, 0, message) };
    }
    let lack = here.or_else(|| known.directives().first().and_then(|one| target.lacks_directive(one)));
    Fault { lack, ..unknown(name.as_bytes()) }
}

/// The directives of this name that the target may take in `kind`, nginx's own modules first.
fn candidates<'t>(
    name: Name,
    kind: ContextKind,
    target: &'t Target,
) -> impl Iterator<Item = &'static Directive> + use<'t> {
    let fits = move |directive: &&'static Directive| target.takes_in(directive, kind);
    let all = name.directives();
    let own = all.iter().filter(|directive| directive.origin == Origin::Oss).filter(fits);
    own.chain(all.iter().filter(|directive| directive.origin != Origin::Oss).filter(fits))
}

/// The directive of this name that nginx would take in `kind`, its own modules first.
pub(crate) fn directive_in(name: Name, kind: ContextKind, target: &Target) -> Option<&'static Directive> {
    candidates(name, kind, target).next()
}
