//! A real browser without a screen, and what it makes of a page.

#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "every test binary uses a part; a test fails by failing"
)]

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex};

/// The browser, where one is installed.
pub(crate) fn find() -> Option<PathBuf> {
    let mut paths = ["/usr/bin/chromium", "/usr/bin/chromium-browser"].into_iter().map(PathBuf::from);
    let found = paths.find(|path| path.exists());
    if found.is_none() {
        println!("did not run: no chromium");
    }
    found
}

/// Which colours the reader prefers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scheme {
    Dark,
    Light,
}

/// A page that was opened.
pub(crate) struct Visit {
    /// The document as it stands when all is loaded, written out again by the browser.
    pub(crate) dom: String,
    /// What was written to the console: errors of scripts, refused loads.
    pub(crate) console: Vec<String>,
    /// What was asked of the page's server, in order.
    pub(crate) requested: Vec<String>,
}

/// A file that the server has: its path, its type, its bytes.
pub(crate) type File<'a> = (&'a str, &'a str, &'a [u8]);

/// Opens `/` of a server that has these files.
pub(crate) fn visit(browser: &Path, files: &[File<'_>], scheme: Scheme) -> Visit {
    run(browser, files, scheme, &["--dump-dom"])
}

/// Takes a picture of `/`.
pub(crate) fn photograph(browser: &Path, files: &[File<'_>], scheme: Scheme, to: &Path) {
    let to = format!("--screenshot={}", to.display());
    run(browser, files, scheme, &[&to, "--window-size=1280,2200", "--hide-scrollbars"]);
}

fn run(browser: &Path, files: &[File<'_>], scheme: Scheme, args: &[&str]) -> Visit {
    let server = Server::start(files);
    let profile = tempfile::tempdir().unwrap();
    let scheme = format!("--blink-settings=preferredColorScheme={}", u8::from(scheme == Scheme::Light));
    let output = Command::new("timeout")
        .arg("120")
        .arg(browser)
        .args([
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--no-first-run",
        ])
        .args(["--disable-background-networking", "--disable-component-update", "--disable-sync"])
        .args(["--enable-logging=stderr", "--virtual-time-budget=10000", &scheme])
        .arg(format!("--user-data-dir={}", profile.path().display()))
        .args(args)
        .arg(format!("http://127.0.0.1:{}/", server.port))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{said}");
    let console = said.lines().filter(|line| line.contains("CONSOLE")).map(str::to_owned).collect();
    let dom = String::from_utf8_lossy(&output.stdout).into_owned();
    let requested = server.requested.lock().unwrap().clone();
    Visit { dom, console, requested }
}

struct Server {
    port: u16,
    requested: Arc<Mutex<Vec<String>>>,
}

impl Server {
    /// Serves until the test ends.
    fn start(files: &[File<'_>]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let requested = Arc::new(Mutex::new(Vec::new()));
        let own = |(path, kind, bytes): &File<'_>| ((*path).to_owned(), (*kind).to_owned(), bytes.to_vec());
        let files: Vec<(String, String, Vec<u8>)> = files.iter().map(own).collect();
        let log = Arc::clone(&requested);
        std::thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
                let Some(Ok(first)) = lines.next() else { continue };
                while lines.next().is_some_and(|line| line.is_ok_and(|line| !line.is_empty())) {}
                let path = first.split(' ').nth(1).unwrap_or_default().to_owned();
                let file = files.iter().find(|(name, ..)| *name == path);
                // Which a browser asks for by itself.
                if path != "/favicon.ico" {
                    log.lock().unwrap().push(path);
                }
                let (status, kind, bytes) = match file {
                    Some((_, kind, bytes)) => ("200 OK", kind.as_str(), bytes.as_slice()),
                    None => ("404 Not Found", "text/plain", &b"none"[..]),
                };
                let head = format!(
                    "HTTP/1.1 {status}\r\nContent-Type: {kind}; charset=utf-8\r\nContent-Length: {}\r\n\
                     Connection: close\r\n\r\n",
                    bytes.len()
                );
                let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(bytes));
            }
        });
        Self { port, requested }
    }
}

/// The names of all elements, and of all attributes, of a document that a browser or an XML writer wrote: there every
/// `<` begins a tag, and every value stands in quotes.
pub(crate) fn names(document: &str) -> (BTreeSet<String>, BTreeSet<String>) {
    let tag =
        regex::Regex::new(r#"^<(/?)([a-zA-Z][a-zA-Z0-9]*)((?:\s+[a-zA-Z:-]+(?:="[^"]*")?)*)\s*/?>"#).unwrap();
    let attribute = regex::Regex::new(r#"\s([a-zA-Z:-]+)(?:="[^"]*")?"#).unwrap();
    let (mut elements, mut attributes) = (BTreeSet::new(), BTreeSet::new());
    let mut rest = document;
    while let Some(at) = rest.find('<') {
        rest = &rest[at..];
        if let Some(end) = ["<!DOCTYPE html>", "<?xml"].iter().find(|start| rest.starts_with(**start)) {
            rest = &rest[end.len()..];
            continue;
        }
        let Some(found) = tag.captures(rest) else {
            panic!("no tag: {}", rest.chars().take(200).collect::<String>());
        };
        elements.insert(found[2].to_owned());
        attributes.extend(attribute.captures_iter(&found[3]).map(|one| one[1].to_owned()));
        rest = &rest[found[0].len()..];
        if &found[2] == "style" && found[1].is_empty() {
            // Text without markup.
            rest = &rest[rest.find("</style>").unwrap()..];
        }
    }
    (elements, attributes)
}
