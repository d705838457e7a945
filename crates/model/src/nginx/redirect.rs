//! Where nginx sends a request on within a server, as far as the text tells.

use super::{ContextKind, Directive, Scope};
use crate::Value;

/// A line that sends requests from the block that it stands in to another location.
#[derive(Clone, Copy, Debug)]
pub struct Redirect<'a> {
    /// The `try_files` or `rewrite`.
    pub by: Directive<'a>,
    /// The block that a request passes through first: a location, or the server itself.
    pub from: Scope<'a>,
    /// The location that it comes to.
    pub to: Scope<'a>,
}

/// The path of a URI whose arguments alone are made at run time: `/index.php?$args`, `/index.php$is_args$args`.
fn constant_path(uri: &[u8]) -> Option<&[u8]> {
    let find = |part: &[u8]| uri.windows(part.len()).position(|window| window == part);
    let end = [find(b"?"), find(b"$is_args")].into_iter().flatten().min().unwrap_or(uri.len());
    let path = uri.get(..end)?;
    (path.first() == Some(&b'/') && !path.contains(&b'$')).then_some(path)
}

impl<'a> Directive<'a> {
    /// Where this `try_files` or `rewrite` sends a request on; `None` where it sends none, leaves the server, or
    /// the text does not tell.
    pub fn redirect(self) -> Option<Redirect<'a>> {
        let from = self.scope();
        if !matches!(from.kind(), ContextKind::Location | ContextKind::Server) {
            return None;
        }
        let server = from.enclosing(ContextKind::Server)?;
        let uri = match &*self.name() {
            "try_files" => self.args().last()?.value,
            // Rewrites of a server come before its locations: nothing is passed through.
            "rewrite" if from.kind() == ContextKind::Location => {
                let goes_on = self.arg(2).is_none_or(|flag| *flag.value == *b"last");
                self.arg(1).filter(|_| goes_on)?.value
            }
            _ => return None,
        };
        let to = if uri.starts_with(b"@") {
            let named = |scope: &Scope<'a>| scope.location_match().is_some_and(|way| way.text() == &*uri);
            server.blocks_of(ContextKind::Location).find(named)?
        } else {
            match server.location_for(constant_path(&uri)?) {
                Value::Known(Some(to)) => to,
                _ => return None,
            }
        };
        (to != from).then_some(Redirect { by: self, from, to })
    }
}
