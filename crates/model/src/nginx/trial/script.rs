//! Text with variables: `ngx_http_script_compile()` of `src/http/ngx_http_script.c`, and
//! `ngx_http_log_compile_format()` of `src/http/modules/ngx_http_log_module.c`, which reads the same but for captures.

use super::{Expected, Fault};

/// What a text evaluates, in the order of the text; ends behind what cannot be read.
#[derive(Clone, Debug)]
pub(crate) struct Script<'t> {
    rest: &'t [u8],
    /// Whether `$1` is a capture; else it is a variable of this name.
    captures: bool,
}

/// One thing that is evaluated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Piece<'t> {
    /// `$name` or `${name}`.
    Variable(&'t [u8]),
    /// A `$` that no name follows, with the rest of the text.
    Nameless(&'t [u8]),
    /// `${name` without its bracket.
    Open(&'t [u8]),
}

impl<'t> Script<'t> {
    /// A value; `$1` is a capture.
    pub(crate) fn new(text: &'t [u8]) -> Self {
        Self { rest: text, captures: true }
    }

    /// A log format.
    pub(crate) fn log(text: &'t [u8]) -> Self {
        Self { rest: text, captures: false }
    }
}

impl<'t> Iterator for Script<'t> {
    type Item = Piece<'t>;

    fn next(&mut self) -> Option<Piece<'t>> {
        loop {
            let at = memchr::memchr(b'$', self.rest)?;
            let from = self.rest.get(at..).unwrap_or_default();
            let after = from.get(1..).unwrap_or_default();
            if self.captures && matches!(after.first(), Some(b'1'..=b'9')) {
                self.rest = after.get(1..).unwrap_or_default();
                continue;
            }
            self.rest = &[];
            let inner = after.strip_prefix(b"{");
            let (inner, has_bracket) = inner.map_or((after, false), |inner| (inner, true));
            let length = inner.iter().take_while(|byte| is_name(**byte)).count();
            let (name, tail) = inner.split_at_checked(length).unwrap_or_default();
            let closed = if has_bracket { tail.strip_prefix(b"}") } else { Some(tail) };
            return Some(match closed {
                _ if inner.is_empty() => Piece::Nameless(from),
                None => Piece::Open(name),
                Some(_) if name.is_empty() => Piece::Nameless(from),
                Some(tail) => {
                    self.rest = tail;
                    Piece::Variable(name)
                }
            });
        }
    }
}

/// What nginx refuses in the variables of a value.
pub(crate) fn judge(index: usize, text: &[u8]) -> Option<Fault> {
    Script::new(text).find_map(|piece| fault(index, piece, |_| "invalid variable name".to_owned()))
}

/// What nginx refuses in the variables of a log format.
pub(crate) fn judge_log(index: usize, text: &[u8]) -> Option<Fault> {
    let nameless = |rest: &[u8]| format!("invalid parameter \"{}\"", String::from_utf8_lossy(rest));
    Script::log(text).find_map(|piece| fault(index, piece, nameless))
}

fn fault(index: usize, piece: Piece<'_>, nameless: impl Fn(&[u8]) -> String) -> Option<Fault> {
    let message = match piece {
        Piece::Variable(_) => return None,
        Piece::Nameless(rest) => nameless(rest),
        Piece::Open(name) => {
            format!("the closing bracket in \"{}\" variable is missing", String::from_utf8_lossy(name))
        }
    };
    Some(Fault::value(index, Expected::Variable, message))
}

/// Whether a byte belongs to a variable's name.
fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}
