//! What nginx 1.22.1 refuses in the directives of its process, its events and its small modules: each row is what
//! `nginx -t` of that release says.

#![allow(clippy::expect_used, reason = "a test says what it expects by failing")]

use gatelint_model::files::Memory;
use gatelint_model::{Options, Stack, discover};

fn stack(text: &str, version: Option<(u16, u16, u16)>) -> Stack {
    let files = Memory::new([("etc/nginx/nginx.conf", text)]);
    let options = Options { nginx_version: version, ..Options::default() };
    discover::load(&files, &discover::known(&files), &options).stack
}

/// `LINE: MESSAGE` of everything that is refused; line 0 where nginx names none.
fn refusals(text: &str, version: Option<(u16, u16, u16)>) -> Vec<String> {
    let stack = stack(text, version);
    let shown = stack.emergs().iter().map(|emerg| {
        let line = emerg.at.map_or(0, |at| stack.sources.line(at));
        format!("{line}: {}", emerg.message)
    });
    shown.collect()
}

const OLD: Option<(u16, u16, u16)> = Some((1, 22, 1));

/// Lines of a context, with what is said of them; nothing where they pass.
type Rows = &'static [(&'static str, &'static str)];

const MAIN: Rows = &[
    ("worker_processes auto;", ""),
    ("worker_processes -1;", "1: \"worker_processes\" directive invalid value"),
    ("worker_priority -5;", ""),
    ("worker_priority --5;", "1: \"worker_priority\" directive invalid number"),
    ("worker_cpu_affinity auto 01;", ""),
    (
        "worker_cpu_affinity auto 01 10;",
        "1: invalid number of arguments in \"worker_cpu_affinity\" directive",
    ),
    ("worker_cpu_affinity 01 1x2;", "1: invalid character \"2\" in \"worker_cpu_affinity\""),
    ("events { use x; }", "1: invalid event type \"x\""),
    ("events { worker_connections 1k; }", "1: invalid number \"1k\""),
    ("load_module a.so;\nevents {}", ""),
    ("events {}\n\nload_module a.so;", "3: \"load_module\" directive is specified too late"),
];

const HTTP: Rows = &[
    ("connection_pool_size 112; request_pool_size 1008;", ""),
    ("connection_pool_size 96;", "1: the pool size must be no less than 112"),
    ("request_pool_size 1000;", "1: the pool size must be a multiple of 16"),
    ("http2_pool_size 0;", "1: the pool size must be no less than 112"),
    ("http2_recv_buffer_size 33; http2_streams_index_size 1; http2_chunk_size 1;", ""),
    ("http2_recv_buffer_size 32;", "1: \"http2_recv_buffer_size\" directive value is too small"),
    ("http2_body_preread_size 2048m;", "1: the maximum body preread buffer size is 2147483647"),
    ("http2_chunk_size 0;", "1: the http2 chunk size cannot be zero"),
    ("http2_streams_index_size 0;", "1: \"http2_streams_index_size\" directive must be a power of two"),
    ("http2_push /a; http2_push /b;", ""),
    (
        "http2_push off;\nhttp2_push /a;",
        "2: \"http2_push\" directive URI cannot be used with \"off\" parameter",
    ),
    ("http2_push_preload on;\nhttp2_push_preload on;", "2: \"http2_push_preload\" directive is duplicate"),
    ("gzip_window 512; gzip_hash 131072;", ""),
    ("gzip_window 64k;", "1: \"gzip_window\" directive must be 512, 1k, 2k, 4k, 8k, 16k, or 32k"),
    ("gzip_hash 1000;", "1: \"gzip_hash\" directive must be 512, 1k, 2k, 4k, 8k, 16k, 32k, 64k, or 128k"),
    ("keepalive_timeout 500ms 5s;", ""),
    ("keepalive_timeout 5s 500ms;", "1: \"keepalive_timeout\" directive invalid value"),
    ("expires max; add_header A \"\"; add_trailer A $uri always;", ""),
    ("expires @24h;", ""),
    ("expires modified -1d;", ""),
    ("expires modified $uri;", ""),
    ("expires @25h;", "1: \"expires\" directive daily time value must be less than 24 hours"),
    ("expires modified max;", "1: \"expires\" directive invalid value"),
    (
        "expires modified @1h;",
        "1: \"expires\" directive daily time cannot be used with \"modified\" parameter",
    ),
    ("expires 1h 2h;", "1: \"expires\" directive invalid value"),
    ("expires +;", "1: \"expires\" directive invalid value"),
    ("add_header A ${uri;", "1: the closing bracket in \"uri\" variable is missing"),
    ("add_header A b ALWAYS;", "1: invalid parameter \"ALWAYS\""),
    ("userid_expires max; userid_mark =;", ""),
    ("userid_expires 5ms;", "1: \"userid_expires\" directive invalid value"),
    (
        "userid_mark ab;",
        "1: \"userid_mark\" directive value must be \"off\" or a single letter, digit or \"=\"",
    ),
    ("image_filter_sharpen x; image_filter_jpeg_quality 101;", ""),
    ("image_filter_jpeg_quality 0;", "1: invalid value \"0\""),
    ("server { location / { image_filter rotate $uri; image_filter resize - 10; image_filter test; } }", ""),
    ("server { location / {\nimage_filter rotate 45; } }", "2: invalid parameter \"45\""),
    ("server { location / { image_filter resize 10; } }", "1: invalid parameter \"resize\""),
    ("server { location / { image_filter crop 10 0; } }", "1: invalid parameter \"0\""),
    ("charset $;", "1: invalid variable name \"$\""),
    ("modern_browser MSIE 5.5; modern_browser unlisted;", ""),
    ("modern_browser msie 5b;", "1: invalid browser version \"5b\""),
    ("modern_browser lynx 2;", "1: unknown browser name \"lynx\""),
    ("modern_browser msie;", "0: "),
    ("proxy_http_version 2;", "1: invalid value \"2\""),
    ("set_real_ip_from 10.0.0.0/8; set_real_ip_from ::1; set_real_ip_from unix:;", ""),
    ("set_real_ip_from 10.0.0.0/33;", "1: host not found in set_real_ip_from \"10.0.0.0/33\""),
    ("geoip_proxy fe80::/10; geoip_proxy 10.0.0.1/8;", ""),
    ("geoip_proxy unix:;", "1: invalid network \"unix:\""),
    ("sub_filter \"\" b;", "1: empty search pattern"),
    ("sub_filter a $;", "1: invalid variable name"),
    ("proxy_redirect a b; proxy_redirect c d;", ""),
    ("max_headers 10;", ""),
    (
        "server { connection_pool_size 4k;\nlarge_client_header_buffers 4 2k; }\nserver {} ",
        "3: the \"large_client_header_buffers\" size must be equal to or greater than \"connection_pool_size\"",
    ),
    ("connection_pool_size 4k; large_client_header_buffers 4 2k;", ""),
    ("server { connection_pool_size 8k; }", ""),
    ("large_client_header_buffers 4 256; server { connection_pool_size 256; }", ""),
    (
        "server { location / { secure_link_secret a; secure_link_md5 b; } }\n",
        "2: \"secure_link_secret\" cannot be mixed with \"secure_link\" and \"secure_link_md5\"",
    ),
    ("server { secure_link_secret a; location / { secure_link_md5 b; } }", ""),
    (
        "variables_hash_max_size 0;",
        "0: could not build variables_hash, you should increase variables_hash_max_size: 0",
    ),
    (
        "variables_hash_bucket_size 65473;",
        "0: could not build variables_hash, too large variables_hash_bucket_size: 65536",
    ),
    ("variables_hash_bucket_size 65472;", ""),
];

#[test]
fn as_nginx_says() {
    for (lines, said) in MAIN {
        let events = if lines.contains("events") { "" } else { "\nevents {}" };
        assert_eq!(refusals(&format!("{lines}{events}"), OLD).join("\n"), *said, "{lines}");
    }
    for (lines, said) in HTTP {
        let text = format!("events {{}} http {{ {lines} }}");
        assert_eq!(refusals(&text, OLD).join("\n"), *said, "{lines}");
    }
}

#[test]
fn what_another_release_takes_is_refused_for_its_lack_only() {
    let text =
        "events { use poll; } http { proxy_http_version 2; http2_push_preload on; http2_push_preload on; }";
    assert_eq!(refusals(text, None), Vec::<String>::new());
    assert_eq!(refusals(text, Some((1, 29, 4))), ["1: invalid event type \"poll\""]);
    let stack = stack("events { use poll; } http { proxy_http_version 2; }", OLD);
    assert!(stack.emergs().iter().all(|emerg| emerg.lack.is_some()), "{:?}", stack.emergs());
}

#[test]
fn what_was_not_read_may_fit() {
    let text = "events {} http { connection_pool_size 16k; include gone; server { include gone; } }";
    assert_eq!(refusals(text, OLD), Vec::<String>::new());
}
