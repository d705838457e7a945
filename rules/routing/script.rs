//! What `SCRIPT_FILENAME` is made of.

use gatelint_model::nginx::{Directive, Scope};

use crate::log;

/// What nginx logs where a script of this location is not there: nothing, where it looks for it itself.
pub(crate) fn not_found_log(location: Scope<'_>) -> &'static str {
    let last = location.own("try_files").next_back().and_then(|tries| tries.args().last());
    if last.is_some_and(|last| *last.value == *b"=404") { "" } else { log::NO_SCRIPT }
}

/// The value of a `fastcgi_param`, with names of variables in one spelling.
pub(crate) fn value(line: Directive<'_>) -> Option<Vec<u8>> {
    let value = line.arg(1)?.value;
    let mut out = Vec::with_capacity(value.len());
    for part in gatelint_model::nginx::parts(&value) {
        match part {
            gatelint_model::nginx::Part::Literal(text) => out.extend_from_slice(text),
            gatelint_model::nginx::Part::Variable(name) => {
                out.push(b'$');
                out.extend_from_slice(name);
            }
        }
    }
    Some(out)
}

/// What stands before the script's name where the value is a directory and the name of the requested script.
pub(crate) fn directory(value: &[u8]) -> Option<&[u8]> {
    let names: [&[u8]; 3] = [b"$fastcgi_script_name", b"$uri", b"$document_uri"];
    names.iter().find_map(|name| value.strip_suffix(*name))
}

/// Whether the location takes files by their ending, and so the script that a request names.
pub(crate) fn takes_scripts(location: Scope<'_>) -> bool {
    location.location_match().is_some_and(|way| way.is_regex())
        && location.location_takes(b"/index.php") != Some(false)
}
