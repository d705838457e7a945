//! Which container puts a unix socket where another one looks for it.

use super::path::normal;
use super::{Bound, Home, Listens, Mount, Service};
use crate::Stack;
use crate::fpm::Bind;

/// Where a socket in nginx's container comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SocketFrom<'a> {
    /// No volume is there: nobody else can put it there.
    Nowhere,
    /// A volume that no other container has.
    OwnVolume(&'a Mount),
    /// The only other container that has the volume makes no such socket: it listens elsewhere.
    Elsewhere {
        /// The container of PHP-FPM.
        service: &'a Service,
        /// Where it listens.
        bound: Bound<'a>,
        /// The path under which nginx's container has that, where the volume brings it.
        here: Option<String>,
    },
    /// Not known, or from there.
    Somewhere,
}

impl Mount {
    /// Whether it is a volume of its own, which other containers have by its name alone.
    fn is_volume(&self) -> bool {
        let is_name = !self.key.contains(['/', '~', '$', '.']);
        self.path.is_none() && (self.is_anonymous() || is_name && self.key != super::read::FOREIGN)
    }

    fn is_anonymous(&self) -> bool {
        self.key.starts_with("anonymous ")
    }

    /// Its name, where it has one.
    pub fn volume(&self) -> Option<&str> {
        (self.is_volume() && !self.is_anonymous()).then_some(self.key.as_str())
    }
}

impl Stack {
    /// Where the socket at `path` of nginx's container comes from.
    pub fn socket_from<'a>(&'a self, home: &Home<'a>, path: &str) -> SocketFrom<'a> {
        let Home { project, service, .. } = home;
        if project.is_open || path.contains("..") {
            return SocketFrom::Somewhere;
        }
        let Some((mount, _)) = service.mount_of(path) else { return SocketFrom::Nowhere };
        let is_known = |service: &Service| !service.is_open && !service.is_vague;
        let is_shared = project.shared_volumes.contains(&mount.key);
        if !mount.is_volume() || is_shared {
            return SocketFrom::Somewhere;
        }
        let others = project.services.iter().filter(|other| other.name != service.name);
        let mut sharing = others.clone().filter(|other| other.mounts.iter().any(|own| own.key == mount.key));
        let Some(other) = sharing.next() else {
            return if others.clone().all(is_known) {
                SocketFrom::OwnVolume(mount)
            } else {
                SocketFrom::Somewhere
            };
        };
        if sharing.next().is_some() || !others.clone().all(is_known) {
            return SocketFrom::Somewhere;
        }
        let Listens::At(bound) = self.container_listens(other) else { return SocketFrom::Somewhere };
        let here = match &bound.bind {
            Bind::Unix(there) => other.mount_of(there).and_then(|(from, rest)| {
                (from.key == mount.key).then(|| normal(&format!("{}{rest}", mount.target)))
            }),
            _ => None,
        };
        match here {
            Some(here) if here == normal(path) => SocketFrom::Somewhere,
            here => SocketFrom::Elsewhere { service: other, bound, here },
        }
    }
}
