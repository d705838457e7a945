//! Status pages of pools that no request comes to.

use gatelint_lint::{Finding, Findings, Level, Rule, Stack};
use gatelint_model::Value;
use rustc_hash::FxHashSet;

use super::served::served;
use crate::say::clip;

pub(crate) const RULE: Rule = Rule {
    name: "unrouted-status-page",
    summary: "nginx passes the status page of a pool to nobody: monitoring reads 404",
    level: Level::Info,
    covers: &[],
    since: "0.1.0",
    page: include_str!("unrouted_status_page.md"),
    check,
};

/// The most servers that are asked for one path.
const MAX_SERVERS: usize = 256;

fn check(stack: &Stack, out: &mut Findings) {
    if !stack.nginx_roots().all(|root| root.is_whole()) {
        return;
    }
    let mut seen = FxHashSet::default();
    for way in served(stack) {
        let pool = way.to.pool;
        if !seen.insert(pool.header) || pool.status_listener.is_some() {
            continue;
        }
        for key in ["pm.status_path", "ping.path"] {
            let Some(setting) = pool.get(key) else { continue };
            let Some(path) = setting.text().filter(|path| path.starts_with('/')) else { continue };
            let mut servers = stack.servers().take(MAX_SERVERS + 1);
            // Whatever passes it on, or may do so.
            let takes = |location: Value<Option<gatelint_model::nginx::Scope<'_>>>| match location {
                Value::Known(Some(location)) => location.pass().is_some() || !location.is_whole(),
                Value::Known(None) => false,
                _ => true,
            };
            let is_taken = stack.servers().count() > MAX_SERVERS
                || servers.any(|server| !server.is_whole() || takes(server.location_for(path.as_bytes())));
            if !is_taken {
                let message = format!("no location of nginx passes `{}` to a pool", clip(&path));
                out.push(
                    Finding::new(&RULE, setting.at(), message)
                        .label("who asks nginx for it gets no answer of the pool")
                        .related(way.pass.span(), "scripts are passed, this path is not one")
                        .help(format!(
                            "location = {} {{ allow 127.0.0.1; deny all; include fastcgi.conf; fastcgi_pass ...; }}",
                            clip(&path)
                        )),
                );
            }
        }
    }
}
