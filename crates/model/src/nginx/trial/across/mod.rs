//! What several directives say together. Each check hears of the directives that it names, in reading order, and
//! of the end of every block.

mod bounds;
mod certificate;
mod format;
mod listen;
mod location;
mod mail;
mod modules;
mod package;
mod pass;
mod proxy_ssl;
mod redirect;
mod referer;
pub(super) mod repeat;
mod root;
mod section;
mod server_name;
mod store;
mod stream;
mod table;
mod thread_pool;
mod upstream;
mod variable;
mod zone;

use std::rc::Rc;

use gatelint_catalog::nginx::Name;

use super::walk::Log;
use crate::Stack;
use crate::nginx::{Directive, RepairKind, Scope};

/// One such check, for one configuration.
pub(super) trait Check<'a> {
    /// The directives that it asks for.
    fn names(&self) -> &'static [&'static str];

    /// One of them; `name` may be what a misspelt name is meant to be.
    fn directive(&mut self, _name: Name, _directive: Directive<'a>, _log: &mut Log) {}

    /// One of any name that nginx refuses, or does not come to: what it says holds when the mistake is mended.
    fn refused(&mut self, _directive: Directive<'a>) {}

    /// A block (or the whole configuration) ends.
    fn leave(&mut self, _scope: Scope<'a>, _log: &mut Log) {}
}

/// All checks, in the order in which nginx comes to them at the end of a block; at most 32.
pub(super) fn checks<'a>(stack: &'a Stack) -> Vec<Box<dyn Check<'a> + 'a>> {
    let addresses = Rc::default();
    vec![
        Box::new(section::Sections::default()),
        Box::new(modules::Loads::default()),
        Box::new(modules::Pushes),
        Box::new(listen::Listens::new(Rc::clone(&addresses))),
        Box::new(upstream::Upstreams::default()),
        Box::new(table::Tables::default()),
        Box::new(format::Formats::default()),
        Box::new(root::Roots),
        Box::new(pass::Passes::default()),
        Box::new(redirect::Redirects),
        Box::new(store::Stores),
        Box::new(repeat::Lists),
        Box::new(referer::Referers::default()),
        Box::new(stream::Handlers::default()),
        Box::new(mail::Mail::default()),
        Box::new(certificate::Certificates::new(Rc::clone(&addresses))),
        Box::new(mail::AuthHttp::default()),
        Box::new(proxy_ssl::ProxyTls::default()),
        Box::new(bounds::HeaderBuffers),
        Box::new(modules::SecureLinks::default()),
        Box::new(zone::Zones::default()),
        Box::new(location::Locations),
        Box::new(bounds::VariableTables),
        Box::new(variable::Variables::default()),
        Box::new(server_name::ServerNames::new(addresses)),
        Box::new(thread_pool::ThreadPools::default()),
        Box::new(package::Packages::new(stack)),
    ]
}

/// Whether all that stands in a block is known, so that what is absent is lacking: every include was read, and the
/// block is closed where the text closes it.
fn is_complete(scope: Scope<'_>) -> bool {
    let file = scope.opener().map(|opener| opener.name_span().file);
    let parsed = file.and_then(|file| scope.stack.nginx.parsed(file));
    let is_kept = |kind| matches!(kind, RepairKind::MissingSemicolon | RepairKind::ByteOrderMark);
    scope.is_whole() && parsed.is_none_or(|parsed| parsed.repairs.iter().all(|repair| is_kept(repair.kind)))
}
