//! From a compose file's nodes to its services.

use std::path::Path;

use super::dockerfile::{self, Recipe};
use super::path::{in_tree, join};
use super::yaml::Node;
use super::{Image, Mount, Project, Service, Word, values};
use crate::Files;
use crate::files::Kind;

/// The key of what a build copies out of another image.
pub(super) const FOREIGN: &str = "another image";
/// The most services of one file.
const MAX_SERVICES: usize = 1000;

/// The services of one file, which lies in `dir`. `None` where it has none.
pub(super) fn project(files: &dyn Files, root: &Node, dir: &str) -> Option<Project> {
    let services = root.get("services")?;
    let is_open = matches!(services, Node::Unknown) || root.get("include").is_some() || is_merged(services);
    let mut project = Project { is_open, ..Project::default() };
    project.shared_networks = shared(root, "networks");
    project.shared_volumes = shared(root, "volumes");
    let files_of = Configs { dir, configs: root.get("configs"), secrets: root.get("secrets") };
    for (name, node) in services.entries().iter().take(MAX_SERVICES).filter(|(name, _)| name.text != "<<") {
        project.services.push(service(files, name, node, &files_of));
    }
    Some(project)
}

/// The networks or volumes that are not this project's alone.
fn shared(root: &Node, key: &str) -> Vec<String> {
    let is_shared = |node: &Node| {
        let is_given = ["external", "name"].iter().any(|key| node.get(key).is_some_and(is_set));
        matches!(node, Node::Unknown) || is_merged(node) || is_given
    };
    let all = root.get(key).map(Node::entries).unwrap_or_default();
    all.iter().filter(|(_, node)| is_shared(node)).map(|(name, _)| name.text.clone()).collect()
}

fn is_set(node: &Node) -> bool {
    node.word().is_none_or(|word| word.text != "false")
}

fn is_merged(node: &Node) -> bool {
    node.get("<<").is_some()
}

/// The keys whose values are asked for: an alias in another one hides nothing.
const MATTERS: &[&str] = &[
    "image",
    "build",
    "networks",
    "network_mode",
    "volumes",
    "configs",
    "secrets",
    "command",
    "entrypoint",
    "extra_hosts",
    "links",
    "external_links",
    "container_name",
    "hostname",
    "ports",
    "expose",
];

/// What stands beside the services.
struct Configs<'n> {
    dir: &'n str,
    configs: Option<&'n Node>,
    secrets: Option<&'n Node>,
}

fn service(files: &dyn Files, name: &Word, node: &Node, around: &Configs<'_>) -> Service {
    let get = |key: &str| {
        node.get(key).filter(|value| !matches!(value, Node::Scalar(word) if word.text.is_empty()))
    };
    let mut out = Service::new(name.clone());
    out.is_open = !matches!(node, Node::Map(_)) || is_merged(node) || get("extends").is_some();
    let is_unknown =
        |(key, value): &(Word, Node)| *value == Node::Unknown && MATTERS.contains(&key.text.as_str());
    out.is_open |= node.entries().iter().any(is_unknown);
    if let Some(image) = get("image").and_then(Node::word) {
        out.made_of = Some(image.span);
        out.image = Image::new(&image.text);
    }
    if let Some(build) = get("build") {
        out.is_built = true;
        out.image = None;
        match recipe(files, build, around.dir) {
            Some((recipe, context)) => out.take_build(files, recipe, &context),
            None => out.is_vague = true,
        }
    }
    out.network_mode = get("network_mode").and_then(Node::word).cloned();
    if let Some(networks) = get("networks") {
        out.networks = values::names(networks);
        let aliases = networks.entries().iter().filter_map(|(_, options)| options.get("aliases"));
        out.aliases.extend(aliases.flat_map(values::names));
        out.is_open |=
            is_merged(networks) || networks.entries().iter().any(|(_, one)| matches!(one, Node::Unknown));
    }
    for key in ["container_name", "hostname"] {
        out.aliases.extend(get(key).and_then(Node::word).map(|word| word.text.clone()));
    }
    let aliases = out.aliases.iter_mut();
    aliases.for_each(|name| name.make_ascii_lowercase());
    out.is_open |= out.aliases.iter().chain(&out.networks).any(|name| name.contains('$'));
    out.own_names = get("extra_hosts").map(values::hosts).unwrap_or_default();
    for link in ["links", "external_links"].iter().filter_map(|key| get(key)).flat_map(values::words) {
        out.own_names.extend(values::split(&link.text).last().map(|name| name.to_ascii_lowercase()));
    }
    out.ports = get("ports").map(Node::items).unwrap_or_default().iter().filter_map(values::port).collect();
    let exposed = get("expose").map(values::names).unwrap_or_default();
    out.expose = exposed.iter().filter_map(|port| port.split('/').next()?.parse().ok()).collect();
    for volume in get("volumes").map(Node::items).unwrap_or_default() {
        match values::mount(volume, around.dir) {
            Ok(mount) => out.mounts.push(mount),
            Err(()) => out.is_vague = true,
        }
    }
    around.mount(node, &mut out);
    out.depends_on = get("depends_on").map(values::names).unwrap_or_default();
    let limits = || get("deploy")?.get("resources")?.get("limits")?.get("memory");
    out.memory = get("mem_limit").or_else(limits).and_then(Node::word).and_then(values::bytes);
    let restart = get("restart").and_then(Node::word).map(|word| word.text.as_str());
    out.restarts = restart.is_some_and(|restart| restart != "no") || get("deploy").is_some();
    out.has_healthcheck = get("healthcheck").is_some();
    let replaced = ["entrypoint", "command"].iter().filter_map(|key| get(key)).map(|runs| {
        let words = values::words(runs).into_iter().map(|word| word.text.to_lowercase());
        words.collect::<Vec<_>>().join(" ")
    });
    let replaced: Vec<String> = replaced.collect();
    out.command = (!replaced.is_empty()).then(|| replaced.join(" "));
    // Volumes of other services, files that are synchronised in: what lies where is not known.
    out.is_vague |= ["volumes_from", "develop"].iter().any(|key| get(key).is_some());
    out
}

impl Service {
    pub(super) fn new(name: Word) -> Self {
        Self {
            name,
            made_of: None,
            image: None,
            changes: Vec::new(),
            is_built: false,
            networks: Vec::new(),
            network_mode: None,
            aliases: Vec::new(),
            own_names: Vec::new(),
            ports: Vec::new(),
            expose: Vec::new(),
            mounts: Vec::new(),
            depends_on: Vec::new(),
            memory: None,
            restarts: false,
            has_healthcheck: false,
            command: None,
            is_open: false,
            is_vague: false,
        }
    }

    fn take_build(&mut self, files: &dyn Files, recipe: Recipe, context: &str) {
        self.image = recipe.base;
        self.changes = recipe.changes;
        self.is_vague |= recipe.is_open;
        for copied in recipe.copies {
            if copied.sources.is_empty() {
                self.mounts.push(Mount {
                    key: FOREIGN.into(),
                    path: None,
                    target: copied.target,
                    span: None,
                });
                continue;
            }
            for source in copied.sources {
                let Some(path) = in_tree(context, &source) else { continue };
                let is_dir = files.kind(Path::new(&path)) != Some(Kind::File);
                let name = path.rsplit('/').next().unwrap_or_default();
                let goes_in = !is_dir && copied.into;
                let target = if goes_in { join(&copied.target, name) } else { copied.target.clone() };
                self.mounts.push(Mount { key: format!("tree {path}"), path: Some(path), target, span: None });
            }
        }
    }
}

impl Configs<'_> {
    /// The files that `configs` and `secrets` lay into a container.
    fn mount(&self, node: &Node, out: &mut Service) {
        let kinds = [("configs", self.configs, ""), ("secrets", self.secrets, "/run/secrets")];
        for (key, defined, dir) in kinds {
            for asked in node.get(key).map(Node::items).unwrap_or_default() {
                let name = asked.word().or_else(|| asked.get("source").and_then(Node::word));
                let Some(name) = name else { continue };
                let target = asked.get("target").and_then(Node::word);
                let target =
                    target.map_or_else(|| format!("{dir}/{}", name.text), |target| join(dir, &target.text));
                let file = defined.and_then(|all| all.get(&name.text)?.get("file")?.word());
                let path = file.filter(|file| !file.is_open()).and_then(|file| in_tree(self.dir, &file.text));
                out.mounts.push(Mount { key: name.text.clone(), path, target, span: Some(name.span) });
            }
        }
    }
}

/// What a service's `build` makes, and the directory that it copies from.
fn recipe(files: &dyn Files, build: &Node, dir: &str) -> Option<(Recipe, String)> {
    let word = |key: &str| build.get(key).and_then(Node::word);
    let context = build.word().or_else(|| word("context")).map_or(".", |context| &context.text);
    let unread = ["dockerfile_inline", "<<"].iter().any(|key| build.get(key).is_some());
    let is_open = matches!(build, Node::Unknown) || context.contains(['$', ':']) || unread;
    let context = in_tree(dir, context).filter(|_| !is_open && !context.starts_with(['/', '~']))?;
    let dockerfile = word("dockerfile").map_or("Dockerfile", |name| &name.text);
    let path = in_tree(&context, dockerfile).filter(|path| !path.contains('$'))?;
    let text = files.read(Path::new(&path)).ok().filter(|text| text.len() < 1 << 20)?;
    let target = word("target").map(|target| target.text.as_str());
    let args = build.get("args").map(values::pairs).unwrap_or_default();
    Some((dockerfile::read(&String::from_utf8_lossy(&text), target, &args)?, context))
}
