//! The listener that a FastCGI target most likely means.

use std::collections::HashMap;

use gatelint_model::fpm::{Bind, Listener, Pool};
use gatelint_model::nginx::Target;
use gatelint_model::{Address, Stack};

/// A pool that listens nearby.
pub(super) struct Near<'a> {
    pub(super) pool: &'a Pool,
    pub(super) listener: &'a Listener,
    /// What nginx would have to name.
    pub(super) address: String,
    /// In which way the two differ.
    pub(super) why: String,
    /// Whether the likeness itself shows that PHP is meant.
    pub(super) is_close: bool,
}

/// The most comparisons, letter by letter, of one run.
const MAX_COMPARISONS: usize = 1_000_000;

/// A listener of the tree.
type Candidate<'a> = (&'a Pool, &'a Listener);

/// The listeners of the tree by what makes two addresses alike; where several are, the first pool counts.
pub(super) struct Listeners<'a> {
    all: Vec<Candidate<'a>>,
    by_likeness: HashMap<(Likeness, String), Candidate<'a>>,
    comparisons: usize,
    /// The most edits between two paths that still look alike.
    max_edits: usize,
}

/// What two socket paths may have in common, the closest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Likeness {
    Path,
    PathButVersion,
    FileName,
    FileNameButVersion,
    Stem,
}

impl Likeness {
    const ALL: [Self; 5] =
        [Self::Path, Self::PathButVersion, Self::FileName, Self::FileNameButVersion, Self::Stem];

    /// What a path has of it; `None` where it has nothing.
    fn of(self, path: &str) -> Option<String> {
        let file = file_name(path);
        match self {
            Self::Path => Some(path.strip_suffix(':').unwrap_or(path).to_owned()),
            Self::PathButVersion => without_version(path),
            Self::FileName => Some(file.to_owned()),
            Self::FileNameButVersion => without_version(file),
            Self::Stem => Some(stem(file)).filter(|stem| !stem.is_empty()),
        }
    }

    /// In which way two paths differ that have it in common.
    fn difference(self) -> &'static str {
        match self {
            Self::Path => "the colon belongs to the path",
            Self::PathButVersion => "the paths differ only in the PHP version",
            Self::FileName => "the directories differ",
            Self::FileNameButVersion => "the paths differ in the PHP version",
            Self::Stem => "the names are alike",
        }
    }
}

impl<'a> Listeners<'a> {
    pub(super) fn of(stack: &'a Stack, max_edits: usize) -> Self {
        let all: Vec<Candidate<'a>> =
            stack.fpm.pools().filter_map(|(_, pool)| Some((pool, pool.listener.as_ref()?))).collect();
        let mut by_likeness = HashMap::new();
        for &candidate in &all {
            let Bind::Unix(path) = &candidate.1.bind else { continue };
            for likeness in Likeness::ALL {
                if let Some(key) = likeness.of(path) {
                    by_likeness.entry((likeness, key)).or_insert(candidate);
                }
            }
        }
        Self { all, by_likeness, comparisons: 0, max_edits }
    }

    /// The pool that `target` most likely means.
    pub(super) fn nearest(&mut self, target: &Target<'_>) -> Option<Near<'a>> {
        let found = match target.address {
            Address::Unix(path) => self.near_path(path),
            Address::Tcp(_, port) => self.near_port(*port),
        };
        match (found, self.all.as_slice()) {
            (Some((candidate, why)), _) => Some(near(candidate, why.to_owned(), true)),
            // Of several pools that are nothing like it any may be meant: nothing to paste.
            (None, &[only]) => {
                let differ = match (target.address, &only.1.bind) {
                    (Address::Unix(_), Bind::Unix(_)) => "the paths differ",
                    (Address::Unix(_), _) => "nginx names a socket, the pool a TCP port",
                    (Address::Tcp(..), Bind::Unix(_)) => "nginx names a TCP port, the pool a socket",
                    (Address::Tcp(..), _) => "the ports differ",
                };
                Some(near(only, format!("the only pool is elsewhere, and {differ}"), false))
            }
            _ => None,
        }
    }

    fn near_path(&mut self, path: &str) -> Option<(Candidate<'a>, &'static str)> {
        for likeness in Likeness::ALL {
            let found = likeness.of(path).and_then(|key| self.by_likeness.get(&(likeness, key)));
            if let Some(candidate) = found {
                return Some((*candidate, likeness.difference()));
            }
        }
        if self.comparisons + self.all.len() > MAX_COMPARISONS {
            return None;
        }
        self.comparisons += self.all.len();
        let distance = |candidate: &Candidate<'a>| match &candidate.1.bind {
            Bind::Unix(own) => edits(path, own, self.max_edits),
            _ => None,
        };
        let near = self.all.iter().filter_map(|candidate| Some((distance(candidate)?, *candidate)));
        let (_, candidate) = near.min_by_key(|(distance, _)| *distance)?;
        Some((candidate, "the paths differ by a few letters"))
    }

    fn near_port(&self, port: u16) -> Option<(Candidate<'a>, &'static str)> {
        /// Ports this far apart are still taken for a slip.
        const CLOSE: u16 = 10;
        let own = |candidate: &Candidate<'a>| match &candidate.1.bind {
            Bind::Any(own) | Bind::Ip(_, own) | Bind::Name(_, own) => Some(*own),
            Bind::Unix(_) => None,
        };
        let ports =
            self.all.iter().filter_map(|candidate| Some((own(candidate)?.abs_diff(port), *candidate)));
        let (distance, candidate) = ports.min_by_key(|(distance, _)| *distance)?;
        match distance {
            0 => Some((candidate, "the port is the same, the address is not")),
            1..=CLOSE => Some((candidate, "the ports differ")),
            _ => None,
        }
    }
}

fn near((pool, listener): Candidate<'_>, why: String, is_close: bool) -> Near<'_> {
    Near { pool, listener, address: address(listener), why, is_close }
}

fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// The name without what conventions put around it: `php8.2-fpm-shop.sock` -> `shop`.
fn stem(file: &str) -> String {
    let file = file.split('.').next().map_or(file, |first| {
        if first.eq_ignore_ascii_case("php") || first.starts_with("php") { file } else { first }
    });
    let words = file.split(['-', '_', '.']).filter(|word| {
        let is_version = word.chars().all(|letter| letter.is_ascii_digit());
        let word = word.trim_end_matches(|letter: char| letter.is_ascii_digit());
        !is_version && !matches!(word, "" | "php" | "fpm" | "sock" | "socket")
    });
    words.collect::<Vec<_>>().join("-")
}

/// A path with the PHP version cut out of it; `None` where it has none.
fn without_version(path: &str) -> Option<String> {
    let at = path.rfind("php")? + 3;
    let (head, tail) = (path.get(..at)?, path.get(at..)?);
    let version = tail.bytes().take_while(|byte| byte.is_ascii_digit() || *byte == b'.').count();
    let version = tail.get(..version)?.trim_end_matches('.').len();
    let rest = tail.get(version..)?;
    (version > 0 || rest.starts_with("-fpm")).then(|| format!("{head}{rest}"))
}

/// The least number of single-byte edits from `a` to `b`, where it is at most `limit`.
fn edits(a: &str, b: &str, limit: usize) -> Option<usize> {
    if a.len().abs_diff(b.len()) > limit {
        return None;
    }
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.bytes().enumerate() {
        let mut diagonal = i;
        let mut left = i + 1;
        let mut least = left;
        if let Some(first) = row.first_mut() {
            *first = left;
        }
        for (slot, y) in row.iter_mut().skip(1).zip(b.bytes()) {
            let value = (diagonal + usize::from(x != y)).min(left + 1).min(*slot + 1);
            diagonal = std::mem::replace(slot, value);
            left = value;
            least = least.min(value);
        }
        if least > limit {
            return None;
        }
    }
    row.last().copied().filter(|edits| *edits <= limit)
}

/// What nginx has to name to reach a listener.
fn address(listener: &Listener) -> String {
    match &listener.bind {
        Bind::Unix(path) => format!("unix:{path}"),
        Bind::Any(port) => format!("127.0.0.1:{port}"),
        Bind::Ip(ip, port) if ip.is_unspecified() => format!("127.0.0.1:{port}"),
        Bind::Ip(ip, port) => std::net::SocketAddr::new(*ip, *port).to_string(),
        Bind::Name(name, port) => format!("{name}:{port}"),
    }
}

#[cfg(test)]
mod tests {
    use super::{Likeness, edits, stem};

    #[test]
    fn likeness_of_paths() {
        let closest = |a: &str, b: &str| {
            Likeness::ALL
                .into_iter()
                .find(|likeness| likeness.of(a).is_some() && likeness.of(a) == likeness.of(b))
        };
        let check =
            |a: &str, b: &str, expected: Option<Likeness>| assert_eq!(closest(a, b), expected, "{a} {b}");
        check("/run/php/php7.4-fpm.sock", "/run/php/php8.2-fpm.sock", Some(Likeness::PathButVersion));
        check("/run/php/php-fpm.sock", "/run/php/php8.2-fpm.sock", Some(Likeness::PathButVersion));
        check("/run/php5-fpm.sock", "/run/php/php8.2-fpm.sock", Some(Likeness::FileNameButVersion));
        check("/run/www.sock", "/run/php-fpm/www.sock", Some(Likeness::FileName));
        check("/run/php/shop.sock", "/run/php/shop-fpm.sock", Some(Likeness::Stem));
        check("/run/php/shop.sock:", "/run/php/shop.sock", Some(Likeness::Path));
        check("/run/fcgiwrap.socket", "/run/php/php8.2-fpm.sock", None);
        assert_eq!((edits("kitten", "sitting", 3), edits("kitten", "sitting", 2)), (Some(3), None));
        assert_eq!(stem("php8.2-fpm-shop.sock"), "shop");
    }
}
