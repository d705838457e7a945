//! PHP-FPM: masters, their pools, what the pools listen on, and PHP's settings.
//!
//! Encodes `sapi/fpm/fpm/fpm_conf.c`, `fpm_sockets.c` and `fpm_unix.c` of PHP 8.

mod capacity;
mod check;
mod check_host;
mod check_paths;
mod check_pm;
mod clients;
mod dump;
mod entry;
mod layout;
mod listen;
mod master;
mod number;
mod php;
mod pool;
mod read;
mod refusal;
mod setting;
mod socket;
mod start;
mod take;
mod user_ini;

#[cfg(test)]
mod tests;

pub use capacity::Memory;
pub use clients::Clients;
pub use dump::Dump;
pub use layout::Layout;
pub use listen::{Bind, Covers, Listener};
pub use master::{Include, Master};
pub use number::{integer, quantity, seconds};
pub use php::{PhpEntry, PhpOrigin, PhpSetting};
pub use pool::Pool;
pub use refusal::{Explanation, Guess, Place, Refusal, Stage};
pub use setting::{Setting, Settings};
pub use socket::{Mode, ModeDefect, SocketAccess};
pub(crate) use user_ini::{UserInis, UserSetting};

use gatelint_syntax::Span;

use crate::stack::FpmRoot;
use crate::{Files, Options, Problem, Sources};

/// Every master of the tree.
#[derive(Debug, Default)]
pub struct Fpm {
    /// In the order of the roots.
    pub masters: Vec<Master>,
}

impl Fpm {
    pub(crate) fn load(
        files: &dyn Files,
        sources: &mut Sources,
        problems: &mut Vec<Problem>,
        roots: &[FpmRoot],
        options: &Options,
    ) -> Self {
        let mut masters: Vec<Master> =
            roots.iter().map(|root| Master::load(files, sources, problems, root, options)).collect();
        start::check(&mut masters);
        Self { masters }
    }

    /// Every pool with its master.
    pub fn pools(&self) -> impl Iterator<Item = (&Master, &Pool)> {
        self.masters.iter().flat_map(|master| master.pools.iter().map(move |pool| (master, pool)))
    }

    /// Where the refusal with this place to edit stands among all of them, in php-fpm's order.
    pub fn order_of(&self, primary: Span) -> usize {
        let refusals = self.masters.iter().flat_map(|master| &master.refusals);
        refusals.take_while(|refusal| refusal.primary != primary).count()
    }
}
