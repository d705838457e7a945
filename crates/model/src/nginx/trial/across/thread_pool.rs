//! Thread pools: `ngx_thread_pool()` and `ngx_thread_pool_init_conf()` of `src/core/ngx_thread_pool.c`.

use gatelint_catalog::nginx::Name;

use super::{Check, Log};
use crate::nginx::trial::{Defect, Evidence, Fault, Thing};
use crate::nginx::{ContextKind, Directive, Scope};

#[derive(Default)]
pub(super) struct ThreadPools<'a> {
    defined: Vec<(Vec<u8>, Directive<'a>)>,
    /// Each pool where it is used first.
    used: Vec<(Vec<u8>, Directive<'a>)>,
}

impl<'a> Check<'a> for ThreadPools<'a> {
    fn names(&self) -> &'static [&'static str] {
        &["thread_pool", "aio"]
    }

    fn directive(&mut self, name: Name, directive: Directive<'a>, log: &mut Log) {
        let Some(arg) = directive.arg(0) else { return };
        if name.text() == "thread_pool" {
            if let Some((_, first)) = self.defined.iter().find(|(defined, _)| *defined == *arg.value) {
                let message = format!("duplicate thread pool \"{}\"", arg.text());
                let fault = Fault::new(Defect::Redefined(Thing::ThreadPool), 1, message);
                if let Some(emerg) = log.refuse(directive, fault) {
                    emerg.show(first.span(), Evidence::First);
                }
            }
            self.defined.push((arg.value.into_owned(), directive));
        } else if let Some(pool) = arg.value.strip_prefix(b"threads=") {
            let is_new = !self.used.iter().any(|(used, _)| used == pool);
            if is_new && pool != b"default" && !pool.contains(&b'$') {
                self.used.push((pool.to_vec(), directive));
            }
        }
    }

    fn leave(&mut self, scope: Scope<'a>, log: &mut Log) {
        if scope.kind() != ContextKind::Main || scope.opener().is_some() || !scope.is_whole() {
            return;
        }
        for (pool, directive) in &self.used {
            if !self.defined.iter().any(|(defined, _)| defined == pool) {
                let message = format!("unknown thread pool \"{}\"", String::from_utf8_lossy(pool));
                log.refuse(*directive, Fault::new(Defect::Undefined(Thing::ThreadPool), 1, message));
            }
        }
    }
}
