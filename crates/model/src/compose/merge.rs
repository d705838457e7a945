//! One compose file laid over another.

use super::{Mount, Project, Service};

/// Lays `over` on `base`, as `-f base -f over` does.
pub(super) fn merge(base: &Project, over: &Project) -> Project {
    let mut out = base.clone();
    out.is_open |= over.is_open;
    out.shared_networks.extend(over.shared_networks.iter().cloned());
    out.shared_volumes.extend(over.shared_volumes.iter().cloned());
    for service in &over.services {
        match out.services.iter_mut().find(|own| own.name.text == service.name.text) {
            Some(own) => own.take(service),
            None => out.services.push(service.clone()),
        }
    }
    out
}

impl Service {
    fn take(&mut self, over: &Self) {
        let over = over.clone();
        self.is_open |= over.is_open;
        self.is_vague |= over.is_vague;
        if over.made_of.is_some() || over.is_built {
            self.made_of = over.made_of.or(self.made_of);
            self.image = over.image;
            self.changes = over.changes;
            // An image that is given beside a build only names what is built.
            self.is_vague |= self.is_built != over.is_built;
            self.is_built |= over.is_built;
        }
        self.network_mode = over.network_mode.or(self.network_mode.take());
        self.command = over.command.or(self.command.take());
        self.networks.extend(over.networks);
        self.aliases.extend(over.aliases);
        self.own_names.extend(over.own_names);
        self.ports.extend(over.ports);
        self.expose.extend(over.expose);
        self.depends_on.extend(over.depends_on);
        self.memory = over.memory.or(self.memory);
        self.restarts |= over.restarts;
        self.has_healthcheck |= over.has_healthcheck;
        let is_replaced = |own: &Mount| over.mounts.iter().any(|mount| mount.target == own.target);
        self.mounts.retain(|own| !is_replaced(own));
        self.mounts.extend(over.mounts);
    }
}
