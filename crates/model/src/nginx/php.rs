//! Which passes serve PHP.

use std::sync::Arc;

use gatelint_syntax::Span;
use gatelint_syntax::ini::{self, Reader, Statement};

use super::{Directive, Family, Match, Pass, Scope, has_variables};
use crate::Value;
use crate::fpm::UserSetting;

impl<'a> Pass<'a> {
    /// Why this FastCGI pass surely speaks to PHP; `None` where nothing says so (fcgiwrap, munin, mailman and
    /// other programs speak FastCGI too).
    pub fn php_evidence(self) -> Option<PhpEvidence> {
        if self.family() != Family::Fastcgi {
            return None;
        }
        *self.data.asked.evidence.get_or_init(|| self.find_php_evidence())
    }

    fn find_php_evidence(self) -> Option<PhpEvidence> {
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
        let is_script =
            |param: Directive<'_>| param.arg(1).is_some_and(|script| script.value.ends_with(b".php"));
        self.params().all("SCRIPT_FILENAME").any(is_script)
    }
}

/// What a pass itself tells PHP.
#[derive(Clone, Debug, Default)]
pub struct PhpParams {
    said: Arc<Said>,
    /// What `.user.ini` in the document root says.
    user: Arc<[UserSetting]>,
}

/// What a list of parameters tells PHP.
#[derive(Debug, Default)]
pub(super) struct Said {
    /// Names with their values and the argument that holds them, in the order in which they are applied.
    all: Vec<(Vec<u8>, Vec<u8>, Span)>,
    /// Whether a request decides what else is set.
    is_open: bool,
    /// The names that `PHP_ADMIN_VALUE` sets.
    admin: Vec<Vec<u8>>,
}

impl PhpParams {
    /// The value of `name` and where it is set; `Unknown` where a request decides, `None` where nothing sets it.
    pub fn get(&self, name: &str) -> Option<Value<(&[u8], Span)>> {
        let set = self.said.all.iter().rev().find(|(set, ..)| *set == name.as_bytes());
        match set {
            _ if self.said.is_open => Some(Value::Unknown),
            Some((_, value, span)) => Some(Value::Known((value, *span))),
            None => None,
        }
    }

    /// What `.user.ini` in the document root sets `name` to, and where. It goes before `PHP_VALUE`, and
    /// `PHP_ADMIN_VALUE` before it.
    pub fn user(&self, name: &str) -> Option<(&[u8], Span)> {
        let set = self.user.iter().rev().find(|(set, ..)| *set == name.as_bytes());
        let is_final = self.said.is_open || self.said.admin.iter().any(|set| *set == name.as_bytes());
        set.filter(|_| !is_final).map(|(_, value, span)| (value.as_slice(), *span))
    }
}

impl<'a> Pass<'a> {
    /// The settings in its parameters `PHP_VALUE` and `PHP_ADMIN_VALUE`, both INI text, which FPM applies in this
    /// order with each request (`init_request_info()` of `sapi/fpm/fpm/fpm_main.c`).
    pub fn php_params(self) -> &'a PhpParams {
        self.data.asked.params.get_or_init(|| self.read_php_params())
    }

    fn read_php_params(self) -> PhpParams {
        let user = self.stack.derived.user_inis.of(self.scope());
        PhpParams { said: self.params().said(|| self.read_said()), user }
    }

    fn read_said(self) -> Said {
        let mut params = Said::default();
        let list = self.params();
        let [value, admin] = ["PHP_VALUE", "PHP_ADMIN_VALUE"].map(|name| list.get(name)?.arg(1));
        for (text, is_admin) in [(value, false), (admin, true)] {
            let Some(text) = text else { continue };
            params.is_open |= has_variables(&text.value);
            for statement in ini::parse(&text.value, Reader::Whole).statements {
                let Statement::Entry(entry) = statement else { continue };
                let key = text.value.get(entry.key.start as usize..entry.key.end as usize);
                let value = entry.value.and_then(|value| value.bytes);
                if let Some((key, value)) = key.zip(value) {
                    if is_admin {
                        params.admin.push(key.to_vec());
                    }
                    params.all.push((key.to_vec(), value, text.span));
                }
            }
        }
        params
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
