//! TLS to backends.

pub(crate) mod disjoint_tls_protocols;
pub(crate) mod failing_certificate_check;
pub(crate) mod missing_upstream_sni;
mod settings;
pub(crate) mod unverified_upstream_certificate;
