//! Walks a configuration as nginx reads it: directive by directive, includes inline, each block to its end.

use gatelint_catalog::nginx::Name;
use gatelint_syntax::nginx::SyntaxErrorKind;
use gatelint_syntax::{FileId, Span, TextRange};
use rustc_hash::FxHashSet;

use super::across::{Check, checks, repeat};
use super::line::{self, Line};
use super::{Defect, Emerg, Evidence, Fault, meant};
use crate::nginx::{ContextId, ContextKind, Directive, NameId, Place, PlaceId, Scope};
use crate::{Stack, Target};

/// The most that is told of one configuration: nginx stops at the first.
const MAX_EMERGS: usize = 10_000;

/// How many unknown names are compared with all known ones: a configuration with more is none.
const MAX_SEARCHES: usize = 256;

/// What has been found so far.
pub(super) struct Log {
    emergs: Vec<Emerg>,
    met: (usize, u32),
    /// While nginx does not get to what is looked at: definitions count, nothing is refused.
    muted: bool,
    /// The names of the directives that are refused: each is once.
    refused: FxHashSet<Span>,
    /// Whether the directive's text comes for the first time in such a block of this configuration.
    is_new: bool,
    pub(super) target: Target,
}

impl Log {
    /// Whether the directive that the walk has come to is refused already.
    pub(super) fn is_refused(&self) -> bool {
        self.muted
    }

    /// Whether the text of the directive that the walk has come to is met for the first time in a block of this
    /// kind: a snippet that every site includes says nothing new from then on.
    pub(super) fn is_new(&self) -> bool {
        self.is_new
    }

    /// nginx refuses a directive when it comes to its end.
    pub(super) fn refuse(&mut self, directive: Directive<'_>, fault: Fault) -> Option<&mut Emerg> {
        // A parser that says nothing has no place either.
        let at = (!fault.message.is_empty()).then(|| directive.end_span());
        let met = std::mem::replace(&mut self.met, (directive.id.0 as usize, 0));
        let before = self.emergs.len();
        self.refuse_at(directive, at, fault);
        self.met = met;
        self.emergs.get_mut(before)
    }

    /// nginx refuses because of a directive, at another place or at none.
    pub(super) fn refuse_at(
        &mut self,
        directive: Directive<'_>,
        at: Option<Span>,
        fault: Fault,
    ) -> Option<&mut Emerg> {
        let name = directive.name_span();
        let place = match fault.word.checked_sub(1) {
            Some(arg) => directive.arg(arg).map_or(name, |arg| arg.span),
            None => name,
        };
        // Alternatives of a template stand side by side.
        let sources = &directive.stack.sources;
        let proves_nothing =
            sources.is_template(place.file) && !is_local(fault.defect) || sources.is_filled_in(place);
        if proves_nothing || directive.stack.is_part_of_repair(place) {
            return None;
        }
        self.push(name, place, at, fault)
    }

    /// nginx refuses a configuration for what it lacks, and names no place.
    pub(super) fn refuse_start(&mut self, scope: Scope<'_>, fault: Fault) -> Option<&mut Emerg> {
        let root = scope.stack.nginx.roots.iter().find(|root| root.id == scope.id)?;
        let errors = scope.stack.nginx.tree(root.file)?.errors();
        if errors.iter().any(|error| error.kind != SyntaxErrorKind::Unexpected(b';')) {
            return None;
        }
        let place = TextRange::new(0, 1).in_file(root.file);
        self.push(place, place, None, fault)
    }

    fn push(&mut self, name: Span, place: Span, at: Option<Span>, fault: Fault) -> Option<&mut Emerg> {
        if self.muted || self.emergs.len() >= MAX_EMERGS || !self.refused.insert(name) {
            return None;
        }
        let met = self.met;
        if met.1 > 0 {
            // Several things at the end of one block come one after the other.
            self.met.1 += 1;
        }
        self.emergs.push(Emerg {
            defect: fault.defect,
            place,
            directive: name,
            at,
            message: fault.message,
            evidence: Vec::new(),
            lack: fault.lack,
            meant: None,
            met,
        });
        self.emergs.last_mut()
    }
}

impl Emerg {
    /// A further place that shows why.
    pub(super) fn show(&mut self, place: Span, evidence: Evidence) -> &mut Self {
        self.evidence.push((place, evidence));
        self
    }
}

struct Walk<'a> {
    stack: &'a Stack,
    log: Log,
    /// The blocks that are open, outermost first.
    open: Vec<ContextId>,
    /// The outermost open block whose directive nginx refuses: it does not read what stands in there.
    refused: Option<ContextId>,
    /// How many unknown names were compared with all known ones.
    searches: usize,
    /// The directive that was refused last.
    last: Option<Directive<'a>>,
    checks: Vec<Box<dyn Check<'a> + 'a>>,
    /// By number of a name: the checks that ask for it, one bit each.
    interest: Vec<u32>,
    /// For each file and directive: the kinds of context in which its words were judged, one bit each.
    judged: Vec<Vec<u32>>,
    /// The files that have entries there.
    touched: Vec<FileId>,
    /// Directives that repeat an earlier one of their block, in reading order, with that one.
    repeated: std::iter::Peekable<std::vec::IntoIter<(PlaceId, PlaceId)>>,
}

pub(super) fn walk(stack: &Stack) -> Vec<Emerg> {
    let target = stack.target;
    let mut walk = Walk {
        stack,
        log: Log {
            emergs: Vec::new(),
            met: (0, 0),
            muted: false,
            is_new: true,
            refused: FxHashSet::default(),
            target,
        },
        open: Vec::new(),
        refused: None,
        searches: 0,
        last: None,
        checks: Vec::new(),
        interest: Vec::new(),
        judged: stack.nginx.parsed.iter().map(|_| Vec::new()).collect(),
        touched: Vec::new(),
        repeated: repeated(stack, &target).into_iter().peekable(),
    };
    for (index, place) in stack.nginx.places.iter().enumerate() {
        walk.place(PlaceId(index as u32), place);
    }
    walk.leave_until(None);
    walk.log.emergs
}

impl<'a> Walk<'a> {
    fn place(&mut self, id: PlaceId, place: &Place) {
        let directive: Directive<'a> = Directive { stack: self.stack, id };
        self.leave_until(Some(place.context));
        self.log.met = (id.0 as usize, 0);
        let is_met = self.refused.is_none() && !self.is_lost(place);
        self.log.is_new = true;
        let fault = if is_met { self.judge(place) } else { None };
        let fault = fault.filter(|fault| !self.follows(directive, fault));
        let is_refused = fault.as_ref().is_some_and(|fault| is_handlers(fault.defect));
        if is_refused {
            self.refused = place.opens;
        } else if is_met {
            self.repeats(directive);
        }
        let mut name = place.name.catalogued();
        self.log.muted = !is_met;
        if let Some(fault) = fault {
            self.last = Some(directive);
            let is_unknown = fault.defect == Defect::UnknownDirective;
            let target = self.log.target;
            let emerg = self.log.refuse(directive, fault);
            if is_unknown && name.is_none() && self.searches < MAX_SEARCHES {
                self.searches += 1;
                // What it defines is defined by its slip too.
                let written = directive.written();
                name = written.and_then(|name| meant::meant(&name.value, directive.scope().kind(), &target));
                if let Some(emerg) = emerg {
                    emerg.meant = name.map(|name| name.text().into());
                }
            }
            self.log.muted = true;
        }
        if self.log.muted {
            self.checks.iter_mut().for_each(|check| check.refused(directive));
        }
        if let Some(name) = name {
            let mut asked = self.interest.get(name.index()).copied().unwrap_or(0);
            while asked != 0 {
                let next = asked.trailing_zeros() as usize;
                asked &= asked - 1;
                if let Some(check) = self.checks.get_mut(next) {
                    check.directive(name, directive, &mut self.log);
                }
            }
        }
        self.log.muted = false;
        self.open.extend(place.opens);
    }

    /// Whether the reader is out of step at a directive: a brace or the end of the file puts it out for good, text
    /// behind a closing quote only for the directive that it stands in.
    fn is_lost(&self, place: &Place) -> bool {
        let Some(tree) = self.stack.nginx.tree(place.file).filter(|tree| !tree.errors().is_empty()) else {
            return false;
        };
        let Some(end) = tree.node(place.node).map(|node| node.terminator()) else { return false };
        let start = tree.words(place.node).first().map_or(end, |word| word.range().start);
        tree.errors().iter().any(|error| match error.kind {
            SyntaxErrorKind::Unexpected(b';') => false,
            SyntaxErrorKind::Unexpected(byte) if !matches!(byte, b'{' | b'}') => {
                (start..=end).contains(&error.at)
            }
            _ => end >= error.at,
        })
    }

    /// Whether an unknown name is the rest of the line that was refused before it, cut at a `;`.
    fn follows(&self, directive: Directive<'a>, fault: &Fault) -> bool {
        let line = |span: Span| (span.file, self.stack.sources.line(span));
        fault.defect == Defect::UnknownDirective
            && self.last.is_some_and(|last| line(last.end_span()) == line(directive.name_span()))
    }

    /// Closes blocks until `context` is the innermost; opens it where it is a root's.
    fn leave_until(&mut self, context: Option<ContextId>) {
        while self.open.last().copied() != context {
            let Some(id) = self.open.pop() else {
                self.start(context);
                return;
            };
            let scope = Scope { stack: self.stack, id };
            self.log.met.1 = self.log.met.1.max(1);
            self.log.muted = self.refused.is_some();
            for check in &mut self.checks {
                check.leave(scope, &mut self.log);
            }
            self.log.muted = false;
            if self.refused == Some(id) {
                self.refused = None;
            }
        }
    }

    /// Another configuration begins.
    fn start(&mut self, context: Option<ContextId>) {
        self.open.extend(context);
        self.checks = checks(self.stack);
        for file in self.touched.drain(..) {
            if let Some(judged) = self.judged.get_mut(file.0 as usize) {
                judged.clear();
            }
        }
        if !self.interest.is_empty() {
            return;
        }
        self.interest = vec![0; Name::count()];
        for (bit, check) in self.checks.iter().enumerate() {
            for name in check.names().iter().filter_map(|name| Name::find(name.as_bytes())) {
                if let Some(bits) = self.interest.get_mut(name.index()) {
                    *bits |= 1 << bit;
                }
            }
        }
    }

    /// Judges the words of a directive, once for each kind of context.
    fn judge(&mut self, place: &Place) -> Option<Fault> {
        let parsed = self.stack.nginx.parsed(place.file)?;
        let context = self.stack.nginx.context(place.context)?;
        if context.kind == ContextKind::Other {
            return None;
        }
        let judged = self.judged.get_mut(place.file.0 as usize)?;
        if judged.is_empty() {
            judged.resize(parsed.tree.len(), 0);
            self.touched.push(place.file);
        }
        let bits = judged.get_mut(place.node.index())?;
        let bit = 1 << context.kind as u32;
        self.log.is_new = *bits & bit == 0;
        if !self.log.is_new {
            return None;
        }
        *bits |= bit;
        // In a free-form body the directive around it matters too.
        let sound = parsed.sound.of(self.log.target, parsed.tree.len());
        let sound = sound.filter(|_| context.kind != ContextKind::Body);
        if sound.is_some_and(|sound| sound.has(place.node, context.kind)) {
            return None;
        }
        let node = parsed.tree.node(place.node)?;
        let opener = || context.opener.and_then(|opener| self.stack.nginx.place(opener)?.name.catalogued());
        let line = Line {
            text: self.stack.sources.masked(place.file),
            words: parsed.tree.words(place.node),
            ending: node.ending(),
            kind: context.kind,
            body: if context.kind == ContextKind::Body { opener() } else { None },
            is_template: self.stack.sources.is_template(place.file),
            target: self.log.target,
        };
        let fault = match place.name.catalogued() {
            Some(name) if context.kind != ContextKind::Body => line::judge_known(&line, name),
            _ => line::judge(&line),
        };
        if let Some(sound) = sound.filter(|_| fault.is_none()) {
            sound.add(place.node, context.kind);
        }
        let fault = fault?;
        // Where the text is repaired, that is the mistake.
        let word = line.words.get(fault.word)?.range();
        (!parsed.repairs.iter().any(|repair| repair.place == word)).then_some(fault)
    }

    fn repeats(&mut self, directive: Directive<'_>) {
        while let Some((id, first)) = self.repeated.next_if(|(id, _)| *id <= directive.id) {
            if id == directive.id {
                let message = format!("\"{}\" directive is duplicate", directive.name());
                let first = Directive { stack: self.stack, id: first };
                if let Some(emerg) = self.log.refuse(directive, Fault::new(Defect::Duplicate, 0, message)) {
                    emerg.show(first.span(), Evidence::First);
                }
            }
        }
    }
}

/// Whether `ngx_conf_handler()` refuses, before the directive's own parser is asked.
fn is_handlers(defect: Defect) -> bool {
    matches!(
        defect,
        Defect::UnknownDirective
            | Defect::Misplaced
            | Defect::NoOpening
            | Defect::NotTerminated
            | Defect::Count { .. }
    )
}

/// Whether a defect lies in one directive alone.
fn is_local(defect: Defect) -> bool {
    is_handlers(defect) || matches!(defect, Defect::Value(_) | Defect::Regex | Defect::Condition)
}

/// Directives that nginx takes once in a block and that stand there again.
fn repeated(stack: &Stack, target: &Target) -> Vec<(PlaceId, PlaceId)> {
    let mut found = Vec::new();
    for context in &stack.nginx.contexts {
        if matches!(context.kind, ContextKind::Body | ContextKind::Other) {
            continue;
        }
        let own = stack.nginx.own.get(context.own.0 as usize..context.own.1 as usize).unwrap_or_default();
        for same in own.chunk_by(|a, b| a.0 == b.0).filter(|same| same.len() > 1) {
            let [first, rest @ ..] = same else { continue };
            if is_single(first.0, context.kind, target) {
                found.extend(rest.iter().map(|(_, place)| (*place, first.1)));
            }
        }
    }
    found.sort_unstable();
    found
}

fn is_single(name: NameId, kind: ContextKind, target: &Target) -> bool {
    let directive = name.catalogued().and_then(|name| line::directive_in(name, kind, target));
    // Lists are looked at by a check of their own.
    directive.is_some_and(|directive| directive.repeatable == Some(false) && !repeat::is_list(directive.name))
}
