//! Directives that take nothing but addresses: `resolver` and `*_bind`.

use gatelint_catalog::nginx::Directive;

use super::super::line::Line;
use super::super::{Expected, Fault};
use super::Setter;
use crate::nginx::inet::{inet4, inet6, port, split_at_byte};
use crate::nginx::number;
use crate::nginx::url::{self, UrlRules};
use crate::target::Lack;

pub(super) const SETTERS: &[(&str, Setter)] = &[
    ("resolver", resolver),
    ("proxy_bind", bind),
    ("fastcgi_bind", bind),
    ("uwsgi_bind", bind),
    ("scgi_bind", bind),
    ("grpc_bind", bind),
    ("memcached_bind", bind),
];

/// `ngx_parse_addr_port()`.
fn is_local_address(text: &[u8]) -> bool {
    let is_address = |text: &[u8]| inet4(text).is_some() || inet6(text).is_some();
    if is_address(text) {
        return true;
    }
    let split = match text.strip_prefix(b"[") {
        Some(rest) => {
            split_at_byte(rest, b']').and_then(|(inside, after)| Some((inside, after.strip_prefix(b":")?)))
        }
        None => split_at_byte(text, b':'),
    };
    split.is_some_and(|(address, number)| port(number).is_ok() && is_address(address))
}

/// `ngx_http_upstream_bind_set_slot()`; what holds variables is read when a connection is made.
fn bind(line: &Line<'_>, _: &'static Directive) -> Option<Fault> {
    let address = line.word(1)?;
    let is_off = line.count() == 1 && &*address == b"off";
    if !is_off && !address.contains(&b'$') && !is_local_address(&address) {
        let message = format!("invalid address \"{}\"", String::from_utf8_lossy(&address));
        return Some(Fault::value(1, Expected::What("an IP address, with a port or without"), message));
    }
    super::invalid_parameter(line, 2, &["transparent"])
}

/// `ngx_resolver_create()`.
fn resolver(line: &Line<'_>, _: &'static Directive) -> Option<Fault> {
    if line.word(1).is_some_and(|word| &*word == b"off") {
        // mail takes it alone; elsewhere it is the name of a host.
        return None;
    }
    let mut servers = 0;
    for (index, word) in line.words_from(1) {
        let text = String::from_utf8_lossy(&word);
        let invalid = |expected| Some(Fault::value(index, expected, format!("invalid parameter: {text}")));
        let unknown = |lack| {
            let message = format!("host not found in resolver \"{text}\"");
            let fault = Fault::value(index, Expected::What("the address of a name server"), message);
            Some(Fault { lack: Some(lack), ..fault })
        };
        let is_switch = |value: &str| matches!(value, "on" | "off");
        if let Some(time) = text.strip_prefix("valid=") {
            if number::seconds(time.as_bytes()).is_none() {
                return invalid(Expected::Seconds);
            }
        } else if let Some(value) = text.strip_prefix("ipv6=") {
            if !is_switch(value) {
                return invalid(Expected::OneOf(&["ipv6=on", "ipv6=off"]));
            }
        } else if let Some(value) = text.strip_prefix("ipv4=") {
            if line.target.is_at_least((1, 23, 1)) == Some(false) {
                return unknown(Lack::Since((1, 23, 1)));
            }
            if !is_switch(value) {
                return invalid(Expected::OneOf(&["ipv4=on", "ipv4=off"]));
            }
        } else if text.starts_with("status_zone=") {
            if line.target.is_plus() == Some(false) {
                return unknown(Lack::Plus);
            }
        } else {
            servers += 1;
            let rules = UrlRules { default_port: Some(53), uri_part: false };
            if !text.contains('$')
                && let Err(why) = url::parse(&text, rules)
            {
                let message = format!("{why} in resolver \"{text}\"");
                return Some(Fault::value(index, Expected::What("the address of a name server"), message));
            }
        }
    }
    (servers == 0)
        .then(|| Fault::value(1, Expected::What("the address of a name server"), "no name servers defined"))
}

#[cfg(test)]
mod tests {
    use super::is_local_address;

    #[test]
    fn local_addresses() {
        for (text, expected) in [
            ("10.0.0.1", true),
            ("10.0.0.1:8080", true),
            ("10.0.0.1:0", false),
            ("[::1]:80", true),
            ("[::1]", false),
            ("10.0.0.0/8", false),
            ("localhost", false),
        ] {
            assert_eq!(is_local_address(text.as_bytes()), expected, "{text}");
        }
    }
}
