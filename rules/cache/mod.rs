//! What a cache keeps, and for whom.

pub(crate) mod bodiless_cached_page;
mod cached;
pub(crate) mod cached_failure;
pub(crate) mod shared_cache_key;
