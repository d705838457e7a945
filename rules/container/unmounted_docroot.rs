//! Scripts that nginx looks for in its own container, which has none of the code.

use gatelint_lint::{Finding, Findings, Level, Prediction, Rule, Stack};
use gatelint_model::compose::{Home, Service};
use gatelint_model::nginx::{Directive, Scope};
use gatelint_syntax::Span;

use super::{contents, differing_docroot, home};
use crate::params::list::lists;
use crate::say::{clip, passed_requests};

pub(crate) const RULE: Rule = Rule {
    name: "unmounted-docroot",
    summary: "`try_files` looks for the script in nginx's container, which does not have the code",
    level: Level::Warning,
    covers: &["H7"],
    since: "0.1.0",
    page: include_str!("unmounted_docroot.md"),
    check,
};

/// Where nginx's images have files of their own.
const OF_IMAGES: &[&str] = &["/usr", "/opt", "/etc", "/app"];

fn check(stack: &Stack, out: &mut Findings) {
    if stack.world.compose.projects.is_empty() {
        return;
    }
    for list in lists(stack) {
        let scope = list.pass.scope();
        let Some((tries, status)) = refusing(scope) else { continue };
        let Some((dir, root)) = differing_docroot::root_dir(scope) else { continue };
        let is_of_image = OF_IMAGES
            .iter()
            .any(|top| dir.strip_prefix(top).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')));
        if is_of_image {
            continue;
        }
        let lacks = |home: &Home<'_>| {
            let nginx = home.service;
            let is_known = nginx.is_nginx_alone() && !contents::may_make(nginx, &dir);
            (is_known && !contents::has(nginx, &dir)).then_some(())
        };
        let Some((home, ())) = home::first(stack, list.pass.directive(), lacks) else { continue };
        let requests = passed_requests(list.pass);
        out.push(finding(stack, &home, (tries, status), (&dir, root), &requests));
    }
}

/// The `try_files` of a location that answers with a status where the file of the request is not there.
fn refusing<'a>(scope: Scope<'a>) -> Option<(Directive<'a>, u16)> {
    let tries = scope.own("try_files").next_back()?;
    let args: Vec<_> = tries.args().collect();
    let (last, files) = args.split_last()?;
    let is_request =
        |value: &[u8]| matches!(value, b"$uri" | b"$fastcgi_script_name" | b"$uri/" | b"$document_uri");
    let status = std::str::from_utf8(last.value.strip_prefix(b"=")?).ok()?.parse().ok()?;
    (!files.is_empty() && files.iter().all(|file| is_request(&file.value))).then_some((tries, status))
}

fn finding(
    stack: &Stack,
    home: &Home<'_>,
    (tries, status): (Directive<'_>, u16),
    (dir, root): (&str, Span),
    requests: &str,
) -> Finding {
    let name = clip(&home.service.name.text);
    let finding =
        Finding::new(&RULE, tries.value_span(), format!("the container of `{name}` has no `{}`", clip(dir)))
            .label(format!("no script is found: {requests} end as {status}, and PHP is never asked"))
            .predict(Prediction::answers(status, ""))
            .related(root, "the files are looked for here")
            .related(home.service.name.span, "nginx runs here, and nothing is mounted there");
    let Some((mount, text)) = code(stack, home, dir) else {
        return finding.help("leave `try_files` out: PHP-FPM answers 404 for what is not there");
    };
    finding
        .related(mount, "PHP-FPM has the code from here")
        .help(format!("among the volumes of `{name}`: - {}", clip(&text)))
}

/// The mount by which the project's PHP-FPM has the directory, and how it is written.
fn code(stack: &Stack, home: &Home<'_>, dir: &str) -> Option<(Span, String)> {
    let php: &Service = home::php(home)?;
    let (mount, _) = php.mount_of(dir)?;
    let span = mount.span?;
    let text = String::from_utf8_lossy(stack.sources.text(span)).into_owned();
    let text = text.trim_matches(['"', '\'']).to_owned();
    text.contains(mount.target.as_str()).then_some((span, text))
}
