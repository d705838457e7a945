//! From phase to phase, each way that is left open followed.

use std::rc::Rc;

use super::super::{ContextId, ContextKind, Directive, Match, Scope};
use super::files::Assumed;
use super::script::{self, Run};
use super::text::Moment;
use super::{End, Request, Step, StepKind, Way, Ways};
use crate::Value;

/// The most ways that are followed.
pub(super) const MAX_WAYS: usize = 24;
/// The most moments that are looked at.
const MAX_MOMENTS: usize = 400;
/// How often a request may change its location: `NGX_HTTP_MAX_URI_CHANGES` of `src/http/ngx_http_request.h`.
const MAX_CHANGES: u8 = 10;

/// What comes next.
#[derive(Clone, Debug)]
pub(super) enum Phase<'a> {
    ServerRewrite,
    Find,
    Named(Vec<u8>),
    LocationRewrite,
    Access,
    TryFiles,
    Content,
    End(End<'a>),
}

#[derive(Clone, Debug)]
pub(super) struct State<'a> {
    pub(super) phase: Phase<'a>,
    pub(super) moment: Moment,
    pub(super) scope: Scope<'a>,
    pub(super) steps: Vec<Step<'a>>,
    pub(super) changes: u8,
    /// Whether nginx itself sent it here: `internal` lets it in.
    pub(super) is_internal: bool,
    /// Whether it is on its way to an error page: of that page there is none.
    pub(super) is_error: bool,
    /// The status of that page, whatever is answered.
    pub(super) kept: Option<u16>,
    /// What was assumed of files so far: a way does not contradict itself.
    pub(super) files: Vec<Assumed>,
    /// Where it has been: a location, a path and its arguments.
    pub(super) visited: Vec<(ContextId, Vec<u8>, Vec<u8>)>,
}

impl<'a> State<'a> {
    pub(super) fn with(mut self, kind: StepKind<'a>, by: Option<Directive<'a>>, is_assumed: bool) -> Self {
        self.steps.push(Step { kind, at: by.map(Directive::span), is_assumed });
        self
    }

    pub(super) fn to(mut self, phase: Phase<'a>) -> Self {
        self.phase = phase;
        self
    }

    /// To another path, which looks for its location.
    pub(super) fn redirected(mut self, uri: Vec<u8>) -> Self {
        let (path, args) = match uri.iter().position(|byte| *byte == b'?') {
            Some(at) => (uri.get(..at).unwrap_or_default().to_vec(), uri.get(at + 1..).map(<[u8]>::to_vec)),
            None => (uri, None),
        };
        self.moment.uri = path;
        if let Some(args) = args {
            self.moment.args = args;
        }
        self.changes += 1;
        self.is_internal = true;
        // An internal redirect passes the server's own rewrites once more.
        self.to(Phase::ServerRewrite)
    }
}

impl<'a> Scope<'a> {
    /// The ways that a request may take in this server.
    pub fn ways(self, request: &Request) -> Ways<'a> {
        let moment = Moment {
            request: Rc::new(request.clone()),
            uri: request.uri.clone(),
            args: request.args.clone(),
            captures: Vec::new(),
        };
        let start = State {
            phase: Phase::ServerRewrite,
            moment,
            scope: self,
            steps: Vec::new(),
            changes: 0,
            is_internal: false,
            is_error: false,
            kept: None,
            files: Vec::new(),
            visited: Vec::new(),
        };
        let mut walk = Walk { server: self, open: vec![start], all: Vec::new(), is_cut: false };
        let mut moments = 0;
        while let Some(state) = walk.open.pop() {
            moments += 1;
            if walk.all.len() >= MAX_WAYS || moments > MAX_MOMENTS {
                walk.is_cut = true;
                break;
            }
            walk.advance(state);
        }
        Ways { all: walk.all, is_cut: walk.is_cut }
    }
}

pub(super) struct Walk<'a> {
    pub(super) server: Scope<'a>,
    /// What is left to follow; the last one is next.
    pub(super) open: Vec<State<'a>>,
    pub(super) all: Vec<Way<'a>>,
    pub(super) is_cut: bool,
}

impl<'a> Walk<'a> {
    pub(super) fn advance(&mut self, mut state: State<'a>) {
        if state.changes > MAX_CHANGES {
            let by = state.steps.iter().rev().find_map(|step| match step.kind {
                StepKind::Location(scope) => scope.own("try_files").next_back(),
                _ => None,
            });
            return self.end(state, End::Cycle(by));
        }
        match state.phase.clone() {
            Phase::ServerRewrite => {
                state.scope = self.server;
                let (runs, is_cut) = script::run(self.server, state.moment.clone());
                self.is_cut |= is_cut;
                for run in runs.into_iter().rev() {
                    let scope = self.server;
                    self.take(state.clone(), run, scope, Phase::Find);
                }
            }
            Phase::Find => self.find(state),
            Phase::Named(name) => {
                let is_it = |scope: &Scope<'a>| {
                    scope
                        .location_match()
                        .is_some_and(|way| matches!(way, Match::Named(text) if *text == name))
                };
                match self.server.blocks_of(ContextKind::Location).find(is_it) {
                    Some(location) => self.enter(state, location),
                    None => self.end(state, End::Answer { status: Some(500), text: None, by: None }),
                }
            }
            Phase::LocationRewrite => {
                let (runs, is_cut) = script::run(state.scope, state.moment.clone());
                self.is_cut |= is_cut;
                for run in runs.into_iter().rev() {
                    let scope = run.scope;
                    let goes_back = run.is_changed && run.searches;
                    let mut state = state.clone();
                    state.changes += u8::from(goes_back);
                    state.is_internal |= goes_back;
                    self.take(state, run, scope, if goes_back { Phase::Find } else { Phase::Access });
                }
            }
            Phase::Access => self.access(state),
            Phase::TryFiles => self.try_files(state),
            Phase::Content => self.content(state),
            Phase::End(end) => self.end(state, end),
        }
    }

    /// Goes on after the directives of a block.
    pub(super) fn take(&mut self, mut state: State<'a>, run: Run<'a>, scope: Scope<'a>, next: Phase<'a>) {
        state.moment = run.moment;
        state.steps.extend(run.steps);
        state.scope = scope;
        match run.end {
            Some(end) => self.open.push(state.to(Phase::End(end))),
            None => self.open.push(state.to(next)),
        }
    }

    pub(super) fn find(&mut self, state: State<'a>) {
        match self.server.location_for(&state.moment.uri) {
            Value::Known(Some(location)) => self.enter(state, location),
            Value::Known(None) => {
                let server = self.server;
                let mut state = state.with(StepKind::NoLocation(server), server.opener(), false);
                state.scope = server;
                self.open.push(state.to(Phase::Access));
            }
            _ => self.end(state, End::Unknown(None)),
        }
    }

    pub(super) fn enter(&mut self, state: State<'a>, location: Scope<'a>) {
        let mut state = state.with(StepKind::Location(location), location.opener(), false);
        state.scope = location;
        let visit = (location.id(), state.moment.uri.clone(), state.moment.args.clone());
        if state.visited.contains(&visit) {
            // What was so before is so again.
            state.changes = MAX_CHANGES + 1;
            return self.open.push(state);
        }
        state.visited.push(visit);
        let own = location.location_match().filter(|by| by.is_regex());
        if let Some(way) = own {
            let no_case = matches!(way, Match::RegexNoCase(_));
            let groups = location.captures(way.text(), no_case, &state.moment.uri).flatten();
            state.moment.captures = groups.unwrap_or_default();
        }
        let internal = location.own("internal").next_back();
        if let Some(by) = internal.filter(|_| !state.is_internal) {
            return self.end(state, End::Answer { status: Some(404), text: None, by: Some(by) });
        }
        // For other methods its block takes the place of the location, whose rewrites it does not get.
        for limit in location.blocks_of(ContextKind::LimitExcept) {
            let method = state.moment.request.method.clone();
            let is_free = |arg: super::super::Arg<'_>| {
                let name = arg.text().to_ascii_uppercase();
                // `GET` lets `HEAD` in too.
                name == method || name == "GET" && method == "HEAD"
            };
            let Some(by) = limit.opener() else { continue };
            if !by.args().any(is_free) {
                state = state.with(StepKind::Access(by), Some(by), false);
                state.scope = limit;
            }
        }
        self.open.push(state.to(Phase::LocationRewrite));
    }

    pub(super) fn end(&mut self, state: State<'a>, mut end: End<'a>) {
        // What a pass answers is not known here, and a page for an error of nginx's own is asked once.
        let status = end.status().filter(|status| *status >= 400 && !state.is_error);
        let page = status.and_then(|code| Some((code, error_page(state.scope, code)?)));
        if let Some((status, Page { by, to, kept })) = page {
            let kind = StepKind::ErrorPage { status, to: to.clone() };
            let mut state = state.with(kind, Some(by), false);
            state.is_error = true;
            state.kept = kept;
            let next = match to.first() {
                Some(b'@') => {
                    state.is_internal = true;
                    state.changes += 1;
                    state.to(Phase::Named(to))
                }
                _ => state.redirected(to),
            };
            return self.open.push(next);
        }
        if let End::Answer { status, .. } = &mut end {
            *status = state.kept.or(*status);
        }
        let State { steps, scope, moment, .. } = state;
        self.all.push(Way { steps, end, scope, uri: moment.uri });
    }
}

/// What stands in for an answer.
struct Page<'a> {
    by: Directive<'a>,
    to: Vec<u8>,
    /// The status that is answered; `None`: that of the page (`=`).
    pub(super) kept: Option<u16>,
}

/// What `error_page` answers in place of this status, on this server.
fn error_page(scope: Scope<'_>, status: u16) -> Option<Page<'_>> {
    let pages = scope.effective("error_page")?;
    pages.directives.iter().find_map(|by| {
        let args: Vec<_> = by.args().collect();
        let (to, codes) = args.split_last()?;
        let is_it = codes.iter().any(|code| code.text().parse() == Ok(status));
        let is_own = matches!(to.value.first(), Some(b'/' | b'@')) && !super::super::has_variables(&to.value);
        let other = codes.iter().find_map(|code| code.text().strip_prefix('=').map(|code| code.parse().ok()));
        (is_it && is_own).then(|| Page {
            by: *by,
            to: to.value.to_vec(),
            kept: other.unwrap_or(Some(status)),
        })
    })
}
