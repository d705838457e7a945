//! URIs that a regular expression takes: the matcher is asked about them in place of all that there are.

/// The most samples of one pattern.
const MAX_SAMPLES: usize = 16;
/// The longest sample in bytes.
const MAX_LENGTH: usize = 256;

/// Samples in the making.
type Texts = Vec<Vec<u8>>;

/// URIs that `pattern` is likely to take, one for each alternative at the least. They are guesses: whoever uses one
/// asks PCRE first. Empty where the pattern says more than this understands.
pub(super) fn samples(pattern: &[u8]) -> Vec<Vec<u8>> {
    let mut done: Texts = Vec::new();
    // What is open: the texts before the group, and the alternatives that are complete.
    let mut open: Vec<(Texts, Texts)> = Vec::new();
    let mut texts: Texts = vec![Vec::new()];
    // The texts without the last atom, for a quantifier that allows none.
    let mut before = texts.clone();
    let mut at = 0;
    while let Some(&byte) = pattern.get(at) {
        at += 1;
        match byte {
            b'^' | b'$' => {}
            b'(' => {
                at += group_prefix(pattern.get(at..).unwrap_or_default());
                open.push((texts.clone(), Vec::new()));
            }
            b')' => {
                let Some((outer, mut all)) = open.pop() else { return Vec::new() };
                all.append(&mut texts);
                all.truncate(MAX_SAMPLES);
                (texts, before) = (all, outer);
            }
            b'|' => match open.last_mut() {
                Some((outer, all)) => {
                    all.append(&mut texts);
                    texts.clone_from(outer);
                }
                None => {
                    done.append(&mut texts);
                    texts = vec![Vec::new()];
                }
            },
            b'?' | b'*' => {
                // `.*?` is `.*`; an optional atom is left out in half of the samples.
                if pattern.get(at.wrapping_sub(2)).is_none_or(|last| !b"*+?".contains(last)) {
                    texts.append(&mut before.clone());
                    texts.truncate(MAX_SAMPLES);
                }
            }
            b'+' => {}
            _ => {
                let Some((atom, length)) = atom(pattern.get(at - 1..).unwrap_or_default()) else {
                    return Vec::new();
                };
                at += length - 1;
                before.clone_from(&texts);
                texts.iter_mut().for_each(|text| text.push(atom));
            }
        }
        if texts.iter().any(|text| text.len() > MAX_LENGTH) {
            return Vec::new();
        }
    }
    done.append(&mut texts);
    done.truncate(MAX_SAMPLES);
    for text in &mut done {
        if text.first() != Some(&b'/') {
            text.splice(0..0, *b"/x");
        }
    }
    done.sort();
    done.dedup();
    done
}

/// The length of `?:`, `?<name>` and `?P<name>` behind a parenthesis; a look-ahead is taken for a group, and the
/// sample is then refused by PCRE.
fn group_prefix(rest: &[u8]) -> usize {
    match rest {
        [b'?', b':', ..] => 2,
        [b'?', b'<' | b'P' | b'\'', ..] => {
            rest.iter().position(|byte| *byte == b'>').map_or(1, |end| end + 1)
        }
        _ => 0,
    }
}

/// One byte that the atom at the start of `rest` takes, and the atom's length.
fn atom(rest: &[u8]) -> Option<(u8, usize)> {
    match rest {
        [b'\\', b'd', ..] => Some((b'1', 2)),
        [b'\\', b'w' | b'S', ..] => Some((b'x', 2)),
        [b'\\', other, ..] if !other.is_ascii_alphanumeric() => Some((*other, 2)),
        [b'.', ..] => Some((b'x', 1)),
        [b'[', inner @ ..] => {
            let end = inner.iter().skip(1).position(|byte| *byte == b']')? + 1;
            let class = inner.get(..end)?;
            let taken = match class {
                [b'^', ..] => *b"x1_-/.".iter().find(|byte| !class.contains(byte))?,
                [first, ..] if first.is_ascii_alphanumeric() => *first,
                _ => return None,
            };
            Some((taken, end + 2))
        }
        [b'{' | b'\\', ..] | [] => None,
        [other, ..] => Some((*other, 1)),
    }
}

#[cfg(test)]
mod tests {
    use super::samples;

    #[test]
    fn every_alternative_gets_a_sample() {
        let check = |pattern: &str, expected: &[&str]| {
            let got: Vec<String> =
                samples(pattern.as_bytes()).into_iter().map(|one| String::from_utf8(one).unwrap()).collect();
            assert_eq!(got, expected, "{pattern}");
        };
        check(r"\.php$", &["/x.php"]);
        check(r"^/wp-(login|admin/.*)\.php$", &["/wp-admin/.php", "/wp-admin/x.php", "/wp-login.php"]);
        check(r"^(?<s>.+?\.php)(/.*)?$", &["/xx.php", "/xx.php/", "/xx.php/x"]);
        check(r"[^/]\.php(/|$)", &["/xx.php", "/xx.php/"]);
        check(r"\.ph(p|tml)$", &["/x.php", "/x.phtml"]);
        check(r"^/a{2}", &[]);
        check(r"^/api|/rest", &["/api", "/rest"]);
    }
}
