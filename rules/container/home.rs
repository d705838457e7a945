//! The containers that a pass runs in.

use gatelint_lint::Stack;
use gatelint_model::compose::{Home, Resolved, Service};
use gatelint_model::nginx::{Directive, Pass};

/// The containers in which nginx reads a pass.
pub(crate) fn of_pass<'a>(stack: &'a Stack, pass: Pass<'a>) -> Vec<Home<'a>> {
    of_directive(stack, pass.directive())
}

/// The containers in which nginx reads a directive; empty where no compose file says so.
pub(crate) fn of_directive<'a>(stack: &'a Stack, directive: Directive<'a>) -> Vec<Home<'a>> {
    stack.nginx_homes(directive.span().file)
}

/// The only service that a name means for the container.
pub(super) fn only<'a>(home: &Home<'a>, name: &str) -> Option<&'a Service> {
    match home.project.resolve(home.service, name) {
        Resolved::Services(services) => match services.as_slice() {
            [service] => Some(service),
            _ => None,
        },
        _ => None,
    }
}

/// The only service of PHP-FPM that the container can reach.
pub(super) fn php<'a>(home: &Home<'a>) -> Option<&'a Service> {
    let mut all = home.project.services.iter().filter(|service| service.is_fpm());
    let one = all.next().filter(|_| all.next().is_none())?;
    only(home, &one.name.text)
}
