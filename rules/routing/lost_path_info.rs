//! Path info that does not reach the script.

use gatelint_lint::{Finding, Findings, Level, Prediction, Rule, Stack};

use super::unsplit_path_info::takes_path_info;
use crate::edit::{self, Mend};
use crate::params::list::{List, script_lists};
use crate::say::passed_requests;

/// The rule.
pub(crate) const RULE: Rule = Rule {
    name: "lost-path-info",
    summary: "a location takes `/x.php/y`, and its `try_files` keeps the path info from the script",
    level: Level::Info,
    covers: &["H13"],
    since: "0.1.0",
    page: include_str!("lost_path_info.md"),
    check,
};

fn check(stack: &Stack, out: &mut Findings) {
    out.extend(script_lists(stack).filter_map(|list| finding(&list)));
}

fn finding(list: &List<'_>) -> Option<Finding> {
    let location = list.pass.location().filter(|location| location.is_whole_to_server())?;
    let tries = location.own("try_files").next_back()?;
    let args: Vec<_> = tries.args().map(|arg| arg.value.into_owned()).collect();
    let [tested, fallback] = args.as_slice() else { return None };
    if fallback != b"=404" || !takes_path_info(location) {
        return None;
    }
    let at = tries.span();
    match tested.as_slice() {
        b"$uri" | b"$document_root$uri" => Some(
            Finding::new(&RULE, at, "the URI is tested with its path info, and no file is called so")
                .label(format!("{} that go on behind `.php` end as 404", passed_requests(list.pass)))
                .predict(Prediction::answers(404, ""))
                .suggest(
                    "with `fastcgi_split_path_info` in place: `try_files $fastcgi_script_name =404;`",
                    match location.effective("fastcgi_split_path_info") {
                        Some(_) => edit::statement(tries, "try_files $fastcgi_script_name =404"),
                        None => Vec::new(),
                    },
                ),
        ),
        b"$fastcgi_script_name" => {
            let info = list.get("PATH_INFO")?;
            let is_direct = info.arg(1).is_some_and(|arg| *arg.value == *b"$fastcgi_path_info");
            is_direct.then(|| {
                Finding::new(&RULE, info.span(), "`$fastcgi_path_info` is empty when it is passed")
                    .label("scripts get no `PATH_INFO`, and nothing is logged")
                    .related(at, "sets the URI to the script's name, which is split again")
                    .help("`set $path_info $fastcgi_path_info;` behind `try_files`, and pass `$path_info`")
            })
        }
        _ => None,
    }
}
