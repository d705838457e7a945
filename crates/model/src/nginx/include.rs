//! What an `include` takes in, as `ngx_conf_include()` of `src/core/ngx_conf_file.c` finds it.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Component, Path, PathBuf};
use std::rc::Rc;

use gatelint_catalog::stock;
use gatelint_syntax::{FileId, Span};

use crate::files::{Entry, Kind, ReadError};
use crate::stack::NginxRoot;
use crate::template::SUFFIXES;
use crate::{Files, Options};

/// An `include` that did not go as written.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct IncludeProblem {
    /// Its argument.
    pub at: Span,
    /// What happened.
    pub kind: IncludeProblemKind,
}

/// Why an `include` did not go as written.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum IncludeProblemKind {
    /// No such file. `evident`: the tree carries what lies around it, so the file is missed and not merely
    /// kept elsewhere.
    Missing {
        /// The path that nginx opens.
        path: PathBuf,
        /// Whether the tree would hold it.
        evident: bool,
    },
    /// It is there and cannot be read.
    Unreadable {
        /// The path that nginx opens.
        path: PathBuf,
        /// Why.
        error: ReadError,
    },
    /// The file includes itself; the chain from its first inclusion to the one that closes the circle.
    Cycle {
        /// The files of the chain.
        files: Vec<FileId>,
    },
    /// More files deep than any real configuration.
    TooDeep,
    /// The name is made by a template.
    Template,
}

/// What the words of an `include` mean.
#[derive(Clone)]
pub(super) enum Found {
    Files(Rc<[Entry]>),
    /// A pattern for a directory that the tree does not carry.
    Elsewhere,
    Stock {
        path: PathBuf,
        text: &'static str,
    },
    Missing {
        path: PathBuf,
        evident: bool,
    },
}

/// Whether a name is filled in before nginx sees it (`${VAR}`, `{{ var }}`, `<%= var %>`).
pub(super) fn is_template(name: &[u8]) -> bool {
    let has = |part: &[u8]| name.windows(part.len()).any(|window| window == part);
    has(b"${") || has(b"{{") || has(b"<%")
}

/// The directory that relative names start from: that of the main configuration; for a fragment the nearest
/// directory above it that is called `nginx` or holds the stock files, else the one that vhosts' directories lie in,
/// else its own.
pub(super) fn base_directory(files: &dyn Files, root: &NginxRoot) -> PathBuf {
    let own = root.path.parent().unwrap_or(Path::new("/"));
    if root.context == super::ContextKind::Main {
        return own.to_path_buf();
    }
    let above = own.ancestors().find(|dir| is_home(files, dir));
    let is_vhosts = own.file_name().is_some_and(|name| VHOSTS.iter().any(|known| name == *known));
    above.or(own.parent().filter(|_| is_vhosts)).unwrap_or(own).to_path_buf()
}

/// Directories that lie beside `nginx.conf` and hold vhosts.
const VHOSTS: [&str; 6] = ["sites-available", "sites-enabled", "conf.d", "http.d", "vhosts.d", "vhost.d"];

/// Whether a directory evidently is that of a main configuration.
pub(super) fn is_home(files: &dyn Files, dir: &Path) -> bool {
    dir.file_name() == Some(OsStr::new("nginx")) || files.kind(&dir.join("mime.types")) == Some(Kind::File)
}

/// Finds what `name` stands for; directories that may not be listed are added to `denied`. `is_home`: names surely
/// start from `base`.
pub(super) fn resolve(
    files: &dyn Files,
    options: &Options,
    (base, is_home): (&Path, bool),
    name: &[u8],
    denied: &mut Vec<PathBuf>,
) -> Found {
    let path = at_home(files, options, base, join(base, name));
    if name.iter().any(|byte| b"*?[".contains(byte)) {
        let matches = glob(files, &path, denied).into_iter();
        let found: Vec<_> = matches.map(|entry| link_at_home(files, options, base, entry)).collect();
        let is_elsewhere = found.is_empty()
            && (!denied.is_empty() || !options.complete && !carries_directory(files, base, &path));
        return if is_elsewhere { Found::Elsewhere } else { Found::Files(found.into()) };
    }
    if files.kind(&path).is_some() {
        return Found::Files([Entry { path, kind: Kind::File }].into());
    }
    let carries = carries_stock(files, base);
    if !options.complete
        && !carries
        && let Some(text) = stock::find(&path.to_string_lossy())
    {
        return Found::Stock { path, text };
    }
    let beside = path.parent().is_some_and(|dir| files.kind(dir) == Some(Kind::Directory));
    let is_placed = is_home || name.starts_with(b"/");
    let evident = options.complete
        || is_placed && (beside || carries && path.starts_with(base)) && !is_made(files, &path);
    Found::Missing { path, evident }
}

/// Whether the template of a file lies where the file is to be.
fn is_made(files: &dyn Files, path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    SUFFIXES.iter().any(|suffix| files.kind(&path.with_file_name(format!("{name}{suffix}"))).is_some())
}

/// Where installations keep `nginx.conf`; a repository may hold the contents of one of them under another name.
const HOMES: [&str; 4] =
    ["/etc/nginx", "/usr/local/nginx/conf", "/usr/local/openresty/nginx/conf", "/usr/local/etc/nginx"];

/// A path below an installation's directory that the tree lacks, as one beside the main configuration.
fn at_home(files: &dyn Files, options: &Options, base: &Path, path: PathBuf) -> PathBuf {
    if options.complete {
        return path;
    }
    let Some(rest) = HOMES.iter().find_map(|home| path.strip_prefix(home).ok()) else { return path };
    let moved = base.join(rest);
    let is_moved = files.kind(&plain(&path)).is_none() && files.kind(&plain(&moved)).is_some();
    if is_moved { moved } else { path }
}

/// A match, or what it links to where that link leads out of a repository that holds only nginx's directory.
fn link_at_home(files: &dyn Files, options: &Options, base: &Path, entry: Entry) -> Entry {
    let is_home = HOMES.iter().any(|home| base.starts_with(home));
    if entry.kind != Kind::Other || is_home || files.kind(&entry.path).is_some() {
        return entry;
    }
    let target = files.read_link(&entry.path).map(|target| at_home(files, options, base, target));
    match target.filter(|target| files.kind(target).is_some()) {
        Some(path) => Entry { path, kind: Kind::File },
        None => entry,
    }
}

/// Whether the file that `path` links to is missed in this tree: the directory that would hold it is there.
pub(super) fn is_evident(files: &dyn Files, options: &Options, path: &Path) -> bool {
    let target = files.read_link(path).unwrap_or_default();
    let beside = path.parent().map(|dir| dir.join(target)).unwrap_or_default();
    let has = |dir: &Path| files.kind(dir) == Some(Kind::Directory);
    // A host tree holds all of `/etc`.
    options.complete
        || beside.parent().is_some_and(has)
        || beside.starts_with("/etc") && has(Path::new("/etc"))
}

/// An absolute path for a name, `.` and empty parts dropped. `..` stays: links decide where it leads.
fn join(base: &Path, name: &[u8]) -> PathBuf {
    // nginx hands the name to the system, which ends it at a NUL.
    let name = name.split(|&byte| byte == 0).next().unwrap_or_default();
    let parts = base.join(OsStr::from_bytes(name));
    parts.components().filter(|part| *part != Component::CurDir).collect()
}

/// What comes before the first part of a path that is a pattern.
fn plain(path: &Path) -> PathBuf {
    let is_plain =
        |part: &Component<'_>| !part.as_os_str().as_bytes().iter().any(|byte| b"*?[".contains(byte));
    path.components().take_while(is_plain).collect()
}

/// Whether the tree carries the files that packages put beside `nginx.conf`: then one that is missing is
/// missing on the host too.
fn carries_stock(files: &dyn Files, base: &Path) -> bool {
    let names = ["mime.types", "fastcgi_params", "fastcgi.conf", "uwsgi_params", "scgi_params", "koi-utf"];
    names.iter().filter(|name| files.kind(&base.join(name)) == Some(Kind::File)).count() >= 3
}

/// Whether the tree would hold what `pattern` asks for: it has the directory, or the one of the main
/// configuration above it (an empty directory may be left out of a tree).
fn carries_directory(files: &dyn Files, base: &Path, pattern: &Path) -> bool {
    pattern.starts_with(base) || files.kind(&plain(pattern)) == Some(Kind::Directory)
}

/// The most names that one pattern may match at any level: links to their own directory multiply.
const MAX_MATCHES: usize = 1 << 17;

/// `glob(3)`: names sorted by byte value, a leading dot only where the pattern has one. A link that leads nowhere
/// is a match, as it is for the system. Directories that may not be listed are added to `denied`.
pub fn glob(files: &dyn Files, pattern: &Path, denied: &mut Vec<PathBuf>) -> Vec<Entry> {
    let mut list = |dir: &Path| match files.try_list(dir) {
        Err(ReadError::Denied) => {
            denied.push(dir.to_path_buf());
            Vec::new()
        }
        listed => listed.unwrap_or_default(),
    };
    let mut found = vec![Entry { path: PathBuf::from("/"), kind: Kind::Directory }];
    let mut is_listed = true;
    for part in pattern.components() {
        let part = match part {
            Component::Normal(part) => part,
            Component::ParentDir => OsStr::new(".."),
            _ => continue,
        };
        let bytes = part.as_bytes();
        is_listed = bytes.iter().any(|byte| b"*?[\\".contains(byte));
        if !is_listed {
            found.iter_mut().for_each(|entry| entry.path.push(part));
            continue;
        }
        found = found
            .iter()
            .flat_map(|dir| list(&dir.path))
            .filter(|entry| entry.path.file_name().is_some_and(|name| matches(bytes, name.as_bytes())))
            .take(MAX_MATCHES)
            .collect();
    }
    if !is_listed {
        found.retain_mut(|entry| files.kind(&entry.path).map(|kind| entry.kind = kind).is_some());
    }
    found.sort_by(|a, b| a.path.as_os_str().as_bytes().cmp(b.path.as_os_str().as_bytes()));
    found
}

/// `fnmatch(3)` on one path component, as glob(3) uses it: a leading dot must be written.
pub(crate) fn matches(pattern: &[u8], name: &[u8]) -> bool {
    if name.first() == Some(&b'.') && pattern.first() != Some(&b'.') {
        return false;
    }
    // One point to go back to is enough: a later `*` makes every earlier one's choice irrelevant.
    let (mut pattern, mut name) = (pattern, name);
    let mut back: Option<(&[u8], &[u8])> = None;
    loop {
        let step = match (pattern.first(), name.split_first()) {
            (Some(b'*'), _) => {
                pattern = pattern.get(1..).unwrap_or_default();
                back = Some((pattern, name));
                continue;
            }
            (None, None) => return true,
            (Some(_), Some((&byte, rest))) => match_one(pattern, byte).map(|after| (after, rest)),
            _ => None,
        };
        match (step, back) {
            (Some((after, rest)), _) => (pattern, name) = (after, rest),
            (None, Some((after, [_, rest @ ..]))) => {
                (pattern, name) = (after, rest);
                back = Some((after, rest));
            }
            (None, _) => return false,
        }
    }
}

/// Matches one byte with the head of a pattern and gives the pattern's tail.
fn match_one(pattern: &[u8], byte: u8) -> Option<&[u8]> {
    match pattern {
        [b'?', rest @ ..] => Some(rest),
        [b'\\', literal, rest @ ..] => (*literal == byte).then_some(rest),
        [b'[', set @ ..] => match_set(set, byte).unwrap_or((byte == b'[').then_some(set)),
        [literal, rest @ ..] => (*literal == byte).then_some(rest),
        [] => None,
    }
}

/// Matches a bracket expression; `None` where it is not closed, and `[` is an ordinary byte.
fn match_set(set: &[u8], byte: u8) -> Option<Option<&[u8]>> {
    let negated = matches!(set.first(), Some(b'!' | b'^'));
    let mut rest = if negated { set.get(1..)? } else { set };
    let (mut hit, mut first) = (false, true);
    loop {
        match rest {
            [b']', tail @ ..] if !first => return Some((hit != negated).then_some(tail)),
            [low, b'-', high, tail @ ..] if *high != b']' => {
                hit |= (*low..=*high).contains(&byte);
                rest = tail;
            }
            [literal, tail @ ..] => {
                hit |= *literal == byte;
                rest = tail;
            }
            [] => return None,
        }
        first = false;
    }
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn globs() {
        let check = |pattern: &str, name: &str| matches(pattern.as_bytes(), name.as_bytes());
        for (pattern, name) in [("*", "a"), ("*.conf", "a.conf"), ("a*b*c", "axxbyybzc"), ("[a-c]?", "bz")] {
            assert!(check(pattern, name), "{pattern} {name}");
        }
        assert!(check("[!a]x", "bx") && check("[]]", "]") && check("[x", "[x") && check("\\*", "*"));
        for (pattern, name) in [("*", ".a"), ("*.conf", "a.conf~"), ("[!a]x", "ax"), ("?", ""), ("a*b", "ac")]
        {
            assert!(!check(pattern, name), "{pattern} {name}");
        }
    }
}
