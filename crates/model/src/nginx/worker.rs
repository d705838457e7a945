//! Who nginx's workers run as.

use super::{Directive, Scope};
use crate::Stack;
use crate::host::Process;

/// The identity of the worker processes.
#[derive(Clone, Debug)]
pub struct Worker<'a> {
    /// User and group.
    pub process: Process,
    /// The `user` directive.
    pub by: Directive<'a>,
    /// Whether the directive names the group too.
    pub names_group: bool,
}

impl<'a> Scope<'a> {
    /// Who the workers of the configuration around this block run as; `None` where no `user` is set (see
    /// [`Scope::default_workers`]), or where systemd starts nginx as another user than root.
    pub fn worker(self) -> Option<Worker<'a>> {
        if is_started_as_another(self.stack) {
            return None;
        }
        let main = self.ancestors().last()?;
        let by = main.own("user").last()?;
        let user = by.arg(0)?.text().into_owned();
        let group = by.arg(1).map(|arg| arg.text().into_owned());
        let names_group = group.is_some();
        Some(Worker { process: Process { user, group }, by, names_group })
    }

    /// Who the workers run as where a whole main configuration sets no `user`: `nobody`, as in the source
    /// (`NGX_USER` of `auto/options`) and in Debian's build, or `nginx`, as in nginx.org's. Empty where `user` is
    /// set, may be set in what was not read, or does not count.
    pub fn default_workers(self) -> Vec<Process> {
        let main =
            self.ancestors().last().filter(|_| self.is_in_main() && !is_started_as_another(self.stack));
        let is_unset = main.is_some_and(|main| main.is_whole() && main.own("user").next().is_none());
        let built = [("nobody", Some("nogroup")), ("nginx", None)];
        let process = |(user, group): (&str, Option<&str>)| Process {
            user: user.to_owned(),
            group: group.map(str::to_owned),
        };
        if is_unset { built.map(process).into() } else { Vec::new() }
    }
}

/// A master that its unit starts as somebody else than root ignores `user`.
fn is_started_as_another(stack: &Stack) -> bool {
    stack.host.units.get("nginx").and_then(|unit| unit.get("User")).is_some_and(|user| user != "root")
}
