//! The listener that a FastCGI target most likely means.

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

/// The most edits between two paths that still look alike.
const MAX_EDITS: usize = 3;

/// The pool that `target` most likely means; every comparison costs one of `budget`.
pub(super) fn nearest<'a>(stack: &'a Stack, target: &Target<'_>, budget: &mut usize) -> Option<Near<'a>> {
    let mut best: Option<(usize, Near<'a>)> = None;
    let mut count = 0;
    for (_, pool) in stack.fpm.pools() {
        let Some(listener) = &pool.listener else { continue };
        count += 1;
        if *budget == 0 {
            break;
        }
        *budget -= 1;
        let Some((rank, why, is_close)) = likeness(target, listener) else { continue };
        if best.as_ref().is_none_or(|(before, _)| rank < *before) {
            let near = Near { pool, listener, address: address(listener), why: why.to_owned(), is_close };
            best = Some((rank, near));
        }
    }
    let (rank, mut near) = best?;
    if rank >= UNALIKE && count > 1 {
        // Any of several pools may be meant: nothing to paste.
        return None;
    }
    if rank >= UNALIKE && count == 1 {
        near.why = format!("the only pool is elsewhere, and {}", near.why);
    }
    Some(near)
}

/// From this rank on two addresses have nothing in common.
const UNALIKE: usize = 100;

/// How alike they are (less is more), in which way, and whether that shows that PHP is meant.
fn likeness(target: &Target<'_>, listener: &Listener) -> Option<(usize, &'static str, bool)> {
    match (&target.address, &listener.bind) {
        (Address::Unix(path), Bind::Unix(own)) => Some(unix_likeness(path, own)),
        (Address::Unix(_), _) => Some((UNALIKE + 1, "nginx names a socket, the pool a TCP port", false)),
        (Address::Tcp(..), Bind::Unix(_)) => {
            Some((UNALIKE + 1, "nginx names a TCP port, the pool a socket", false))
        }
        (Address::Tcp(_, port), Bind::Any(own) | Bind::Ip(_, own) | Bind::Name(_, own)) => {
            match port == own {
                true => Some((1, "the port is the same, the address is not", true)),
                false => {
                    let distance = usize::from(port.abs_diff(*own));
                    Some((10 + distance.min(UNALIKE - 11), "the ports differ", distance <= 10))
                }
            }
        }
    }
}

fn unix_likeness(path: &str, own: &str) -> (usize, &'static str, bool) {
    if path.strip_suffix(':') == Some(own) {
        return (0, "the colon belongs to the path", true);
    }
    if let (Some(mine), Some(theirs)) = (without_version(path), without_version(own))
        && mine == theirs
    {
        return (1, "the paths differ only in the PHP version", true);
    }
    let (file, own_file) = (file_name(path), file_name(own));
    if file == own_file {
        return (2, "the directories differ", true);
    }
    if let (Some(mine), Some(theirs)) = (without_version(file), without_version(own_file))
        && mine == theirs
    {
        return (3, "the paths differ in the PHP version", true);
    }
    if let Some(edits) = edits(path, own, MAX_EDITS) {
        return (3 + edits, "the paths differ by a few letters", true);
    }
    if stem(file) == stem(own_file) && !stem(file).is_empty() {
        return (8, "the names are alike", true);
    }
    (UNALIKE, "the paths differ", false)
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
    use super::{edits, stem, unix_likeness};

    #[test]
    fn likeness_of_paths() {
        let why = |a: &str, b: &str| unix_likeness(a, b).1;
        assert_eq!(
            why("/run/php/php7.4-fpm.sock", "/run/php/php8.2-fpm.sock"),
            "the paths differ only in the PHP version"
        );
        assert_eq!(
            why("/run/php/php-fpm.sock", "/run/php/php8.2-fpm.sock"),
            "the paths differ only in the PHP version"
        );
        assert_eq!(
            why("/run/php5-fpm.sock", "/run/php/php8.2-fpm.sock"),
            "the paths differ in the PHP version"
        );
        assert_eq!(why("/run/www.sock", "/run/php-fpm/www.sock"), "the directories differ");
        assert_eq!(why("/run/php/shop.sock", "/run/php/shop-fpm.sock"), "the names are alike");
        assert_eq!(why("/run/php/shop.sock:", "/run/php/shop.sock"), "the colon belongs to the path");
        assert!(!unix_likeness("/run/fcgiwrap.socket", "/run/php/php8.2-fpm.sock").2);
        assert_eq!((edits("kitten", "sitting", 3), edits("kitten", "sitting", 2)), (Some(3), None));
        assert_eq!(stem("php8.2-fpm-shop.sock"), "shop");
    }
}
