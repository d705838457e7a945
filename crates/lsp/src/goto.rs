//! From a name to the line that defines it, and to all that use it.

use std::path::Path;

use gatelint_model::links::PoolRef;
use gatelint_model::nginx::{Directive, glob};
use gatelint_model::{Address, Files, Stack};
use gatelint_syntax::Span;
use lsp_types::{Location, Range};

use crate::here::Here;
use crate::{symbol, uri};

/// Where what stands here is defined.
pub(crate) fn definition(here: &Here<'_>) -> Vec<Location> {
    let included = included(here);
    if !included.is_empty() {
        return included;
    }
    let mut spans = Vec::new();
    if let Some(name) = symbol::at(here.stack, here.file, here.offset) {
        let all = symbol::everywhere(here.stack, &name.symbol);
        spans.extend(all.into_iter().filter(|one| one.defines).map(|one| one.span));
    }
    if spans.is_empty() {
        spans.extend(pools(here).into_iter().map(listen));
    }
    locations(here, spans)
}

/// Every place that names what stands here.
pub(crate) fn references(here: &Here<'_>, with_definition: bool) -> Vec<Location> {
    let mut spans: Vec<Span> = Vec::new();
    if let Some(name) = symbol::at(here.stack, here.file, here.offset) {
        let all = symbol::everywhere(here.stack, &name.symbol);
        spans.extend(all.into_iter().filter(|one| with_definition || !one.defines).map(|one| one.span));
    }
    if spans.len() < 2 {
        let pools: Vec<Span> = pools(here).into_iter().map(listen).collect();
        if !pools.is_empty() {
            spans.clear();
            spans.extend(users(here.stack, &pools));
            spans.extend(pools.iter().filter(|_| with_definition));
        }
    }
    locations(here, spans)
}

fn locations(here: &Here<'_>, mut spans: Vec<Span>) -> Vec<Location> {
    let mut places = here.places();
    spans.sort_unstable();
    spans.dedup();
    spans.into_iter().filter_map(|span| places.location(span)).collect()
}

/// The files that the `include` here takes in.
fn included(here: &Here<'_>) -> Vec<Location> {
    let at = here.stack.at(here.file, here.offset).find_map(|at| at.directive.zip(at.word));
    let (pattern, main) = match at {
        Some((directive, _)) if directive.name() == "include" => {
            let Some(arg) = directive.arg(0) else { return Vec::new() };
            let top = directive.scope().ancestors().last();
            let root = here.stack.nginx.roots.iter().zip(here.stack.nginx_roots());
            let root =
                root.filter(|(_, scope)| Some(*scope) == top).map(|(root, _)| root.path.clone()).next();
            (arg.text().into_owned(), root)
        }
        _ => {
            let includes = here.stack.fpm.masters.iter().flat_map(|master| &master.includes);
            let is_here =
                |span: Span| span.file == here.file && span.start <= here.offset && here.offset <= span.end;
            match includes.into_iter().find(|include| is_here(include.span)) {
                Some(include) => (include.pattern.clone(), None),
                None => return Vec::new(),
            }
        }
    };
    let base = main.as_deref().and_then(Path::parent).unwrap_or(Path::new("/"));
    let found = glob(here.disk, &base.join(pattern), &mut Vec::new());
    let location = |path: &Path| {
        // A link is edited under the name of what it leads to, as findings name it.
        let name = here.stack.sources.find(path).and_then(|file| here.stack.sources.get(file));
        let path = name.map_or(path, |source| source.file());
        let uri = uri::of_path(&here.dir.join(path.strip_prefix("/").unwrap_or(path)))?;
        Some(Location::new(uri, Range::default()))
    };
    found
        .iter()
        .filter(|entry| here.disk.kind(&entry.path).is_some())
        .filter_map(|entry| location(&entry.path))
        .collect()
}

/// The pools that the pass or the group's `server` here leads to, or whose `listen` stands here.
pub(crate) fn pools<'a>(here: &Here<'a>) -> Vec<PoolRef<'a>> {
    let stack = here.stack;
    let mut found: Vec<PoolRef<'a>> = Vec::new();
    for directive in stack.at(here.file, here.offset).filter_map(|at| at.directive).take(16) {
        for address in addresses(stack, directive) {
            found.extend(stack.pools_behind(&address).pools());
        }
    }
    let is_here = |span: Span| span.file == here.file && span.start <= here.offset && here.offset <= span.end;
    for (master, pool) in stack.fpm.pools() {
        let setting = pool.get("listen").filter(|setting| is_here(setting.span));
        if setting.is_some() && pool.listener.is_some() {
            found.push(PoolRef { master, pool });
        }
    }
    found
}

fn addresses(stack: &Stack, directive: Directive<'_>) -> Vec<Address> {
    if directive.name() == "server" {
        let peers = stack.upstreams().flat_map(|group| group.peers());
        return peers.filter(|peer| peer.directive == directive).filter_map(|peer| peer.address).collect();
    }
    let passes = stack.written_passes().filter(|pass| pass.directive() == directive);
    passes.flat_map(|pass| pass.targets()).map(|target| target.address.clone()).collect()
}

fn listen(pool: PoolRef<'_>) -> Span {
    pool.pool.listener.as_ref().map_or(pool.pool.header, |listener| listener.span)
}

/// The passes and the servers of groups that lead to pools.
fn users(stack: &Stack, pools: &[Span]) -> Vec<Span> {
    let targets = stack.written_passes().flat_map(|pass| pass.targets());
    let reaches = |address: &Address| {
        stack.pools_behind(address).pools().iter().any(|pool| pools.contains(&listen(*pool)))
    };
    targets.filter(|target| reaches(target.address)).map(|target| target.span).collect()
}
