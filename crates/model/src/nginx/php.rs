//! Which passes serve PHP.

use super::{Directive, Family, Match, Pass, Scope};

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
            || self.targets().iter().any(|target| is_php(target.written));
        if by_name {
            return Some(PhpEvidence::Name);
        }
        if self.location().is_some_and(takes_php) {
            return Some(PhpEvidence::Location);
        }
        self.names_script().then_some(PhpEvidence::Script)
    }

    /// Whether it always runs one script: a front controller.
    fn names_script(self) -> bool {
        let params = self.scope().effective("fastcgi_param");
        let is_script = |param: Directive<'_>| {
            let values: Vec<_> = param.args().take(2).collect();
            matches!(values.as_slice(), [name, script]
                if *name.value == *b"SCRIPT_FILENAME" && script.value.ends_with(b".php"))
        };
        params.is_some_and(|params| params.directives.into_iter().any(is_script))
    }
}

/// What shows that a pass speaks to PHP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PhpEvidence {
    /// `php` or `fpm` in the socket's path, the group's or the host's name.
    Name,
    /// The location takes `.php` by its own text, and not merely everything.
    Location,
    /// `SCRIPT_FILENAME` is a file called `.php`.
    Script,
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
