//! What makes two lines one: the message without what changes from request to request, and the part of its context
//! that decides which directives are meant.

use super::context::Context;
use super::line::{Line, Program, Severity};

/// The most bytes of a message that tell it from others.
const MAX_MESSAGE: usize = 512;
/// The most bytes of a server's name, and of an address.
const MAX_NAME: usize = 256;
/// The longest quoted name that is kept as it is.
const MAX_QUOTED: usize = 64;

/// Writes the shape of a line; the largest number that was left out.
pub(super) fn shape(line: &Line<'_>, out: &mut Vec<u8>) -> u64 {
    let largest = message_shape(line, MAX_MESSAGE, out);
    if line.context.is_empty() {
        return largest;
    }
    let context = Context::parse(line.context);
    for part in [context.server, context.authority()] {
        out.push(0);
        out.extend_from_slice(part.get(..part.len().min(MAX_NAME)).unwrap_or(part));
    }
    out.push(0);
    request_shape(context.method(), context.path(), out);
    largest
}

/// As [`shape`], without the context: for when there are too many.
pub(super) fn coarse(line: &Line<'_>, out: &mut Vec<u8>) {
    message_shape(line, MAX_MESSAGE / 4, out);
}

fn message_shape(line: &Line<'_>, most: usize, out: &mut Vec<u8>) -> u64 {
    out.push(line.program as u8);
    out.push(line.severity as u8);
    let message = line.message.get(..line.message.len().min(most)).unwrap_or(line.message);
    // What keeps a program from starting is said once, and its numbers are lines of files.
    let is_start = line.severity == Severity::Emerg
        || line.program == Program::PhpFpm && line.severity >= Severity::Error;
    if is_start {
        out.extend_from_slice(message);
        return 0;
    }
    let mut largest = 0;
    let mut at = 0;
    // `[pool www2]`
    if message.first() == Some(&b'[')
        && let Some(end) = memchr::memchr(b']', message)
    {
        out.extend_from_slice(message.get(..end).unwrap_or_default());
        at = end;
    }
    while let Some(&byte) = message.get(at) {
        match byte {
            b'"' | b'\'' => {
                let rest = message.get(at + 1..).unwrap_or_default();
                let near = rest.get(..rest.len().min(MAX_MESSAGE)).unwrap_or(rest);
                match memchr::memchr(byte, near).and_then(|end| near.get(..end)) {
                    Some(inner) if inner.first() == Some(&b'/') => {
                        out.push(b'/');
                        out.extend_from_slice(extension(inner));
                        at += inner.len() + 2;
                    }
                    Some(inner) if inner.len() <= MAX_QUOTED && is_name(inner) => {
                        out.extend_from_slice(inner);
                        at += inner.len() + 2;
                    }
                    _ => {
                        out.push(byte);
                        at += 1;
                    }
                }
            }
            byte if byte.is_ascii_alphanumeric() => {
                let rest = message.get(at..).unwrap_or_default();
                let is_word = |byte: &&u8| byte.is_ascii_alphanumeric() || **byte == b'_';
                let length = rest.iter().take_while(is_word).count();
                let word = rest.get(..length).unwrap_or_default();
                let is_errno =
                    at > 0 && message.get(at - 1) == Some(&b'(') && rest.get(length) == Some(&b':');
                if is_errno || !word.iter().any(u8::is_ascii_digit) {
                    out.extend_from_slice(word);
                } else {
                    largest = largest.max(number(word).unwrap_or(0));
                    out.push(b'#');
                }
                at += length;
            }
            byte => {
                out.push(byte);
                at += 1;
            }
        }
    }
    largest
}

fn number(word: &[u8]) -> Option<u64> {
    std::str::from_utf8(word).ok()?.parse().ok()
}

/// Whether a quoted text is a name: of a zone, a host, a header.
fn is_name(text: &[u8]) -> bool {
    !text.iter().any(|byte| matches!(byte, b'/' | b' ' | b':'))
}

/// The suffix of a path's last part, with its dot.
fn extension(path: &[u8]) -> &[u8] {
    let name = path.rsplit(|byte| *byte == b'/').next().unwrap_or_default();
    let dot = memchr::memrchr(b'.', name).and_then(|at| name.get(at..));
    dot.filter(|suffix| suffix.len() <= 8).unwrap_or_default()
}

/// The method, the first two parts of the path and its suffix: as much as locations mostly ask for.
fn request_shape(method: &[u8], path: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(method.get(..method.len().min(16)).unwrap_or(method));
    for part in path.split(|byte| *byte == b'/').skip(1).take(2) {
        out.push(b'/');
        let is_plain = part.len() <= 32 && !part.iter().any(u8::is_ascii_digit);
        out.extend_from_slice(if is_plain { part } else { b"#" });
    }
    out.extend_from_slice(extension(path));
}

#[cfg(test)]
mod tests {
    use super::super::line::parse;
    use super::shape;

    fn of(line: &str) -> (Vec<u8>, u64) {
        let line = format!("2026/11/20 03:12:09 [error] 7#7: *1 {line}");
        let mut out = Vec::new();
        let largest = shape(&parse(line.as_bytes()).unwrap(), &mut out);
        (out, largest)
    }

    #[test]
    fn what_changes_with_each_request_is_left_out() {
        let same = |a: &str, b: &str| assert_eq!(of(a).0, of(b).0, "{a}\n{b}");
        let client = ", client: 1.2.3.4, server: a, request: \"POST /up/17 HTTP/1.1\", host: \"a\"";
        let other = ", client: 5.6.7.8, server: a, request: \"POST /up/18?x=1 HTTP/2.0\", host: \"b\"";
        same(&format!("too large body: 5 bytes{client}"), &format!("too large body: 99 bytes{other}"));
        same(
            "open() \"/srv/a/b.jpg\" failed (2: No such file)",
            "open() \"/srv/c.jpg\" failed (2: No such file)",
        );
        assert_eq!(of("too large body: 5000 bytes").1, 5000);
    }

    #[test]
    fn what_decides_stays() {
        let differ = |a: &str, b: &str| assert_ne!(of(a).0, of(b).0, "{a}\n{b}");
        differ("connect() failed (111: refused)", "connect() failed (110: refused)");
        differ("by zone \"one\"", "by zone \"two\"");
        let at = |upstream: &str| {
            format!("x, client: 1.2.3.4, server: a, request: \"GET / HTTP/1.1\", upstream: \"{upstream}\"")
        };
        differ(&at("http://127.0.0.1:3000/"), &at("http://127.0.0.1:3001/"));
        assert_eq!(of(&at("http://127.0.0.1:3000/a")).0, of(&at("http://127.0.0.1:3000/b")).0);
        differ(&at("fastcgi://unix:/run/a.sock:"), &at("fastcgi://unix:/run/b.sock:"));
    }
}
