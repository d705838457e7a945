//! Which nginx reads the configuration: what the user says of it, and what follows for a directive.

use std::path::Path;

use gatelint_catalog::nginx::{Change, Context, Directive, Kind, Origin, Version};

use crate::host::packages;
use crate::{Files, Options};

/// The oldest release that anybody still runs; without a version from the user, what it and every later one
/// refuse is refused.
pub const OLDEST: Version = (1, 18, 0);

/// Whose nginx it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Flavour {
    /// nginx as nginx.org and the distributions ship it.
    Oss,
    /// NGINX Plus.
    Plus,
    /// OpenResty: nginx with Lua and its own modules.
    Openresty,
    /// A fork with directives of its own: Angie, Tengine, freenginx.
    Fork,
}

/// The nginx that the configuration is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Target {
    /// Its version, where it is known.
    pub version: Option<Version>,
    /// Whose it is, where that is known.
    pub flavour: Option<Flavour>,
}

/// Why the target lacks something that nginx as such has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Lack {
    /// It came with a later release.
    Since(Version),
    /// It is gone since this release.
    Removed(Version),
    /// Only NGINX Plus has it.
    Plus,
    /// A module brings it that does not come with nginx, by its package.
    Module(&'static str),
}

impl Target {
    /// What the user says of it, else what the tree records.
    pub(crate) fn load(files: &dyn Files, options: &Options) -> Self {
        let flavour = options.nginx_flavour.or_else(|| {
            let is_there = |path: &str| files.kind(Path::new(path)).is_some();
            if is_there("/usr/local/openresty") {
                Some(Flavour::Openresty)
            } else {
                is_there("/etc/nginx/license.jwt").then_some(Flavour::Plus)
            }
        });
        let recorded = || {
            // NGINX Plus counts releases of its own.
            let version = packages::version(files, "nginx").and_then(|version| packages::release(&version));
            if matches!(flavour, None | Some(Flavour::Oss)) { version } else { None }
        };
        Self { version: options.nginx_version.or_else(recorded), flavour }
    }

    /// Whether it is at least this release; `None`: not known.
    pub fn is_at_least(&self, version: Version) -> Option<bool> {
        match self.version {
            Some(own) => Some(own >= version),
            None => (version <= OLDEST).then_some(true),
        }
    }

    /// Whether it is NGINX Plus: who names a version without a flavour means nginx.org's.
    pub fn is_plus(&self) -> Option<bool> {
        match (self.flavour, self.version) {
            (Some(Flavour::Plus), _) => Some(true),
            (Some(Flavour::Oss | Flavour::Openresty), _) | (None, Some(_)) => Some(false),
            _ => None,
        }
    }

    /// Why it surely lacks something of this age; `None`: it has it, or may have it.
    pub fn lacks(&self, since: Option<Version>, removed: Option<Version>) -> Option<Lack> {
        if let Some(since) = since.filter(|&since| self.is_at_least(since) == Some(false)) {
            return Some(Lack::Since(since));
        }
        removed.filter(|&removed| self.is_at_least(removed) == Some(true)).map(Lack::Removed)
    }

    /// Why it surely lacks a directive; `None`: it has it, or may have it.
    pub fn lacks_directive(&self, directive: &Directive) -> Option<Lack> {
        match directive.origin {
            // Distributions give old releases what guards them against a hole found since.
            Origin::Oss if directive.backported => None,
            Origin::Oss => self.lacks(directive.since, directive.removed),
            Origin::Plus => (self.is_plus() == Some(false)).then_some(Lack::Plus),
            Origin::ThirdParty => None,
        }
    }

    /// Whether it may know the directive, and takes it in `context`.
    pub fn takes_in(&self, directive: &Directive, context: Context) -> bool {
        if self.lacks_directive(directive).is_some() {
            return false;
        }
        if directive.changes.is_empty() {
            return directive.allows(context);
        }
        match self.before(directive, |change| (!change.contexts.is_empty()).then_some(change.contexts)) {
            Some(contexts) => contexts.contains(&context),
            None => {
                directive.allows(context)
                    || self.earlier(directive).any(|change| change.contexts.contains(&context))
            }
        }
    }

    /// Whether the directive takes this number of arguments.
    pub fn takes_count(&self, directive: &Directive, count: usize) -> bool {
        let fits =
            |(min, max): (u16, u16)| count >= min.into() && (max == u16::MAX || count <= usize::from(max));
        if directive.changes.is_empty() {
            return directive.takes(count);
        }
        match self.before(directive, |change| change.args) {
            Some(args) => fits(args),
            None => {
                directive.takes(count) || self.earlier(directive).filter_map(|change| change.args).any(fits)
            }
        }
    }

    /// What the directive surely still is in the target: the oldest change that is later than it.
    fn before<T>(&self, directive: &Directive, of: impl Fn(&'static Change) -> Option<T>) -> Option<T> {
        let is_later = |change: &&'static Change| self.is_at_least(change.version) == Some(false);
        directive.changes.iter().filter(is_later).find_map(of)
    }

    /// How the arguments are read, and since when they are read otherwise where that is later than the target.
    pub fn kind_of(&self, directive: &Directive) -> (Kind, Option<Version>) {
        let before = self.before(directive, |change| Some((change.kind?, Some(change.version))));
        before.unwrap_or((directive.kind, None))
    }

    /// What the directive was in releases that the target may be.
    fn earlier(&self, directive: &Directive) -> impl Iterator<Item = &'static Change> + use<'_> {
        let changes = directive.changes;
        changes.iter().filter(|change| self.is_at_least(change.version) != Some(true))
    }
}

#[cfg(test)]
mod tests {
    use gatelint_catalog::nginx::Name;

    use super::{Context, Flavour, Kind, Lack, Target};

    fn lack(target: Target, name: &str, context: Context) -> Option<Lack> {
        target.lacks_directive(Name::find(name.as_bytes()).unwrap().in_context(context).unwrap())
    }

    #[test]
    fn only_what_is_known_is_lacking() {
        let old = Target { version: Some((1, 22, 1)), flavour: None };
        let plus = Target { version: None, flavour: Some(Flavour::Plus) };
        assert_eq!(lack(old, "http2", Context::Server), Some(Lack::Since((1, 25, 1))));
        assert_eq!(lack(old, "max_headers", Context::Http), None, "Debian's 1.22.1 has it");
        assert_eq!(lack(old, "queue", Context::Upstream), Some(Lack::Plus));
        assert_eq!(lack(plus, "queue", Context::Upstream), None);
        for name in ["http2", "gzip", "ssl"] {
            assert_eq!(lack(Target::default(), name, Context::Server), None, "{name}");
        }
        assert_eq!(lack(Target::default(), "limit_zone", Context::Http), Some(Lack::Removed((1, 7, 6))));
        let limit = Name::find(b"proxy_limit_rate").unwrap().in_context(Context::Location).unwrap();
        assert_eq!(old.kind_of(limit), (Kind::Size, Some((1, 27, 0))));
        assert_eq!(Target::default().kind_of(limit).0, Kind::ComplexSize);
    }
}
