//! Which files are served and how: `src/http/ngx_http_core_module.c`, `ngx_http_index_module.c` and
//! `ngx_http_try_files_module.c`.

use gatelint_catalog::nginx::Directive;

use super::super::line::Line;
use super::super::{Defect, Expected, Fault};
use super::Setter;
use crate::nginx::number;

pub(super) const SETTERS: &[(&str, Setter)] = &[
    ("root", root),
    ("alias", root),
    ("index", index),
    ("try_files", try_files),
    ("error_page", error_page),
    ("directio", directio),
    ("disable_symlinks", disable_symlinks),
];

/// Variables that are made from `root` itself; their names are looked for as text.
fn root(line: &Line<'_>, directive: &'static Directive) -> Option<Fault> {
    let path = line.word(1)?;
    let has = |text: String| memchr::memmem::find(&path, text.as_bytes()).is_some();
    let name = ["document_root", "realpath_root"]
        .into_iter()
        .find(|name| has(format!("${name}")) || has(format!("${{{name}}}")))?;
    let message = format!("the ${name} variable cannot be used in the \"{}\" directive", directive.name);
    Some(Fault::value(1, Expected::What("a path that is not made from itself"), message))
}

fn index(line: &Line<'_>, _: &'static Directive) -> Option<Fault> {
    let (empty, _) = line.words_from(1).find(|(_, word)| word.is_empty())?;
    // nginx prints the first word, whichever it is.
    let first = line.word(1)?;
    let message = format!("index \"{}\" in \"index\" directive is invalid", String::from_utf8_lossy(&first));
    Some(Fault::value(empty, Expected::What("the name of a file"), message))
}

/// The last argument may be `=code`.
fn try_files(line: &Line<'_>, _: &'static Directive) -> Option<Fault> {
    let last = line.word(line.count())?;
    let code = last.strip_prefix(b"=")?;
    let is_valid = number::integer(code).is_some_and(|code| code <= 999);
    (!is_valid).then(|| {
        // A text with variables is not counted with its end.
        let end = last.len() - usize::from(last.contains(&b'$'));
        let shown = last.get(..end).unwrap_or_default();
        let message = format!("invalid code \"{}\"", String::from_utf8_lossy(shown));
        Fault::value(line.count(), Expected::What("`=` and a status code"), message)
    })
}

fn error_page(line: &Line<'_>, _: &'static Directive) -> Option<Fault> {
    let invalid = |index: usize, word: &[u8], expected| {
        let message = format!("invalid value \"{}\"", String::from_utf8_lossy(word));
        Some(Fault::value(index, expected, message))
    };
    let before = line.count().checked_sub(1)?;
    let overwrite = line.word(before).filter(|word| before > 0 && word.starts_with(b"="));
    if let Some(word) = &overwrite {
        let code = word.get(1..).unwrap_or_default();
        if before == 1 || !code.is_empty() && number::integer(code).is_none() {
            return invalid(before, word, Expected::What("status codes, and `=code` behind them"));
        }
    }
    let end = if overwrite.is_some() { before } else { before + 1 };
    line.words_from(1).take_while(|(index, _)| *index < end).find_map(|(index, word)| {
        match number::integer(&word) {
            None | Some(499) => invalid(index, &word, Expected::Between(300, 599)),
            Some(300..=599) => None,
            Some(_) => {
                let code = String::from_utf8_lossy(&word);
                let message = format!("value \"{code}\" must be between 300 and 599");
                Some(Fault::value(index, Expected::Between(300, 599), message))
            }
        }
    })
}

fn directio(line: &Line<'_>, directive: &'static Directive) -> Option<Fault> {
    let word = line.word(1)?;
    (&*word != b"off" && number::offset(&word).is_none())
        .then(|| Fault::returned(directive.name, "invalid value", 1, Expected::Offset))
}

fn disable_symlinks(line: &Line<'_>, directive: &'static Directive) -> Option<Fault> {
    let is_mode = |word: &[u8]| matches!(word, b"off" | b"on" | b"if_not_owner");
    let is_known = |word: &[u8]| is_mode(word) || word.starts_with(b"from=");
    if let Some((index, word)) = line.words_from(1).find(|(_, word)| !is_known(word)) {
        let message = format!("invalid parameter \"{}\"", String::from_utf8_lossy(&word));
        return Some(Fault::value(index, Expected::OneOf(&["off", "on", "if_not_owner", "from="]), message));
    }
    let first = line.word(1)?;
    let second = line.word(2);
    let mut modes = [Some(&first), second.as_ref()].into_iter().flatten().filter(|word| is_mode(word));
    let Some(mode) = modes.next_back() else {
        let name = directive.name;
        let message = format!("\"{name}\" must have \"off\", \"on\" or \"if_not_owner\" parameter");
        return Some(Fault::value(1, Expected::OneOf(&["off", "on", "if_not_owner"]), message));
    };
    let second = second.as_ref()?;
    if is_mode(&first) && is_mode(second) {
        let (first, second) = (String::from_utf8_lossy(&first), String::from_utf8_lossy(second));
        let message = format!("duplicate parameters \"{first} {second}\"");
        return Some(Fault::value(2, Expected::What("one of `off`, `on` and `if_not_owner`"), message));
    }
    (**mode == *b"off")
        .then(|| Fault::new(Defect::Conflict, 2, "\"from=\" cannot be used with \"off\" parameter"))
}
