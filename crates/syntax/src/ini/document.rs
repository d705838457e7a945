//! What a text says.

use super::Text;
use crate::TextRange;

/// How the text reaches the scanner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reader {
    /// One line at a time, cut at the first NUL: `fpm_conf_load_ini_file()` of PHP-FPM.
    Lines,
    /// As a whole: php.ini and the files of its scan directory. A mistake ends the reading.
    Whole,
}

/// The statements of a text in their order, and where its reader stumbles.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Document {
    /// Sections and entries, as the parser hands them over.
    pub statements: Vec<Statement>,
    /// Comments, each from its `;` to the end of its line.
    pub comments: Vec<TextRange>,
    /// Every line (for [`Reader::Whole`]: the one place) where the parser gives up. The statements before
    /// it on the same line count; php-fpm refuses to start at the first one.
    pub errors: Vec<SyntaxError>,
    /// Whether there is more than is read, and the rest was left.
    pub cut: bool,
}

/// One step of the parser's output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Statement {
    /// `[name]`
    Section(Section),
    /// `key = value`, `key[index] = value`, or a lone `key`.
    Entry(Entry),
}

/// A section header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    /// From `[` to `]`.
    pub range: TextRange,
    /// What stands between them.
    pub name: Text,
}

/// A key and what it is set to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The key without white space around it.
    pub key: TextRange,
    /// What stands in the brackets of `key[index]`; empty for `key[]`.
    pub index: Option<Text>,
    /// The value; `None` where there is no `=`.
    pub value: Option<Text>,
}

impl Entry {
    /// Everything from the key to the end of the value.
    pub fn range(&self) -> TextRange {
        let end = self.value.as_ref().or(self.index.as_ref()).map_or(self.key, |text| text.range);
        self.key.to(end)
    }
}

/// A place where the parser gives up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyntaxError {
    /// The token that it does not expect, or the opening of what never ends.
    pub range: TextRange,
    /// The parser's words, such as `syntax error, unexpected '='`.
    pub message: String,
    /// The line that it names: counted from the start of what it was handed, so nearly always 1 for
    /// [`Reader::Lines`].
    pub line: u32,
}
