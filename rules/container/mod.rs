//! nginx and PHP-FPM in containers of their own.

pub(crate) mod container_loopback;
mod contents;
pub(crate) mod differing_docroot;
pub(crate) mod home;
pub(crate) mod unknown_service_name;
pub(crate) mod unmounted_docroot;
pub(crate) mod unordered_service_start;
pub(crate) mod wrong_service_port;
