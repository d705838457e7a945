//! Formats of access logs: `ngx_http_log_set_format()` and `ngx_http_log_set_log()` of
//! `src/http/modules/ngx_http_log_module.c`, and the same of stream. A format is defined before it is used.

use gatelint_catalog::nginx::Name;
use rustc_hash::FxHashMap;

use super::{Check, Log};
use crate::nginx::trial::{Defect, Evidence, Fault, Thing};
use crate::nginx::{ContextKind, Directive, Scope, number};

#[derive(Default)]
pub(super) struct Formats<'a> {
    http: Layer<'a>,
    stream: Layer<'a>,
}

#[derive(Default)]
struct Layer<'a> {
    /// By name as written.
    formats: FxHashMap<Vec<u8>, Directive<'a>>,
    /// Buffers by file.
    buffers: FxHashMap<Vec<u8>, (Buffer, Directive<'a>)>,
}

/// Bytes, milliseconds, level of compression.
type Buffer = (u64, u64, u64);

impl<'a> Check<'a> for Formats<'a> {
    fn names(&self) -> &'static [&'static str] {
        &["log_format", "access_log"]
    }

    fn directive(&mut self, name: Name, directive: Directive<'a>, log: &mut Log) {
        let section = directive
            .scope()
            .ancestors()
            .find(|scope| matches!(scope.kind(), ContextKind::Http | ContextKind::Stream));
        let Some(section) = section.filter(|scope| scope.opener().is_some()) else { return };
        let is_http = section.kind() == ContextKind::Http;
        let layer = if is_http { &mut self.http } else { &mut self.stream };
        if name.text() == "log_format" {
            layer.define(directive, is_http, log);
        } else if !log.is_refused() {
            layer.write(directive, section, log);
        }
    }
}

impl<'a> Layer<'a> {
    fn define(&mut self, directive: Directive<'a>, is_http: bool, log: &mut Log) {
        let Some(name) = directive.arg(0) else { return };
        let first = self.formats.get(&*name.value).copied();
        if (first.is_some() || is_http && *name.value == *b"combined") && !log.is_refused() {
            let message = format!("duplicate \"log_format\" name \"{}\"", name.text());
            let fault = Fault::new(Defect::Redefined(Thing::LogFormat), 1, message);
            if let (Some(emerg), Some(first)) = (log.refuse(directive, fault), first) {
                emerg.show(first.span(), Evidence::First);
            }
        }
        self.formats.insert(name.value.into_owned(), directive);
    }

    fn write(&mut self, directive: Directive<'a>, section: Scope<'a>, log: &mut Log) {
        let Some(format) = directive.arg(1) else { return };
        if !self.has(&format.value, section) {
            if section.is_whole() && section.is_in_main() {
                let message = format!("unknown log format \"{}\"", format.text());
                log.refuse(directive, Fault::new(Defect::Undefined(Thing::LogFormat), 2, message));
            }
            return;
        }
        self.buffer(directive, log);
    }

    /// Names differ in case only where they are defined.
    fn has(&self, format: &[u8], section: Scope<'a>) -> bool {
        let is_builtin = section.kind() == ContextKind::Http && format.eq_ignore_ascii_case(b"combined");
        is_builtin
            || self.formats.contains_key(format)
            || self.formats.keys().any(|known| known.eq_ignore_ascii_case(format))
    }

    /// Every log of a file has the same buffer.
    fn buffer(&mut self, directive: Directive<'a>, log: &mut Log) {
        let (mut size, mut flush, mut gzip) = (0, 0, 0);
        for arg in directive.args().skip(2) {
            if let Some(value) = arg.value.strip_prefix(b"buffer=") {
                size = number::size(value).unwrap_or(0);
            } else if let Some(value) = arg.value.strip_prefix(b"flush=") {
                flush = number::milliseconds(value).unwrap_or(0);
            } else if let Some(value) = arg.value.strip_prefix(b"gzip") {
                gzip = value.strip_prefix(b"=").and_then(number::integer).unwrap_or(1);
                size = if size == 0 { 64 << 10 } else { size };
            }
        }
        let Some(file) = directive.arg(0).filter(|_| size > 0) else { return };
        let buffer = (size, flush, gzip);
        match self.buffers.get(&*file.value) {
            Some((first, _)) if *first == buffer => {}
            Some((_, first)) => {
                let message =
                    format!("access_log \"{}\" already defined with conflicting parameters", file.text());
                if let Some(emerg) = log.refuse(directive, Fault::new(Defect::Conflict, 1, message)) {
                    emerg.show(first.span(), Evidence::Against);
                }
            }
            None => _ = self.buffers.insert(file.value.into_owned(), (buffer, directive)),
        }
    }
}
