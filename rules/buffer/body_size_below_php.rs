//! nginx refuses bodies that PHP was set up to take.

use gatelint_lint::{Finding, Findings, Level, Prediction, Rule};
use gatelint_model::Stack;
use gatelint_model::fpm::{PhpOrigin, PhpSetting};
use gatelint_model::links::PoolRef;
use gatelint_model::nginx::{Directive, Family, Pass, PhpParams};
use gatelint_syntax::Span;

use crate::by_place::ByPlace;
use crate::edit::{self, Mend};
use crate::say;

pub(crate) const RULE: Rule = Rule {
    name: "body-size-below-php",
    summary: "`client_max_body_size` is below what PHP was raised to accept",
    level: Level::Warning,
    covers: &["E4"],
    since: "0.1.0",
    page: include_str!("body_size_below_php.md"),
    check,
};

/// nginx's default of `client_max_body_size`, in bytes.
const DEFAULT: u64 = 1 << 20;
/// PHP's default of `post_max_size`, in bytes.
const POST_DEFAULT: u64 = 8 << 20;
/// PHP's default of `upload_max_filesize`, in bytes.
const UPLOAD_DEFAULT: u64 = 2 << 20;

/// A limit of nginx below one of PHP.
struct Clash<'a> {
    pass: Pass<'a>,
    pool: &'a str,
    /// What PHP takes, in bytes.
    php: u64,
    /// The setting that was raised, and its name.
    raised: (&'static str, Span),
    /// What nginx takes, in bytes.
    limit: u64,
    by: Option<Directive<'a>>,
}

fn check(stack: &Stack, out: &mut Findings) {
    let mut clashes = ByPlace::default();
    for pass in stack.passes().filter(|pass| pass.family() == Family::Fastcgi) {
        let Some(limit) = pass.scope().size("client_max_body_size", DEFAULT) else { continue };
        if limit.value == 0 {
            continue;
        }
        let params = pass.php_params();
        for (_, reached) in pass.pools() {
            let Some((php, raised)) = raised_to(reached, params) else { continue };
            if limit.value >= php {
                continue;
            }
            let place = limit.by.map_or(raised.1, Directive::value_span);
            let pool = reached.pool.name.as_str();
            let clash = Clash { pass, pool, php, raised, limit: limit.value, by: limit.by };
            clashes.add(place, clash);
        }
    }
    out.extend(clashes.iter().map(|(clash, count)| report(clash, count)));
}

/// What a pool takes in one request of a pass, where somebody raised it above PHP's defaults: the body as a whole
/// (`post_max_size`), or a file in it where only that was raised. `None` where nobody did, or it is unlimited.
fn raised_to(reached: PoolRef<'_>, params: &PhpParams) -> Option<(u64, (&'static str, Span))> {
    let ask = |name| reached.php(params, name);
    let set = |setting: &PhpSetting, default: u64| {
        let value = u64::try_from(setting.quantity()?).ok()?;
        let span = match setting.origin {
            PhpOrigin::Default => return None,
            origin => origin.span()?,
        };
        (value > default).then_some((value, span))
    };
    let (post, upload) = (ask("post_max_size"), ask("upload_max_filesize"));
    if let Some((value, span)) = set(&post, POST_DEFAULT) {
        return Some((value, ("post_max_size", span)));
    }
    let (value, span) = set(&upload, UPLOAD_DEFAULT)?;
    let post = u64::try_from(post.quantity()?).ok()?;
    // A file cannot be larger than the body that it comes in; 0 is no limit.
    let value = if post == 0 { value } else { value.min(post) };
    Some((value, ("upload_max_filesize", span)))
}

fn report(clash: &Clash<'_>, count: usize) -> Finding {
    let (limit, php) = (say::size(clash.limit), say::size(clash.php));
    let (name, raised) = clash.raised;
    let requests = say::passed_requests(clash.pass);
    let message = format!("nginx takes request bodies of up to {limit} where PHP's `{name}` is {php}");
    let log = format!("client intended to send too large body: {} bytes", clash.limit + 1);
    let finding = match clash.by {
        Some(by) => Finding::new(&RULE, by.value_span(), message)
            .label(format!("{requests} with a larger body end as 413"))
            .related(raised, format!("pool `{}` would take {php}", say::clip(clash.pool))),
        None => Finding::new(&RULE, raised, message)
            .label(format!("never reached: {requests} with more than {limit} end as 413"))
            .related(
                clash.pass.span(),
                format!("no `client_max_body_size` is set here: the default is {limit}"),
            ),
    };
    let help = format!("client_max_body_size {php};");
    let edits = match (clash.by, clash.pass.server()) {
        (Some(by), _) => edit::statement(by, &help),
        (None, Some(server)) => edit::put(server, &help),
        (None, None) => Vec::new(),
    };
    let finding = finding.suggest(help, edits).predict(Prediction::answers(413, log));
    if count > 1 { finding.note(format!("{count} passes are affected")) } else { finding }
}
