//! What a text evidently is.

use std::path::Path;

use super::{fpm, nginx};
use crate::nginx::ContextKind;
use crate::template::{Grammar, Template};

/// A kind of configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Class {
    /// nginx: a main configuration, or a part of one that makes sense alone (vhosts, locations), by the context
    /// in which its first word stands.
    Nginx(ContextKind),
    /// nginx: directives that only an includer gives a meaning (`fastcgi_params`).
    NginxSnippet(ContextKind),
    /// PHP-FPM: a main configuration.
    FpmMain,
    /// PHP-FPM: pools without a main configuration.
    FpmPool,
}

impl Class {
    /// Whether nginx reads it.
    pub fn is_nginx(self) -> bool {
        matches!(self, Self::Nginx(_) | Self::NginxSnippet(_))
    }
}

/// Longer texts than this are told by their beginning, in bytes.
const LOOKED_AT: usize = 256 << 10;

/// Tells configuration by its content; `None` for everything else.
pub fn classify(text: &[u8]) -> Option<Class> {
    if is_binary(text) {
        return None;
    }
    let text = text.get(..LOOKED_AT).unwrap_or(text);
    // Neither program takes a byte order mark; what follows still is what was meant.
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    fpm::classify(text).or_else(|| nginx::classify(text))
}

/// Tells what is made of a template by what stands around its marks; `None` for everything else, and for what is no
/// template.
pub fn classify_template(path: &Path, text: &[u8]) -> Option<Class> {
    let ini = Template::read(path, text, Grammar::Ini)?;
    let pools = classify(&ini.masked).filter(|class| !class.is_nginx());
    pools.or_else(|| classify(&Template::read(path, text, Grammar::Nginx)?.masked))
}

/// Whether this is no text: an executable, an archive, a picture. A stray NUL does not make it one.
pub fn is_binary(text: &[u8]) -> bool {
    let head = text.get(..8192).unwrap_or(text);
    let odd = head.iter().filter(|&&byte| byte < 9 || (14..32).contains(&byte) && byte != 27).count();
    let magic: [&[u8]; 7] =
        [b"\x7fELF", b"\x89PNG", b"\x1f\x8b", b"PK\x03\x04", b"%PDF", b"\xff\xd8\xff", b"\xfd7zXZ"];
    magic.iter().any(|magic| head.starts_with(magic)) || odd * 10 > head.len()
}
