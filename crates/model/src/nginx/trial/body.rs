//! Lines of the free-form bodies: map, geo, split_clients, charset_map, types.

use gatelint_catalog::nginx::Name;
use gatelint_syntax::nginx::Ending;

use super::line::Line;
use super::{Defect, Fault};
use crate::template::is_masked;

/// What nginx refuses in a line of a body for the number of its words.
pub(super) fn judge(line: &Line<'_>) -> Option<Fault> {
    let body = line.body?;
    if !matches!(body.text(), "map" | "geo" | "charset_map" | "split_clients" | "types") {
        return None;
    }
    if line.ending != Ending::Semicolon {
        return Some(Fault::new(Defect::NotTerminated, 0, "unexpected \"{\""));
    }
    if line.words.iter().any(|word| is_masked(word.inner().of(line.text))) {
        return None;
    }
    let count = words_of_line(body, &line.word(0)?)?;
    (line.words.len() != count).then(|| {
        let message = match body.text() {
            "charset_map" => "invalid parameters number".to_owned(),
            kind => format!("invalid number of the {kind} parameters"),
        };
        let args = u16::try_from(count.saturating_sub(1)).unwrap_or(u16::MAX);
        Fault::new(Defect::Count { min: args, max: args }, 0, message)
    })
}

/// The number of words that a line of this free-form body has; `None` where any will do.
pub(crate) fn words_of_line(body: Name, first: &[u8]) -> Option<usize> {
    match (body.text(), first) {
        ("map", b"hostnames" | b"volatile") => Some(1),
        ("geo", b"ranges" | b"proxy_recursive" | b"volatile") => Some(1),
        ("map" | "geo" | "charset_map", _) => Some(2),
        _ => None,
    }
}
