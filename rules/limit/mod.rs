//! Processes, connections and files.

pub(crate) mod capped_listen_backlog;
pub(crate) mod insufficient_worker_connections;
pub(crate) mod single_worker_process;
pub(crate) mod small_fpm_file_limit;
pub(crate) mod small_open_file_limit;
pub(crate) mod workers;
