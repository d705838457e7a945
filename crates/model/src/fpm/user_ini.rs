//! `.user.ini`: what a document root tells PHP (`php_cgi_ini_activate_user_config()` of `fpm_main.c`).

use std::path::{Component, Path};
use std::sync::Arc;

use gatelint_syntax::Span;
use rustc_hash::FxHashMap;

use super::php::Ini;
use crate::nginx::{Family, Scope, has_variables};
use crate::{Files, Problem, Stack};

/// The most document roots that are looked into.
const MAX_ROOTS: usize = 10_000;

/// A setting: its name, its value, and where it stands.
pub(crate) type UserSetting = (Vec<u8>, Vec<u8>, Span);

/// The `.user.ini` of every document root, by the root as it is written.
#[derive(Debug, Default)]
pub(crate) struct UserInis {
    by_root: FxHashMap<Vec<u8>, Arc<[UserSetting]>>,
}

impl UserInis {
    pub(crate) fn load(files: &dyn Files, stack: &mut Stack) -> Self {
        let passes = stack.passes().filter(|pass| pass.family() == Family::Fastcgi);
        let mut roots: Vec<Vec<u8>> = passes.filter_map(|pass| root(pass.scope())).collect();
        roots.sort_unstable();
        roots.dedup();
        let mut by_root = FxHashMap::default();
        let mut problems: Vec<Problem> = Vec::new();
        for root in roots.into_iter().take(MAX_ROOTS) {
            let path = Path::new(&*String::from_utf8_lossy(&root)).join(".user.ini");
            let mut ini = Ini::default();
            if ini.read(files, &mut stack.sources, &mut problems, &path) {
                by_root.insert(root, ini.settings().collect());
            }
        }
        stack.problems.append(&mut problems);
        Self { by_root }
    }

    /// The settings of the document root of a block.
    pub(crate) fn of(&self, scope: Scope<'_>) -> Arc<[UserSetting]> {
        if self.by_root.is_empty() {
            return Arc::default();
        }
        let own = root(scope).and_then(|root| self.by_root.get(&root));
        own.cloned().unwrap_or_default()
    }
}

/// The document root of a block, where it is written as a whole path.
fn root(scope: Scope<'_>) -> Option<Vec<u8>> {
    let root = scope.effective_last("root")?.arg(0)?;
    let path = String::from_utf8(root.value.to_vec()).ok()?;
    let is_plain = Path::new(&path).components().all(|part| part != Component::ParentDir);
    (path.starts_with('/') && is_plain && !has_variables(&root.value)).then(|| path.into_bytes())
}
