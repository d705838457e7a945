//! The containers that a pass runs in.

use gatelint_lint::Stack;
use gatelint_model::compose::{Home, Resolved, Service};
use gatelint_model::nginx::Directive;

/// The containers in which nginx reads a directive; empty where no compose file says so.
pub(crate) fn of_directive<'a>(stack: &'a Stack, directive: Directive<'a>) -> Vec<Home<'a>> {
    stack.nginx_homes(directive.span().file)
}

/// What is so in every container in which nginx reads a directive: the answers of all of them, the one that
/// `docker compose up` starts first. `None` where no compose file says that nginx reads it, or it is not so in one.
pub(crate) fn everywhere<'a, T>(
    stack: &'a Stack,
    directive: Directive<'a>,
    is_so: impl Fn(&Home<'a>) -> Option<T>,
) -> Option<Vec<(Home<'a>, T)>> {
    let homes = of_directive(stack, directive).into_iter();
    let answers: Option<Vec<(Home<'a>, T)>> = homes
        .map(|home| {
            let answer = is_so(&home)?;
            Some((home, answer))
        })
        .collect();
    answers.filter(|answers| !answers.is_empty())
}

/// The first of them.
pub(super) fn first<'a, T>(
    stack: &'a Stack,
    directive: Directive<'a>,
    is_so: impl Fn(&Home<'a>) -> Option<T>,
) -> Option<(Home<'a>, T)> {
    everywhere(stack, directive, is_so)?.into_iter().next()
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
