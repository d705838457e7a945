//! Scripts that nginx names by a path which PHP's container lacks.

use gatelint_lint::{Finding, Findings, Level, Prediction, Rule, Stack};
use gatelint_model::compose::{Home, Image, Service};
use gatelint_model::nginx::{Directive, Scope};
use gatelint_model::{Address, HostName};
use gatelint_syntax::Span;

use super::{contents, home};
use crate::params::list::{List, lists};
use crate::say::{clip, passed_requests};

pub(crate) const RULE: Rule = Rule {
    name: "differing-docroot",
    summary: "nginx asks for scripts below a directory that PHP-FPM's container does not have",
    level: Level::Error,
    covers: &["H7"],
    since: "0.1.0",
    page: include_str!("differing_docroot.md"),
    check,
};

const LOG: &str =
    "FastCGI sent in stderr: \"Primary script unknown\" while reading response header from upstream";

fn check(stack: &Stack, out: &mut Findings) {
    if stack.world.compose.projects.is_empty() {
        return;
    }
    for list in lists(stack) {
        let Some((dir, span)) = script_dir(&list) else { continue };
        let found = home::first(stack, list.pass.directive(), |home| lacks(home, &list, &dir));
        out.extend(found.map(|(home, php)| finding(&home, &list, php, &dir, span)));
    }
}

/// The directory below which scripts are asked for, and where it is written.
fn script_dir(list: &List<'_>) -> Option<(String, Span)> {
    let script = list.get("SCRIPT_FILENAME")?;
    let value = script.arg(1)?;
    let text = value.text().into_owned();
    if text.starts_with('/') {
        let dir = text.split('$').next()?.trim_end_matches('/');
        return (text.contains("$fastcgi_script_name") && dir.len() > 1)
            .then(|| (dir.to_owned(), value.span));
    }
    let is_root = ["$document_root", "$realpath_root"].iter().any(|name| text.starts_with(name));
    if is_root { root_dir(list.pass.scope()) } else { None }
}

/// The document root of a block, where one `root` says it without variables.
pub(super) fn root_dir(scope: Scope<'_>) -> Option<(String, Span)> {
    let has_alias = scope.ancestors().any(|scope| scope.own("alias").next().is_some());
    let root = scope.effective_last("root").filter(|_| !has_alias)?;
    let dir = root.arg(0)?;
    let path = dir.text().trim_end_matches('/').to_owned();
    let is_plain = path.len() > 1 && path.starts_with('/') && !path.contains(['$', '{']);
    is_plain.then_some((path, Directive::value_span(root)))
}

/// The service that the pass leads to, where it surely lacks the directory.
fn lacks<'a>(home: &Home<'a>, list: &List<'_>, dir: &str) -> Option<&'a Service> {
    let targets = list.pass.targets();
    let [target] = targets.as_slice() else { return None };
    let Address::Tcp(HostName::Name(name), _) = target.address else { return None };
    let php = home::only(home, name)?;
    let is_known =
        php.image.as_ref().is_some_and(|image| image_lacks(image, dir)) && !contents::may_make(php, dir);
    (is_known && !php.mounts.is_empty() && !contents::has(php, dir)).then_some(php)
}

/// Whether nothing of the image itself is there: applications that are made from PHP's image are in `/var/www`.
fn image_lacks(image: &Image, dir: &str) -> bool {
    const OF_APPLICATIONS: &[&str] = &["/var", "/usr/src", "/opt", "/tmp", "/data", "/config"];
    let is_below =
        |top: &&&str| dir.strip_prefix(**top).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    image.is_bare_php() || image.is_official_fpm() && !OF_APPLICATIONS.iter().any(|top| is_below(&top))
}

fn finding(home: &Home<'_>, list: &List<'_>, php: &Service, dir: &str, span: Span) -> Finding {
    let name = clip(&php.name.text);
    let message = format!("the container of `{name}` has no `{}`", clip(dir));
    let mut finding = Finding::new(&RULE, span, message)
        .label(format!("{} end as 404", passed_requests(list.pass)))
        .predict(Prediction::answers(404, LOG))
        .related(php.name.span, "PHP-FPM runs here, and nothing is mounted there");
    let Some((own, rest)) = home.service.mount_of(dir) else { return finding };
    if let Some(span) = own.span {
        finding = finding.related(span, format!("`{}` has it from here", clip(&home.service.name.text)));
    }
    if let Some(same) = php.mounts.iter().find(|mount| mount.key == own.key) {
        let there = clip(&format!("{}{rest}", same.target));
        if let Some(span) = same.span {
            finding = finding.related(span, format!("for PHP-FPM it is `{there}`"));
        }
        finding = finding.help(format!("fastcgi_param SCRIPT_FILENAME {there}$fastcgi_script_name;"));
    }
    finding
}
