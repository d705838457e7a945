//! Text that is safe to show.

use std::borrow::Cow;

/// `text` on one line, with one `?` for every byte of a control or bidirectional character.
pub fn clean(text: &str) -> Cow<'_, str> {
    replace(text, |char| char == '\t')
}

/// As [`clean`], line ends kept.
pub(crate) fn clean_lines(text: &str) -> Cow<'_, str> {
    replace(text, |char| matches!(char, '\t' | '\n'))
}

fn replace(text: &str, keep: impl Fn(char) -> bool) -> Cow<'_, str> {
    if !text.contains(is_unsafe) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    for char in text.chars() {
        push(&mut out, char, keep(char));
    }
    Cow::Owned(out)
}

fn push(out: &mut String, char: char, keep: bool) {
    if keep || !is_unsafe(char) {
        out.push(char);
    } else {
        out.extend(std::iter::repeat_n('?', char.len_utf8()));
    }
}

/// Bytes as text of the same length: one `?` for every byte that is not UTF-8 or not safe to show. Line ends
/// stay, so that lines are those of the file.
pub(crate) fn view(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        let mut chars = chunk.valid().chars().peekable();
        while let Some(char) = chars.next() {
            let ends_line = char == '\r' && chars.peek() == Some(&'\n');
            push(&mut out, char, ends_line || matches!(char, '\t' | '\n'));
        }
        out.extend(chunk.invalid().iter().map(|_| '?'));
    }
    out
}

/// Characters that change what a terminal shows of the others: controls, those that turn the direction of
/// writing, line separators, and those without a width.
pub(crate) fn is_unsafe(char: char) -> bool {
    char.is_control()
        || matches!(char, '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
        || matches!(char, '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_view_has_the_length_of_the_bytes() {
        let bytes = b"a\x1b[31m\xe2\x80\xae\xe9 \xc3\xa9\0\r\n\rb\t";
        let view = view(bytes);
        assert_eq!(view, "a?[31m???? \u{e9}?\r\n?b\t");
        assert_eq!(view.len(), bytes.len());
    }

    #[test]
    fn nothing_breaks_out_of_a_line() {
        assert_eq!(clean("a\nb\u{202e}c"), "a?b???c");
        assert!(matches!(clean("plain \u{e9}"), Cow::Borrowed(_)));
    }
}
