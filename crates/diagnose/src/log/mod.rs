//! Reads a log of any length once, and keeps its distinct lines.

mod context;
mod line;
mod shape;
mod table;

use std::io::{self, Read};

use flate2::read::MultiGzDecoder;
use memchr::{memchr, memmem};

pub use context::Context;
pub use line::{Line, Program, Severity, parse};
pub use table::{Entry, Table};

/// The bytes that are read at once; also the longest line that is looked at whole.
const BUFFER: usize = 256 << 10;
/// The most bytes of a message of several lines.
const MAX_MESSAGE: usize = 8 << 10;
/// What a file begins with that gzip has compressed.
const GZIP: &[u8] = &[0x1f, 0x8b];
/// The most bytes that are kept of a line of another kind.
const MAX_SAMPLE: usize = 400;

/// What a log says.
#[derive(Debug, Default)]
pub struct Log {
    /// Its distinct lines.
    pub table: Table,
    /// How many lines it has.
    pub lines: u64,
    /// How many of them are of another kind, and are no rest of a message either.
    pub other: u64,
    /// The first of those.
    pub sample: Vec<u8>,
    /// A message that goes on in the next lines.
    pending: Vec<u8>,
    /// Whether the line before was read: what follows may be the rest of its message.
    is_after: bool,
}

impl Log {
    /// Reads on, plain or compressed by gzip.
    ///
    /// # Errors
    /// When `input` cannot be read or is no whole gzip; what came before it counts.
    pub fn read(&mut self, mut input: impl Read) -> io::Result<()> {
        let mut start = Vec::new();
        input.by_ref().take(GZIP.len() as u64).read_to_end(&mut start)?;
        let is_gzip = start == GZIP;
        let whole = io::Cursor::new(start).chain(input);
        let done = if is_gzip { self.plain(MultiGzDecoder::new(whole)) } else { self.plain(whole) };
        self.flush();
        self.is_after = false;
        done
    }

    fn plain(&mut self, mut input: impl Read) -> io::Result<()> {
        let mut buffer = vec![0; BUFFER];
        let mut filled = 0;
        // The rest of a line that is longer than the buffer.
        let mut skips = false;
        loop {
            let room = buffer.get_mut(filled..).unwrap_or_default();
            let read = match input.read(room) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                read => read?,
            };
            filled += read;
            let text = buffer.get(..filled).unwrap_or_default();
            let mut from = 0;
            while let Some(length) = memchr(b'\n', text.get(from..).unwrap_or_default()) {
                let line = text.get(from..from + length).unwrap_or_default();
                if !std::mem::replace(&mut skips, false) {
                    self.line(line);
                }
                from += length + 1;
            }
            let is_end = read == 0;
            if (is_end && from < filled || from == 0 && filled == buffer.len()) && !skips {
                self.line(text.get(from..).unwrap_or_default());
                skips = true;
            }
            if is_end {
                return Ok(());
            }
            if skips {
                filled = 0;
            } else {
                buffer.copy_within(from..filled, 0);
                filled -= from;
            }
        }
    }

    fn line(&mut self, line: &[u8]) {
        self.lines += 1;
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.starts_with(b"{\"log\":\"") {
            let line = unescaped(line);
            return self.take(&line);
        }
        self.take(line);
    }

    fn take(&mut self, line: &[u8]) {
        let Some(parsed) = parse(line) else {
            return self.rest(line);
        };
        self.flush();
        self.is_after = true;
        let goes_on = parsed.program == Program::Nginx
            && parsed.context.is_empty()
            && memmem::find(parsed.message, b"FastCGI sent in stderr").is_some();
        if goes_on {
            self.pending.extend_from_slice(line.get(..line.len().min(MAX_MESSAGE)).unwrap_or(line));
        } else if parsed.severity > Severity::Debug {
            self.table.add(&parsed);
        }
    }

    /// A line of no known kind: the rest of a message, or something else.
    fn rest(&mut self, line: &[u8]) {
        if !self.pending.is_empty() {
            let ends = memmem::find(line, b", client: ").is_some();
            if ends || self.pending.len() + line.len() < MAX_MESSAGE {
                self.pending.push(b' ');
                self.pending.extend_from_slice(line.get(..line.len().min(MAX_MESSAGE)).unwrap_or(line));
            }
            if ends {
                self.flush();
            }
        } else if !self.is_after && !line.trim_ascii().is_empty() && !is_chatter(line) {
            self.other += 1;
            if self.sample.is_empty() {
                self.sample.extend_from_slice(line.get(..line.len().min(MAX_SAMPLE)).unwrap_or(line));
            }
        }
    }

    /// Counts a message of several lines.
    fn flush(&mut self) {
        if self.pending.is_empty() {
            return;
        }
        let pending = std::mem::take(&mut self.pending);
        if let Some(parsed) = parse(&pending) {
            self.table.add(&parsed);
        }
    }
}

/// What `nginx -t` prints besides.
fn is_chatter(line: &[u8]) -> bool {
    line.starts_with(b"nginx: configuration file ") || line.starts_with(b"nginx: the configuration file ")
}

/// The line within docker's `{"log":"...\n","stream":"stderr","time":"..."}`.
fn unescaped(line: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(line.len());
    let mut bytes = line.get(8..).unwrap_or_default().iter();
    while let Some(&byte) = bytes.next() {
        match byte {
            b'"' => break,
            b'\\' => match bytes.next() {
                Some(b'n' | b'r') => {}
                Some(b't') => out.push(b'\t'),
                Some(b'u') => {
                    let digits: Vec<u8> = bytes.by_ref().take(4).copied().collect();
                    let code =
                        std::str::from_utf8(&digits).ok().and_then(|text| u32::from_str_radix(text, 16).ok());
                    out.extend(code.and_then(char::from_u32).unwrap_or('?').to_string().bytes());
                }
                Some(&other) => out.push(other),
                None => break,
            },
            byte => out.push(byte),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::{BUFFER, Log};

    fn read(text: &[u8]) -> Log {
        let mut log = Log::default();
        log.read(text).unwrap();
        log
    }

    fn messages(log: &Log) -> Vec<(u64, String)> {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        log.table.entries.iter().map(|entry| (entry.count, text(&entry.message))).collect()
    }

    const AT: &str = "2026/11/20 03:12:09 [error] 7#7: *1";

    #[test]
    fn equal_lines_are_one_from_first_to_last() {
        let log =
            read(format!("{AT} a 1\r\n{AT} b\n2026/11/21 01:00:00 [error] 7#7: *9 a 2\nwhat\n").as_bytes());
        assert_eq!(messages(&log), [(2, "a 1".to_owned()), (1, "b".to_owned())]);
        assert_eq!(log.table.entries[0].first, b"2026/11/20 03:12:09");
        assert_eq!(log.table.entries[0].last, b"2026/11/21 01:00:00");
        assert_eq!((log.lines, log.other), (4, 0));
        let other = read(b"what\nis this\n");
        assert_eq!((other.other, other.sample.as_slice()), (2, &b"what"[..]));
    }

    #[test]
    fn a_message_of_several_lines_is_one() {
        let text = format!(
            "{AT} FastCGI sent in stderr: \"PHP message: PHP Fatal error:  x\nStack trace:\n#0 {{main}}\n  thrown\" \
             while reading response header from upstream, client: 1.2.3.4, server: a, request: \"GET / HTTP/1.1\"\n{AT} b\n"
        );
        let log = read(text.as_bytes());
        assert_eq!(log.table.entries.len(), 2);
        let first = &log.table.entries[0];
        assert!(first.context.starts_with(b"client: 1.2.3.4, server: a"), "{first:?}");
        assert!(first.message.ends_with(b"from upstream"));
    }

    #[test]
    fn members_of_gzip_are_read_one_after_the_other() {
        let mut packed = Vec::new();
        for word in ["a", "b"] {
            let mut encoder = flate2::write::GzEncoder::new(&mut packed, flate2::Compression::fast());
            writeln!(encoder, "{AT} {word}").unwrap();
            encoder.finish().unwrap();
        }
        assert_eq!(messages(&read(&packed)), [(1, "a".to_owned()), (1, "b".to_owned())]);
        packed.truncate(packed.len() - 3);
        assert!(Log::default().read(packed.as_slice()).is_err());
    }

    #[test]
    fn a_line_without_end_takes_no_memory() {
        let mut text = format!("{AT} a ").into_bytes();
        text.resize(3 * BUFFER + 17, b'x');
        text.extend_from_slice(format!("\n{AT} b").as_bytes());
        let log = read(&text);
        assert_eq!((log.lines, log.table.entries.len()), (2, 2));
        assert_eq!(log.table.entries[1].message, b"b");
    }

    #[test]
    fn docker_quotes_lines() {
        let line = format!("{{\"log\":\"{AT} x \\\"y\\\"\\n\",\"stream\":\"stderr\",\"time\":\"t\"}}\n");
        assert_eq!(messages(&read(line.as_bytes())), [(1, "x \"y\"".to_owned())]);
    }

    #[test]
    fn distinct_lines_are_bounded() {
        let word =
            |n: usize| -> String { format!("{n}").bytes().map(|b| char::from(b - b'0' + b'a')).collect() };
        let text: String = (0..20_000).map(|n| format!("{AT} {} failed\n", word(n))).collect();
        let log = read(text.as_bytes());
        assert!(log.table.entries.len() <= 4096 + 512, "{}", log.table.entries.len());
        let counted: u64 = log.table.entries.iter().map(|entry| entry.count).sum();
        assert_eq!(counted + log.table.left_out, 20_000);
    }
}
