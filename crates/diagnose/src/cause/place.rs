//! Places that the programs themselves name.

use std::path::Path;

use gatelint_model::Stack;
use gatelint_syntax::{FileId, Span};

/// The file and line that ends nginx's line (`in /etc/nginx/x:3`) or begins PHP-FPM's (`[/etc/php/x:3] ...`), or that
/// PHP-FPM names within (`from /etc/php/x at line 3`).
pub(super) fn named(stack: &Stack, message: &str) -> Option<Span> {
    let of_fpm = message.strip_prefix('[').and_then(|rest| rest.split_once(']')).map(|(place, _)| place);
    let of_nginx = message.rsplit_once(" in ").map(|(_, place)| place);
    let place = [of_fpm, of_nginx].into_iter().flatten().find_map(|place| {
        let (path, line) = place.trim().rsplit_once(':')?;
        Some((path, line.parse::<u32>().ok()?))
    });
    let (path, line) = place?;
    line_of(stack, find(stack, path)?, line)
}

/// What stands on a line, without the white space around it.
pub(super) fn line_of(stack: &Stack, file: FileId, line: u32) -> Option<Span> {
    let source = stack.sources.get(file)?;
    let range = source.lines().range(line, &source.bytes);
    let text = range.of(&source.bytes);
    let start = range.start + (text.len() - text.trim_ascii_start().len()) as u32;
    let end = start + text.trim_ascii().len() as u32;
    (start <= range.end).then(|| gatelint_syntax::TextRange::new(start, end).in_file(file))
}

/// The text of the tree that a program calls by this name; a tree that plays `/` may be seen from further up.
fn find(stack: &Stack, path: &str) -> Option<FileId> {
    let path = Path::new(path);
    if let Some(file) = stack.sources.find(path) {
        return Some(file);
    }
    let lies_there = |source: &gatelint_model::Source| {
        let own = source.path.strip_prefix("/").unwrap_or(&source.path);
        source.file() == path || own.components().count() > 1 && path.ends_with(own)
    };
    let mut found = stack.sources.iter().filter(|(_, source)| lies_there(source)).map(|(file, _)| file);
    found.next()
}
