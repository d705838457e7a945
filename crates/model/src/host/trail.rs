//! The way of a path through directories and links, as the kernel goes it.

use std::collections::VecDeque;

use super::facts::{Node, Rights};

/// How many links one path may lead through, as in Linux.
const MAX_LINKS: u32 = 40;
/// The most steps of one path, those of links included.
const MAX_STEPS: u32 = 4096;

/// Where a path leads.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Trail {
    /// The directories that are searched on the way, in order, `/` left out.
    pub(super) directories: Vec<(String, Rights)>,
    /// The path of the end without links.
    pub(super) path: String,
    /// What lies there; for a path that ends on the way, [`Node::Missing`].
    pub(super) end: Node,
}

/// Goes a path step by step; `look` says what lies at each, links not followed. `None`: it does not know.
pub(super) fn follow(path: &str, look: &mut dyn FnMut(&str) -> Option<Node>) -> Option<Trail> {
    let mut directories = Vec::new();
    let mut here = String::new();
    let mut pending: VecDeque<String> = steps(path).map(str::to_owned).collect();
    let (mut links, mut taken) = (0, 0);
    while let Some(step) = pending.pop_front() {
        taken += 1;
        if taken > MAX_STEPS {
            return None;
        }
        if step == ".." {
            here.truncate(here.rfind('/').unwrap_or(0));
            continue;
        }
        let next = format!("{here}/{step}");
        match look(&next)? {
            Node::Link { target } => {
                links += 1;
                if links > MAX_LINKS {
                    return None;
                }
                if target.starts_with('/') {
                    here.clear();
                }
                for step in steps(&target).collect::<Vec<_>>().into_iter().rev() {
                    pending.push_front(step.to_owned());
                }
            }
            Node::Directory(rights) if !pending.is_empty() => {
                directories.push((next.clone(), rights));
                here = next;
            }
            // A file on the way is as good as nothing: nobody can listen there.
            Node::Socket(_) | Node::Other | Node::Missing if !pending.is_empty() => {
                return Some(Trail { directories, path: next, end: Node::Missing });
            }
            end => return Some(Trail { directories, path: next, end }),
        }
    }
    // A path that ends with `..` names a directory.
    Some(Trail { directories, path: here, end: Node::Other })
}

fn steps(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter(|step| !step.is_empty() && *step != ".")
}

#[cfg(test)]
mod tests {
    use super::{Node, Rights, follow};

    const RIGHTS: Rights = Rights { uid: 0, gid: 0, mode: 0o755, acl: false };

    fn check(path: &str, expected: Option<(&str, &str)>) {
        let mut look = |path: &str| {
            let link = |target: &str| Some(Node::Link { target: target.into() });
            match path {
                "/run" | "/var" | "/run/php" => Some(Node::Directory(RIGHTS)),
                "/var/run" => link("../run"),
                "/run/php/fpm.sock" => link("/run/php/8.sock"),
                "/run/php/8.sock" => Some(Node::Socket(RIGHTS)),
                "/run/circle" => link("circle"),
                "/run/secret" => None,
                _ => Some(Node::Missing),
            }
        };
        let trail = follow(path, &mut look);
        let found = trail.map(|trail| {
            let dirs: Vec<String> = trail.directories.into_iter().map(|(path, _)| path).collect();
            let end = if matches!(trail.end, Node::Socket(_)) { trail.path } else { "nothing".into() };
            (end, dirs.join(" "))
        });
        let seen = found.as_ref().map(|(path, dirs)| (path.as_str(), dirs.as_str()));
        assert_eq!(seen, expected, "{path}");
    }

    #[test]
    fn paths_lead_where_the_kernel_goes() {
        check("/var/run/php/fpm.sock", Some(("/run/php/8.sock", "/var /run /run/php /run /run/php")));
        check("/run/php/../php/./8.sock", Some(("/run/php/8.sock", "/run /run/php /run/php")));
        check("/run/none/x.sock", Some(("nothing", "/run")));
        check("/run/php/8.sock/x", Some(("nothing", "/run /run/php")));
        check("/run/circle", None);
        check("/run/secret/x.sock", None);
    }
}
