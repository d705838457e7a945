//! Addresses that nginx loads and cannot use when a request comes.

use gatelint_lint::{Finding, Findings, Level, Prediction, Stack};
use gatelint_model::Address;
use gatelint_model::nginx::url::{self, UrlRules};
use gatelint_model::nginx::{Directive, Family, Pass, Scope, Target};

use super::invalid_pass_address::{RULE, clip_log, text};
use crate::edit::{self, Mend};
use crate::say::{clip, passed_requests};
use crate::words::is_template;

/// Values of a variable that nginx refuses when a request brings them.
pub(super) fn values(stack: &Stack, pass: Pass<'_>, out: &mut Findings) {
    if let Some(finding) = without_scheme(pass) {
        out.push(finding);
        return;
    }
    let is_sure = pass.scope().fold(text(pass).as_bytes()).known().is_some();
    let refused = pass.refused_values().map(|(log, by)| (log, by.map(Directive::span)));
    let urls = pass.urls();
    let is_whole = pass.scope().ancestors().all(Scope::is_whole);
    let without_port = urls.candidates().unwrap_or_default().iter().filter(|(url, _)| {
        is_whole && url.socket.is_none() && url.port.is_none() && stack.upstream(&url.host, false).is_none()
    });
    let without_port =
        without_port.map(|(url, span)| (format!("no port in upstream \"{}\"", url.host), Some(*span)));
    for (log, by) in refused.chain(without_port) {
        let value = log.split('"').nth(1).unwrap_or_default();
        // A bare word in a table may be a mark that an `if` asks for: `none`, `off`.
        if value.is_empty() || is_template(value) || !is_sure && !value.contains(['.', ':', '/']) {
            continue;
        }
        let what = log.split(" in ").next().unwrap_or_default();
        let at = by.unwrap_or(pass.span());
        let message = format!("nginx refuses the address `{}`: {what}", clip(value));
        let finding = Finding::new(&RULE, at, message)
            .label(format!("{} end as 500", passed_requests(pass)))
            .related(pass.span(), "used here")
            .predict(Prediction::answers(500, clip_log(&log)));
        out.push(if is_sure { finding } else { finding.level(Level::Warning) });
    }
}

/// A `proxy_pass` whose variable holds addresses alone: the scheme is missing in one place, the pass.
fn without_scheme(pass: Pass<'_>) -> Option<Finding> {
    let argument = text(pass);
    let is_bare = pass.family() == Family::Proxy
        && argument.starts_with('$')
        && pass.urls().candidates().is_none_or(<[_]>::is_empty);
    let is_address = |value: &str| {
        let rules = UrlRules { default_port: Some(80), uri_part: true };
        value.contains(['.', ':']) && !value.contains("//") && url::parse(value, rules).is_ok()
    };
    let refused: Vec<_> = pass.refused_values().collect();
    let values = refused.iter().map(|(log, _)| log.split('"').nth(1).unwrap_or_default());
    if !is_bare || !values.clone().all(|value| is_address(value) && !is_template(value)) {
        return None;
    }
    let (log, by) = refused.first()?;
    let message = format!("nginx refuses the address `{}`: invalid URL prefix", clip(values.clone().next()?));
    let mut finding = Finding::new(&RULE, pass.span(), message)
        .label(format!("{} end as 500", passed_requests(pass)))
        .suggest(
            format!("write `proxy_pass http://{argument};`"),
            edit::word(pass.span(), &format!("http://{argument}")),
        )
        .predict(Prediction::answers(500, clip_log(log)));
    if let Some(by) = by {
        finding = finding.related(by.span(), "the value comes from here, without a scheme");
    }
    Some(finding)
}

/// Socket paths with something glued to them.
pub(super) fn sockets(stack: &Stack, pass: Pass<'_>, out: &mut Findings) {
    // A FastCGI socket is matched against the pools, and said there.
    if pass.family() == Family::Fastcgi && stack.fpm.pools().next().is_some() {
        return;
    }
    let targets = pass.targets();
    let sockets = targets.iter().filter(|target| matches!(target.address, Address::Unix(_)));
    sockets.filter_map(|target| glued(pass, target)).for_each(|finding| out.push(finding));
}

fn glued(pass: Pass<'_>, target: &Target<'_>) -> Option<Finding> {
    let path = target.written.strip_prefix("unix:")?;
    let (why, errno, meant) = if let Some(at) = path.find(".sock/") {
        let (socket, uri) = path.split_at(at + ".sock".len());
        let takes_uri = pass.family() == Family::Proxy && target.server.is_none();
        let meant = if takes_uri { format!("{socket}:{uri}") } else { socket.to_owned() };
        ("what follows `.sock` belongs to the path", "20: Not a directory", meant)
    } else {
        ("the colon belongs to the path", "2: No such file or directory", path.strip_suffix(':')?.to_owned())
    };
    let log = format!("connect() to unix:{path} failed ({errno}) while connecting to upstream");
    let message = format!("`unix:{}` names no socket: {why}", clip(path));
    let finding = Finding::new(&RULE, target.span, message)
        .label(format!("{} end as 502", passed_requests(pass)))
        .suggest(
            format!("write `unix:{meant}`"),
            edit::within(pass.directive().stack(), target.span, target.written, &format!("unix:{meant}")),
        );
    Some(finding.predict(Prediction::answers(502, clip_log(&log))))
}
