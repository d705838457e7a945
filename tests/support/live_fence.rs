//! The words of a `live` fence. CONTRIBUTING.md lists them.

use std::net::IpAddr;
use std::time::Duration;

use regex::Regex;

/// What the real servers are asked, and what they answer.
#[derive(Debug, Default)]
pub(crate) struct Fence {
    pub(crate) requests: Vec<Request>,
    pub(crate) expected: Vec<(Source, Regex)>,
    pub(crate) peers: Vec<(String, Peer)>,
    /// Names of the hosts file, with the address each has from the start or from the first request on.
    pub(crate) hosts: Vec<(When, String, IpAddr)>,
    /// Names that the DNS server knows.
    pub(crate) dns: Vec<(String, IpAddr)>,
    /// Files that are not made although a request names them.
    pub(crate) absent: Vec<String>,
    /// Sockets that are there, or not.
    pub(crate) sockets: Vec<(String, bool)>,
}

/// Where a line is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    NginxLog,
    FpmLog,
    NginxWarns,
    NginxRefuses,
    FpmRefuses,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum When {
    Start,
    Later,
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) port: u16,
    pub(crate) path: String,
    /// The bytes of the body.
    pub(crate) body: usize,
    pub(crate) headers: Vec<String>,
    pub(crate) status: u16,
    /// What the body of the answer contains; with an empty text, nothing.
    pub(crate) text: Option<String>,
}

/// What listens behind nginx, beside PHP-FPM.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Peer {
    /// Answers 200 and says which request came.
    Http,
    /// Takes the connection and closes it.
    Closes,
    /// The same as `Http`, later.
    Slow(Duration),
    /// The same as `Http`, with a header of so many bytes.
    Header(usize),
    Tls,
}

impl Fence {
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let mut fence = Self::default();
        for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
            fence.line(line).map_err(|error| format!("`{line}`: {error}"))?;
        }
        Ok(fence)
    }

    fn line(&mut self, line: &str) -> Result<(), String> {
        const LOGS: [(&str, Source); 5] = [
            ("error.log: ", Source::NginxLog),
            ("fpm.log: ", Source::FpmLog),
            ("nginx warns: ", Source::NginxWarns),
            ("nginx refuses: ", Source::NginxRefuses),
            ("php-fpm refuses: ", Source::FpmRefuses),
        ];
        if let Some((left, right)) = line.split_once(" -> ") {
            self.requests.push(request(left, right)?);
            return Ok(());
        }
        if let Some((source, text)) = LOGS.iter().find_map(|(word, to)| Some((to, line.strip_prefix(word)?)))
        {
            self.expected.push((*source, Regex::new(text).map_err(|error| error.to_string())?));
            return Ok(());
        }
        let words: Vec<&str> = line.split_whitespace().collect();
        let address = |text: &str| text.parse().map_err(|_| format!("`{text}` is no address"));
        match words.as_slice() {
            ["peer", at, kind @ ..] => self.peers.push(((*at).to_owned(), peer(kind)?)),
            ["host", name, to] => self.hosts.push((When::Start, (*name).to_owned(), address(to)?)),
            ["later", "host", name, to] => {
                self.hosts.push((When::Later, (*name).to_owned(), address(to)?));
            }
            ["dns", name, to] => self.dns.push(((*name).to_owned(), address(to)?)),
            ["absent", path] => self.absent.push((*path).to_owned()),
            ["socket", path] => self.sockets.push(((*path).to_owned(), true)),
            ["no", "socket", path] => self.sockets.push(((*path).to_owned(), false)),
            _ => return Err("no word of a live fence".into()),
        }
        Ok(())
    }

    /// The expected lines of one source.
    pub(crate) fn lines(&self, source: Source) -> impl Iterator<Item = &Regex> {
        self.expected.iter().filter(move |(of, _)| *of == source).map(|(_, line)| line)
    }
}

/// `POST :8080/upload 2m Host: shop.example, X-A: b` and `413 "too large"`.
fn request(left: &str, right: &str) -> Result<Request, String> {
    let (method, rest) = left.split_once(' ').ok_or("a method and a path stand before `->`")?;
    let (target, rest) = rest.split_once(' ').unwrap_or((rest, ""));
    let (port, path) = match target.strip_prefix(':').and_then(|target| target.split_once('/')) {
        Some((port, path)) => (port.parse().map_err(|_| "no port")?, format!("/{path}")),
        None => (80, target.to_owned()),
    };
    let (body, headers) = match rest.split_once(' ') {
        _ if rest.is_empty() => (0, ""),
        None => (size(rest)?, ""),
        Some((first, _)) if first.ends_with(':') => (0, rest),
        Some((first, headers)) => (size(first)?, headers),
    };
    let (status, text) = right.split_once(' ').unwrap_or((right, ""));
    let text = match text.strip_prefix('"') {
        Some(text) => Some(text.strip_suffix('"').ok_or("a text ends with a quote")?.to_owned()),
        None if text.is_empty() => None,
        None => return Err("a text stands in quotes".into()),
    };
    Ok(Request {
        method: method.to_owned(),
        port,
        path,
        body,
        headers: headers.split(", ").filter(|header| !header.is_empty()).map(str::to_owned).collect(),
        status: status.parse().map_err(|_| "no status")?,
        text,
    })
}

fn peer(words: &[&str]) -> Result<Peer, String> {
    Ok(match words {
        ["http"] => Peer::Http,
        ["closes"] => Peer::Closes,
        ["tls"] => Peer::Tls,
        ["slow", time] => {
            let seconds = time.strip_suffix('s').and_then(|time| time.parse().ok());
            Peer::Slow(Duration::from_secs_f32(seconds.ok_or("a time is a number and `s`")?))
        }
        ["header", bytes] => Peer::Header(size(bytes)?),
        _ => return Err("no kind of peer".into()),
    })
}

/// `20`, `20k`, `2m` in bytes.
fn size(text: &str) -> Result<usize, String> {
    let (number, unit) = match text.strip_suffix(['k', 'm']) {
        Some(number) if text.ends_with('k') => (number, 1 << 10),
        Some(number) => (number, 1 << 20),
        None => (text, 1),
    };
    Ok(number.parse::<usize>().map_err(|_| format!("`{text}` is no size"))? * unit)
}
