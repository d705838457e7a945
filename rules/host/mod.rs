//! The machine: users, units, confinement, what is there right now.

pub(crate) mod dead_resolver;
pub(crate) mod dead_socket;
pub(crate) mod denied_selinux_port;
pub(crate) mod enforced_apparmor_profile;
pub(crate) mod firewalled_upstream;
pub(crate) mod hidden_home;
pub(crate) mod inaccessible_socket;
mod peer;
pub(crate) mod private_tmp_socket;
pub(crate) mod unknown_worker_user;
pub(crate) mod unresilient_unit;
