//! nginx's variables: those that modules bring, not those that a configuration makes.

use crate::nginx::{Origin, Version};

include!(concat!(env!("OUT_DIR"), "/nginx_variables.rs"));

/// One variable, or a family of them.
#[derive(Debug)]
pub struct Variable {
    /// The name, without `$`.
    pub name: &'static str,
    /// Whether it is the beginning of a family's names, such as `http_`.
    pub prefix: bool,
    /// Whether `http` has it.
    pub http: bool,
    /// Whether `stream` has it.
    pub stream: bool,
    /// Whether a configuration may define one of this name (`set`, `map`, ...).
    pub changeable: bool,
    /// The module that brings it.
    pub module: &'static str,
    /// The package of a module that does not come with nginx.
    pub package: Option<&'static str>,
    /// Who ships it.
    pub origin: Origin,
    /// The first mainline release that had it; `None`: older than any that is looked at, or not known.
    pub since: Option<Version>,
}

/// The variables called `name`, one for each module that has one, and the families that it belongs to.
pub fn find(name: &str) -> impl Iterator<Item = &'static Variable> {
    let first = VARIABLES.partition_point(|variable| variable.name < name);
    let exact =
        VARIABLES.get(first..).unwrap_or_default().iter().take_while(move |variable| variable.name == name);
    // A handful of families; the table is sorted, they are not together.
    let families =
        VARIABLES.iter().filter(move |variable| variable.prefix && name.starts_with(variable.name));
    exact.filter(|variable| !variable.prefix).chain(families)
}

/// Every variable, sorted by name.
pub fn all() -> &'static [Variable] {
    VARIABLES
}
