//! Forms that PHP takes and has no memory for.

use gatelint_lint::{Confidence, Finding, Findings, Level, Prediction, Rule};
use gatelint_model::Stack;
use gatelint_model::nginx::Family;

use crate::by_place::ByPlace;
use crate::say;

pub(crate) const RULE: Rule = Rule {
    name: "form-above-memory-limit",
    summary: "PHP takes larger forms than its `memory_limit` lets it hold",
    level: Level::Info,
    covers: &["E5"],
    since: "0.1.0",
    page: include_str!("form_above_memory_limit.md"),
    check,
};

/// PHP gives up before its answer has a header.
const RECORD: &str = "upstream sent unexpected FastCGI record: 3 while reading response header from upstream";

fn check(stack: &Stack, out: &mut Findings) {
    let mut found = ByPlace::default();
    let passes = stack.passes().filter(|pass| pass.family() == Family::Fastcgi);
    for pass in passes {
        let params = pass.php_params();
        for (_, reached) in pass.pools() {
            let (post, memory) = (reached.php(params, "post_max_size"), reached.php(params, "memory_limit"));
            let bytes = |quantity: Option<i64>| u64::try_from(quantity?).ok().filter(|bytes| *bytes > 0);
            let (Some(at), Some(size), Some(limit)) =
                (post.origin.span(), bytes(post.quantity()), bytes(memory.quantity()))
            else {
                continue;
            };
            if size > limit {
                found.add(at, (at, size, limit, memory.origin.span(), pass));
            }
        }
    }
    out.extend(found.iter().map(|((at, size, limit, memory, pass), _)| {
        let (size, shown) = (say::size(*size), say::size(*limit));
        let finding =
            Finding::new(&RULE, *at, format!("`post_max_size` is {size}, and `memory_limit` {shown}"))
                .confidence(Confidence::Medium)
                .label(format!(
                    "{} with so large a form end as 502: its fields are held in memory",
                    say::passed_requests(*pass)
                ))
                .note("files of an upload are not: PHP writes them to its disk")
                .predict(Prediction::answers(502, RECORD));
        match memory {
            Some(memory) => finding.related(*memory, "the limit"),
            None => finding.note(format!("`memory_limit` is {shown} by default")),
        }
    }));
}
