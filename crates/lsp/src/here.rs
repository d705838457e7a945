//! The place that an editor asks about.

use std::path::Path;

use gatelint_lint::Finding;
use gatelint_model::Stack;
use gatelint_model::files::Rooted;
use gatelint_report::clean;
use gatelint_syntax::{FileId, Span};
use lsp_types::{Position, Uri};

use crate::diagnostics::Places;
use crate::position::Lines;
use crate::state::{Client, State};
use crate::uri;

/// A byte of a text that a world reads.
pub(crate) struct Here<'a> {
    pub(crate) dir: &'a Path,
    pub(crate) stack: &'a Stack,
    pub(crate) disk: &'a Rooted,
    pub(crate) findings: &'a [Finding],
    pub(crate) client: &'a Client,
    pub(crate) file: FileId,
    pub(crate) text: &'a [u8],
    pub(crate) offset: u32,
}

impl<'a> Here<'a> {
    pub(crate) fn places(&self) -> Places<'a> {
        Places::new(self.dir, self.stack, self.client)
    }

    pub(crate) fn lines(&self) -> Lines<'a> {
        Lines::new(self.text, self.client.encoding)
    }

    /// Whether PHP-FPM reads it, and not nginx.
    pub(crate) fn is_ini(&self) -> bool {
        let of_fpm = self.stack.fpm.masters.iter().any(|master| master.files.contains(&self.file));
        of_fpm && self.stack.nginx.tree(self.file).is_none()
    }

    /// A place as a person names it: `sites-enabled/shop.conf:12`.
    pub(crate) fn shown(&self, span: Span) -> String {
        let Some(source) = self.stack.sources.get(span.file) else { return String::new() };
        let path = source.file().to_string_lossy();
        let path = path.strip_prefix('/').filter(|_| self.dir != Path::new("/")).unwrap_or(&path);
        clean(&format!("{path}:{}", self.stack.sources.line(span))).into_owned()
    }

    /// A text of the configuration, safe to show and short.
    pub(crate) fn said(&self, span: Span) -> String {
        const MAX: usize = 200;
        let text = String::from_utf8_lossy(self.stack.sources.text(span));
        let line: String = text.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(MAX).collect();
        clean(&line).replace('`', "'")
    }
}

impl State {
    /// The place at a position of a text; `None` where no world reads it.
    pub(crate) fn here(&mut self, uri: &Uri, position: Position) -> Option<Here<'_>> {
        let path = uri::to_path(uri)?;
        let room = self.rooms.iter_mut().find(|room| room.reads(&path))?;
        let (_, file) = room.file(&path)?;
        let room = &*room;
        let stack = room.stack()?;
        let text = stack.sources.bytes(file);
        let offset = Lines::new(text, self.client.encoding).offset(position);
        Some(Here {
            dir: &room.dir,
            stack,
            disk: room.disk(),
            findings: room.findings(),
            client: &self.client,
            file,
            text,
            offset,
        })
    }
}
