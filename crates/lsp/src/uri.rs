//! Paths of the machine and the URIs by which editors name them.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Component, Path, PathBuf};
use std::str::FromStr;

use lsp_types::Uri;

/// The absolute path that a `file:` URI names; `None` for any other, and for one that leads upwards.
pub(crate) fn to_path(uri: &Uri) -> Option<PathBuf> {
    let rest = uri.as_str().get(..5).filter(|start| start.eq_ignore_ascii_case("file:"));
    let rest = uri.as_str().get(rest?.len()..)?;
    let path = match rest.strip_prefix("//") {
        Some(rest) => rest.get(rest.find('/')?..)?,
        None => rest,
    };
    let path = path.split(['?', '#']).next()?;
    let bytes = decoded(path.as_bytes())?;
    let path = Path::new(OsStr::from_bytes(&bytes));
    let is_plain = path.has_root() && !bytes.contains(&0);
    let is_plain = is_plain && !path.components().any(|part| part == Component::ParentDir);
    is_plain.then(|| path.components().collect())
}

/// The `file:` URI of an absolute path.
pub(crate) fn of_path(path: &Path) -> Option<Uri> {
    let mut text = String::from("file://");
    for &byte in path.as_os_str().as_bytes() {
        if byte.is_ascii_alphanumeric() || b"/-._~".contains(&byte) {
            text.push(char::from(byte));
        } else {
            text.push_str(&format!("%{byte:02X}"));
        }
    }
    Uri::from_str(&text).ok()
}

fn decoded(text: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.iter().copied();
    while let Some(byte) = bytes.next() {
        if byte != b'%' {
            out.push(byte);
            continue;
        }
        let mut digit = || char::from(bytes.next()?).to_digit(16);
        out.push((digit()? * 16 + digit()?) as u8);
    }
    Some(out)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test says what it expects by failing")]
mod tests {
    use super::*;

    #[test]
    fn names_survive_the_way_there_and_back() {
        for path in ["/etc/nginx/nginx.conf", "/srv/a b/\u{e9}%.conf", "/"] {
            assert_eq!(to_path(&of_path(Path::new(path)).unwrap()).unwrap(), Path::new(path));
        }
        let raw = Path::new(OsStr::from_bytes(b"/a/\xff"));
        assert_eq!(to_path(&of_path(raw).unwrap()).unwrap(), raw);
    }

    #[test]
    fn what_names_no_file_is_none() {
        let path = |text: &str| Uri::from_str(text).ok().and_then(|uri| to_path(&uri));
        assert_eq!(path("file://localhost/a"), Some("/a".into()));
        assert_eq!(path("file:/a"), Some("/a".into()));
        for text in
            ["untitled:Untitled-1", "http://a/b", "file:///a/%00", "file:///a/../b", "file:a", "file:///a%"]
        {
            assert_eq!(path(text), None, "{text}");
        }
    }
}
