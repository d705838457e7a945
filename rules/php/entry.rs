//! What a configuration tells PHP: the entries of php.ini, and those of pools that hand settings on.

use gatelint_catalog::fpm::Kind;
use gatelint_catalog::php::{self, Setting as Known};
use gatelint_model::Stack;
use gatelint_model::fpm::{Pool, Setting};
use gatelint_syntax::Span;

/// One entry.
pub(crate) struct Entry<'a> {
    /// The setting of PHP, as written.
    pub(crate) name: &'a str,
    /// The value; `None` where the environment decides.
    pub(crate) value: Option<&'a [u8]>,
    /// The name, where it stands alone; in a pool the whole entry.
    pub(crate) key: Span,
    /// The value, or the whole entry where nothing is written.
    pub(crate) at: Span,
    /// The pool and its entry; `None` for php.ini.
    pub(crate) by: Option<(&'a Pool, &'a Setting)>,
}

impl Entry<'_> {
    /// What PHP knows of the setting.
    pub(crate) fn known(&self) -> Option<&'static Known> {
        php::setting(self.name)
    }

    /// Whether it is a flag of a pool, which hands on `1` or `0`.
    pub(crate) fn is_flag(&self) -> bool {
        self.by.is_some_and(|(_, setting)| setting.key.kind == Kind::Boolean)
    }

    /// The entry with another name and value, ready to paste.
    pub(crate) fn with(&self, name: &str, value: &str) -> String {
        match self.by {
            Some((_, setting)) => format!("{}[{name}] = {value}", setting.key.name),
            None => format!("{name} = {value}"),
        }
    }
}

/// Every entry of every master.
pub(crate) fn entries(stack: &Stack) -> impl Iterator<Item = Entry<'_>> {
    let ini = stack.fpm.masters.iter().flat_map(|master| master.php_entries());
    let ini = ini.filter(|entry| entry.index.is_none()).map(|entry| Entry {
        name: &entry.name,
        value: entry.value.as_deref(),
        key: entry.key_span,
        at: if entry.value_span.start == entry.value_span.end { entry.span } else { entry.value_span },
        by: None,
    });
    let pools = stack.fpm.pools().flat_map(|(_, pool)| pool.settings.all.iter().map(move |one| (pool, one)));
    let pools = pools.filter(|(_, setting)| setting.key.name.starts_with("php_"));
    ini.chain(pools.filter_map(|(pool, setting)| {
        Some(Entry {
            name: setting.index.as_deref()?,
            value: setting.value.as_deref(),
            key: setting.span,
            at: setting.at(),
            by: Some((pool, setting)),
        })
    }))
}
