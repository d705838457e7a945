//! Who nginx's workers run as.

use super::{Directive, Scope};
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
    /// Who the workers of the configuration around this block run as; `None` where no `user` is set (then the
    /// build decides (`nobody`, `nginx`, `www-data`), and for a fragment the
    /// main configuration), or where systemd starts nginx as another user than root.
    pub fn worker(self) -> Option<Worker<'a>> {
        // A master that its unit starts as somebody else than root ignores `user`.
        if self
            .stack
            .host
            .units
            .get("nginx")
            .and_then(|unit| unit.get("User"))
            .is_some_and(|user| user != "root")
        {
            return None;
        }
        let main = self.ancestors().last()?;
        let by = main.own("user").last()?;
        let user = by.arg(0)?.text().into_owned();
        let group = by.arg(1).map(|arg| arg.text().into_owned());
        let names_group = group.is_some();
        Some(Worker { process: Process { user, group }, by, names_group })
    }
}
