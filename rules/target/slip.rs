//! What an address that nginx refuses was meant to be.

use gatelint_model::nginx::Family;
use gatelint_model::nginx::url::{self, UrlRules};

/// What is wrong with a refused address, in words, and the address that was meant, where that is evident.
/// `family` is `None` for a `server` of a group.
pub(super) fn explain(family: Option<Family>, text: &str, error: &str) -> (String, Option<String>) {
    let is_socket = |text: &str| text.starts_with('/') && !text.starts_with("//");
    let meant = |address: &str| {
        let uri_part = family == Some(Family::Proxy);
        let is_fine = url::parse(address, UrlRules { default_port: None, uri_part })
            .is_ok_and(|url| url.socket.is_some() || url.port.is_some());
        let scheme = if uri_part { "http://" } else { "" };
        is_fine.then(|| format!("{scheme}{address}"))
    };
    let taker = family.map_or("a `server` of a group", Family::directive);
    let taker = if family.is_some() { format!("`{taker}`") } else { taker.to_owned() };
    if text.is_empty() {
        return (format!("the address of {taker} is empty"), None);
    }
    if is_socket(text) {
        let fixed = meant(&format!("unix:{text}"));
        return (format!("the socket path `{text}` lacks `unix:`"), fixed);
    }
    if let Some((scheme, rest)) = text.split_once("://")
        && (error.starts_with("invalid host") || error.starts_with("invalid URL prefix"))
    {
        let host = rest.split(['/', '?']).next().unwrap_or(rest);
        let rest = if is_socket(rest) { format!("unix:{rest}") } else { host.to_owned() };
        return (format!("{taker} takes no `{scheme}://`"), meant(&rest));
    }
    if error.starts_with("invalid URL prefix") {
        return (
            format!("the address `{text}` of {taker} lacks a scheme"),
            meant(text).or_else(|| scheme(text)),
        );
    }
    if error.starts_with("invalid host")
        && let Some((host, _)) = text.split_once(['/', '?'])
        && !text.starts_with('[')
    {
        return (format!("the address `{text}` of {taker} carries a URI"), meant(host));
    }
    let what = error.split(" in upstream").next().unwrap_or(error);
    (format!("nginx refuses the address `{text}`: {what}"), None)
}

/// `http://` for a slip such as `http:/a`, `http//a` or a bare name.
fn scheme(text: &str) -> Option<String> {
    let rest = ["https:/", "https//", "https/"].iter().find_map(|slip| text.strip_prefix(slip));
    if let Some(rest) = rest {
        return Some(format!("https://{rest}"));
    }
    let rest = ["http:/", "http//", "http/"].iter().find_map(|slip| text.strip_prefix(slip)).unwrap_or(text);
    let is_host = rest.starts_with(|first: char| first.is_ascii_alphanumeric() || first == '[');
    (is_host && !rest.contains("//")).then(|| format!("http://{rest}"))
}

/// Why no resolver anywhere finds this host; `None` where one may.
pub(super) fn unresolvable(host: &str, uri: Option<&str>) -> Option<&'static str> {
    let labels: Vec<&str> = host.split('.').collect();
    let is_number = |label: &&str| !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_digit());
    if labels.iter().all(is_number) && !is_ipv4(&labels) {
        return Some("is no IPv4 address");
    }
    if host.ends_with(".sock") || host.ends_with(".socket") {
        return Some("is a socket without `unix:` and its directory");
    }
    if host == "unix" && uri.is_some() {
        return Some("is a socket's scheme without `:`");
    }
    None
}

/// Whether `inet_aton(3)` takes these parts: the last one fills what the others leave.
fn is_ipv4(labels: &[&str]) -> bool {
    let Some((last, others)) = labels.split_last() else { return false };
    let bits = 8 * 4_usize.saturating_sub(others.len());
    let fits = |label: &str, bits: usize| label.parse::<u64>().is_ok_and(|number| number < 1 << bits);
    others.len() < 4 && others.iter().all(|label| fits(label, 8)) && fits(last, bits)
}

#[cfg(test)]
mod tests {
    use super::{explain, unresolvable};
    use gatelint_model::nginx::Family;

    #[test]
    fn what_was_meant() {
        let check = |family: Option<Family>, text: &str, error: &str, expected: Option<&str>| {
            assert_eq!(explain(family, text, error).1.as_deref(), expected, "{text}");
        };
        let (fastcgi, proxy) = (Some(Family::Fastcgi), Some(Family::Proxy));
        check(fastcgi, "/run/x.sock", "invalid host", Some("unix:/run/x.sock"));
        check(fastcgi, "http://127.0.0.1:9000/", "invalid host", Some("127.0.0.1:9000"));
        check(fastcgi, "unix:///run/x.sock", "invalid host", Some("unix:/run/x.sock"));
        check(fastcgi, "127.0.0.1:9000/x", "invalid host", Some("127.0.0.1:9000"));
        check(fastcgi, "127.0.0.1:90000", "invalid port", None);
        check(proxy, "127.0.0.1:3000/x", "invalid URL prefix", Some("http://127.0.0.1:3000/x"));
        check(proxy, "unix:/run/x.sock", "invalid URL prefix", Some("http://unix:/run/x.sock"));
        check(proxy, "backend", "invalid URL prefix", Some("http://backend"));
        check(proxy, "http:/backend", "invalid URL prefix", Some("http://backend"));
        check(proxy, "https//backend/x", "invalid URL prefix", Some("https://backend/x"));
        check(None, "http://127.0.0.1:80", "invalid host", Some("127.0.0.1:80"));
    }

    #[test]
    fn names_that_nobody_resolves() {
        for host in ["256.0.0.1", "1.2.3.4.5", "999", "php8.2-fpm.sock"] {
            let is_address = host == "999";
            assert_eq!(unresolvable(host, None).is_none(), is_address, "{host}");
        }
        for host in ["127.1", "127.0.0.1", "2130706433", "app.1", "10", "example.com", "unix"] {
            assert_eq!(unresolvable(host, None), None, "{host}");
        }
    }
}
