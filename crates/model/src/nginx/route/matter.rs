//! Which directives decide about a request that ends in a pass.

use super::super::Family;

/// Directives of every location, the most asked for first. `NAME KEY` is the line of a list with that first argument.
const ALL: &[&str] = &[
    "root",
    "alias",
    "client_max_body_size",
    "large_client_header_buffers",
    "keepalive_timeout",
    "error_page",
    "access_log",
    "error_log",
];

const FASTCGI: &[&str] = &[
    "fastcgi_param SCRIPT_FILENAME",
    "fastcgi_split_path_info",
    "fastcgi_index",
    "fastcgi_connect_timeout",
    "fastcgi_send_timeout",
    "fastcgi_read_timeout",
    "fastcgi_buffer_size",
    "fastcgi_buffers",
    "fastcgi_busy_buffers_size",
    "fastcgi_request_buffering",
    "fastcgi_next_upstream",
    "fastcgi_intercept_errors",
    "fastcgi_keep_conn",
];

const PROXY: &[&str] = &[
    "proxy_http_version",
    "proxy_set_header Host",
    "proxy_set_header Connection",
    "proxy_set_header X-Forwarded-For",
    "proxy_connect_timeout",
    "proxy_send_timeout",
    "proxy_read_timeout",
    "proxy_buffer_size",
    "proxy_buffers",
    "proxy_busy_buffers_size",
    "proxy_request_buffering",
    "proxy_next_upstream",
    "proxy_next_upstream_tries",
    "proxy_intercept_errors",
];

const TLS: &[&str] = &["proxy_ssl_verify", "proxy_ssl_server_name", "proxy_ssl_name"];

const UWSGI: &[&str] =
    &["uwsgi_connect_timeout", "uwsgi_send_timeout", "uwsgi_read_timeout", "uwsgi_buffer_size"];

const SCGI: &[&str] = &["scgi_connect_timeout", "scgi_send_timeout", "scgi_read_timeout", "scgi_buffer_size"];

const GRPC: &[&str] = &["grpc_connect_timeout", "grpc_send_timeout", "grpc_read_timeout", "grpc_buffer_size"];

/// The directives that decide about a request, those of the pass's family first.
pub fn that_matter(family: Option<Family>, tls: bool) -> impl Iterator<Item = &'static str> {
    let own = match family {
        None => &[][..],
        Some(Family::Fastcgi) => FASTCGI,
        Some(Family::Proxy) => PROXY,
        Some(Family::Uwsgi) => UWSGI,
        Some(Family::Scgi) => SCGI,
        Some(Family::Grpc) => GRPC,
    };
    let tls = if tls && family == Some(Family::Proxy) { TLS } else { &[] };
    own.iter().chain(tls).chain(ALL).copied()
}

#[cfg(test)]
mod tests {
    use gatelint_catalog::nginx::Name;

    use super::{Family, that_matter};

    #[test]
    fn every_name_is_a_directive() {
        for family in Family::ALL {
            for name in that_matter(Some(family), true) {
                let bare = name.split(' ').next().unwrap_or_default();
                assert!(Name::find(bare.as_bytes()).is_some(), "{name}");
            }
        }
    }
}
