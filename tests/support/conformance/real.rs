//! The installed nginx: its version, its modules, and what `nginx -t` says.

use std::path::{Path, PathBuf};
use std::process::Command;

use gatelint_catalog::nginx::Version;

/// The first thing that a program refuses: the message, and the line where one is named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) message: String,
    pub(crate) line: Option<usize>,
}

/// The installed nginx.
pub(crate) struct Nginx {
    program: PathBuf,
    pub(crate) version: Version,
}

impl Nginx {
    /// `None` where none is installed.
    pub(crate) fn find() -> Option<Self> {
        // Debian's path of an ordinary user lacks /usr/sbin.
        ["nginx", "/usr/sbin/nginx"].into_iter().find_map(|program| {
            let run = Command::new(program).arg("-v").output().ok()?;
            let said = String::from_utf8(run.stderr).ok()?;
            let numbers = said.split_once("nginx/")?.1.split([' ', '\n']).next()?;
            let numbers: Vec<u16> = numbers.split('.').map_while(|part| part.parse().ok()).collect();
            let &[major, minor, patch] = numbers.as_slice() else { return None };
            Some(Self { program: program.into(), version: (major, minor, patch) })
        })
    }

    /// What `nginx -t` refuses in a file.
    pub(crate) fn refusal(&self, dir: &Path, file: &Path) -> Option<Refusal> {
        let run = Command::new(&self.program).arg("-t").arg("-p").arg(dir).arg("-c").arg(file).output();
        let run = run.expect("nginx starts");
        let said = String::from_utf8_lossy(&run.stderr);
        let Some(line) = said.lines().find(|line| line.contains("[emerg]")) else {
            // A few setters refuse without a word.
            let silent = Refusal { message: String::new(), line: None };
            return (!run.status.success()).then_some(silent);
        };
        let (_, message) = line.split_once("[emerg] ").expect("a level");
        // A log that is open already says who writes: `123#123: `.
        let message = match message.split_once(": ") {
            Some((writer, rest)) if writer.bytes().all(|b| b.is_ascii_digit() || b == b'#') => rest,
            _ => message,
        };
        let place = format!(" in {}:", file.display());
        Some(match message.rsplit_once(&place) {
            Some((message, line)) => Refusal { message: message.to_owned(), line: line.parse().ok() },
            None => Refusal { message: message.to_owned(), line: None },
        })
    }
}

/// Where Debian puts modules that are loaded at start.
const MODULES: &str = "/usr/lib/nginx/modules";

/// The files that bring a module of nginx's own; `None`: one is not installed, empty: it is built in.
pub(crate) fn files_of(module: &str) -> Option<Vec<String>> {
    let names: &[&str] = if module.starts_with("ngx_stream_geoip") {
        &["ngx_stream_module", "ngx_stream_geoip_module"]
    } else if module.starts_with("ngx_stream") {
        &["ngx_stream_module"]
    } else if module.starts_with("ngx_mail") {
        &["ngx_mail_module"]
    } else {
        match module {
            "ngx_http_geoip_module" => &["ngx_http_geoip_module"],
            "ngx_http_image_filter_module" => &["ngx_http_image_filter_module"],
            "ngx_http_xslt_filter_module" => &["ngx_http_xslt_filter_module"],
            "ngx_http_perl_module" => &["ngx_http_perl_module"],
            _ => &[],
        }
    };
    let files = names.iter().map(|name| format!("{MODULES}/{name}.so"));
    files.map(|file| Path::new(&file).exists().then_some(file)).collect()
}
