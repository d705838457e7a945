//! Phrases that many rules share.

use gatelint_model::nginx::{ContextKind, Pass, Scope};

/// The requests that a block takes, as a person calls them: "requests for `~ \.php$` of `shop.example`".
pub(crate) fn requests(scope: Scope<'_>) -> String {
    let location = scope.enclosing(ContextKind::Location).and_then(Scope::opener);
    let words: Vec<String> =
        location.into_iter().flat_map(|opener| opener.args()).map(|arg| clip(&arg.text())).collect();
    let what =
        if words.is_empty() { "requests".to_owned() } else { format!("requests for `{}`", words.join(" ")) };
    match site(scope) {
        Some(site) => format!("{what} of `{site}`"),
        None => what,
    }
}

/// The requests that reach a pass.
pub(crate) fn passed_requests(pass: Pass<'_>) -> String {
    requests(pass.scope())
}

/// The first real name of the server around a block.
pub(crate) fn site(scope: Scope<'_>) -> Option<String> {
    let server = scope.enclosing(ContextKind::Server)?;
    let names = server.own("server_name").flat_map(|directive| directive.args());
    let mut names = names.map(|arg| clip(&arg.text()));
    names.find(|name| !name.is_empty() && name != "_" && !name.starts_with('~'))
}

/// A time as configuration writes it: `60s`, `500ms`, `2h`.
pub(crate) fn time(milliseconds: u64) -> String {
    match milliseconds {
        0 => "0s".to_owned(),
        ms if ms % 3_600_000 == 0 => format!("{}h", ms / 3_600_000),
        ms if ms % 60_000 == 0 && ms > 120_000 => format!("{}m", ms / 60_000),
        ms if ms % 1000 == 0 => format!("{}s", ms / 1000),
        ms => format!("{ms}ms"),
    }
}

/// A size as configuration writes it: `8k`, `1m`, `100`.
pub(crate) fn size(bytes: u64) -> String {
    match bytes {
        0 => "0".to_owned(),
        bytes if bytes % (1 << 30) == 0 => format!("{}g", bytes >> 30),
        bytes if bytes % (1 << 20) == 0 => format!("{}m", bytes >> 20),
        bytes if bytes % (1 << 10) == 0 => format!("{}k", bytes >> 10),
        bytes => bytes.to_string(),
    }
}

/// A number of things: `1 process`, `2 processes`.
pub(crate) fn count(number: u64, thing: &str) -> String {
    let end = if thing.ends_with('s') { "es" } else { "s" };
    format!("{number} {thing}{}", if number == 1 { "" } else { end })
}

/// At most sixty characters of a word from the input.
pub(crate) fn clip(text: &str) -> String {
    if text.chars().count() <= 60 {
        text.to_owned()
    } else {
        text.chars().take(57).chain("...".chars()).collect()
    }
}

/// What nginx logs when it cannot connect: `why` with the number of the error, `to` as nginx prints it.
pub(crate) fn connect_log(to: &str, scheme: &str, why: &str) -> String {
    // Behind a socket nginx puts the colon that parts it from a URI.
    let (peer, end) = if to.starts_with("unix:") { (format!(" to {to}"), ":") } else { (String::new(), "") };
    let upstream = format!("upstream: \"{scheme}://{to}{end}\"");
    let log = format!("connect(){peer} failed ({why}) while connecting to upstream, {upstream}");
    log.chars().take(400).collect()
}

/// The words of a path, a pattern or a name, in lower case.
pub(crate) fn words(text: &str) -> impl Iterator<Item = String> {
    let words = text.split(|letter: char| !letter.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    words.map(str::to_ascii_lowercase).collect::<Vec<_>>().into_iter()
}

/// A log line as far as a finding shows it: one line of at most 400 characters.
pub(crate) fn one_line(message: &str) -> String {
    message.chars().map(|c| if c.is_control() { ' ' } else { c }).take(400).collect()
}
