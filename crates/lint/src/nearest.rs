//! The name that a misspelt one most likely means.

/// The closest of `names`, where one is close.
pub fn nearest<'a>(name: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    /// Beyond this nobody's slip: comparing costs its square.
    const MAX_LENGTH: usize = 128;
    if name.len() > MAX_LENGTH {
        return None;
    }
    let likeness = |other: &str| strsim::normalized_damerau_levenshtein(name, other);
    let all = names.into_iter().map(|other| (likeness(other), other));
    let best = all.max_by(|(a, _), (b, _)| a.total_cmp(b));
    best.filter(|(likeness, _)| *likeness > 0.6).map(|(_, name)| name)
}
