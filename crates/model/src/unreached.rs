//! Vhosts and pools that no program reads: what they say, and which include looks past them.

use std::path::{Path, PathBuf};

use gatelint_syntax::nginx::{NodeId, Tree, parse};
use gatelint_syntax::{FileId, Span, ini};

use crate::files::link_target;
use crate::nginx::{ContextKind, Directive, PlaceId};
use crate::{Files, Origin, Stack};

/// The most files that are looked into.
const MAX_FILES: usize = 1000;

/// A file that evidently is configuration and that no program reads.
#[derive(Clone, Debug)]
pub struct Unreached {
    /// Its text.
    pub file: FileId,
    /// What it holds.
    pub holds: Holds,
    /// The `include` with a pattern for the directory in which the file lies; for pools its value.
    pub passed_by: Option<PassedBy>,
}

/// What an unreached file holds first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Holds {
    /// Servers of http.
    Servers(Vec<IdleServer>),
    /// A pool: its name and where the section begins.
    Pool(String, Span),
}

/// A server of http that nginx does not have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdleServer {
    /// Where it begins.
    pub at: Span,
    /// Its names in lower case, without those that are patterns.
    pub names: Vec<(String, Span)>,
    /// The ports it would listen on.
    pub ports: Vec<u16>,
}

/// An include that looks where a file lies and does not take it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PassedBy {
    /// Its argument.
    pub at: Span,
    /// The argument's last part: `*.conf`.
    pub pattern: String,
}

impl Stack {
    /// Keeps what the unreached files at `paths` say. What a link that is read leads to is in use.
    pub(crate) fn add_unreached(&mut self, files: &dyn Files, paths: &[PathBuf]) {
        if paths.is_empty() {
            return;
        }
        let links: Vec<PathBuf> =
            self.sources.iter().filter_map(|(_, source)| link_target(files, &source.path)).collect();
        let includes = self.patterns();
        for path in paths.iter().filter(|path| !links.contains(path)).take(MAX_FILES) {
            let Ok(bytes) = files.read(path) else { continue };
            let Some(dir) = path.parent() else { continue };
            let file = self.sources.add(path.clone(), bytes, Origin::Unreached);
            let Some(holds) = self.holds(file) else { continue };
            let wants_pool = matches!(holds, Holds::Pool(..));
            let passed_by = includes
                .iter()
                .find(|(of_pools, of, _)| *of_pools == wants_pool && of == dir)
                .map(|(_, _, passed_by)| passed_by.clone());
            self.unreached.push(Unreached { file, holds, passed_by });
        }
    }

    /// The includes with a pattern in their last part: whether of pools, and the directory they look into.
    fn patterns(&self) -> Vec<(bool, PathBuf, PassedBy)> {
        let split = |pattern: &str, at: Span| {
            let path = Path::new(pattern);
            let name = path.file_name()?.to_string_lossy().into_owned();
            name.contains(['*', '?', '[']).then(|| {
                (path.parent().map(Path::to_path_buf).unwrap_or_default(), PassedBy { at, pattern: name })
            })
        };
        let mut all = Vec::new();
        for include in self.directives("include") {
            if include.scope().kind() != ContextKind::Http || !include.scope().is_in_main() {
                continue;
            }
            let Some(arg) = include.arg(0) else { continue };
            let base = self.base_of(include.id()).unwrap_or_default();
            if let Some((dir, passed_by)) = split(&arg.text(), arg.span) {
                all.push((false, base.join(dir), passed_by));
            }
        }
        for include in self.fpm.masters.iter().filter(|master| master.is_main).flat_map(|one| &one.includes) {
            if let Some((dir, passed_by)) = split(&include.pattern, include.span) {
                all.push((true, dir, passed_by));
            }
        }
        all
    }

    /// The directory that an include's relative name starts from: that of its main configuration.
    fn base_of(&self, include: PlaceId) -> Option<PathBuf> {
        let top = Directive { stack: self, id: include }.scope().ancestors().last()?;
        let root = self.nginx.roots.iter().find(|root| root.id == top.id)?;
        root.path.parent().map(Path::to_path_buf)
    }

    fn holds(&self, file: FileId) -> Option<Holds> {
        let text = self.sources.bytes(file);
        let tree = parse(text);
        let servers: Vec<IdleServer> = tree
            .top()
            .filter(|id| tree.node(*id).is_some_and(|node| node.has_block()))
            .filter(|id| word(&tree, *id, 0, text).is_some_and(|(name, _)| name == "server"))
            .map(|id| server(&tree, id, text, file))
            .collect();
        if !servers.is_empty() {
            return tree.errors().is_empty().then_some(Holds::Servers(servers));
        }
        let document = ini::parse(text, ini::Reader::Lines);
        document.statements.iter().find_map(|statement| match statement {
            ini::Statement::Section(section) => {
                let name = String::from_utf8_lossy(section.name.bytes.as_deref()?).into_owned();
                Some(Holds::Pool(name, section.range.in_file(file)))
            }
            ini::Statement::Entry(_) => None,
        })
    }
}

/// A word of a directive, and where it stands relative to the file.
fn word(tree: &Tree, id: NodeId, index: usize, text: &[u8]) -> Option<(String, gatelint_syntax::TextRange)> {
    let word = tree.words(id).get(index)?;
    Some((String::from_utf8_lossy(&word.value(text)).into_owned(), word.range()))
}

fn server(tree: &Tree, id: NodeId, text: &[u8], file: FileId) -> IdleServer {
    let range = word(tree, id, 0, text).map(|(_, range)| range).unwrap_or_default();
    let mut server = IdleServer { at: range.in_file(file), names: Vec::new(), ports: Vec::new() };
    for line in tree.children(id) {
        let Some((name, _)) = word(tree, line, 0, text) else { continue };
        let args = (1..tree.words(line).len()).filter_map(|index| word(tree, line, index, text));
        match name.as_str() {
            "server_name" => server.names.extend(
                args.filter(|(name, _)| !name.is_empty() && name != "_" && !name.contains(['~', '*', '$']))
                    .map(|(name, range)| (name.to_ascii_lowercase(), range.in_file(file))),
            ),
            "listen" => server.ports.extend(args.take(1).filter_map(|(address, _)| port(&address))),
            _ => {}
        }
    }
    if server.ports.is_empty() {
        server.ports.push(80);
    }
    server
}

fn port(address: &str) -> Option<u16> {
    if address.starts_with("unix:") {
        return None;
    }
    match address.rsplit_once(':') {
        Some((_, port)) if !port.contains(']') => port.parse().ok(),
        _ => address.parse().ok().or(Some(80)),
    }
}
