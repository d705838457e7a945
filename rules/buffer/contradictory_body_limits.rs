//! Bodies that nginx and `upload_max_filesize` allow and `post_max_size` does not: the script gets nothing.

use gatelint_lint::{Finding, Findings, Level, Prediction, Rule};
use gatelint_model::Stack;
use gatelint_model::fpm::{PhpOrigin, PhpSetting};
use gatelint_model::links::PoolRef;
use gatelint_model::nginx::{Directive, Family, Pass};
use gatelint_syntax::Span;

use crate::by_place::ByPlace;
use crate::edit::{self, Mend};
use crate::say;

pub(crate) const RULE: Rule = Rule {
    name: "contradictory-body-limits",
    summary: "PHP's `post_max_size` is below the uploads that are allowed: the script gets an empty form",
    level: Level::Warning,
    covers: &["E5", "E10"],
    since: "0.1.0",
    page: include_str!("contradictory_body_limits.md"),
    check,
};

/// nginx's default of `client_max_body_size`, in bytes.
const DEFAULT: u64 = 1 << 20;
/// How far nginx's limit may lie above PHP's: headers of a form's parts take some of it.
const SLACK: (u64, u64) = (3, 2);

/// A `post_max_size` below another limit.
struct Clash<'a> {
    pass: Pass<'a>,
    pool: &'a str,
    /// `post_max_size` in bytes, and where it is set.
    post: u64,
    post_at: Option<Span>,
    post_by: PhpOrigin,
    /// The limit that is above it, in bytes, its name and place.
    above: u64,
    name: &'static str,
    at: Span,
    /// What nginx takes, in bytes; 0 is all.
    limit: u64,
    level: Level,
}

impl Clash<'_> {
    fn place(&self) -> Span {
        self.post_at.unwrap_or(self.at)
    }
}

fn check(stack: &Stack, out: &mut Findings) {
    let mut clashes = ByPlace::default();
    let passes = stack.passes().filter(|pass| pass.family() == Family::Fastcgi);
    for pass in passes {
        let Some(limit) = pass.scope().size("client_max_body_size", DEFAULT) else { continue };
        let params = pass.php_params();
        for (_, reached) in pass.pools() {
            let post = reached.php(params, "post_max_size");
            let upload = reached.php(params, "upload_max_filesize");
            let clash = clash(stack, pass, reached, (limit.value, limit.by), [&post, &upload]);
            if let Some(clash) = clash {
                clashes.add(clash.place(), clash);
            }
        }
    }
    out.extend(clashes.iter().map(|(clash, count)| finding(clash, count)));
}

fn clash<'a>(
    stack: &Stack,
    pass: Pass<'a>,
    reached: PoolRef<'a>,
    (limit, by): (u64, Option<Directive<'a>>),
    [post, upload]: [&PhpSetting; 2],
) -> Option<Clash<'a>> {
    let bytes = |setting: &PhpSetting| u64::try_from(setting.quantity()?).ok();
    let (post_at, post_bytes) = (post.origin.span(), bytes(post).filter(|post| *post > 0)?);
    let clash = |above, name, at, level| Clash {
        pass,
        pool: &reached.pool.name,
        post: post_bytes,
        post_at,
        post_by: post.origin,
        above,
        name,
        at,
        limit,
        level,
    };
    let upload_bytes = bytes(upload)?;
    // A default of PHP is no wish for files of that size.
    if let Some(at) = upload.origin.span().filter(|_| upload_bytes > post_bytes) {
        return Some(clash(upload_bytes, "upload_max_filesize", at, Level::Warning));
    }
    let by = by?;
    let is_above = limit / SLACK.0 > post_bytes / SLACK.1;
    // What PHP's own default is worth is a guess without its php.ini.
    let is_known = reached.master.has_php_ini() || post.origin != PhpOrigin::Default;
    // A limit of all of http may be meant for something else.
    let is_meant = by.scope().enclosing(gatelint_model::nginx::ContextKind::Server).is_some()
        || stack.passes().all(|pass| pass.family() == Family::Fastcgi);
    let level = if is_known && is_meant { Level::Warning } else { Level::Info };
    is_above.then(|| clash(limit, "client_max_body_size", by.value_span(), level))
}

fn finding(clash: &Clash<'_>, count: usize) -> Finding {
    let (post, above, name) = (say::size(clash.post), say::size(clash.above), clash.name);
    let message = format!("`{name}` is {above}, and PHP's `post_max_size` {post}");
    let requests = say::passed_requests(clash.pass);
    let pool = say::clip(clash.pool);
    let what = format!("larger forms reach the scripts of pool `{pool}` empty");
    let finding = Finding::new(&RULE, clash.place(), message).level(clash.level).label(match clash.post_at {
        Some(_) => what,
        None => format!("{what}: `post_max_size` is {post} by default"),
    });
    let finding = match clash.post_at {
        Some(at) if at != clash.at => finding.related(clash.at, format!("allows {above}")),
        _ => finding,
    };
    let finding = finding.related(clash.pass.span(), requests).suggest(
        format!("post_max_size = {}", to_ini(clash.above)),
        edit::php(clash.pass.directive().stack(), clash.post_by, &to_ini(clash.above)),
    );
    // Where nginx takes less than PHP, its own limit is the first to be met.
    let is_refused = clash.limit != 0 && clash.limit <= clash.post;
    let finding = finding.predict(if is_refused {
        Prediction::answers(413, format!("client intended to send too large body: {} bytes", clash.limit + 1))
    } else {
        let (size, post) = (clash.post + 1, clash.post);
        let log = format!(
            "PHP Request Startup: POST Content-Length of {size} bytes exceeds the limit of {post} bytes"
        );
        Prediction::answers(200, log)
    });
    if count > 1 { finding.note(format!("{count} passes are affected")) } else { finding }
}

/// A size as php.ini writes it.
fn to_ini(bytes: u64) -> String {
    say::size(bytes).to_ascii_uppercase()
}
