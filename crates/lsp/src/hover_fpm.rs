//! What a key of a pool is, and which value holds.

use gatelint_catalog::{fpm, php};
use gatelint_model::fpm::{Master, PhpOrigin, Pool, Setting, Settings};
use gatelint_report::clean;
use gatelint_syntax::TextRange;

use crate::here::Here;

/// A setting under the cursor, and the section that it stands in.
struct Found<'a> {
    master: &'a Master,
    pool: Option<&'a Pool>,
    setting: &'a Setting,
}

pub(crate) fn hover(here: &Here<'_>) -> Option<(String, TextRange)> {
    let found = find(here)?;
    let setting = found.setting;
    let name = setting.key.name;
    let mut out = match &setting.index {
        Some(index) => php_setting(here, &found, index),
        None => {
            let section =
                found.pool.map_or("[global]".to_owned(), |pool| format!("pool `{}`", tidy(&pool.name)));
            let mut out = format!("**{name}** of {section}\n\n{}", described(setting.key));
            let settings = found.pool.map_or(&found.master.global, |pool| &pool.settings);
            out.push_str(&in_force(here, settings, name));
            out
        }
    };
    if name == "listen"
        && let Some(listener) = found.pool.and_then(|pool| pool.listener.as_ref())
    {
        let own = listener.span;
        let targets = here.stack.written_passes().flat_map(|pass| pass.targets());
        let reaches = |pool: &gatelint_model::links::PoolRef<'_>| {
            pool.pool.listener.as_ref().is_some_and(|listener| listener.span == own)
        };
        let users =
            targets.filter(|target| here.stack.pools_behind(target.address).pools().iter().any(reaches));
        let mut spans: Vec<_> = users.map(|target| target.span).collect();
        spans.sort_unstable();
        spans.dedup();
        out.push_str(&format!("\n\nreached from {} lines of nginx's configuration", spans.len()));
        for span in spans.iter().take(4) {
            out.push_str(&format!("\n- `{}` at {}", here.said(*span), here.shown(*span)));
        }
    }
    Some((out, setting.key_span.range()))
}

fn tidy(text: &str) -> String {
    clean(text).replace('`', "'")
}

fn find<'a>(here: &Here<'a>) -> Option<Found<'a>> {
    let is_here = |setting: &&Setting| {
        setting.span.file == here.file && setting.span.start <= here.offset && here.offset <= setting.span.end
    };
    for master in &here.stack.fpm.masters {
        if let Some(setting) = master.global.all.iter().find(is_here) {
            return Some(Found { master, pool: None, setting });
        }
        for pool in &master.pools {
            if let Some(setting) = pool.settings.all.iter().find(is_here) {
                return Some(Found { master, pool: Some(pool), setting });
            }
        }
    }
    None
}

/// What the catalogue says of a key.
pub(crate) fn described(key: &fpm::Key) -> String {
    let kind = match key.kind {
        fpm::Kind::Text => "text",
        fpm::Kind::Integer => "a whole number",
        fpm::Kind::IntegerOrUnlimited => "a whole number, or `unlimited`",
        fpm::Kind::Time => "a time in seconds, or with `s`, `m`, `h` or `d`",
        fpm::Kind::Boolean => "`yes` or `no`",
        fpm::Kind::Choice => "one of the words",
    };
    let mut out = kind.to_owned();
    if !key.values.is_empty() {
        out.push_str(&format!(" `{}`", key.values.join("`, `")));
    }
    out.push_str(&format!("; since PHP {}.{}", key.since.0, key.since.1));
    out.push_str(&match key.default {
        Some(default) => format!("\n\ndefault: `{default}`"),
        None => "\n\nno default".to_owned(),
    });
    out
}

/// The entry that counts, and those that it replaces.
fn in_force(here: &Here<'_>, settings: &Settings, name: &str) -> String {
    let Some(last) = settings.get(name) else { return String::new() };
    let value =
        last.text().map_or("what the environment says".to_owned(), |value| format!("`{}`", tidy(&value)));
    let mut out = format!("\n\n**in effect here**: {value} from {}", here.shown(last.span));
    for earlier in settings.overridden(name).take(4) {
        out.push_str(&format!("\n- replaces `{}` at {}", here.said(earlier.span), here.shown(earlier.span)));
    }
    out
}

/// A setting of PHP in a pool: `php_value[memory_limit]`.
fn php_setting(here: &Here<'_>, found: &Found<'_>, index: &str) -> String {
    let mut out = format!("**{}** of PHP", tidy(index));
    if php::setting(index).is_none() {
        out.push_str("\n\nnot a setting of PHP itself: of an extension, or misspelt");
    }
    let Some(pool) = found.pool else { return out };
    let setting = found.master.php(pool, index);
    let value =
        setting.text().map_or("nothing that is known".to_owned(), |value| format!("`{}`", tidy(&value)));
    let from = |origin: PhpOrigin| match (origin, origin.span()) {
        (_, Some(span)) => here.shown(span),
        (_, None) => "PHP's own default".to_owned(),
    };
    out.push_str(&format!("\n\n**in effect here**: {value} from {}", from(setting.origin)));
    for earlier in setting.overridden.iter().take(4) {
        out.push_str(&format!("\n- replaces {}", from(*earlier)));
    }
    out
}
