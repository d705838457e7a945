//! Buffers of which a few requests take a machine's memory.

use gatelint_lint::{Confidence, Finding, Findings, Level, Rule};
use gatelint_model::Stack;
use gatelint_model::nginx::{Family, number};

use crate::edit::{self, Mend};
use crate::limit::workers::{main_of, passed_at_once};
use crate::say;
use crate::setting::settings;

pub(crate) const RULE: Rule = Rule {
    name: "heavy-buffers",
    summary: "one request may take many megabytes of nginx's memory",
    level: Level::Warning,
    covers: &["E3"],
    since: "0.1.0",
    page: include_str!("heavy_buffers.md"),
    check,
};

fn check(stack: &Stack, out: &mut Findings) {
    let limits = out.thresholds();
    for setting in settings(stack, "buffers").iter().filter(|setting| setting.family != Family::Grpc) {
        let Some((by, pass)) = setting.uses.first() else { continue };
        let args: Vec<_> = by.args().collect();
        let [count, size] = args.as_slice() else { continue };
        let (Some(count), Some(size)) = (number::integer(&count.value), number::size(&size.value)) else {
            continue;
        };
        let all = count.saturating_mul(size);
        if all <= limits.buffers_per_request_max.bytes {
            continue;
        }
        let prefix = setting.family.prefix();
        let message = format!("one request may take {} of memory for its response", say::size(all));
        let finding = Finding::new(&RULE, by.span(), message)
            .level(if all >= limits.buffers_per_request_extreme.bytes { Level::Warning } else { Level::Info })
            .confidence(Confidence::Medium)
            .label(format!("{count} buffers of {}, filled while the client is slower than the upstream", say::size(size)))
            .related(pass.span(), setting.requests())
            .note("what does not fit goes to a file: more buffers mend no 502, only `*_buffer_size` takes the header")
            .suggest(
                format!("{prefix}_buffers 16 16k;"),
                edit::statement(*by, format!("{prefix}_buffers 16 16k")),
            );
        let sends = main_of(pass.scope()).and_then(|main| passed_at_once(stack, main));
        out.push(match sends.zip(stack.host.memory) {
            // All of what nginx may pass on at once, where that is a good part of the machine.
            Some(((requests, by), memory)) if requests.saturating_mul(all) > memory / 2 => {
                let text = format!(
                    "{requests} requests at once may take {} MB, and the machine has {} MB",
                    requests.saturating_mul(all) >> 20,
                    memory >> 20
                );
                finding.related(by.value_span(), text)
            }
            _ => finding,
        });
    }
}
