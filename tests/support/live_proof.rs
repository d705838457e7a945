//! One case of a page against the real servers: started, asked, and compared with what the page says.

use std::fmt::Write as _;
use std::io;
use std::mem::take;
use std::path::Path;
use std::time::{Duration, Instant};
use std::{fs, thread};

use regex::Regex;

use crate::fence::{Fence, Source, When};
use crate::page::Case;
use crate::{host, net};

/// Where a master's configuration lies: Debian, Fedora, Alpine, the image.
const MASTERS: [&str; 4] = [
    "/etc/php/*/fpm/php-fpm.conf",
    "/etc/php-fpm.conf",
    "/etc/php*/php-fpm.conf",
    "/usr/local/etc/php-fpm.conf",
];
/// How long a line may take to reach a log.
const PATIENCE: Duration = Duration::from_secs(2);
/// What is served: `?sleep=SECONDS`, `?busy=SECONDS`, `?fail`, `?header=BYTES`, `?ini=NAME`, `?opcache`.
const SCRIPT: &str = r#"<?php
if (isset($_GET["sleep"])) sleep((int)$_GET["sleep"]);
// Of the processor, not of the clock: this machine may be busy with other things.
$used = fn($use) => $use["ru_utime.tv_sec"] + $use["ru_stime.tv_sec"] + ($use["ru_utime.tv_usec"] + $use["ru_stime.tv_usec"]) / 1e6;
if (isset($_GET["busy"])) for ($end = $used(getrusage()) + $_GET["busy"]; $used(getrusage()) < $end;);
if (isset($_GET["fail"])) undefined_function();
if (isset($_GET["header"])) header("X-Large: ".str_repeat("x", (int)$_GET["header"]));
echo "script ", $_SERVER["REQUEST_URI"] ?? "";
if (isset($_GET["ini"])) echo " [", ini_get($_GET["ini"]), "]";
if (isset($_GET["opcache"])) {
    // What is said to be in use is only the setting without what is free.
    echo " ", 2 ** ceil(log(opcache_get_status(false)["memory_usage"]["free_memory"] / 2 ** 20, 2)), " MB";
}
"#;
/// The server of a case that shows PHP-FPM alone.
const SERVER: &str = r"server {
    listen 80;
    root /srv/made;
    location ~ \.php$ {
        include fastcgi.conf;
        fastcgi_pass unix:/run/php/php8.2-fpm.sock;
    }
}
";

/// What the output of a case predicts.
#[derive(Debug, Default)]
pub(crate) struct Predicted {
    nginx: Vec<Refusal>,
    fpm: Vec<Refusal>,
    /// Whether PHP-FPM's own test is said to pass.
    is_tested_in_vain: bool,
    /// Status and log line of every answer.
    pub(crate) answers: Vec<(u16, String)>,
}

/// How a program refuses to start.
#[derive(Clone, Debug)]
struct Refusal {
    /// The first words that it prints.
    message: String,
    /// The place that it prints behind them.
    place: Option<String>,
    /// File and line to edit.
    edit: (String, usize),
}

impl Predicted {
    /// Reads a `text output` fence.
    pub(crate) fn read(output: &str) -> Self {
        let mut predicted = Self::default();
        // A finding begins with its heading and the place of its primary label.
        let mut edit = None;
        for line in output.lines() {
            if !line.starts_with([' ', '=']) && line.contains("]: ") {
                edit = None;
            } else if let Some((_, at)) = line.split_once("┌─ ") {
                let mut parts = at.rsplitn(3, ':').skip(1);
                let number = parts.next().and_then(|number| number.parse().ok()).unwrap_or(0);
                edit.get_or_insert_with(|| (format!("/{}", parts.next().unwrap_or_default()), number));
            }
            let edit = || edit.clone().unwrap_or_default();
            if let Some((_, said)) = line.split_once("= note: nginx refuses to start: ") {
                let (message, place) = placed(said);
                predicted.nginx.push(Refusal { message, place, edit: edit() });
            } else if let Some((_, said)) = line.split_once("= note: php-fpm refuses to start: ") {
                predicted.fpm.push(Refusal { message: placed_by_fpm(said), place: None, edit: edit() });
            } else if let Some((_, rest)) = line.split_once("= note: the visitor gets ") {
                let (status, log) = rest.split_once("; nginx will log: ").unwrap_or((rest, ""));
                predicted.answers.extend(status.parse().map(|status| (status, log.to_owned())));
            }
            predicted.is_tested_in_vain |= line.contains("`php-fpm -t` does not notice it");
        }
        predicted
    }

    pub(crate) fn refuses(&self) -> bool {
        !self.nginx.is_empty() || !self.fpm.is_empty()
    }
}

impl Refusal {
    fn is_said_by_nginx(&self, said: &str) -> bool {
        // With the time and the process where nginx writes to a log, as builds that log to stderr do.
        let first = said.lines().find_map(|line| Some(line.split_once("[emerg] ")?.1));
        let first =
            first.map(|line| line.trim_start_matches(|c: char| c.is_ascii_digit() || "#: ".contains(c)));
        let rest = first.and_then(|first| first.strip_prefix(self.message.as_str()));
        rest.is_some_and(|rest| self.place.as_ref().is_none_or(|place| rest == place))
    }

    /// Empties the line to edit, so that the program gets to the next mistake.
    fn cure(&self) -> io::Result<()> {
        let (path, number) = &self.edit;
        let text = fs::read_to_string(path)?;
        let lines = text.lines().enumerate().map(|(at, line)| if at + 1 == *number { "" } else { line });
        fs::write(path, lines.flat_map(|line| [line, "\n"]).collect::<String>())
    }
}

/// `MESSAGE in etc/nginx/x.conf:3` as nginx prints it.
fn placed(said: &str) -> (String, Option<String>) {
    match said.rsplit_once(" in ") {
        Some((message, place))
            if place.rsplit_once(':').is_some_and(|(_, line)| line.parse::<u32>().is_ok()) =>
        {
            (message.to_owned(), Some(format!(" in /{}", place.trim_start_matches('/'))))
        }
        _ => (said.to_owned(), None),
    }
}

/// PHP-FPM's words hold the place where it prints one; the note repeats it.
fn placed_by_fpm(said: &str) -> String {
    match said.rsplit_once(" at ") {
        Some((message, place)) if place.contains(" line ") && message.starts_with("[/") => message.to_owned(),
        _ => said.to_owned(),
    }
}

/// Runs one case inside of the host; what is wrong with the page.
pub(crate) fn prove(case: &Case, output: &str) -> io::Result<Vec<String>> {
    let fence = case.live.as_deref().map(Fence::parse).transpose().map_err(io::Error::other)?;
    let mut run = Run { predicted: Predicted::read(output), ..Run::default() };
    let is_started = fence.is_some() || run.predicted.refuses();
    let fence = fence.unwrap_or_default();
    serve_files(case, &fence)?;
    start_peers(&fence)?;
    for (_, name, address) in fence.hosts.iter().filter(|(when, ..)| *when == When::Start) {
        host::name_host(name, &address.to_string())?;
    }
    let is_up = run.fpm(&fence, is_started)? & run.nginx(&fence, is_started)?;
    if !is_up {
        return Ok(run.wrong);
    }
    for (_, name, address) in fence.hosts.iter().filter(|(when, ..)| *when == When::Later) {
        host::name_host(name, &address.to_string())?;
    }
    for request in &fence.requests {
        let (status, body) = net::ask(request);
        let has_text = request.text.as_ref().is_none_or(|text| match text.as_str() {
            "" => !body.contains("script "),
            text => body.contains(text),
        });
        if status != request.status || !has_text {
            let _ = writeln!(run.said, "-- {} {}: {status}\n{body}", request.method, request.path);
            run.wrong.push(format!("{} {}: got {status}", request.method, request.path));
        }
    }
    for (path, is_there) in &fence.sockets {
        if Path::new(path).exists() != *is_there {
            run.wrong.push(format!("socket {path}: {}", !is_there));
        }
    }
    run.compare_logs(case, &fence)?;
    if !run.wrong.is_empty() {
        let (nginx, fpm) = logs()?;
        run.wrong.push(format!("{}-- error.log\n{nginx}-- fpm.log\n{fpm}", run.said));
    }
    Ok(run.wrong)
}

#[derive(Default)]
struct Run {
    predicted: Predicted,
    wrong: Vec<String>,
    /// What the programs printed.
    said: String,
}

impl Run {
    /// Tests and, where it matters, starts every master; whether all came up.
    fn fpm(&mut self, fence: &Fence, is_started: bool) -> io::Result<bool> {
        let program = fpm_program()?;
        for master in masters()? {
            // Debian's packages have an ini directory for each version; the image has one below its prefix.
            let ini = Path::new(&master).parent().unwrap_or(Path::new("/")).display().to_string();
            // OPcache, as every package of PHP-FPM loads it.
            let common = [program.as_str(), "-y", &master, "-c", &ini, "-d", "zend_extension=opcache.so"];
            let (test, start) = ([&common[..], &["-t"]].concat(), [&common[..], &["-D"]].concat());
            let start = is_started.then_some(start.as_slice());
            let refusals = take(&mut self.predicted.fpm);
            let lines: Vec<&Regex> = fence.lines(Source::FpmRefuses).collect();
            let is_said = |refusal: &Refusal, said: &str| said.contains(&refusal.message);
            if self.predicted.is_tested_in_vain && !persist(&test, |_| false)?.0 {
                self.wrong.push("`php-fpm -t` notices it".into());
            }
            if !self.up("php-fpm", &test, start, &refusals, &lines, is_said)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn nginx(&mut self, fence: &Fence, is_started: bool) -> io::Result<bool> {
        let warnings: Vec<&Regex> = fence.lines(Source::NginxWarns).collect();
        if !warnings.is_empty() {
            let (_, said) = persist(&["nginx", "-t"], |_| false)?;
            let missing = warnings.iter().filter(|line| !line.is_match(&said));
            self.wrong.extend(missing.map(|line| format!("nginx does not warn /{line}/:\n{said}")));
        }
        let refusals = take(&mut self.predicted.nginx);
        let lines: Vec<&Regex> = fence.lines(Source::NginxRefuses).collect();
        let start: Option<&[&str]> = is_started.then_some(&["nginx"]);
        self.up("nginx", &["nginx", "-t"], start, &refusals, &lines, Refusal::is_said_by_nginx)
    }

    /// Tests a program, and starts it; whether it came up. It prints one mistake and stops: to see the next, the one
    /// before is cured.
    fn up(
        &mut self,
        name: &str,
        test: &[&str],
        start: Option<&[&str]>,
        refusals: &[Refusal],
        lines: &[&Regex],
        is_said: impl Fn(&Refusal, &str) -> bool,
    ) -> io::Result<bool> {
        let is_refused = !refusals.is_empty() || !lines.is_empty();
        for number in 0..refusals.len().max(1) {
            if let Some(before) = number.checked_sub(1).and_then(|before| refusals.get(before)) {
                before.cure()?;
            }
            let is_expected = |said: &str| {
                refusals.get(number).is_some_and(|refusal| is_said(refusal, said))
                    || lines.iter().any(|line| line.is_match(said))
            };
            let (mut is_well, mut said) = persist(test, is_expected)?;
            if let (true, Some(start)) = (is_well, start) {
                (is_well, said) = persist(start, is_expected)?;
            }
            self.said += &said;
            match (is_well, is_refused) {
                (true, false) => return Ok(true),
                (true, true) => self.wrong.push(format!("{name} starts")),
                (false, true) if is_expected(&said) => {}
                (false, true) => self.wrong.push(format!("{name} refuses in other words:\n{said}")),
                (false, false) => self.wrong.push(format!("{name} refuses:\n{said}")),
            }
        }
        Ok(false)
    }

    /// Waits for the lines that the fence names; without any, for those that the output predicts.
    fn compare_logs(&mut self, case: &Case, fence: &Fence) -> io::Result<()> {
        let mut wanted: Vec<(bool, Vec<String>)> = Vec::new();
        for (source, line) in &fence.expected {
            match source {
                Source::NginxLog => wanted.push((true, vec![line.to_string()])),
                Source::FpmLog => wanted.push((false, vec![line.to_string()])),
                _ => {}
            }
        }
        let is_named = fence.lines(Source::NginxLog).next().is_some();
        if !is_named && case.live.is_some() {
            let asked = |status: u16| fence.requests.iter().any(|request| request.status == status);
            let logged =
                self.predicted.answers.iter().filter(|(status, log)| asked(*status) && !log.is_empty());
            // Between the two halves nginx names client, server and request.
            wanted.extend(
                logged.map(|(_, log)| (true, log.splitn(2, ", upstream: ").map(regex::escape).collect())),
            );
        }
        let start = Instant::now();
        for (is_nginx, parts) in wanted {
            let pattern = Regex::new(&parts.join(".*, upstream: ")).map_err(io::Error::other)?;
            loop {
                let (nginx, fpm) = logs()?;
                let log = if is_nginx { nginx } else { fpm + &self.said };
                if log.lines().any(|line| pattern.is_match(line)) {
                    break;
                }
                if start.elapsed() > PATIENCE {
                    self.wrong.push(format!("no line of the log matches /{pattern}/"));
                    break;
                }
                thread::sleep(Duration::from_millis(20));
            }
        }
        Ok(())
    }
}

/// Runs a program, and again with what it missed, until it is content, says what is expected, or misses what
/// cannot be made.
fn persist(command: &[&str], is_expected: impl Fn(&str) -> bool) -> io::Result<(bool, String)> {
    let mut before = String::new();
    let process = Regex::new(r"\d+:\d+:\d+|\d+#\d+").map_err(io::Error::other)?;
    loop {
        let (is_well, said) = host::run(command)?;
        let timeless = process.replace_all(&said, "").into_owned();
        if is_well || is_expected(&said) || before == timeless || !host::provide(&said)? {
            return Ok((is_well, said));
        }
        before = timeless;
    }
}

/// Makes the page roots that the configuration names, with an index and the scripts that are requested.
fn serve_files(case: &Case, fence: &Fence) -> io::Result<()> {
    if !case.files.iter().any(|(path, _)| path.starts_with("etc/nginx/")) {
        host::write("/etc/nginx/conf.d/made.conf", SERVER)?;
    }
    let roots = Regex::new(r"\b(?:root|alias)\s+(/[\w./-]+)").map_err(io::Error::other)?;
    for text in case.files.iter().map(|(_, text)| text.as_str()).chain([SERVER]) {
        for root in roots.captures_iter(text) {
            let scripts = fence.requests.iter().filter_map(|request| {
                let path = request.path.split('?').next()?;
                Some(path[..path.find(".php")? + ".php".len()].to_owned())
            });
            for name in scripts.chain(["/index.php".into(), "/index.html".into()]) {
                let path = format!("{}{name}", root[1].trim_end_matches('/'));
                if !Path::new(&path).exists() && !fence.absent.contains(&path) {
                    host::write(&path, SCRIPT)?;
                }
            }
        }
    }
    Ok(())
}

fn start_peers(fence: &Fence) -> io::Result<()> {
    for (at, peer) in &fence.peers {
        let address = at.rsplit_once(':').map_or("", |(address, _)| address).trim_matches(['[', ']']);
        if !address.starts_with("127.") && !address.starts_with("::1") && address != "unix" {
            host::own_address(address)?;
        }
        net::listen(at, *peer, host::CERTIFICATE)?;
    }
    if !fence.dns.is_empty() {
        net::resolve(&fence.dns)?;
    }
    Ok(())
}

/// nginx's log and PHP-FPM's.
fn logs() -> io::Result<(String, String)> {
    let (mut nginx, mut fpm) = (String::new(), String::new());
    let mut pending = vec![Path::new("/var/log").to_path_buf()];
    while let Some(path) = pending.pop() {
        if path.is_dir() {
            pending.extend(fs::read_dir(&path)?.flatten().map(|entry| entry.path()));
        } else if path.starts_with("/var/log/nginx") && !path.display().to_string().contains("access") {
            nginx += &String::from_utf8_lossy(&fs::read(&path)?);
        } else if !path.starts_with("/var/log/nginx") {
            fpm += &String::from_utf8_lossy(&fs::read(&path)?);
        }
    }
    Ok((nginx, fpm))
}

fn fpm_program() -> io::Result<String> {
    let names = fs::read_dir("/usr/sbin")?.flatten().map(|entry| entry.path().display().to_string());
    let mut found: Vec<String> = names.filter(|name| name.contains("/php-fpm")).collect();
    found.sort();
    let wanted = found.iter().find(|name| name.ends_with("php-fpm8.2")).or(found.last());
    wanted.cloned().ok_or_else(|| io::Error::other("no php-fpm is installed"))
}

/// The masters of the host, each `*` standing for one name.
fn masters() -> io::Result<Vec<String>> {
    let mut found = Vec::new();
    for pattern in MASTERS {
        match pattern.split_once('*') {
            None => found.push(pattern.to_owned()),
            Some((before, after)) => {
                let (parent, start) = before.rsplit_once('/').unwrap_or(("", before));
                let Ok(entries) = fs::read_dir(parent) else { continue };
                let names = entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned());
                let names = names.filter(|name| name.starts_with(start));
                found.extend(names.map(|name| format!("{parent}/{name}{after}")));
            }
        }
    }
    found.retain(|path| Path::new(path).is_file());
    found.sort();
    found.dedup();
    Ok(found)
}
