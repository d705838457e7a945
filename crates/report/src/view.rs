//! Files as the renderer of `full` sees them.

use std::cell::OnceCell;
use std::collections::HashMap;
use std::ops::Range;

use codespan_reporting::files::{Error, Files};
use gatelint_model::Source;
use gatelint_syntax::{FileId, TextRange};

use crate::Part;
use crate::clean::view;

/// The widest stretch of a line that is shown, in bytes.
const WIDTH: usize = 160;

/// How much of a cut line stands before its label, in bytes.
const BEFORE: usize = 40;

/// The texts of one world, made safe when first shown.
pub(crate) struct Views<'a> {
    part: &'a Part<'a>,
    texts: Vec<OnceCell<String>>,
}

impl<'a> Views<'a> {
    pub(crate) fn new(part: &'a Part<'a>) -> Self {
        Self { part, texts: (0..part.loaded.stack.sources.len()).map(|_| OnceCell::new()).collect() }
    }

    pub(crate) fn source(&self, file: FileId) -> Result<&'a Source, Error> {
        self.part.loaded.stack.sources.get(file).ok_or(Error::FileMissing)
    }

    pub(crate) fn text(&self, file: FileId) -> Result<&str, Error> {
        let cell = self.texts.get(file.0 as usize).ok_or(Error::FileMissing)?;
        let source = self.source(file)?;
        Ok(cell.get_or_init(|| view(&source.bytes)))
    }
}

/// The lines of one finding: of a long one, only the part around its first label.
pub(crate) struct Window<'a> {
    views: &'a Views<'a>,
    cuts: HashMap<(FileId, usize), Range<usize>>,
}

impl<'a> Window<'a> {
    pub(crate) fn new(views: &'a Views<'a>) -> Self {
        Self { views, cuts: HashMap::new() }
    }

    /// The part of a label that can be shown: within its first line, and within what is shown of that.
    pub(crate) fn fit(&mut self, file: FileId, range: TextRange) -> Result<Range<usize>, Error> {
        let text = self.views.text(file)?;
        let start = (range.start as usize).min(text.len());
        let index = self.line(file, start)?;
        let line = self.whole_line(file, index)?;
        let cut = self.cuts.entry((file, index)).or_insert_with(|| cut(text, line, start)).clone();
        let start = start.clamp(cut.start, cut.end);
        Ok(start..(range.end as usize).clamp(start, cut.end))
    }

    fn line(&self, file: FileId, at: usize) -> Result<usize, Error> {
        Ok(self.views.source(file)?.lines().line(at as u32).saturating_sub(1) as usize)
    }

    fn whole_line(&self, file: FileId, index: usize) -> Result<Range<usize>, Error> {
        let source = self.views.source(file)?;
        let range = source.lines().range(index as u32 + 1, &source.bytes);
        Ok(range.start as usize..range.end as usize)
    }
}

fn cut(text: &str, line: Range<usize>, start: usize) -> Range<usize> {
    if line.len() <= WIDTH {
        return line;
    }
    let boundary = |mut at: usize| {
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        at
    };
    let first = boundary(start.saturating_sub(BEFORE).max(line.start));
    first..boundary((first + WIDTH).min(line.end))
}

impl<'a> Files<'a> for Window<'a> {
    type FileId = FileId;
    type Name = String;
    type Source = &'a str;

    fn name(&'a self, file: FileId) -> Result<String, Error> {
        Ok(self.views.part.place.shown_source(self.views.source(file)?))
    }

    fn source(&'a self, file: FileId) -> Result<&'a str, Error> {
        self.views.text(file)
    }

    fn line_index(&'a self, file: FileId, at: usize) -> Result<usize, Error> {
        self.line(file, at)
    }

    fn column_number(&'a self, file: FileId, _line: usize, at: usize) -> Result<usize, Error> {
        let source = self.views.source(file)?;
        Ok(source.lines().column(at as u32, &source.bytes) as usize)
    }

    fn line_range(&'a self, file: FileId, index: usize) -> Result<Range<usize>, Error> {
        match self.cuts.get(&(file, index)) {
            Some(cut) => Ok(cut.clone()),
            None => Ok(cut(self.views.text(file)?, self.whole_line(file, index)?, 0)),
        }
    }
}
