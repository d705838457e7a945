//! Uploads that PHP runs.

use gatelint_lint::{Finding, Findings, Level, Rule, Stack};
use gatelint_model::Address;
use gatelint_model::nginx::{ContextKind, Pass};
use rustc_hash::FxHashSet;

use crate::edit::{self, Mend};
use crate::pool::served::served;
use crate::say::{clip, passed_requests};

pub(crate) const RULE: Rule = Rule {
    name: "uncontrolled-php-execution",
    summary: "any file below the root can be run as PHP by a path behind its name",
    level: Level::Warning,
    covers: &["G3"],
    since: "0.1.0",
    page: include_str!("uncontrolled_php_execution.md"),
    check,
};

/// A picture with a script's name behind it.
const PROBE: &[u8] = b"/picture.jpg/x.php";

fn check(stack: &Stack, out: &mut Findings) {
    let mut said = FxHashSet::default();
    for way in served(stack).filter(|_| stack.world.is_one_machine()) {
        let limit = way.to.pool.get("security.limit_extensions");
        let Some(limit) = limit.filter(|limit| limit.text().is_some_and(|text| text.trim().is_empty()))
        else {
            continue;
        };
        let fixes = way.to.php(way.pass.php_params(), "cgi.fix_pathinfo").quantity() != Some(0);
        let is_here = match way.target.address {
            Address::Unix(_) => true,
            Address::Tcp(host, _) => host.is_loopback(),
        };
        let is_by_uri = way.pass.script().is_some_and(|script| script.is_by_uri);
        if !fixes || !is_here || !is_by_uri || !takes_any_file(way.pass) || !said.insert(limit.span) {
            continue;
        }
        let message = format!("pool `{}` runs files of any name", clip(&way.to.pool.name));
        out.push(
            Finding::new(&RULE, limit.at(), message)
                .label("`/picture.jpg/x.php` runs `picture.jpg`, which a visitor may have uploaded")
                .related(
                    way.pass.span(),
                    format!("{} come here whether the script is there or not", passed_requests(way.pass)),
                )
                .suggest("security.limit_extensions = .php", edit::value(stack, limit.span, ".php"))
                .help("in the location: try_files $fastcgi_script_name =404;"),
        );
    }
}

/// Whether a path behind a file's name comes to the pass, and nothing looks for the file first.
fn takes_any_file(pass: Pass<'_>) -> bool {
    let Some(location) = pass.location() else { return false };
    let is_tested = location.own("try_files").len() > 0
        || location.blocks_of(ContextKind::IfInLocation).filter_map(|block| block.opener()).any(
            |condition| condition.args().any(|arg| arg.text().contains("-f") || arg.text().contains("-e")),
        );
    let chosen = pass.server().map(|server| server.location_for(PROBE));
    !is_tested && chosen.and_then(|chosen| chosen.known().copied().flatten()) == Some(location)
}
