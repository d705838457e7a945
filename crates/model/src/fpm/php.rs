//! PHP's settings as a pool's requests meet them.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use gatelint_catalog::php;
use gatelint_syntax::Span;
use gatelint_syntax::ini::{self, Reader, Statement};

use super::{Layout, Master, Pool, Setting, UserSetting, quantity};
use crate::compose::Inis;
use crate::files::ReadError;
use crate::{Files, Origin, Problem, Sources};

/// How many files of the scan directory are read.
const MAX_FILES: usize = 1000;

/// Where a value comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PhpOrigin {
    /// PHP itself.
    Default,
    /// php.ini or a file of the scan directory.
    Ini(Span),
    /// The pool's `php_value[...]` or `php_flag[...]`: a script or a `.user.ini` may change it.
    Pool(Span),
    /// `.user.ini` in the document root.
    User(Span),
    /// The pool's `php_admin_value[...]` or `php_admin_flag[...]`: final.
    PoolAdmin(Span),
    /// The pass itself: `fastcgi_param PHP_VALUE` or `PHP_ADMIN_VALUE`.
    Pass(Span),
}

impl PhpOrigin {
    /// The place, where it is in a file.
    pub fn span(self) -> Option<Span> {
        match self {
            Self::Default => None,
            Self::Ini(span)
            | Self::Pool(span)
            | Self::User(span)
            | Self::PoolAdmin(span)
            | Self::Pass(span) => Some(span),
        }
    }
}

/// The value of a setting of PHP.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PhpSetting {
    /// The value; `None` where nothing is set, or the environment or the build decides.
    pub value: Option<Vec<u8>>,
    /// Where it comes from.
    pub origin: PhpOrigin,
    /// The values that it replaces, the nearest first.
    pub overridden: Vec<PhpOrigin>,
}

impl PhpSetting {
    /// The value as text; bytes that are not UTF-8 are replaced.
    pub fn text(&self) -> Option<String> {
        self.value.as_deref().map(|value| String::from_utf8_lossy(value).into_owned())
    }

    /// The value as a size or a number.
    pub fn quantity(&self) -> Option<i64> {
        self.value.as_deref().map(quantity)
    }

    /// The value of a switch: `zend_ini_parse_bool()`.
    pub fn flag(&self) -> Option<bool> {
        let value = self.value.as_deref()?;
        let is = |word: &[u8]| value.eq_ignore_ascii_case(word);
        Some(is(b"true") || is(b"yes") || is(b"on") || super::number::atoi(value) != 0)
    }
}

/// An entry of php.ini or of a file of the scan directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PhpEntry {
    /// The key.
    pub name: String,
    /// What stands in its brackets: then it is no setting.
    pub index: Option<String>,
    /// The value; `None` where the environment decides.
    pub value: Option<Vec<u8>>,
    /// The whole entry.
    pub span: Span,
    /// The key.
    pub key_span: Span,
    /// The value; empty where it is.
    pub value_span: Span,
}

/// The values of php.ini and the scan directory, in reading order.
#[derive(Debug, Default)]
pub(super) struct Ini {
    entries: Vec<PhpEntry>,
    by_name: HashMap<String, Vec<usize>>,
    /// Whether there is a php.ini.
    has_main: bool,
}

impl Ini {
    pub(super) fn load(
        files: &dyn Files,
        sources: &mut Sources,
        problems: &mut Vec<Problem>,
        layout: &Layout,
    ) -> Self {
        let mut ini = Self::default();
        ini.has_main = ini.read(files, sources, problems, &layout.php_ini);
        let is_ini = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "ini");
        let entries = files.list(&layout.scan_dir).into_iter().map(|entry| entry.path);
        for path in entries.filter(is_ini).take(MAX_FILES) {
            ini.read(files, sources, problems, &path);
        }
        ini
    }

    /// The settings whose values the text tells, in reading order.
    pub(super) fn settings(self) -> impl Iterator<Item = UserSetting> {
        let plain = self.entries.into_iter().filter(|entry| entry.index.is_none());
        plain.filter_map(|entry| Some((entry.name.into_bytes(), entry.value?, entry.span)))
    }

    pub(super) fn read(
        &mut self,
        files: &dyn Files,
        sources: &mut Sources,
        problems: &mut Vec<Problem>,
        path: &Path,
    ) -> bool {
        let mut problem = |message: String| problems.push(Problem { path: path.into(), at: None, message });
        let bytes = match files.read(path) {
            Ok(bytes) => bytes,
            Err(ReadError::NotFound | ReadError::NotAFile) => return false,
            Err(error) => {
                problem(error.to_string());
                return false;
            }
        };
        let document = ini::parse(&bytes, Reader::Whole);
        if document.cut {
            problem("holds more entries than gatelint reads: the rest was left out".to_owned());
        }
        let file = sources.add(path.to_path_buf(), bytes, Origin::Tree);
        // `[PATH=...]` and `[HOST=...]` hold for a directory or a host; other sections mean nothing.
        let mut is_general = true;
        for statement in document.statements {
            match statement {
                Statement::Section(section) => {
                    let name = section.name.bytes.unwrap_or_default().to_ascii_uppercase();
                    is_general = !name.starts_with(b"PATH") && !name.starts_with(b"HOST");
                }
                Statement::Entry(entry) if is_general => {
                    let name = String::from_utf8_lossy(sources.text(entry.key.in_file(file))).into_owned();
                    let (span, key_span) = (entry.range().in_file(file), entry.key.in_file(file));
                    let index = entry.index.as_ref().map(|index| {
                        String::from_utf8_lossy(index.bytes.as_deref().unwrap_or_default()).into_owned()
                    });
                    let Some(value) = entry.value else { continue };
                    if index.is_none() {
                        self.by_name.entry(name.clone()).or_default().push(self.entries.len());
                    }
                    let (value, value_span) = (value.bytes, value.range.in_file(file));
                    self.entries.push(PhpEntry { name, index, value, span, key_span, value_span });
                }
                Statement::Entry(_) => {}
            }
        }
        true
    }
}

impl Master {
    /// Takes the settings of a container in place of those that lie beside the pools.
    pub(crate) fn take_inis(
        &mut self,
        files: &dyn Files,
        sources: &mut Sources,
        problems: &mut Vec<Problem>,
        inis: &Inis,
    ) {
        let mut ini = Ini::default();
        ini.has_main = inis.main.as_ref().is_some_and(|path| ini.read(files, sources, problems, path));
        for path in inis.more.iter().take(MAX_FILES) {
            ini.read(files, sources, problems, path);
        }
        self.php = ini;
    }

    /// Whether the tree has this master's php.ini; without one, PHP's own values are a guess.
    pub fn has_php_ini(&self) -> bool {
        self.php.has_main
    }

    /// The entries of php.ini and the scan directory, in reading order, but for those of one path or host.
    pub fn php_entries(&self) -> &[PhpEntry] {
        &self.php.entries
    }

    /// The value of PHP's setting `name` at the start of a request to `pool`: compiled in, then php.ini and the
    /// scan directory, then the pool; among the pool's own, the first of each kind. A pool may set anything with
    /// either kind: `fpm_php_zend_ini_alter_master()` asks for no right.
    pub fn php(&self, pool: &Pool, name: &str) -> PhpSetting {
        let known = php::setting(name);
        let mut chain = vec![(
            known.and_then(|one| one.default).map(|text| text.as_bytes().to_vec()),
            PhpOrigin::Default,
        )];
        let ini = self.php.by_name.get(name).into_iter().flatten();
        let ini = ini.filter_map(|at| self.php.entries.get(*at));
        chain.extend(ini.map(|entry| (entry.value.clone(), PhpOrigin::Ini(entry.span))));
        let mut admin = Vec::new();
        // Applied from the last to the first.
        for one in pool.settings.all.iter().rev().filter(|one| one.index.as_deref() == Some(name)) {
            match one.key.name {
                "php_value" | "php_flag" => chain.push((pool_value(one), PhpOrigin::Pool(one.span))),
                "php_admin_value" | "php_admin_flag" => {
                    admin.push((pool_value(one), PhpOrigin::PoolAdmin(one.span)));
                }
                _ => {}
            }
        }
        chain.append(&mut admin);
        let overridden = chain.iter().rev().skip(1).map(|(_, origin)| *origin).collect();
        let (value, origin) = chain.pop().unwrap_or((None, PhpOrigin::Default));
        PhpSetting { value, origin, overridden }
    }
}

/// What a pool hands to PHP: a flag as `1` or `0`.
fn pool_value(setting: &Setting) -> Option<Vec<u8>> {
    if setting.key.kind == gatelint_catalog::fpm::Kind::Boolean {
        return setting.flag().map(|on| if on { b"1".to_vec() } else { b"0".to_vec() });
    }
    setting.value.clone()
}
