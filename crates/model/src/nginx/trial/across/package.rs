//! Directives of modules that do not come with nginx and that no `load_module` loads.

use gatelint_catalog::nginx::{Name, Origin, names};

use super::{Check, Log};
use crate::nginx::trial::{Defect, Fault, Lack};
use crate::nginx::{ContextKind, Directive, Scope};
use crate::target::Flavour;
use crate::{Stack, Target};

/// What one configuration loads. Its own directives are found in the index, so that it costs nothing where there
/// are none.
pub(super) struct Packages<'a> {
    stack: &'a Stack,
}

impl<'a> Packages<'a> {
    pub(super) fn new(stack: &'a Stack) -> Self {
        Self { stack }
    }

    /// The first directive of each package that nothing loads.
    fn unloaded(&self, loaded: &[String]) -> Vec<(Directive<'a>, &'static str)> {
        let mut found: Vec<(Directive<'a>, &'static str)> = Vec::new();
        for name in names().filter_map(|name| Name::find(name.as_bytes())) {
            let Some(package) = only_package(name) else { continue };
            let is_known = found.iter().any(|(_, known)| *known == package);
            let is_loaded = loaded.iter().any(|module| module == package);
            if let Some(first) = self.stack.directives(name.text()).next().filter(|_| !is_known && !is_loaded)
            {
                found.push((first, package));
            }
        }
        found
    }
}

impl<'a> Check<'a> for Packages<'a> {
    fn names(&self) -> &'static [&'static str] {
        &[]
    }

    fn leave(&mut self, scope: Scope<'a>, log: &mut Log) {
        let is_end = scope.kind() == ContextKind::Main && scope.opener().is_none();
        // What is built in cannot be seen; who names the target means nginx as it is shipped.
        if !is_end || !is_stock(&log.target) || !scope.is_whole() || self.stack.nginx_roots().count() != 1 {
            return;
        }
        let modules = scope.own("load_module").filter_map(|directive| directive.arg(0));
        let loaded: Option<Vec<String>> = modules.map(|arg| package_of(&arg.text())).collect();
        for (directive, package) in loaded.map(|loaded| self.unloaded(&loaded)).unwrap_or_default() {
            let message = format!("unknown directive \"{}\"", directive.name());
            let fault = Fault::new(Defect::UnknownDirective, 0, message);
            log.refuse(directive, Fault { lack: Some(Lack::Module(package)), ..fault });
        }
    }
}

fn is_stock(target: &Target) -> bool {
    target.flavour == Some(Flavour::Oss) || target.flavour.is_none() && target.version.is_some()
}

/// The package that alone brings directives of this name.
fn only_package(name: Name) -> Option<&'static str> {
    let directives = name.directives();
    let first = directives.first()?.package?;
    let is_only = |one: &gatelint_catalog::nginx::Directive| {
        one.origin == Origin::ThirdParty && one.package == Some(first)
    };
    directives.iter().all(is_only).then_some(first)
}

/// The package of a loaded module: of nginx's own the module itself; `None` where nobody knows what it brings.
fn package_of(path: &str) -> Option<String> {
    let module = path.rsplit('/').next()?.strip_suffix(".so")?;
    let directives = names().filter_map(|name| Name::find(name.as_bytes())).flat_map(Name::directives);
    let mut known = directives.filter(|directive| directive.module == module);
    known.next().map(|directive| directive.package.unwrap_or(directive.module).to_owned())
}
