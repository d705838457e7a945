//! Passes whose answers are cached.

use gatelint_lint::Stack;
use gatelint_model::nginx::{Directive, Family, Pass, Scope, number};

/// A pass with a cache.
#[derive(Clone, Copy)]
pub(super) struct Cached<'a> {
    pub(super) pass: Pass<'a>,
    /// `<family>_cache`.
    pub(super) by: Directive<'a>,
}

/// Every pass that surely has a cache.
pub(super) fn passes(stack: &Stack) -> impl Iterator<Item = Cached<'_>> {
    let has = |family: Family| stack.directives(&format!("{}_cache", family.prefix())).next().is_some();
    let families: Vec<Family> =
        Family::ALL.into_iter().filter(|family| *family != Family::Grpc && has(*family)).collect();
    stack.passes().filter(move |pass| families.contains(&pass.family())).filter_map(Cached::of)
}

impl<'a> Cached<'a> {
    fn of(pass: Pass<'a>) -> Option<Self> {
        let scope = pass.scope();
        let by = scope.effective(&format!("{}_cache", pass.family().prefix()))?.last()?;
        let is_on = by.arg(0).is_some_and(|zone| *zone.value != *b"off");
        let is_whole = scope.ancestors().all(Scope::is_whole);
        (is_on && is_whole).then_some(Self { pass, by })
    }

    /// The full name of a setting: `proxy_cache_key` for `key`.
    pub(super) fn directive(self, what: &str) -> String {
        format!("{}_cache_{what}", self.pass.family().prefix())
    }

    /// The line that sets it.
    pub(super) fn effective(self, what: &str) -> Option<Directive<'a>> {
        self.pass.scope().effective(&self.directive(what)).and_then(|effective| effective.last())
    }

    /// How long an answer of this status is kept where the answer does not say so itself, in seconds, and the line
    /// that says so: the first that fits (`ngx_http_file_cache_valid()`).
    pub(super) fn valid(self, status: u16) -> Option<(u64, Directive<'a>)> {
        let lines = self.pass.scope().effective(&self.directive("valid"))?;
        lines.directives.into_iter().find_map(|line| {
            let args: Vec<_> = line.args().collect();
            let (time, codes) = args.split_last()?;
            let takes = |code: &[u8]| code == b"any" || code == status.to_string().as_bytes();
            let fits = match codes {
                [] => matches!(status, 200 | 301 | 302),
                codes => codes.iter().any(|code| takes(&code.value)),
            };
            fits.then_some((number::seconds(&time.value)?, line))
        })
    }
}
