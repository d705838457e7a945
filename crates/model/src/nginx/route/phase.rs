//! The phases of a location: who is let in, which file is there, who answers.

use super::super::{ContextKind, Scope};
use super::walk::{MAX_WAYS, Phase, State, Walk};
use super::{End, StepKind};

impl<'a> Walk<'a> {
    pub(super) fn access(&mut self, mut state: State<'a>) {
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
            let by = scope.effective_last(name);
            if let Some(by) = by.filter(|by| by.arg(0).is_some_and(|arg| *arg.value != *b"off")) {
                state = state.with(StepKind::Access(by), Some(by), true);
            }
        }
        self.open.push(state.to(Phase::TryFiles));
    }

    pub(super) fn try_files(&mut self, state: State<'a>) {
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

    pub(super) fn content(&mut self, state: State<'a>) {
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
}
