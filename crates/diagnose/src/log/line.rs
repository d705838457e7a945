//! One line of a log, taken apart where it stands: nginx's error log, PHP-FPM's, PHP's own, and what `nginx -t` and
//! `php-fpm -t` print; also behind what journald, syslog and containers put before a line.

use memchr::memmem;

/// Who wrote a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Program {
    /// nginx: `ngx_log_error_core()` of `src/core/ngx_log.c`.
    Nginx,
    /// PHP-FPM: `zlog.c`.
    PhpFpm,
    /// PHP itself, into its `error_log`.
    Php,
}

impl Program {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Nginx => "nginx",
            Self::PhpFpm => "php-fpm",
            Self::Php => "php",
        }
    }
}

/// How bad the program says it is; in nginx's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// For developers.
    Debug,
    /// Of clients, mostly.
    Info,
    /// Of starts and stops.
    Notice,
    /// `warn`.
    Warn,
    /// `error`.
    Error,
    /// `crit`.
    Crit,
    /// `alert`.
    Alert,
    /// It does not start.
    Emerg,
}

impl Severity {
    const ALL: [(Self, &'static [u8], &'static [u8]); 8] = [
        (Self::Debug, b"debug", b"DEBUG"),
        (Self::Info, b"info", b""),
        (Self::Notice, b"notice", b"NOTICE"),
        (Self::Warn, b"warn", b"WARNING"),
        (Self::Error, b"error", b"ERROR"),
        (Self::Crit, b"crit", b""),
        (Self::Alert, b"alert", b"ALERT"),
        (Self::Emerg, b"emerg", b""),
    ];

    fn find(word: &[u8]) -> Option<Self> {
        let is_it = |(_, nginx, fpm): &&(Self, &[u8], &[u8])| *nginx == word || *fpm == word;
        Self::ALL.iter().find(is_it).map(|(level, ..)| *level)
    }

    /// The word for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Debug => "debug",
            Self::Info => "info",
            Self::Notice => "notice",
            Self::Warn => "warn",
            Self::Error => "error",
            Self::Crit => "crit",
            Self::Alert => "alert",
            Self::Emerg => "emerg",
        }
    }
}

/// One line, in its parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line<'a> {
    /// Who wrote it.
    pub program: Program,
    /// How bad it is.
    pub severity: Severity,
    /// When, as written; empty where it does not say.
    pub time: &'a [u8],
    /// What is said.
    pub message: &'a [u8],
    /// What nginx adds of the request: from `client: ` on; empty where there is none.
    pub context: &'a [u8],
}

/// How far from its start a line is looked at for what other programs put before it.
const MAX_PREFIX: usize = 256;

/// Takes a line apart; `None` for a line of another kind: the rest of a message of several lines, another program's.
pub fn parse(line: &[u8]) -> Option<Line<'_>> {
    if let Some(found) = nginx(line).or_else(|| fpm(line)) {
        return Some(found);
    }
    if let Some(rest) = line.strip_prefix(b"nginx: ") {
        let (severity, rest) = bracketed(rest)?;
        return Some(Line { program: Program::Nginx, severity, time: b"", message: rest, context: b"" });
    }
    let head = line.get(..line.len().min(MAX_PREFIX))?;
    // `web-1  | `, `Nov 20 03:12:09 host nginx: `, `2026-11-20T03:12:09Z stderr F `: the line follows a space.
    for at in memchr::memchr_iter(b' ', head) {
        let rest = line.get(at + 1..)?;
        let could_be = matches!(rest.first(), Some(b'0'..=b'9' | b'[' | b'n'));
        if !could_be {
            continue;
        }
        if let Some(found) = nginx(rest).or_else(|| fpm(rest)) {
            return Some(found);
        }
        if let Some(told) = rest.strip_prefix(b"nginx: [") {
            let (severity, message) = bracketed(rest.get(7..)?).filter(|_| !told.is_empty())?;
            let time = line.get(..at).unwrap_or_default();
            return Some(Line { program: Program::Nginx, severity, time, message, context: b"" });
        }
        // PHP-FPM in syslog: `php-fpm[7]: [WARNING] [pool www] ...`.
        let names_fpm = memmem::find(line.get(..at)?, b"php").is_some();
        if names_fpm
            && rest.first() == Some(&b'[')
            && let Some((severity, message)) = bracketed(rest)
        {
            let time = line.get(..15.min(at)).unwrap_or_default();
            return Some(Line { program: Program::PhpFpm, severity, time, message, context: b"" });
        }
    }
    None
}

/// `[level] rest`
fn bracketed(text: &[u8]) -> Option<(Severity, &[u8])> {
    let inner = text.strip_prefix(b"[")?;
    let end = memchr::memchr(b']', inner.get(..inner.len().min(10))?)?;
    let severity = Severity::find(inner.get(..end)?)?;
    Some((severity, inner.get(end + 1..)?.strip_prefix(b" ")?))
}

/// `2026/11/20 03:12:09 [error] 7#7: *12 message, client: ...`
fn nginx(line: &[u8]) -> Option<Line<'_>> {
    let time = line.get(..19)?;
    let is_time = time.get(4) == Some(&b'/')
        && time.get(7) == Some(&b'/')
        && time.get(10) == Some(&b' ')
        && time.get(13) == Some(&b':')
        && time.first().is_some_and(u8::is_ascii_digit);
    if !is_time {
        return None;
    }
    let (severity, mut rest) = bracketed(line.get(20..)?)?;
    let digits = |text: &[u8]| text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let pid = digits(rest);
    if pid > 0 && rest.get(pid) == Some(&b'#') {
        let thread = digits(rest.get(pid + 1..)?);
        rest = rest.get(pid + 1 + thread..)?.strip_prefix(b": ")?;
        if let Some(connection) = rest.strip_prefix(b"*") {
            let number = digits(connection);
            rest = connection.get(number..)?.strip_prefix(b" ").unwrap_or(connection);
        }
    }
    let (message, context) = split_context(rest);
    Some(Line { program: Program::Nginx, severity, time, message, context })
}

/// The message, and what nginx adds of the request.
pub(crate) fn split_context(text: &[u8]) -> (&[u8], &[u8]) {
    match memmem::find(text, b", client: ") {
        Some(at) => (text.get(..at).unwrap_or_default(), text.get(at + 2..).unwrap_or_default()),
        None => (text, b""),
    }
}

/// `[20-Nov-2026 03:12:09] WARNING: [pool www] ...`, and PHP's `[20-Nov-2026 03:12:09 UTC] PHP Warning:  ...`
fn fpm(line: &[u8]) -> Option<Line<'_>> {
    let inner = line.strip_prefix(b"[")?;
    let is_date = inner.get(2) == Some(&b'-') && inner.get(6) == Some(&b'-') && inner.get(11) == Some(&b' ');
    if !is_date {
        return None;
    }
    let end = memchr::memchr(b']', inner.get(..inner.len().min(64))?)?;
    let time = inner.get(..end)?;
    let rest = inner.get(end + 1..)?.strip_prefix(b" ")?;
    if rest.starts_with(b"PHP ") {
        let severity = php_severity(rest);
        return Some(Line { program: Program::Php, severity, time, message: rest, context: b"" });
    }
    let colon = memchr::memchr(b':', rest.get(..rest.len().min(10))?)?;
    let severity = Severity::find(rest.get(..colon)?)?;
    let mut message = rest.get(colon + 1..)?.trim_ascii_start();
    // `log_level = debug` adds `pid 7, fpm_main(), line 12: `.
    if message.starts_with(b"pid ")
        && let Some(at) = memmem::find(message, b": ")
    {
        message = message.get(at + 2..)?;
    }
    Some(Line { program: Program::PhpFpm, severity, time, message, context: b"" })
}

fn php_severity(message: &[u8]) -> Severity {
    let starts = |word: &str| message.get(4..).is_some_and(|rest| rest.starts_with(word.as_bytes()));
    match () {
        () if starts("Fatal") || starts("Parse") || starts("Recoverable") => Severity::Error,
        () if starts("Warning") => Severity::Warn,
        () => Severity::Notice,
    }
}

#[cfg(test)]
mod tests {
    use super::{Program, Severity, parse};

    fn check(line: &str, program: Program, severity: Severity, time: &str, message: &str, context: &str) {
        let got = parse(line.as_bytes()).unwrap_or_else(|| panic!("not read: {line}"));
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        assert_eq!((got.program, got.severity), (program, severity), "{line}");
        assert_eq!(
            (text(got.time), text(got.message), text(got.context)),
            (time.into(), message.into(), context.into())
        );
    }

    #[test]
    fn lines_of_both_programs_are_read() {
        use Program::{Nginx, Php, PhpFpm};
        use Severity::{Alert, Emerg, Error, Warn};
        let at = "2026/11/20 03:12:09";
        let line = format!("{at} [error] 7#8: *12 it failed, client: 1.2.3.4, server: a");
        check(&line, Nginx, Error, at, "it failed", "client: 1.2.3.4, server: a");
        check(&format!("{at} [emerg] 7#7: bad in /etc/x:3"), Nginx, Emerg, at, "bad in /etc/x:3", "");
        check("nginx: [emerg] bad in /etc/x:3", Nginx, Emerg, "", "bad in /etc/x:3", "");
        check(
            "[20-Nov-2026 03:12:09] ALERT: [pool a] no",
            PhpFpm,
            Alert,
            "20-Nov-2026 03:12:09",
            "[pool a] no",
            "",
        );
        let php = "[20-Nov-2026 03:12:09 UTC] PHP Fatal error:  x";
        check(php, Php, Error, "20-Nov-2026 03:12:09 UTC", "PHP Fatal error:  x", "");
        for prefix in [
            "web-1  | ",
            "Nov 20 03:12:09 host nginx[7]: ",
            "<187>Nov 20 03:12:09 host nginx: ",
            "2026-11-20T03:12:09.123Z stderr F ",
            "2026-11-20T03:12:09.123456789Z ",
        ] {
            check(&format!("{prefix}{at} [warn] 7#7: *1 hm"), Nginx, Warn, at, "hm", "");
        }
        let syslog = "Nov 20 03:12:09 host php-fpm[7]: [WARNING] [pool www] busy";
        check(syslog, PhpFpm, Warn, "Nov 20 03:12:09", "[pool www] busy", "");
    }

    #[test]
    fn other_lines_are_not() {
        for line in ["", "#0 {main}", "  thrown in /srv/a.php on line 3", "2026/11/20 03:12:09", "[error] x"]
        {
            assert_eq!(parse(line.as_bytes()), None, "{line}");
        }
    }
}
