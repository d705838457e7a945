//! Sizes that must fit each other, and tables that nginx cannot build.

use super::{Check, Log};
use crate::nginx::trial::{Defect, Evidence, Expected, Fault};
use crate::nginx::{ContextKind, Directive, Scope, number};

/// What a server reads large headers into holds at least a connection's memory pool:
/// `ngx_http_core_merge_srv_conf()`.
pub(super) struct HeaderBuffers;

/// `large_client_header_buffers` where it is not set.
const HEADER_BUFFER: u64 = 8 << 10;

impl<'a> Check<'a> for HeaderBuffers {
    fn names(&self) -> &'static [&'static str] {
        &[]
    }

    /// Servers are merged at the end of `http`.
    fn leave(&mut self, scope: Scope<'a>, log: &mut Log) {
        if scope.kind() != ContextKind::Http || !scope.is_whole() {
            return;
        }
        let mut told = None;
        for server in scope.blocks_of(ContextKind::Server).filter(|server| server.is_whole()) {
            // The pool is 512 bytes where nothing is said: less than any buffer that is left at its default.
            let pool = read(server, "connection_pool_size", 0, 512);
            let buffer = read(server, "large_client_header_buffers", 1, HEADER_BUFFER);
            let (Some((pool, by)), Some((buffer, buffers))) = (pool, buffer) else { continue };
            let Some(blamed) = by.or(buffers).filter(|_| buffer < pool) else { continue };
            // One value in `http` is one mistake, however many servers inherit it.
            if told.replace(blamed.id()) == Some(blamed.id()) {
                continue;
            }
            let message = "the \"large_client_header_buffers\" size must be equal to or greater than \"connection_pool_size\"";
            let fault = Fault::new(Defect::Conflict, 0, message);
            let at = scope.opener().map(Directive::close_span);
            let other = buffers.filter(|buffers| buffers.id() != blamed.id());
            if let Some((emerg, other)) = log.refuse_at(blamed, at, fault).zip(other) {
                emerg.show(other.span(), Evidence::Against);
            }
        }
    }
}

/// The size that an argument of the directive in force gives; nothing where it is not known.
fn read<'a>(scope: Scope<'a>, name: &str, arg: usize, default: u64) -> Option<(u64, Option<Directive<'a>>)> {
    let Some(directive) = scope.effective_last(name) else {
        return Some((default, None));
    };
    Some((number::size(&directive.arg(arg)?.value)?, Some(directive)))
}

/// Tables of variables are built at the end of `http` and `stream`: `ngx_hash_init()` of `src/core/ngx_hash.c`.
pub(super) struct VariableTables;

/// The largest bucket, less a cache line.
const MAX_BUCKET: u64 = (64 << 10) - 64;

impl<'a> Check<'a> for VariableTables {
    fn names(&self) -> &'static [&'static str] {
        &[]
    }

    fn leave(&mut self, scope: Scope<'a>, log: &mut Log) {
        if !matches!(scope.kind(), ContextKind::Http | ContextKind::Stream) {
            return;
        }
        let set = |name| {
            let directive = scope.own(name).next()?;
            Some((directive, number::integer(&directive.arg(0)?.value)?))
        };
        let no_table = |what: String| {
            Fault::value(
                1,
                Expected::What("a size that a table fits in"),
                format!("could not build variables_hash, {what}"),
            )
        };
        let size = set("variables_hash_max_size").filter(|(_, size)| *size == 0);
        let bucket = set("variables_hash_bucket_size");
        if let Some((directive, _)) = size {
            let what = "you should increase variables_hash_max_size: 0".to_owned();
            log.refuse_at(directive, None, no_table(what));
        } else if let Some((directive, 0)) = bucket {
            let what = "you should increase variables_hash_bucket_size: 0".to_owned();
            log.refuse_at(directive, None, no_table(what));
        } else if let Some((directive, bytes)) = bucket.filter(|(_, bytes)| *bytes > MAX_BUCKET) {
            let what = format!("too large variables_hash_bucket_size: {}", bytes.next_multiple_of(64));
            log.refuse_at(directive, None, no_table(what));
        }
    }
}
