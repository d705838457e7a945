//! From phase to phase, each way that is left open followed.

use std::rc::Rc;

use super::super::{ContextId, ContextKind, Directive, Match, Scope};
use super::script::{self, Run};
use super::text::Moment;
use super::{End, Request, Step, StepKind, Way, Ways};
use crate::Value;

/// The most ways that are followed.
const MAX_WAYS: usize = 24;
/// The most moments that are looked at.
const MAX_MOMENTS: usize = 400;
/// How often a request may change its location: `NGX_HTTP_MAX_URI_CHANGES` of `src/http/ngx_http_request.h`.
const MAX_CHANGES: u8 = 10;

/// What comes next.
#[derive(Clone, Debug)]
enum Phase<'a> {
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
struct State<'a> {
    phase: Phase<'a>,
    moment: Moment,
    scope: Scope<'a>,
    steps: Vec<Step<'a>>,
    changes: u8,
    /// Whether nginx itself sent it here: `internal` lets it in.
    is_internal: bool,
    /// Whether it is on its way to an error page: of that page there is none.
    is_error: bool,
    /// The status of that page, whatever is answered.
    kept: Option<u16>,
    /// What was assumed of files so far: a way does not contradict itself.
    files: Vec<Assumed>,
    /// Where it has been: a location, a path and its arguments.
    visited: Vec<(ContextId, Vec<u8>, Vec<u8>)>,
}

/// Something assumed of a file or directory.
#[derive(Clone, Debug)]
struct Assumed {
    /// Its path, or the request's where that is not known.
    path: Vec<u8>,
    is_directory: bool,
    is_there: bool,
}

impl<'a> State<'a> {
    fn with(mut self, kind: StepKind<'a>, by: Option<Directive<'a>>, is_assumed: bool) -> Self {
        self.steps.push(Step { kind, at: by.map(Directive::span), is_assumed });
        self
    }

    fn to(mut self, phase: Phase<'a>) -> Self {
        self.phase = phase;
        self
    }

    /// Whether a file, or a directory, of this path below the document root is there; `None`: not known.
    fn has(&self, uri: &[u8], wants_directory: bool) -> Option<bool> {
        let path = path_of(self.scope, uri);
        let of_path = || self.files.iter().filter(|one| one.path == path);
        if let Some(one) = of_path().find(|one| one.is_directory == wants_directory) {
            return Some(one.is_there);
        }
        if of_path().any(|one| one.is_there) {
            return Some(false);
        }
        is_there(self.scope, uri, wants_directory)
    }

    fn assume(&mut self, uri: &[u8], is_directory: bool, is_there: bool) {
        let path = path_of(self.scope, uri);
        self.files.push(Assumed { path, is_directory, is_there });
    }

    /// To another path, which looks for its location.
    fn redirected(mut self, uri: Vec<u8>) -> Self {
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

struct Walk<'a> {
    server: Scope<'a>,
    /// What is left to follow; the last one is next.
    open: Vec<State<'a>>,
    all: Vec<Way<'a>>,
    is_cut: bool,
}

impl<'a> Walk<'a> {
    fn advance(&mut self, mut state: State<'a>) {
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
                        .is_some_and(|way| matches!(way, Match::Named(text) if text == name))
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
    fn take(&mut self, mut state: State<'a>, run: Run<'a>, scope: Scope<'a>, next: Phase<'a>) {
        state.moment = run.moment;
        state.steps.extend(run.steps);
        state.scope = scope;
        match run.end {
            Some(end) => self.open.push(state.to(Phase::End(end))),
            None => self.open.push(state.to(next)),
        }
    }

    fn find(&mut self, state: State<'a>) {
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

    fn enter(&mut self, state: State<'a>, location: Scope<'a>) {
        let mut state = state.with(StepKind::Location(location), location.opener(), false);
        state.scope = location;
        let visit = (location.id(), state.moment.uri.clone(), state.moment.args.clone());
        if state.visited.contains(&visit) {
            // What was so before is so again.
            state.changes = MAX_CHANGES + 1;
            return self.open.push(state);
        }
        state.visited.push(visit);
        let own = location.location_match().filter(Match::is_regex);
        if let Some(way) = own {
            let no_case = matches!(way, Match::RegexNoCase(_));
            let groups = location.captures(way.text(), no_case, &state.moment.uri).flatten();
            state.moment.captures = groups.unwrap_or_default();
        }
        let internal = location.own("internal").next_back();
        if let Some(by) = internal.filter(|_| !state.is_internal) {
            return self.end(state, End::Answer { status: Some(404), text: None, by: Some(by) });
        }
        self.open.push(state.to(Phase::LocationRewrite));
    }

    fn access(&mut self, mut state: State<'a>) {
        let location = state.scope.enclosing(ContextKind::Location);
        let limits = location.into_iter().flat_map(|one| one.blocks_of(ContextKind::LimitExcept));
        for limit in limits {
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
        let scope = state.scope;
        let (allows, denies) = (scope.effective("allow"), scope.effective("deny"));
        let all = denies.as_ref().and_then(|denies| {
            denies.directives.iter().copied().find(|by| by.arg(0).is_some_and(|arg| *arg.value == *b"all"))
        });
        match (all, allows) {
            (Some(by), None) => {
                return self.end(state, End::Answer { status: Some(403), text: None, by: Some(by) });
            }
            (Some(by), Some(_)) => state = state.with(StepKind::Access(by), Some(by), true),
            _ => {}
        }
        for name in ["auth_basic", "auth_request", "auth_jwt"] {
            let by = scope.effective(name).and_then(|found| found.last());
            if let Some(by) = by.filter(|by| by.arg(0).is_some_and(|arg| *arg.value != *b"off")) {
                state = state.with(StepKind::Access(by), Some(by), true);
            }
        }
        self.open.push(state.to(Phase::TryFiles));
    }

    fn try_files(&mut self, state: State<'a>) {
        let scope = state.scope;
        let Some(by) = scope.own("try_files").next_back() else {
            return self.open.push(state.to(Phase::Content));
        };
        let args: Vec<_> = by.args().collect();
        let Some((last, tested)) = args.split_last() else {
            return self.open.push(state.to(Phase::Content));
        };
        let mut state = state;
        let mut ways = Vec::new();
        let mut is_open = true;
        for arg in tested {
            let Some(uri) = state.moment.fill(scope, &arg.value) else {
                ways.push(state.clone().with(StepKind::Found { uri: arg.value.to_vec() }, Some(by), true));
                continue;
            };
            let wants_directory = arg.value.ends_with(b"/");
            let is_there = state.has(&uri, wants_directory);
            if is_there != Some(false) {
                let bare = if wants_directory { uri.strip_suffix(b"/").unwrap_or(&uri) } else { &uri };
                let kind = StepKind::Found { uri: if bare.is_empty() { uri.clone() } else { bare.to_vec() } };
                let mut found = state.clone().with(kind, Some(by), is_there.is_none());
                found.assume(&uri, wants_directory, true);
                found.moment.uri = bare.to_vec();
                ways.push(found);
            }
            if is_there == Some(true) {
                is_open = false;
                break;
            }
            state.assume(&uri, wants_directory, false);
        }
        let is_assumed = !ways.is_empty();
        if is_open {
            let to = state.moment.fill(scope, &last.value);
            let kind = StepKind::Fallback { to: to.clone().unwrap_or(last.value.to_vec()) };
            let other = state.with(kind, Some(by), is_assumed);
            match to {
                Some(code) if code.first() == Some(&b'=') => {
                    let number = std::str::from_utf8(code.get(1..).unwrap_or_default()).ok();
                    let status = number.and_then(|text| text.parse().ok());
                    self.open.push(other.to(Phase::End(End::Answer { status, text: None, by: Some(by) })));
                }
                Some(name) if name.first() == Some(&b'@') => {
                    let mut other = other;
                    other.changes += 1;
                    other.is_internal = true;
                    self.open.push(other.to(Phase::Named(name)));
                }
                Some(uri) => self.open.push(other.redirected(uri)),
                None => self.open.push(other.to(Phase::End(End::Unknown(Some(by))))),
            }
        }
        for way in ways.into_iter().rev() {
            self.open.push(way.to(Phase::Content));
        }
    }

    fn content(&mut self, state: State<'a>) {
        let scope = state.scope;
        let inherited = || {
            let is_inner = matches!(scope.kind(), ContextKind::IfInLocation | ContextKind::LimitExcept);
            scope.parent().filter(|_| is_inner).and_then(Scope::pass)
        };
        if let Some(pass) = scope.pass().or_else(inherited) {
            return self.end(state, End::Pass(pass));
        }
        let handlers = ["memcached_pass", "stub_status", "empty_gif", "random_index"];
        if let Some(by) = handlers.iter().find_map(|name| scope.own(name).next_back()) {
            return self.end(state, End::Handler(by));
        }
        let uri = state.moment.uri.clone();
        if !uri.ends_with(b"/") {
            if state.has(&uri, true) == Some(true) {
                // `ngx_http_static_handler()` sends the client to the directory.
                let text = Some([uri.as_slice(), b"/"].concat());
                return self.end(state, End::Answer { status: Some(301), text, by: None });
            }
            let (path, is_there) = (scope.file_of(&uri), state.has(&uri, false));
            return self.end(state, End::File { path, is_there });
        }
        let index = scope.effective("index");
        let by = index.as_ref().and_then(|index| index.directives.first().copied());
        let names: Vec<Vec<u8>> = match &index {
            Some(index) => {
                index.directives.iter().flat_map(|by| by.args()).map(|arg| arg.value.into_owned()).collect()
            }
            None => vec![b"index.html".to_vec()],
        };
        let mut state = state;
        let mut ways = Vec::new();
        let mut is_open = true;
        for name in names.iter().take(MAX_WAYS) {
            let Some(name) = state.moment.fill(scope, name) else { continue };
            // An absolute name is taken without a look.
            let is_absolute = name.first() == Some(&b'/');
            let target = if is_absolute { name } else { [uri.as_slice(), &name].concat() };
            let there = if is_absolute { Some(true) } else { state.has(&target, false) };
            if there != Some(false) {
                let kind = StepKind::Index { uri: target.clone() };
                let mut found = state.clone().with(kind, by, there.is_none());
                found.assume(&target, false, true);
                ways.push(found.redirected(target.clone()));
            }
            if there == Some(true) {
                is_open = false;
                break;
            }
            state.assume(&target, false, false);
        }
        if is_open {
            let listed = scope.flag("autoindex", false).is_some_and(|flag| flag.value);
            self.open.push(state.to(Phase::End(End::Directory { listed })));
        }
        self.open.extend(ways.into_iter().rev());
    }

    fn end(&mut self, state: State<'a>, mut end: End<'a>) {
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
    kept: Option<u16>,
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

/// What tells a file or directory from others.
fn path_of(scope: Scope<'_>, uri: &[u8]) -> Vec<u8> {
    use std::os::unix::ffi::OsStrExt;
    let bare = uri.strip_suffix(b"/").unwrap_or(uri);
    scope.file_of(bare).map_or_else(|| bare.to_vec(), |path| path.as_os_str().as_bytes().to_vec())
}

/// Whether the tree has a file, or a directory, of this path below the document root; `None`: it does not tell.
fn is_there(scope: Scope<'_>, uri: &[u8], wants_directory: bool) -> Option<bool> {
    let ends = uri.ends_with(b"/");
    if ends && !wants_directory {
        return Some(false);
    }
    let bare = uri.strip_suffix(b"/").unwrap_or(uri);
    if bare.iter().all(|byte| *byte == b'/') {
        // The document root itself.
        return Some(wants_directory);
    }
    let name = bare.rsplit(|byte| *byte == b'/').next().unwrap_or_default();
    // Directories with a suffix are rare enough.
    if wants_directory && name.contains(&b'.') {
        return Some(false);
    }
    match scope.stack.has_file(scope, bare)? {
        false => Some(false),
        // A name with a suffix is a file's; what else it is, is not told.
        true => name.contains(&b'.').then_some(true),
    }
}
