//! Numbers and sizes that a directive looks at once more when they are read: the post handlers of
//! `src/http/ngx_http_core_module.c`, `src/http/v2/ngx_http_v2_module.c` and
//! `src/http/modules/ngx_http_gzip_filter_module.c`.

use gatelint_catalog::nginx::Directive;

use super::super::line::Line;
use super::super::{Expected, Fault};
use super::Setter;
use crate::nginx::number;

pub(super) const SETTERS: &[(&str, Setter)] = &[
    ("connection_pool_size", pool),
    ("request_pool_size", pool),
    ("http2_pool_size", pool),
    ("http2_recv_buffer_size", receive_buffer),
    ("http2_body_preread_size", preread),
    ("http2_chunk_size", chunk),
    ("http2_streams_index_size", streams_index),
    ("gzip_window", window),
    ("gzip_hash", hash),
];

/// The smallest memory pool where pointers have eight bytes: `NGX_MIN_POOL_SIZE` of `src/core/ngx_palloc.h`.
const MIN_POOL: u64 = 112;
/// What the size of a pool is a multiple of: `NGX_POOL_ALIGNMENT`.
const POOL_ALIGNMENT: u64 = 16;
/// `NGX_HTTP_V2_STATE_BUFFER_SIZE`: two of them are kept from each receive buffer.
const STATE_BUFFER: u64 = 16;
/// `NGX_HTTP_V2_MAX_WINDOW`.
const MAX_WINDOW: u64 = (1 << 31) - 1;

fn size(line: &Line<'_>) -> Option<u64> {
    number::size(&line.word(1)?)
}

fn pool(line: &Line<'_>, _: &'static Directive) -> Option<Fault> {
    let size = size(line)?;
    let expected = Expected::What("a size of at least 112 bytes that is a multiple of 16");
    let message = if size < MIN_POOL {
        format!("the pool size must be no less than {MIN_POOL}")
    } else if size % POOL_ALIGNMENT != 0 {
        format!("the pool size must be a multiple of {POOL_ALIGNMENT}")
    } else {
        return None;
    };
    Some(Fault::value(1, expected, message))
}

fn receive_buffer(line: &Line<'_>, directive: &'static Directive) -> Option<Fault> {
    let expected = Expected::What("a size above 32 bytes");
    (size(line)? <= 2 * STATE_BUFFER)
        .then(|| Fault::returned(directive.name, "value is too small", 1, expected))
}

fn preread(line: &Line<'_>, _: &'static Directive) -> Option<Fault> {
    let message = format!("the maximum body preread buffer size is {MAX_WINDOW}");
    (size(line)? > MAX_WINDOW).then(|| Fault::value(1, Expected::What("a size below 2048m"), message))
}

fn chunk(line: &Line<'_>, _: &'static Directive) -> Option<Fault> {
    let message = "the http2 chunk size cannot be zero";
    (size(line)? == 0).then(|| Fault::value(1, Expected::What("a size above 0"), message))
}

fn streams_index(line: &Line<'_>, directive: &'static Directive) -> Option<Fault> {
    let expected = Expected::What("a power of two");
    let number = number::integer(&line.word(1)?)?;
    (!number.is_power_of_two())
        .then(|| Fault::returned(directive.name, "must be a power of two", 1, expected))
}

fn window(line: &Line<'_>, directive: &'static Directive) -> Option<Fault> {
    let expected = Expected::OneOf(&["512", "1k", "2k", "4k", "8k", "16k", "32k"]);
    let what = "must be 512, 1k, 2k, 4k, 8k, 16k, or 32k";
    is_no_power(line, 32 << 10).then(|| Fault::returned(directive.name, what, 1, expected))
}

fn hash(line: &Line<'_>, directive: &'static Directive) -> Option<Fault> {
    let expected = Expected::OneOf(&["512", "1k", "2k", "4k", "8k", "16k", "32k", "64k", "128k"]);
    let what = "must be 512, 1k, 2k, 4k, 8k, 16k, 32k, 64k, or 128k";
    is_no_power(line, 128 << 10).then(|| Fault::returned(directive.name, what, 1, expected))
}

/// Whether the size is no power of two from 512 to `max`.
fn is_no_power(line: &Line<'_>, max: u64) -> bool {
    size(line).is_some_and(|size| !size.is_power_of_two() || !(512..=max).contains(&size))
}
