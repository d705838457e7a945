//! `gatelint facts` and `--facts`: what is so on a machine, recorded there and used elsewhere.

use std::collections::BTreeSet;
use std::io::Read;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use std::{io, thread};

use gatelint_model::Files;
use gatelint_model::files::Rooted;
use gatelint_model::host::Facts;
use gatelint_model::host::facts::VERSION;

use crate::args::Options;
use crate::root::{absolute, plain_error};
use crate::world::Tree;

/// The largest record that is read, in bytes: a large machine's is a hundredth of it.
const MAX_RECORD: usize = 16 << 20;
/// Where the programs of services lie. What the environment names is not asked.
const PROGRAMS: [&str; 6] = [
    "/usr/sbin",
    "/usr/local/sbin",
    "/usr/bin",
    "/usr/local/bin",
    "/usr/local/nginx/sbin",
    "/usr/local/openresty/bin",
];
/// How long a program may take to say its version.
const PATIENCE: Duration = Duration::from_secs(5);
/// The most that is read of what it says, in bytes.
const MAX_SAID: u64 = 4096;

/// The facts of this machine as JSON.
///
/// # Errors
/// When an argument names another machine.
pub(crate) fn record(options: &Options) -> Result<Vec<u8>, String> {
    let facts = here(options)?;
    for one in &facts.unread {
        crate::say(&gatelint_report::clean(&format!("not known: {}: {}", one.path, one.message)));
    }
    let text = serde_json::to_string_pretty(&facts).map_err(|error| error.to_string())?;
    // Names of sockets come from whoever made them.
    Ok((gatelint_report::escaped(&text) + "\n").into_bytes())
}

/// The facts of this machine.
///
/// # Errors
/// When an argument names another machine, or this one's `/` cannot be opened.
pub(crate) fn here(options: &Options) -> Result<Facts, String> {
    if options.root.is_some() || options.facts.is_some() {
        return Err("looks at this machine: --root and --facts are for `gatelint check`".into());
    }
    let root = Path::new("/");
    // What the configuration names is what is looked at; where there is none, the machine is still recorded.
    let tree = Tree::open(root, true, &options.model()).map_err(plain_error)?;
    let worlds = tree.everything().unwrap_or_default();
    let asked: BTreeSet<String> =
        worlds.iter().flat_map(|world| world.loaded.stack.named_addresses()).collect();
    let probe = Rooted::open(root).map_err(plain_error)?;
    let mut facts = Facts::gather(&probe, asked);
    let mut php = BTreeSet::new();
    for dir in PROGRAMS {
        for entry in probe.list(Path::new(dir)) {
            let name = entry.path.file_name().unwrap_or_default().to_string_lossy();
            let is_nginx = facts.nginx.is_none() && matches!(&*name, "nginx" | "openresty");
            if is_nginx && let Some(said) = ask(&entry.path, &["-v"]) {
                facts.nginx =
                    said.lines().find_map(|line| line.strip_prefix("nginx version: ")).map(str::to_owned);
            } else if name.strip_prefix("php-fpm").is_some_and(is_version)
                // Without php.ini: no extension is loaded for it.
                && let Some(said) = ask(&entry.path, &["-n", "-v"])
                && let Some(version) = said.strip_prefix("PHP ").and_then(|rest| rest.split(' ').next())
            {
                php.insert(version.to_owned());
            }
        }
    }
    facts.php = Some(php.into_iter().collect());
    Ok(facts)
}

fn is_version(text: &str) -> bool {
    text.chars().all(|c| c.is_ascii_digit() || c == '.')
}

/// What a program prints of its version; `None` where it does not within some seconds.
fn ask(program: &Path, args: &[&str]) -> Option<String> {
    let mut child = Command::new(program)
        .args(args)
        .env_clear()
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .ok()?;
    let start = Instant::now();
    while child.try_wait().ok()?.is_none() {
        if start.elapsed() > PATIENCE {
            let _ = child.kill();
            let _ = child.wait();
            return None;
        }
        thread::sleep(Duration::from_millis(2));
    }
    let mut said = Vec::new();
    child.stdout.take()?.take(MAX_SAID).read_to_end(&mut said).ok()?;
    child.stderr.take()?.take(MAX_SAID).read_to_end(&mut said).ok()?;
    Some(String::from_utf8_lossy(&said).into_owned())
}

/// The record that `--facts` names. It may come from anywhere.
///
/// # Errors
/// When it cannot be read, or is no record that this version knows.
pub(crate) fn replayed(options: &Options) -> Result<Option<Facts>, String> {
    let Some(named) = &options.facts else { return Ok(None) };
    let wrong = |message: String| format!("{}: {message}", named.display());
    let path = absolute(named).map_err(|error| wrong(plain(error)))?;
    let files = Rooted::open(Path::new("/")).map_err(|error| wrong(plain(error)))?;
    let text = files.read(&path).map_err(|error| wrong(error.to_string()))?;
    if text.len() > MAX_RECORD {
        return Err(wrong(format!("larger than {} MiB", MAX_RECORD >> 20)));
    }
    let facts: Facts = serde_json::from_slice(&text)
        .map_err(|error| wrong(format!("no facts as `gatelint facts` records them: {error}")))?;
    match facts.version {
        VERSION => Ok(Some(facts)),
        other => Err(wrong(format!("facts of version {other}; this gatelint knows version {VERSION}"))),
    }
}

fn plain(error: io::Error) -> String {
    error.to_string()
}
