//! Buffers, body sizes and where they are kept.

pub(crate) mod body_size_below_php;
pub(crate) mod buffered_stream;
pub(crate) mod contradictory_body_limits;
pub(crate) mod contradictory_buffers;
pub(crate) mod form_above_memory_limit;
pub(crate) mod heavy_buffers;
mod invariant;
pub(crate) mod late_body_limit;
pub(crate) mod small_header_buffer;
pub(crate) mod small_request_header_buffers;
pub(crate) mod unlimited_body_size;
pub(crate) mod unreachable_temp_path;
