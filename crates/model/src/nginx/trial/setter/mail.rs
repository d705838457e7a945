//! Mail: `src/mail/ngx_mail_core_module.c` and `src/mail/ngx_mail_auth_http_module.c`.

use gatelint_catalog::nginx::Directive;

use super::super::line::Line;
use super::super::{Expected, Fault};
use super::Setter;
use crate::nginx::url::{self, UrlRules};

pub(super) const SETTERS: &[(&str, Setter)] = &[("protocol", protocol), ("auth_http", auth_http)];

fn protocol(line: &Line<'_>, _: &'static Directive) -> Option<Fault> {
    let word = line.word(1)?;
    (!matches!(&*word, b"imap" | b"pop3" | b"smtp")).then(|| {
        let message = format!("unknown protocol \"{}\"", String::from_utf8_lossy(&word));
        Fault::value(1, Expected::OneOf(&["imap", "pop3", "smtp"]), message)
    })
}

fn auth_http(line: &Line<'_>, _: &'static Directive) -> Option<Fault> {
    let word = line.word(1)?;
    let text = String::from_utf8_lossy(&word);
    let address = text.strip_prefix("http://").unwrap_or(&text);
    let rules = UrlRules { default_port: Some(80), uri_part: true };
    let why = url::parse(address, rules).err().filter(|_| !address.contains('$'))?;
    let message = format!("{why} in auth_http \"{address}\"");
    Some(Fault::value(1, Expected::What("an address such as `127.0.0.1:9000/auth`"), message))
}
