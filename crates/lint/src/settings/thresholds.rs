//! From where on a value is too much or too little.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::value::{Size, Time};

/// Every limit that rules compare with. The defaults are extremes: what lies within them is nobody's mistake.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Thresholds {
    /// The longest connect timeout: nginx's manual says of it that it "cannot usually exceed 75 seconds".
    pub connect_max: Time,
    /// The shortest connect timeout to TCP that someone may mean: below it one lost packet is a 504.
    pub connect_min: Time,
    /// The shortest read timeout that someone may mean.
    pub read_min: Time,
    /// The longest read timeout for all of `http` or a server: browsers and load balancers have long gone after five
    /// minutes.
    pub read_http_max: Time,
    /// The longest read timeout of one location.
    pub read_loc_max: Time,
    /// The longest read timeout where answers are streams.
    pub read_stream_max: Time,
    /// The longest that one request may go from server to server of a group.
    pub failover_max: Time,
    /// PHP-FPM's `request_terminate_timeout`: below it requests end that are merely slow.
    pub terminate_min: Time,
    /// PHP-FPM's `process_control_timeout`: below it a reload ends requests in progress that are merely slow.
    pub process_control_timeout_min: Time,
    /// What the header's buffer needs for applications with large headers.
    pub header_buffer_min: Size,
    /// What one request may take of memory for its response and is not worth a word.
    pub buffers_per_request_max: Size,
    /// What one request may take at the very most: a hundred slow clients fill gigabytes.
    pub buffers_per_request_extreme: Size,
    /// The memory page of the machine, which buffers are as large as by default. nginx takes it from the kernel: 4k on
    /// x86-64, 16k or 64k on some arm64 and ppc64 machines. Where it is not set, 4k is assumed and others are thought of.
    #[schemars(with = "Size")]
    pub page_size: Option<Size>,
    /// A pool with as many processes or fewer is worth knowing: packages ship five.
    #[schemars(range(min = 0, max = 1_000_000))]
    pub max_children_low: u32,
    /// What one PHP process takes, for the number that is proposed for `pm.max_children`.
    pub avg_child: Size,
    /// How much of the machine's memory is for PHP, for the same number.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub ram_fraction: f64,
    /// How many times the machine's memory all processes together may take: few requests reach `memory_limit`.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub oversubscribe_error: u32,
    /// The shortest queue before a pool: what kernels allowed for decades (`SOMAXCONN`).
    #[schemars(range(min = 0, max = 1_000_000))]
    pub backlog_min: u32,
    /// Fewer connections of a worker are worth knowing: nginx's default, and the least that is shipped.
    #[schemars(range(min = 0, max = 1_000_000_000))]
    pub worker_connections_min: u32,
    /// Open files for each connection: its own, and the upstream's or the one that is sent.
    #[schemars(range(min = 1, max = 1000))]
    pub nofile_ratio: u32,
    /// How many letters two paths of sockets may differ in and still look alike.
    #[schemars(range(min = 0, max = 16))]
    pub edit_distance: u32,
}

impl Thresholds {
    /// The memory page of the machine in bytes, or the most common one.
    pub fn page(&self) -> u64 {
        self.page_size.map_or(4 << 10, |size| size.bytes)
    }
}

impl Default for Thresholds {
    fn default() -> Self {
        Self {
            connect_max: Time::seconds(75),
            connect_min: Time { ms: 100 },
            read_min: Time::seconds(1),
            read_http_max: Time::seconds(300),
            read_loc_max: Time::seconds(3600),
            read_stream_max: Time::seconds(86_400),
            failover_max: Time::seconds(300),
            terminate_min: Time::seconds(30),
            process_control_timeout_min: Time::seconds(5),
            header_buffer_min: Size::k(16),
            buffers_per_request_max: Size::m(2),
            buffers_per_request_extreme: Size::m(32),
            page_size: None,
            max_children_low: 5,
            avg_child: Size::m(64),
            ram_fraction: 0.75,
            oversubscribe_error: 4,
            backlog_min: 128,
            worker_connections_min: 512,
            nofile_ratio: 2,
            edit_distance: 3,
        }
    }
}
