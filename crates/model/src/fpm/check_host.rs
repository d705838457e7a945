//! What a pool asks of the machine: directories, log files, users and groups.

use std::path::Path;

use super::check::Refusals;
use super::{Explanation, Master, Pool, Refusal, Setting, Stage};
use crate::Files;
use crate::files::Kind;

/// Directories that must be there. Asked only where the tree shows the directory around one; unless the tree is
/// all there is, a missing one may still be made later.
pub(super) fn directories(
    master: &Master,
    pool: &Pool,
    files: &dyn Files,
    complete: bool,
    out: &mut Refusals<'_>,
) {
    let is_placed = master.is_main && master.layout.is_installed;
    if !complete && !is_placed {
        return;
    }
    let name = &pool.name;
    let missing = |path: &str| {
        let dir = Path::new(path);
        let around = dir.parent().filter(|parent| *parent != Path::new("/"));
        let is_shown = |parent: &Path| match complete {
            true => files.kind(parent) == Some(Kind::Directory),
            false => !files.list(parent).is_empty(),
        };
        around.is_some_and(is_shown) && files.kind(dir).is_none_or(|kind| kind == Kind::File)
    };
    let has_chroot = pool.settings.filled("chroot") != Some(None);
    for key in ["prefix", "chroot", "chdir"] {
        if key == "chdir" && has_chroot {
            continue;
        }
        let setting = pool.settings.filled(key).flatten();
        let Some((setting, text)) = setting.and_then(|setting| Some((setting, setting.text()?))) else {
            continue;
        };
        if text.contains("$prefix") {
            continue;
        }
        let Some(path) = master.complete_path(pool, &text).filter(|path| missing(path)) else { continue };
        let what = if key == "prefix" { "prefix".to_owned() } else { format!("{key} path") };
        let log = format!("[pool {name}] the {what} '{path}' does not exist or is not a directory");
        likely(setting, log, "there is no such directory", !complete, out);
        // Without its prefix the pool's other paths are not there either.
        return;
    }
}

/// Log files that php-fpm opens before it starts. A relative path starts at the prefix, and packages with the
/// prefix `/usr` bring no `/usr/log`.
pub(super) fn logs(master: &Master, pool: &Pool, files: &dyn Files, out: &mut Refusals<'_>) {
    if master.layout.prefix != Path::new("/usr") || pool.settings.filled("prefix") != Some(None) {
        return;
    }
    let is_missing = |path: &str| {
        Path::new(path).parent().is_some_and(|dir| dir.starts_with("/usr/log") && files.kind(dir).is_none())
    };
    let timeout = pool.get("request_slowlog_timeout").and_then(Setting::seconds);
    for (key, is_opened) in [("access.log", true), ("slowlog", timeout.is_some_and(|seconds| seconds != 0))] {
        let setting = pool.settings.filled(key).flatten().filter(|_| is_opened);
        let Some(setting) = setting else { continue };
        let Some(path) = setting.text().and_then(|text| master.complete_path(pool, &text)) else { continue };
        if !is_missing(&path) {
            continue;
        }
        let what = match key {
            "slowlog" => format!("Unable to create or open slowlog({path})"),
            _ => format!("failed to open access log ({path})"),
        };
        let log = format!("{what}: No such file or directory (2)");
        likely(setting, log, "it is relative to `/usr`, where no package makes a `log`", true, out);
    }
}

/// A value that is refused on this machine, or most likely is.
fn likely(setting: &Setting, log: String, reason: &str, is_likely: bool, out: &mut Refusals<'_>) {
    out.value(setting, log, reason);
    if let Some(refusal) = out.0.last_mut() {
        refusal.is_likely = is_likely;
    }
}

/// Users and groups, where the tree says which there are.
pub(super) fn accounts(master: &Master, files: &dyn Files, out: &mut Refusals<'_>) {
    let names = |path: &str| {
        let text = files.read(Path::new(path)).ok()?;
        let text = String::from_utf8_lossy(&text);
        let names: Vec<String> =
            text.lines().filter_map(|line| line.split_once(':').map(|(name, _)| name.to_owned())).collect();
        (!names.is_empty()).then_some(names)
    };
    let known = names("/etc/passwd").zip(names("/etc/group"));
    for pool in &master.pools {
        if let Some((users, groups)) = &known {
            owners(pool, users, groups, out);
        }
        let known = known.as_ref();
        listed(pool, "listen.acl_users", "uid", "user", known.map(|(users, _)| users), out);
        listed(pool, "listen.acl_groups", "gid", "group", known.map(|(_, groups)| groups), out);
    }
}

fn owners(pool: &Pool, users: &[String], groups: &[String], out: &mut Refusals<'_>) {
    let is_number = |name: &str| name.bytes().all(|byte| byte.is_ascii_digit());
    for (key, known, what, kind, tail) in [
        ("user", users, "uid", "user", ""),
        ("group", groups, "gid", "group", ""),
        ("listen.owner", users, "uid", "user", ": Success (0)"),
        ("listen.group", groups, "gid", "group", ": Success (0)"),
    ] {
        let setting = pool.settings.filled(key).flatten();
        let Some((setting, text)) = setting.and_then(|one| Some((one, one.text()?))) else { continue };
        if is_number(&text) || known.iter().any(|name| *name == text) {
            continue;
        }
        let log = format!("[pool {}] cannot get {what} for {kind} '{text}'{tail}", pool.name);
        out.test(setting.at(), log, Explanation::UnknownAccount { name: text.into_owned() }, Vec::new());
    }
}

/// The names of an ACL, looked up when the socket is made: no numbers, and a space belongs to the name.
fn listed(
    pool: &Pool,
    key: &str,
    what: &str,
    kind: &str,
    known: Option<&Vec<String>>,
    out: &mut Refusals<'_>,
) {
    let setting = pool.settings.filled(key).flatten();
    let Some((setting, text)) = setting.and_then(|one| Some((one, one.text()?))) else { return };
    let is_path =
        pool.get("listen").and_then(Setting::text).is_some_and(|text| super::listen::is_path(&text));
    let is_unknown =
        |name: &&str| name.contains(' ') || known.is_some_and(|known| !known.iter().any(|own| own == name));
    let mut names = text.split(',').filter(|name| !name.is_empty());
    if let Some(name) = names.find(is_unknown).filter(|_| is_path) {
        out.0.push(Refusal {
            stage: Stage::Start,
            at: None,
            primary: setting.at(),
            log: format!("[pool {}] cannot get {what} for {kind} '{name}': Success (0)", pool.name),
            explanation: Explanation::UnknownAccount { name: name.to_owned() },
            places: Vec::new(),
            is_likely: false,
        });
    }
}
