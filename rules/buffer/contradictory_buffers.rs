//! Buffer sizes that nginx refuses because they do not fit together.

use std::collections::{BTreeMap, HashSet};

use gatelint_lint::{Confidence, Finding, Findings, Level, Prediction, Rule, Safety, Stack};
use gatelint_model::nginx::{ContextId, ContextKind, Directive, Family, Scope};

use super::invariant::{Broken, Buffers, DIRECTIVES};
use crate::edit::{self, Mend};
use crate::say;

pub(crate) const RULE: Rule = Rule {
    name: "contradictory-buffers",
    summary: "the sizes of a family's buffers contradict each other, and nginx refuses to start",
    level: Level::Error,
    covers: &["E1"],
    since: "0.1.0",
    page: include_str!("contradictory_buffers.md"),
    check,
};

/// The families whose modules compare their buffers.
const FAMILIES: [Family; 4] = [Family::Proxy, Family::Fastcgi, Family::Uwsgi, Family::Scgi];
/// The memory pages of other machines.
const OTHER_PAGES: [u64; 3] = [8 << 10, 16 << 10, 64 << 10];

fn check(stack: &Stack, out: &mut Findings) {
    let limits = out.thresholds();
    let mut said = HashSet::new();
    for family in FAMILIES {
        for scope in scopes(stack, family).into_values() {
            let Some(buffers) = Buffers::read(scope, family, limits.page()) else { continue };
            let Some(broken) = buffers.broken() else { continue };
            let involved = involved(&buffers, broken);
            let spans: Vec<_> = involved.iter().map(|directive| directive.span()).collect();
            if said.insert((broken, spans)) {
                // Where the machine's page is known, no other is thought of.
                let pages: &[u64] = if limits.page_size.is_some() { &[] } else { &OTHER_PAGES };
                out.extend(finding(scope, (family, pages), &buffers, broken, &involved));
            }
        }
    }
}

/// The blocks that differ in their buffers and that nginx compares: servers and locations, whether they pass or
/// not. All servers without a line of their own have what `http` has: the first speaks for them.
fn scopes(stack: &Stack, family: Family) -> BTreeMap<ContextId, Scope<'_>> {
    let names = DIRECTIVES.map(|what| format!("{}_{what}", family.prefix()));
    let mut scopes = BTreeMap::new();
    for directive in names.iter().flat_map(|name| stack.directives(name)) {
        let scope = directive.scope();
        match scope.kind() {
            ContextKind::Server | ContextKind::Location => scopes.insert(scope.id(), scope),
            ContextKind::Http if !scopes.contains_key(&scope.id()) => {
                let has_none = |server: &Scope<'_>| names.iter().all(|name| server.own(name).len() == 0);
                match scope.blocks_of(ContextKind::Server).find(has_none) {
                    Some(server) => scopes.insert(server.id(), server),
                    None => None,
                }
            }
            _ => None,
        };
    }
    scopes
}

/// The directives of a contradiction: first the one to edit, which stands innermost.
fn involved<'a>(buffers: &Buffers<'a>, broken: Broken) -> Vec<Directive<'a>> {
    let largest = buffers.largest().by;
    let mut involved: Vec<Directive<'a>> = match broken {
        Broken::Count => [buffers.one.by, None],
        Broken::BusyBelow => [buffers.busy.and_then(|size| size.by), largest],
        // More buffers are what helps.
        Broken::BusyAbove => [buffers.one.by, buffers.busy.map_or(largest, |size| size.by)],
        Broken::Write => [buffers.write.and_then(|size| size.by), largest],
        Broken::File => [buffers.file.and_then(|size| size.by), largest],
    }
    .into_iter()
    .flatten()
    .collect();
    involved.dedup();
    involved.sort_by_key(|directive| std::cmp::Reverse(directive.scope().ancestors().count()));
    involved
}

fn finding(
    scope: Scope<'_>,
    (family, other_pages): (Family, &[u64]),
    buffers: &Buffers<'_>,
    broken: Broken,
    involved: &[Directive<'_>],
) -> Option<Finding> {
    let primary = involved.first()?;
    let at = scope.enclosing(ContextKind::Http).and_then(Scope::opener).map(Directive::close_span);
    let mut finding = Finding::new(&RULE, primary.span(), message(family, buffers, broken))
        .label("nginx does not start or reload")
        .predict(Prediction::nginx_refuses(at, broken.log(family)));
    for directive in involved.iter().skip(1) {
        finding = finding.related(directive.span(), "compared with this");
    }
    let help = help(family, buffers, broken);
    // Who sees a buffer raised there, sees the others raised too.
    finding = finding.mend(Safety::Safe, help.join(" "), edit::put(primary.scope(), &help.join(" ")));
    for help in help {
        finding = finding.help(help);
    }
    let is_default = buffers.one.by.is_none() || buffers.header.by.is_none() || buffers.busy.is_none();
    if is_default && !scope.ancestors().all(Scope::is_whole) || !scope.is_in_main() {
        let is_vhost = scope.ancestors().last().is_some_and(|root| root.kind() == ContextKind::Http);
        let level = if is_vhost || scope.is_in_main() { Level::Warning } else { Level::Info };
        finding = finding
            .level(level)
            .confidence(Confidence::Medium)
            .note("what is not set here was taken for the default: not all that surrounds it was read");
    } else if let Some(page) = other_pages.iter().find(|page| fits(scope, family, **page)) {
        let page = say::size(*page);
        finding = finding
            .level(Level::Warning)
            .note(format!("with memory pages of 4k, as x86-64 has them; with pages of {page} nginx starts"));
    }
    Some(finding)
}

fn fits(scope: Scope<'_>, family: Family, page: u64) -> bool {
    Buffers::read(scope, family, page).is_some_and(|buffers| buffers.broken().is_none())
}

fn message(family: Family, buffers: &Buffers<'_>, broken: Broken) -> String {
    let prefix = family.prefix();
    let size = say::size;
    let largest = if buffers.header.bytes < buffers.one.bytes {
        format!("one of the `{prefix}_buffers`, {}", size(buffers.one.bytes))
    } else {
        format!("`{prefix}_buffer_size`, {}", size(buffers.header.bytes))
    };
    let below = |what: &str, bytes: Option<u64>| {
        format!("`{prefix}_{what}` is {}, less than {largest}", size(bytes.unwrap_or_default()))
    };
    match broken {
        Broken::Count => format!("`{prefix}_buffers` are {} where nginx wants at least 2", buffers.count),
        Broken::BusyBelow => below("busy_buffers_size", buffers.busy.map(|size| size.bytes)),
        Broken::Write => below("temp_file_write_size", buffers.write.map(|size| size.bytes)),
        Broken::File => below("max_temp_file_size", buffers.file.map(|size| size.bytes)),
        Broken::BusyAbove => {
            let all = format!(
                "more than {} of the {} `{prefix}_buffers` hold, {}",
                buffers.count - 1,
                buffers.count,
                size(buffers.all_but_one())
            );
            let busy = size(buffers.busy_bytes());
            match buffers.busy {
                Some(_) => format!("`{prefix}_busy_buffers_size` is {busy}, {all}"),
                None => format!("`{prefix}_busy_buffers_size` is by default twice {largest}: {busy}, {all}"),
            }
        }
    }
}

/// Lines that make it fit.
fn help(family: Family, buffers: &Buffers<'_>, broken: Broken) -> Vec<String> {
    let prefix = family.prefix();
    let largest = buffers.largest().bytes;
    let twice = largest.saturating_mul(2);
    // As many buffers of the largest size as hold what is busy, and one more.
    let buffers_for = |busy: u64| {
        let needed = busy.div_ceil(largest.max(1)).saturating_add(1);
        let count = if buffers.count < 2 { needed.max(8) } else { needed.max(buffers.count) };
        format!("{prefix}_buffers {count} {};", say::size(largest))
    };
    match broken {
        Broken::Count | Broken::BusyAbove => vec![buffers_for(buffers.busy_bytes())],
        Broken::BusyBelow => {
            let busy = format!("{prefix}_busy_buffers_size {};", say::size(twice));
            if twice > buffers.all_but_one() { vec![busy, buffers_for(twice)] } else { vec![busy] }
        }
        Broken::Write => vec![format!("{prefix}_temp_file_write_size {};", say::size(twice))],
        // The default, 1024m, or more: a size takes no `g`.
        Broken::File => {
            vec![format!("{prefix}_max_temp_file_size {}m;", twice.div_ceil(1 << 20).max(1024))]
        }
    }
}
