//! Servers, headers and limits in front of a backend.

pub(crate) mod conflicting_server_name;
pub(crate) mod dropped_proxy_headers;
mod hop;
pub(crate) mod incomplete_websocket_upgrade;
mod limit;
pub(crate) mod missing_host_header;
pub(crate) mod overruled_pass;
pub(crate) mod proxy_loop;
pub(crate) mod shared_limit_key;
pub(crate) mod tight_connection_limit;
pub(crate) mod tight_rate_limit;
pub(crate) mod unbounded_failover;
pub(crate) mod useless_real_ip_source;
