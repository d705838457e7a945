//! Paths, variables and replacements of one request.

use std::rc::Rc;

use super::super::{ContextKind, Part, Scope, parts};
use super::Request;
use crate::Value;

/// A path as nginx works with it: `%XX` decoded, `//` merged, `.` and `..` resolved
/// (`ngx_http_parse_complex_uri()`); `None` where nginx refuses it.
pub fn normal_uri(path: &[u8]) -> Option<Vec<u8>> {
    let mut decoded = Vec::with_capacity(path.len());
    let mut rest = path;
    while let Some((&byte, after)) = rest.split_first() {
        if byte != b'%' {
            decoded.push(byte);
            rest = after;
            continue;
        }
        let digit = |at: usize| after.get(at).and_then(|byte| char::from(*byte).to_digit(16));
        decoded.push((digit(0)? * 16 + digit(1)?) as u8);
        rest = after.get(2..)?;
    }
    if decoded.first() != Some(&b'/') || decoded.contains(&0) {
        return None;
    }
    let is_dir = matches!(decoded.rsplit(|byte| *byte == b'/').next(), Some(b"" | b"." | b".."));
    let mut kept: Vec<&[u8]> = Vec::new();
    for part in decoded.split(|byte| *byte == b'/') {
        match part {
            b"" | b"." => {}
            b".." => drop(kept.pop()?),
            part => kept.push(part),
        }
    }
    let mut uri = vec![b'/'];
    uri.extend(kept.join(&b'/'));
    if is_dir && uri.len() > 1 {
        uri.push(b'/');
    }
    Some(uri)
}

/// What is known of a request at one moment.
#[derive(Clone, Debug)]
pub(super) struct Moment {
    pub(super) request: Rc<Request>,
    pub(super) uri: Vec<u8>,
    pub(super) args: Vec<u8>,
    /// `$1`, `$2`, ...: of the last expression that matched.
    pub(super) captures: Vec<Vec<u8>>,
}

impl Moment {
    /// The value of a variable; `None` where only run time knows it.
    pub(super) fn variable(&self, scope: Scope<'_>, name: &[u8]) -> Option<Vec<u8>> {
        let name = String::from_utf8_lossy(name).to_ascii_lowercase();
        let request = &*self.request;
        if let Ok(number @ 1..) = name.parse::<usize>() {
            return Some(self.captures.get(number - 1).cloned().unwrap_or_default());
        }
        let arg = |wanted: &str| {
            let mut pairs = self.args.split(|byte| *byte == b'&');
            let found = pairs.find_map(|pair| {
                let mut sides = pair.splitn(2, |byte| *byte == b'=');
                let is_it = sides.next()?.eq_ignore_ascii_case(wanted.as_bytes());
                is_it.then(|| sides.next().unwrap_or_default().to_vec())
            });
            found.unwrap_or_default()
        };
        Some(match name.as_str() {
            "host" | "http_host" => request.host.clone().into_bytes(),
            "scheme" => if request.tls { "https" } else { "http" }.into(),
            "https" => if request.tls { "on" } else { "" }.into(),
            "request_method" => request.method.clone().into_bytes(),
            "server_port" => request.port.to_string().into_bytes(),
            "uri" | "document_uri" => self.uri.clone(),
            "request_uri" => request.request_uri.clone(),
            "args" | "query_string" => self.args.clone(),
            "is_args" => if self.args.is_empty() { "" } else { "?" }.into(),
            "server_name" => {
                let server = scope.enclosing(ContextKind::Server)?;
                let name = server.own("server_name").next().and_then(|by| by.arg(0));
                name.map(|name| name.value.into_owned()).unwrap_or_default()
            }
            "fastcgi_script_name" => self.script(scope)?,
            "request_filename" => {
                use std::os::unix::ffi::OsStrExt;
                scope.file_of(&self.uri)?.as_os_str().as_bytes().to_vec()
            }
            other => match (other.strip_prefix("arg_"), other.strip_prefix("http_")) {
                (Some(wanted), _) => arg(wanted),
                (_, Some(header)) => {
                    let headers = request.headers.as_ref()?;
                    headers.iter().find(|(name, _)| name == header).map(|(_, value)| value.clone())?
                }
                _ => match scope.fold(format!("${other}").as_bytes()) {
                    Value::Known(folded) => folded.value,
                    _ => return None,
                },
            },
        })
    }

    /// `$fastcgi_script_name`: what `fastcgi_split_path_info` leaves of the path.
    fn script(&self, scope: Scope<'_>) -> Option<Vec<u8>> {
        let Some(by) = scope.effective_last("fastcgi_split_path_info") else {
            return Some(self.uri.clone());
        };
        let groups = scope.captures(&by.arg(0)?.value, false, &self.uri)?;
        Some(groups.and_then(|groups| groups.into_iter().next()).unwrap_or_else(|| self.uri.clone()))
    }

    /// A text with its variables filled in; `None` where only run time knows one of them.
    pub(super) fn fill(&self, scope: Scope<'_>, text: &[u8]) -> Option<Vec<u8>> {
        let mut out = Vec::new();
        for part in parts(text) {
            match part {
                Part::Literal(literal) => out.extend_from_slice(literal),
                Part::Variable(name) => out.extend(self.variable(scope, name)?),
            }
        }
        Some(out)
    }
}

#[cfg(test)]
mod tests {
    use super::normal_uri;

    #[test]
    fn paths_are_those_that_locations_see() {
        let check = |path: &str, expected: Option<&str>| {
            let got = normal_uri(path.as_bytes()).map(|uri| String::from_utf8(uri).unwrap());
            assert_eq!(got.as_deref(), expected, "{path}");
        };
        check("/", Some("/"));
        check("//a///b/", Some("/a/b/"));
        check("/a/./b/../c", Some("/a/c"));
        check("/a/..", Some("/"));
        check("/%61%2Fb", Some("/a/b"));
        check("/..", None);
        check("/%zz", None);
        check("a", None);
    }
}
