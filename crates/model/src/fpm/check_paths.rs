//! Paths of a configuration: those of requests, and those that are refused whatever machine they are for.

use super::check::Refusals;
use super::{Master, Pool, Setting};
use crate::Files;
use crate::files::Kind;

/// `pm.status_path` and `ping.path`.
pub(super) fn requests(pool: &Pool, out: &mut Refusals<'_>) {
    let name = &pool.name;
    let has_status_listen = pool.get("pm.status_listen").is_some();
    for (key, title, may_be_short) in
        [("pm.status_path", "status", has_status_listen), ("ping.path", "ping", false)]
    {
        let setting = pool.settings.filled(key).flatten();
        let Some((setting, path)) = setting.and_then(|setting| Some((setting, setting.text()?))) else {
            continue;
        };
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"/-_.~".contains(&byte);
        let problem = if !path.starts_with('/') {
            Some(("must start with a '/'", "it does not start with `/`"))
        } else if path.len() < 2 && !may_be_short {
            Some(("is not long enough", "it is too short"))
        } else if !path.bytes().all(allowed) {
            let text = "must contain only the following characters '[alphanum]/_-.~'";
            Some((text, "only letters, digits and `/_-.~` may stand in it"))
        } else {
            None
        };
        if let Some((text, reason)) = problem {
            out.value(setting, format!("[pool {name}] the {title} path '{path}' {text}"), reason);
        }
    }
    let ping = pool.settings.filled("ping.path").flatten();
    let response =
        pool.get("ping.response").filter(|setting| setting.value.as_ref().is_some_and(Vec::is_empty));
    if let (Some(_), Some(setting)) = (ping, response) {
        let log = format!("[pool {name}] the ping response page '' is not long enough");
        out.value(setting, log, "it is empty");
    }
}

/// A `$prefix` that php-fpm does not replace.
pub(super) fn chroot(pool: &Pool, out: &mut Refusals<'_>) {
    let Some(setting) = pool.settings.filled("chroot").flatten() else { return };
    if setting.text().is_some_and(|text| text.find("$prefix").is_some_and(|at| at > 0)) {
        let log = "'$prefix' must be use at the beginning of the value".to_owned();
        out.value(setting, log, "`$prefix` does not stand at its start");
    }
}

/// The pool that `pm.status_listen` makes, where that is empty: it comes after all others.
pub(super) fn status_listen(master: &Master, out: &mut Refusals<'_>) {
    for pool in &master.pools {
        if let Some(setting) = pool.get("pm.status_listen").filter(|setting| is_empty(setting)) {
            let log = format!("[pool {}_status] no listen address have been defined!", pool.name);
            out.value(setting, log, "it is empty");
        }
    }
}

/// An `error_log` that is a directory; a relative one starts at the directory of the state.
pub(super) fn error_log(master: &Master, files: &dyn Files, out: &mut Refusals<'_>) {
    let Some((setting, text)) = master.global.get("error_log").and_then(|one| Some((one, one.text()?)))
    else {
        return;
    };
    let path = match text.starts_with('/') {
        true => text.into_owned(),
        false => format!("{}/{text}", master.layout.state.to_string_lossy().trim_end_matches('/')),
    };
    if is_directory(&path, files) {
        let log = format!("failed to open error_log ({path}): Is a directory (21)");
        out.value(setting, log, "it is a directory");
    }
}

/// Every `access.log` that is empty or a directory.
pub(super) fn access_log(master: &Master, files: &dyn Files, out: &mut Refusals<'_>) {
    for pool in &master.pools {
        let Some(setting) = pool.get("access.log") else { continue };
        if is_empty(setting) {
            let log = "failed to open access log (): No such file or directory (2)".to_owned();
            out.value(setting, log, "it is empty");
            continue;
        }
        let path = setting.text().and_then(|text| master.complete_path(pool, &text));
        if let Some(path) = path.filter(|path| is_directory(path, files)) {
            let log = format!("failed to open access log ({path}): Is a directory (21)");
            out.value(setting, log, "it is a directory");
        }
    }
}

fn is_empty(setting: &Setting) -> bool {
    setting.value.as_ref().is_some_and(Vec::is_empty)
}

/// Whether the tree shows a directory, or the name can be nothing else.
fn is_directory(path: &str, files: &dyn Files) -> bool {
    path.ends_with('/') || files.kind(path.as_ref()) == Some(Kind::Directory)
}
