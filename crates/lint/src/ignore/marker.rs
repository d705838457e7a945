//! What an ignore comment says.

use gatelint_syntax::TextRange;

/// The most rules that one comment may name.
const MAX_NAMES: usize = 64;

/// What stands behind `gatelint:`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Marker {
    pub(super) verb: Verb,
    /// The names in the brackets with their places in the comment.
    pub(super) names: Vec<(String, TextRange)>,
}

/// What a comment asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verb {
    Line,
    File,
    Other,
}

/// Where `gatelint:` opens the comment, or a comment within it: prose that mentions it is none.
pub(super) fn read(comment: &[u8]) -> Option<Marker> {
    const WORD: &[u8] = b"gatelint:";
    let at = memchr::memmem::find_iter(comment, WORD).find(|at| {
        let before = comment.get(..*at).unwrap_or_default().trim_ascii_end();
        matches!(before.last(), Some(b'#' | b';'))
    })?;
    let rest = comment.get(at + WORD.len()..)?;
    let verb_at = at + WORD.len() + blanks(rest);
    let rest = rest.trim_ascii_start();
    let end = rest.iter().position(|byte| !(byte.is_ascii_alphanumeric() || *byte == b'-'));
    let (verb, rest) = rest.split_at(end.unwrap_or(rest.len()));
    let verb_end = verb_at + verb.len();
    let verb = match verb {
        b"ignore" => Verb::Line,
        b"ignore-file" => Verb::File,
        _ => Verb::Other,
    };
    let inside = rest.strip_prefix(b"[").and_then(|rest| rest.split(|byte| *byte == b']').next());
    // Without its closing bracket a list has no end.
    let inside = inside.filter(|inside| rest.get(inside.len() + 1) == Some(&b']')).unwrap_or_default();
    let mut names = Vec::new();
    let mut offset = verb_end + 1;
    for part in inside.split(|byte| *byte == b',').take(MAX_NAMES) {
        let name = part.trim_ascii();
        if !name.is_empty() {
            let start = (offset + blanks(part)) as u32;
            let range = TextRange::new(start, start + name.len() as u32);
            names.push((String::from_utf8_lossy(name).into_owned(), range));
        }
        offset += part.len() + 1;
    }
    Some(Marker { verb, names })
}

fn blanks(text: &[u8]) -> usize {
    text.len() - text.trim_ascii_start().len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(comment: &str) -> Option<(Verb, Vec<&str>)> {
        let marker = read(comment.as_bytes())?;
        let text = |range: TextRange| &comment[range.start as usize..range.end as usize];
        for (name, range) in &marker.names {
            assert_eq!(name, text(*range));
        }
        Some((marker.verb, marker.names.iter().map(|(_, range)| text(*range)).collect()))
    }

    #[test]
    fn a_comment_is_read() {
        assert_eq!(names("# gatelint: ignore[a-b] why"), Some((Verb::Line, vec!["a-b"])));
        assert_eq!(names(";gatelint:ignore[ a , b ]"), Some((Verb::Line, vec!["a", "b"])));
        assert_eq!(names("# old # gatelint: ignore-file[a]"), Some((Verb::File, vec!["a"])));
        assert_eq!(names("# gatelint: ignore"), Some((Verb::Line, vec![])));
        assert_eq!(names("# gatelint: ignore[]"), Some((Verb::Line, vec![])));
        assert_eq!(names("# gatelint: ignore[a"), Some((Verb::Line, vec![])));
        assert_eq!(names("# gatelint: ignore [a]"), Some((Verb::Line, vec![])));
        assert_eq!(names("# gatelint: ignroe[a]"), Some((Verb::Other, vec!["a"])));
        assert_eq!(names("# see gatelint: ignore[a]"), None);
        assert_eq!(names("# gatelint is a linter"), None);
    }
}
