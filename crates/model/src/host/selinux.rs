//! What the tree says of SELinux.

use std::path::Path;

use super::lines;
use crate::Files;

/// Where local changes to booleans and ports are kept (`semanage`, `setsebool -P`).
const STORES: [&str; 2] = ["/var/lib/selinux/targeted/active", "/etc/selinux/targeted/modules/active"];

/// The state of SELinux.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selinux {
    /// Whether `etc/selinux/config` says `enforcing`.
    pub is_enforcing: bool,
    /// Whether a local boolean lets web servers connect anywhere.
    pub may_connect: bool,
    /// The TCP ports that were added to `http_port_t`; a range by its ends.
    pub http_ports: Vec<u16>,
}

/// Reads what there is; `None` without `etc/selinux/config`.
pub(super) fn load(files: &dyn Files) -> Option<Selinux> {
    let read = |path: &Path| files.read(path).ok().map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    let config = read(Path::new("/etc/selinux/config"))?;
    let mode = lines(&config).filter_map(|line| line.strip_prefix("SELINUX=")).last();
    let mut selinux =
        Selinux { is_enforcing: mode.is_some_and(|mode| mode.trim() == "enforcing"), ..Selinux::default() };
    for store in STORES.map(Path::new) {
        let booleans = read(&store.join("booleans.local")).unwrap_or_default();
        for line in lines(&booleans) {
            let Some((name, value)) = line.split_once('=') else { continue };
            if name.trim() == "httpd_can_network_connect" {
                selinux.may_connect = matches!(value.trim(), "1" | "on" | "true");
            }
        }
        let ports = read(&store.join("ports.local")).unwrap_or_default();
        for line in lines(&ports).filter(|line| line.contains("http_port_t")) {
            // portcon tcp 3000 system_u:object_r:http_port_t:s0
            let mut words = line.split_whitespace().skip(1);
            if words.next() == Some("tcp") {
                let range = words.next().unwrap_or_default().split('-');
                selinux.http_ports.extend(range.filter_map(|port| port.parse::<u16>().ok()));
            }
        }
    }
    Some(selinux)
}
