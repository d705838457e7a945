//! Which passes serve PHP.

use gatelint_syntax::Span;
use gatelint_syntax::ini::{self, Reader, Statement};

use super::{Family, Match, Pass, Scope, has_variables};
use crate::Value;

impl<'a> Pass<'a> {
    /// Why this FastCGI pass surely speaks to PHP; `None` where nothing says so (fcgiwrap, munin, mailman and
    /// other programs speak FastCGI too).
    pub fn php_evidence(self) -> Option<PhpEvidence> {
        if self.family() != Family::Fastcgi {
            return None;
        }
        let is_php = |text: &str| {
            let text = text.to_ascii_lowercase();
            text.contains("php") || text.contains("fpm")
        };
        let by_name = self.upstream().is_some_and(|upstream| is_php(&upstream.name()))
            || self.directive().arg(0).is_some_and(|arg| is_php(&arg.text()))
            || self.targets().iter().any(|target| is_php(&target.written));
        if by_name {
            return Some(PhpEvidence::Name);
        }
        if self.location().is_some_and(takes_php) {
            return Some(PhpEvidence::Location);
        }
        None
    }
}

impl Pass<'_> {
    /// What the pass itself sets for PHP's setting `name`, and where; `Unknown` where a request decides. FPM applies
    /// `PHP_VALUE`, then `PHP_ADMIN_VALUE` with each request, both INI text (`init_request_info()` of
    /// `sapi/fpm/fpm/fpm_main.c`).
    pub fn php_value(self, name: &str) -> Option<Value<(Vec<u8>, Span)>> {
        let params = self.scope().effective("fastcgi_param")?.directives;
        let mut found = None;
        for param in ["PHP_VALUE", "PHP_ADMIN_VALUE"] {
            let is_it =
                |line: &&super::Directive<'_>| line.arg(0).is_some_and(|arg| *arg.value == *param.as_bytes());
            let Some(value) = params.iter().rev().find(is_it).and_then(|line| line.arg(1)) else { continue };
            if has_variables(&value.value) {
                return Some(Value::Unknown);
            }
            for statement in ini::parse(&value.value, Reader::Whole).statements {
                let Statement::Entry(entry) = statement else { continue };
                let key = entry.key.start as usize..entry.key.end as usize;
                if value.value.get(key) == Some(name.as_bytes())
                    && let Some(bytes) = entry.value.and_then(|value| value.bytes)
                {
                    found = Some(Value::Known((bytes, value.span)));
                }
            }
        }
        found
    }
}

/// What shows that a pass speaks to PHP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PhpEvidence {
    /// `php` or `fpm` in the socket's path, the group's or the host's name.
    Name,
    /// The location takes `.php` by its own text, and not merely everything.
    Location,
}

/// Whether the location's own text is about `.php`: a regular expression that takes `/index.php` and not
/// `/index.txt`, or a prefix that holds `.php`.
fn takes_php(location: Scope<'_>) -> bool {
    match location.location_match() {
        Some(Match::Regex(_) | Match::RegexNoCase(_)) => {
            let takes = |uri: &[u8]| location.location_takes(uri) == Some(true);
            let text = location.location_match();
            let names_php = text.is_some_and(|text| {
                let text = String::from_utf8_lossy(text.text()).to_ascii_lowercase();
                text.contains("php")
            });
            names_php || takes(b"/index.php") && !takes(b"/index.txt")
        }
        Some(way) => String::from_utf8_lossy(way.text()).to_ascii_lowercase().contains(".php"),
        None => false,
    }
}
