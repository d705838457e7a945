//! Words of a configuration: which are filled in later, which are nearly the same.

/// Whether a text is filled in before nginx sees it: `${VAR}`, `{{ var }}`, `<%= var %>`, `@@var@@`, `__VAR__`.
pub(crate) fn is_template(text: &str) -> bool {
    ["${", "{{", "<%", "@@", "__", "%%", "[[", "%(", "#{"].iter().any(|mark| text.contains(mark))
        || text.contains(['<', '>', '{', '}'])
}

/// The one of `known` that `word` is most likely a slip of: at most two letters differ (one in a short word, none
/// in a very short one), digits are the same, and no other is as near.
pub(crate) fn nearest<'n>(word: &str, known: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    let word = plain(word);
    let limit = match word.chars().count() {
        0..=3 => 0,
        4..=7 => 1,
        _ => 2,
    };
    let near = known.filter_map(|name| {
        let other = plain(name);
        let is_slip = word.len().abs_diff(other.len()) <= 2 && digits(&word).eq(digits(&other));
        let distance = if is_slip { strsim::osa_distance(&word, &other) } else { usize::MAX };
        (distance <= limit).then_some((distance, name))
    });
    let mut near: Vec<_> = near.collect();
    near.sort_unstable();
    near.dedup_by(|a, b| a.1 == b.1);
    match near.as_slice() {
        [(_, only)] => Some(only),
        [(first, name), (second, _), ..] if first < second => Some(name),
        _ => None,
    }
}

/// `-`, `_` and `.` are easily taken for one another, and so are capitals.
fn plain(word: &str) -> String {
    word.to_lowercase().replace(['_', '.'], "-")
}

fn digits(word: &str) -> impl Iterator<Item = char> {
    word.chars().filter(char::is_ascii_digit)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn slips() {
        let check = |word: &str, known: &[&str], expected: Option<&str>| {
            assert_eq!(nearest(word, known.iter().copied()), expected, "{word} {known:?}");
        };
        check("php_backed", &["php_backend"], Some("php_backend"));
        check("php-fpm", &["php_fpm"], Some("php_fpm"));
        check("bakcend", &["backend", "frontend"], Some("backend"));
        check("PHP", &["php-8", "php"], Some("php"));
        check("app", &["api"], None);
        check("app2", &["app1"], None);
        check("backendx", &["backend-a", "backend-b"], None);
        check("orders", &["backend"], None);
    }
}
