//! The FastCGI parameters that PHP gets.

use std::collections::HashSet;

use gatelint_lint::{Confidence, Finding, Level, Stack};
use gatelint_model::Origin;
use gatelint_model::nginx::{Directive, Family, Params, Pass, Scope};

/// The parameters of one pass to PHP.
pub(crate) struct List<'a> {
    /// The pass.
    pub(crate) pass: Pass<'a>,
    /// The block that the list stands in; the pass's own where there is none at all.
    pub(crate) scope: Scope<'a>,
    /// The `fastcgi_param` lines that hold.
    params: Params<'a>,
}

/// The list of every pass that surely serves PHP and whose list is fully known.
pub(crate) fn lists(stack: &Stack) -> impl Iterator<Item = List<'_>> {
    let reaches_a_pool = |pass: Pass<'_>| pass.pools().next().is_some();
    // A literal pass that leads nowhere is refused: that is its defect.
    let is_taken = |pass: &Pass<'_>| pass.is_variable() || pass.target(0).is_some();
    let is_php = move |pass: &Pass<'_>| {
        pass.family() == Family::Fastcgi && (pass.php_evidence().is_some() || reaches_a_pool(*pass))
    };
    stack.passes().filter(is_taken).filter(is_php).filter_map(List::of)
}

/// The lists that surely reach a script, one for each block: without a method PHP runs none.
pub(crate) fn script_lists(stack: &Stack) -> impl Iterator<Item = List<'_>> {
    let mut seen = HashSet::new();
    lists(stack)
        .filter(|list| list.get("REQUEST_METHOD").is_some())
        .filter(move |list| seen.insert(list.pass.scope().id()))
}

/// Whether a `fastcgi_param` sets `name`.
fn is_called(line: &Directive<'_>, name: &str) -> bool {
    line.arg(0).is_some_and(|arg| *arg.value == *name.as_bytes())
}

impl<'a> List<'a> {
    /// `None` where an include was not read that may bring parameters.
    fn of(pass: Pass<'a>) -> Option<Self> {
        let params = pass.params();
        params.is_whole().then(|| Self { pass, scope: params.scope(), params })
    }

    /// The lines, in reading order.
    pub(crate) fn lines(&self) -> impl ExactSizeIterator<Item = Directive<'a>> {
        self.params.lines()
    }

    /// The lines that pass `name`, in reading order.
    pub(crate) fn all(&self, name: &str) -> impl DoubleEndedIterator<Item = Directive<'a>> {
        self.params.all(name)
    }

    /// The line that passes `name`; the last one counts.
    pub(crate) fn get(&self, name: &str) -> Option<Directive<'a>> {
        self.params.get(name)
    }

    /// The line of an outer level that would pass `name` if this list did not replace it.
    pub(crate) fn hidden(&self, name: &str) -> Option<Directive<'a>> {
        let outer = self.scope.parent().filter(|_| self.lines().len() > 0)?.effective("fastcgi_param")?;
        outer.directives.into_iter().rev().find(|line| is_called(line, name))
    }

    /// The first line of the list, where it stands in the file of the block itself and not in an include.
    pub(crate) fn written_here(&self) -> Option<Directive<'a>> {
        let file = self.scope.opener()?.span().file;
        self.lines().find(|line| line.file() == file)
    }

    /// A finding about this list, less sure where a stock file was read for one that the tree lacks.
    pub(crate) fn assumed(&self, stack: &Stack, finding: Finding) -> Finding {
        if !self.is_assumed(stack) {
            return finding;
        }
        let note =
            "the tree lacks an included file: the one that nginx's packages bring was read in its place";
        finding.level(Level::Warning).confidence(Confidence::Medium).note(note)
    }

    /// Whether a stock file stands in for one that the tree lacks.
    fn is_assumed(&self, stack: &Stack) -> bool {
        let is_stock = |line: Directive<'_>| {
            stack.sources.get(line.file()).is_some_and(|source| source.origin == Origin::Stock)
        };
        self.lines().any(is_stock)
    }
}
