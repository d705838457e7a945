//! Which script a FastCGI pass names.

use super::{Directive, Part, Pass, parts};
use crate::Value;
use crate::address::normal_path;

/// The value of `SCRIPT_FILENAME`, as far as the text tells.
#[derive(Clone, Debug)]
pub struct ScriptPath<'a> {
    /// The `fastcgi_param` line.
    pub by: Directive<'a>,
    /// What the path surely begins with, in normal form: the script itself, or the directory of all scripts.
    pub start: String,
    /// The `root` or `alias` that gives the beginning, where a variable refers to it.
    pub root: Option<Directive<'a>>,
    /// Whether the request's own path follows; else `start` is the script.
    pub is_by_uri: bool,
}

impl<'a> Pass<'a> {
    /// The script that it asks for; `None` where that is not told, or made at run time in another way than by
    /// the request's path.
    pub fn script(self) -> Option<ScriptPath<'a>> {
        let by = Some(self.params()).filter(|list| list.is_whole())?.get("SCRIPT_FILENAME")?;
        let value = by.arg(1)?;
        let (mut start, mut root, mut is_by_uri) = (String::new(), None, false);
        for part in parts(&value.value) {
            let name = match part {
                // Only a script's name can stand behind a path that is the request's.
                _ if is_by_uri => return None,
                Part::Literal(text) => {
                    start.push_str(&String::from_utf8_lossy(text));
                    continue;
                }
                Part::Variable(name) => String::from_utf8_lossy(name).to_ascii_lowercase(),
            };
            let is_first = start.is_empty();
            match name.as_str() {
                "document_root" | "realpath_root" | "request_filename" if is_first => {
                    let directive = self.scope().document_root().directive()?;
                    start.push_str(&self.literal(&directive.arg(0)?.value)?);
                    root = Some(directive);
                    is_by_uri = name == "request_filename";
                }
                "fastcgi_script_name" | "uri" | "document_uri" => is_by_uri = true,
                _ => start.push_str(&self.literal(format!("${name}").as_bytes())?),
            }
        }
        let is_absolute = start.starts_with('/') && !start.split('/').any(|part| part == "..");
        is_absolute.then(|| ScriptPath { by, start: normal_path(&start), root, is_by_uri })
    }

    /// The one value that a text has here.
    fn literal(self, text: &[u8]) -> Option<String> {
        match self.scope().fold(text) {
            Value::Known(folded) => Some(String::from_utf8_lossy(&folded.value).into_owned()),
            _ => None,
        }
    }
}
