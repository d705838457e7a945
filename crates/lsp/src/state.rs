//! What the server knows: the open texts, the rooms that read them, and what the editor has been told.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use gatelint_run::root::{Target, text_target};
use gatelint_run::settings::{Asked, Store};
use gatelint_run::world::Tree;
use lsp_types::{Diagnostic, PublishDiagnosticsParams, Uri};

use crate::diagnostics;
use crate::document::Document;
use crate::position::Encoding;
use crate::room::Room;
use crate::uri;

/// What the editor says of itself.
#[derive(Clone, Debug)]
pub(crate) struct Client {
    pub(crate) encoding: Encoding,
    pub(crate) snippets: bool,
    pub(crate) markdown: bool,
    pub(crate) watches: bool,
    /// The directories that are open in it.
    pub(crate) folders: Vec<PathBuf>,
}

/// The server's memory.
pub(crate) struct State {
    pub(crate) client: Client,
    asked: Asked,
    /// By path of the machine.
    pub(crate) open: BTreeMap<PathBuf, Document>,
    pub(crate) rooms: Vec<Room>,
    /// What was said of each file, and of which version.
    told: BTreeMap<PathBuf, (Option<i32>, Vec<Diagnostic>)>,
    /// The text that was edited last: it is answered first.
    edited: Option<PathBuf>,
}

impl State {
    pub(crate) fn new(client: Client, asked: Asked) -> Self {
        let (open, told) = (BTreeMap::new(), BTreeMap::new());
        Self { client, asked, open, rooms: Vec::new(), told, edited: None }
    }

    pub(crate) fn open(&mut self, path: PathBuf, document: Document) {
        self.open.insert(path.clone(), document);
        self.edited = Some(path);
        self.refresh();
    }

    pub(crate) fn edit(&mut self, path: &Path, version: i32, edit: impl FnOnce(&mut Document)) {
        let Some(document) = self.open.get_mut(path) else { return };
        edit(document);
        document.version = version;
        self.edited = Some(path.to_path_buf());
        let mut is_read = false;
        for room in self.rooms.iter_mut().filter(|room| room.reads(path)) {
            room.edit(path, &document.text);
            is_read = true;
        }
        if !is_read {
            // What nothing reads may be something now.
            self.refresh();
        }
    }

    pub(crate) fn close(&mut self, path: &Path) {
        self.open.remove(path);
        self.refresh();
    }

    /// Reads everything again that open texts belong to.
    pub(crate) fn refresh(&mut self) {
        let mut by_root: BTreeMap<PathBuf, Vec<Target>> = BTreeMap::new();
        for path in self.open.keys() {
            if let Ok(target) = self.target(path) {
                by_root.entry(target.root.clone()).or_default().push(target);
            }
        }
        self.rooms.clear();
        // A file that cannot be used is the command line's business: without it all else is still told.
        let without = || Asked { config: None, no_config: true, ..self.asked.clone() };
        let store = Store::new(self.asked.clone()).or_else(|_| Store::new(without()));
        let Ok(store) = store.map(Arc::new) else { return };
        for (root, targets) in by_root {
            let Ok(tree) = Tree::open(&root, false, &self.asked.model) else { continue };
            let inside = |path: &Path| Some(Path::new("/").join(path.strip_prefix(&root).ok()?));
            let texts = self.open.iter().filter_map(|(path, text)| Some((inside(path)?, text.text.clone())));
            let tree = tree.with_settings(&store, false).over(texts.collect());
            let (found, _) = tree.targets(&targets.iter().collect::<Vec<_>>());
            for checked in found {
                let texts = self.open.iter().map(|(path, document)| (path, document.text.as_slice()));
                self.rooms.extend(Room::new(&root, checked, texts));
            }
        }
    }

    /// The root of a text: the one that shows itself, else the directory that is open in the editor.
    fn target(&self, path: &Path) -> std::io::Result<Target> {
        let target = text_target(path, None)?;
        let folder = self.client.folders.iter().filter(|folder| path.starts_with(folder));
        match folder.max_by_key(|folder| folder.as_os_str().len()) {
            Some(folder) if !target.is_evident => text_target(path, Some(folder)),
            _ => Ok(target),
        }
    }

    /// Whether every room has been judged and told.
    pub(crate) fn is_settled(&self) -> bool {
        self.rooms.iter().all(Room::is_judged) && self.edited.is_none()
    }

    /// Gives up telling what was edited.
    pub(crate) fn settle(&mut self) {
        self.edited = None;
    }

    /// Judges what was edited; gives what there is to tell, the edited text first. `None` where `is_stale` said so
    /// meanwhile.
    pub(crate) fn judge(
        &mut self,
        is_stale: &(dyn Fn() -> bool + Sync),
    ) -> Option<Vec<PublishDiagnosticsParams>> {
        let mut now: BTreeMap<PathBuf, Vec<Diagnostic>> = BTreeMap::new();
        let open: BTreeSet<PathBuf> = self.open.keys().cloned().collect();
        for room in &mut self.rooms {
            let dir = room.dir.clone();
            let (loaded, findings) = room.judge(is_stale)?;
            let told = diagnostics::of_room(&dir, loaded, findings, &open, &self.client);
            for (path, mut diagnostics) in told {
                let all = now.entry(path).or_default();
                diagnostics.retain(|one| !all.contains(one));
                all.append(&mut diagnostics);
            }
        }
        for path in self.told.keys().chain(self.open.keys()) {
            now.entry(path.clone()).or_default();
        }
        let edited = self.edited.take();
        let mut out = Vec::new();
        for (path, diagnostics) in now {
            let document = self.open.get(&path);
            let version = document.map(|document| document.version);
            let known = self.told.get(&path);
            if known.is_some_and(|(of, said)| *of == version && *said == diagnostics)
                || known.is_none() && diagnostics.is_empty() && version.is_none()
            {
                continue;
            }
            let uri: Option<Uri> =
                document.map(|document| document.uri.clone()).or_else(|| uri::of_path(&path));
            let Some(uri) = uri else { continue };
            let is_edited = edited.as_ref() == Some(&path);
            let told = PublishDiagnosticsParams { uri, diagnostics: diagnostics.clone(), version };
            out.insert(if is_edited { 0 } else { out.len() }, told);
            if diagnostics.is_empty() && version.is_none() {
                self.told.remove(&path);
            } else {
                self.told.insert(path, (version, diagnostics));
            }
        }
        Some(out)
    }
}
