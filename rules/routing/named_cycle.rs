//! Named locations whose `try_files` lead round in a circle.

use gatelint_lint::{Finding, Prediction, Stack};
use gatelint_model::nginx::{ContextKind, Directive, Match, Scope, has_variables};

use super::internal_redirect_cycle::RULE;
use crate::say::{clip, requests};

/// The longest way that is followed: `ngx_http_named_location()` gives up after ten.
const MAX_STEPS: usize = 10;

/// The finding for the `try_files` of a named location that a request comes to again.
pub(super) fn find(stack: &Stack, tries: Directive<'_>) -> Option<Finding> {
    let first = tries.scope();
    name(first)?;
    let mut by = tries;
    for step in 0..MAX_STEPS {
        let next = next(stack, by)?;
        if next == first {
            return Some(finding(tries, (step > 0).then_some(by)));
        }
        by = next.own("try_files").last()?;
        // The first of a circle tells it.
        if by.id() < tries.id() {
            return None;
        }
    }
    None
}

fn name(location: Scope<'_>) -> Option<Vec<u8>> {
    match location.location_match()? {
        Match::Named(name) => Some(name.clone()),
        _ => None,
    }
}

/// The named location that every request comes to which is no file.
fn next<'a>(stack: &'a Stack, tries: Directive<'a>) -> Option<Scope<'a>> {
    let location = tries.scope();
    let acts = ["rewrite", "return"].iter().any(|name| location.own(name).len() > 0)
        || location.blocks_of(ContextKind::IfInLocation).next().is_some();
    let args: Vec<_> = tries.args().collect();
    let (last, tested) = args.split_last()?;
    // A file that is named may be there; one that the request names is none for most requests.
    let is_missed = tested
        .iter()
        .all(|arg| has_variables(&arg.value) || stack.has_file(location, &arg.value) == Some(false));
    if acts || !is_missed || !last.value.starts_with(b"@") || !location.is_whole_to_server() {
        return None;
    }
    let server = location.enclosing(ContextKind::Server)?;
    server.blocks_of(ContextKind::Location).find(|other| name(*other).as_deref() == Some(&*last.value))
}

fn finding(tries: Directive<'_>, back: Option<Directive<'_>>) -> Finding {
    let target = tries.args().last().map(|last| clip(&last.text())).unwrap_or_default();
    let at = tries.args().last().map_or_else(|| tries.span(), |last| last.span);
    let message = match back {
        Some(_) => format!("`{target}` leads back to this `try_files`"),
        None => format!("`{target}` is this location itself"),
    };
    // Which of the names it is when nginx gives up depends on where the request began.
    let log = "rewrite or internal redirection cycle while redirect to named location";
    let finding = Finding::new(&RULE, at, message)
        .label(format!("{} that are no file end as 500", requests(tries.scope())))
        .predict(Prediction::answers(500, log))
        .help("end one of them with `=404`, or with the application");
    match back {
        Some(back) => finding.related(back.span(), "leads back"),
        None => finding,
    }
}
