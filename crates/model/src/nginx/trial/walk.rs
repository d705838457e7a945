//! Walks a configuration as nginx reads it: directive by directive, includes inline, each block to its end.

use gatelint_catalog::nginx::Name;
use gatelint_syntax::Span;

use super::across::{Check, checks};
use super::line::{self, Line};
use super::{Defect, Emerg, Evidence, Fault, meant};
use crate::nginx::{ContextId, ContextKind, Directive, NameId, Place, PlaceId, Scope};
use crate::{Stack, Target};

/// The most that is told of one configuration: nginx stops at the first.
const MAX_EMERGS: usize = 10_000;

/// What has been found so far.
pub(super) struct Log {
    emergs: Vec<Emerg>,
    met: (usize, u32),
    pub(super) target: Target,
}

impl Log {
    /// nginx refuses a directive when it comes to its end.
    pub(super) fn refuse(&mut self, directive: Directive<'_>, fault: Fault) -> Option<&mut Emerg> {
        // A parser that says nothing has no place either.
        let at = (!fault.message.is_empty()).then(|| directive.end_span());
        self.refuse_at(directive, at, fault)
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
        self.push(name, place, at, fault)
    }

    /// nginx refuses a configuration for what it lacks, and names no place.
    pub(super) fn refuse_start(&mut self, scope: Scope<'_>, fault: Fault) -> Option<&mut Emerg> {
        let root = scope.stack.nginx.roots.iter().find(|root| root.id == scope.id)?;
        let tree = scope.stack.nginx.tree(root.file)?;
        let first = tree.top().next().and_then(|node| tree.words(node).first().map(|word| word.range()));
        let place = first.unwrap_or_default().in_file(root.file);
        self.push(place, place, None, fault)
    }

    fn push(&mut self, name: Span, place: Span, at: Option<Span>, fault: Fault) -> Option<&mut Emerg> {
        if self.emergs.len() >= MAX_EMERGS {
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
    checks: Vec<Box<dyn Check<'a> + 'a>>,
    /// By number of a name: the checks that ask for it, one bit each.
    interest: Vec<u32>,
    /// For each file and directive: the kinds of context in which its words were judged, one bit each.
    judged: Vec<Vec<u32>>,
    /// Directives that repeat an earlier one of their block, in reading order, with that one.
    repeated: std::iter::Peekable<std::vec::IntoIter<(PlaceId, PlaceId)>>,
}

pub(super) fn walk(stack: &Stack) -> Vec<Emerg> {
    let target = stack.target;
    let mut walk = Walk {
        stack,
        log: Log { emergs: Vec::new(), met: (0, 0), target },
        open: Vec::new(),
        checks: Vec::new(),
        interest: Vec::new(),
        judged: stack.nginx.parsed.iter().map(|_| Vec::new()).collect(),
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
        let fault = self.judge(place);
        let is_refused = fault.as_ref().is_some_and(|fault| is_handlers(fault.defect));
        if !is_refused {
            self.repeats(directive);
        }
        let mut name = place.name.catalogued();
        if let Some(fault) = fault {
            let is_unknown = fault.defect == Defect::UnknownDirective;
            let target = self.log.target;
            let emerg = self.log.refuse(directive, fault);
            if is_unknown && name.is_none() {
                // What it defines is defined by its slip too.
                let written = directive.written();
                name = written.and_then(|name| meant::meant(&name.value, directive.scope().kind(), &target));
                if let Some(emerg) = emerg {
                    emerg.meant = name.map(Name::text);
                }
            }
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
        if let Some(opens) = place.opens {
            self.open.push(opens);
        }
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
            for check in &mut self.checks {
                check.leave(scope, &mut self.log);
            }
        }
    }

    /// Another configuration begins.
    fn start(&mut self, context: Option<ContextId>) {
        self.open.extend(context);
        self.checks = checks(self.stack);
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
        }
        let bits = judged.get_mut(place.node.index())?;
        let bit = 1 << context.kind as u32;
        if *bits & bit != 0 {
            return None;
        }
        *bits |= bit;
        let node = parsed.tree.node(place.node)?;
        let opener = || context.opener.and_then(|opener| self.stack.nginx.place(opener)?.name.catalogued());
        let line = Line {
            text: self.stack.sources.bytes(place.file),
            words: parsed.tree.words(place.node),
            ending: node.ending(),
            kind: context.kind,
            body: if context.kind == ContextKind::Body { opener() } else { None },
            target: self.log.target,
        };
        match place.name.catalogued() {
            Some(name) if context.kind != ContextKind::Body => line::judge_known(&line, name),
            _ => line::judge(&line),
        }
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
    directive.is_some_and(|directive| directive.repeatable == Some(false))
}
