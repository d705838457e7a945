//! Compose files and the Dockerfiles that they build: which containers there are, what they are called for each other, and
//! which files of the tree end up where in them.
//!
//! Encodes the compose specification. What the environment fills in, what an anchor, `extends` or `include` brings, is not
//! known: the service or the project is then open, and nothing may be said of what it lacks.

mod dockerfile;
mod find;
mod image;
mod ini;
mod merge;
mod path;
mod place;
mod reach;
mod read;
mod socket;
mod values;
mod yaml;

use gatelint_syntax::Span;

pub use image::Image;
pub(crate) use ini::Inis;
pub use place::Home;
pub use reach::{Bound, Listens, Resolved};
pub use socket::SocketFrom;
pub use yaml::Word;

/// What compose files make of the tree.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Compose {
    /// The ways in which the files can be put together: the one that `docker compose up` takes, then those that `-f`
    /// may ask for. What is said of containers must hold in each that has them.
    pub projects: Vec<Project>,
}

/// Services that are started together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Project {
    /// By name, as far as they are written.
    pub services: Vec<Service>,
    /// Networks that containers of other projects may be in: `external`, or with a `name`.
    pub shared_networks: Vec<String>,
    /// Volumes that containers of other projects may have: `external`, or with a `name`.
    pub shared_volumes: Vec<String>,
    /// Whether there is more than is known: `include`, aliases.
    pub is_open: bool,
}

/// A service: a container, or several alike.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Service {
    /// Its name, which is a name in each of its networks.
    pub name: Word,
    /// The image as written, or where `build` stands.
    pub made_of: Option<Span>,
    /// The image that it runs or is built from; `None` where that is not known.
    pub image: Option<Image>,
    /// What a build does beyond copying files: `RUN ...`, `CMD ...`, in lower case.
    pub changes: Vec<String>,
    /// Whether an image is built, so that it may hold more than [`Service::image`].
    pub is_built: bool,
    /// The networks that it is in; without any it is in `default`.
    pub networks: Vec<String>,
    /// `network_mode`.
    pub network_mode: Option<Word>,
    /// Further names: aliases, `container_name`, `hostname`.
    pub aliases: Vec<String>,
    /// Names that only this container knows: `extra_hosts`, `links`.
    pub own_names: Vec<String>,
    /// What is published on the host.
    pub ports: Vec<Port>,
    /// The ports that `expose` names.
    pub expose: Vec<u16>,
    /// What comes from elsewhere: volumes, binds, configs, files that a build copies. Later ones hide earlier ones.
    pub mounts: Vec<Mount>,
    /// The services that are started first.
    pub depends_on: Vec<String>,
    /// The most memory that it is given, in bytes, and where that is written.
    pub memory: Option<(u64, Span)>,
    /// Whether it is started again when it ends.
    pub restarts: bool,
    /// Whether it has a `healthcheck`.
    pub has_healthcheck: bool,
    /// What `command` or `entrypoint` makes it run in place of what the image does, in lower case.
    pub command: Option<String>,
    /// Whether its names, its networks or its ports may be more than is known.
    pub is_open: bool,
    /// Whether its image or its files may be more than is known.
    pub is_vague: bool,
}

/// A published port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Port {
    /// The port on the host, where it is given.
    pub published: Option<u16>,
    /// The port in the container.
    pub target: u16,
    /// Where it is written.
    pub span: Span,
}

/// Something that is laid into a container.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mount {
    /// What it is: equal keys are the same files.
    pub key: String,
    /// The path within the tree, where it lies there.
    pub path: Option<String>,
    /// The absolute path in the container.
    pub target: String,
    /// Where it is written; `None` for what a build copies.
    pub span: Option<Span>,
}

impl Service {
    /// Whether it has a network of its own, in which its loopback is shared with nobody but what `others` say.
    pub fn has_own_network(&self, others: &[Self]) -> bool {
        let own = format!("service:{}", self.name.text);
        let may_join = |other: &Self| match &other.network_mode {
            Some(mode) => mode.text == own || mode.is_open() || mode.text.starts_with("container:"),
            None => other.is_open && other.name != self.name,
        };
        self.network_mode.as_ref().is_none_or(|mode| mode.text == "bridge") && !others.iter().any(may_join)
    }

    /// Whether it surely runs nginx and nothing beside it.
    pub fn is_nginx_alone(&self) -> bool {
        const MORE: &[&str] = &[
            "php",
            "supervis",
            "s6",
            "runit",
            "monit",
            "node",
            "npm",
            "python",
            "gunicorn",
            "socat",
            "haproxy",
            "stunnel",
            "entrypoint",
            "envoy",
            "varnish",
            "curl",
            "wget",
            "git",
            "tar ",
        ];
        let is_plain = |text: &str| !MORE.iter().any(|more| text.contains(more));
        let starts_nginx = |text: &str| is_plain(text) && text.contains("nginx");
        self.image.as_ref().is_some_and(Image::is_nginx)
            && !self.is_open
            && !self.is_vague
            && self.command.as_deref().is_none_or(starts_nginx)
            && self.changes.iter().all(|one| is_plain(one) && (!one.starts_with("cmd ") || starts_nginx(one)))
    }

    /// Whether it surely runs PHP-FPM.
    pub fn is_fpm(&self) -> bool {
        self.image.as_ref().is_some_and(Image::is_fpm)
    }
}
