//! The host in the argument of a pass with variables.

use gatelint_model::nginx::{Family, Part, parts};

/// A piece as configuration writes it.
pub(super) fn written(part: &Part<'_>) -> String {
    match part {
        Part::Literal(text) => String::from_utf8_lossy(text).into_owned(),
        Part::Variable(name) => format!("${{{}}}", String::from_utf8_lossy(name)),
    }
}

/// Whether a variable always begins with what ends a host.
fn is_uri(part: &Part<'_>) -> bool {
    matches!(part, Part::Variable(b"request_uri" | b"uri" | b"document_uri" | b"is_args"))
}

/// The pieces of the host in a pass's argument; `None` for a socket, and where a variable brings more than
/// the host.
pub(super) fn host_parts(family: Family, argument: &[u8]) -> Option<Vec<Part<'_>>> {
    let mut all = parts(argument).into_iter().peekable();
    if family == Family::Proxy {
        all.next_if(|part| *part == Part::Variable(b"scheme"));
    }
    let mut host = Vec::new();
    for (index, part) in all.enumerate() {
        let Part::Literal(text) = part else {
            if index == 0 && family == Family::Proxy {
                return None;
            }
            if is_uri(&part) {
                break;
            }
            host.push(part);
            continue;
        };
        let scheme = text.windows(3).position(|window| window == b"://").filter(|_| index == 0);
        if scheme.is_none() && index == 0 && family == Family::Proxy {
            return None;
        }
        let text = scheme.and_then(|at| text.get(at + 3..)).unwrap_or(text);
        let end = text.iter().position(|byte| b"/?:".contains(byte));
        let piece = text.get(..end.unwrap_or(text.len())).unwrap_or_default();
        if !piece.is_empty() {
            host.push(Part::Literal(piece));
        }
        if end.is_some() {
            break;
        }
    }
    // `unix:` starts a socket, whose path may hold anything.
    (host != [Part::Literal(b"unix")]).then_some(host)
}

/// Whether a text is a name of DNS, its last label made of letters.
pub(super) fn is_dns_name(text: &str) -> bool {
    let is_label = |label: &str| {
        !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
    };
    let top = text.rsplit('.').next().unwrap_or_default();
    text.split('.').all(is_label) && top.len() > 1 && top.bytes().all(|byte| byte.is_ascii_alphabetic())
}

#[cfg(test)]
mod tests {
    use super::{host_parts, written};
    use gatelint_model::nginx::Family;

    #[test]
    fn hosts_of_passes() {
        let check = |family: Family, argument: &str, expected: Option<&str>| {
            let host = host_parts(family, argument.as_bytes());
            let host = host.map(|host| host.iter().map(written).collect::<String>());
            assert_eq!(host.as_deref(), expected, "{argument}");
        };
        check(Family::Proxy, "http://a-$b.example:80/$c", Some("a-${b}.example"));
        check(Family::Proxy, "$scheme://$host$request_uri", Some("${host}"));
        check(Family::Proxy, "https://$host/$uri", Some("${host}"));
        check(Family::Proxy, "$backend/x", None);
        check(Family::Proxy, "$proto://x", None);
        check(Family::Fastcgi, "$pool:9000", Some("${pool}"));
        check(Family::Grpc, "grpc://$pool.example", Some("${pool}.example"));
    }
}
