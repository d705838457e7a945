//! What a run is at, for somebody who waits: one line on the error stream of a terminal, from the first second on,
//! gone when there is something to read.

use std::io::{self, IsTerminal, Write};
use std::path::Path;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use gatelint_report::clean;

use crate::args::Options;

/// How long a run may take without a word, and how long between two.
const PATIENCE: Duration = Duration::from_secs(1);
/// The most characters of a name: the line has to stay one.
const MAX_NAME: usize = 48;

/// A run that is under way. Ends the line when it goes.
pub(crate) struct Progress {
    told: Option<Sender<String>>,
    teller: Option<JoinHandle<()>>,
}

impl Progress {
    /// Begins; says nothing where nobody looks.
    pub(crate) fn start(options: &Options) -> Self {
        let is_dumb = std::env::var_os("TERM").is_none_or(|term| term == "dumb");
        if options.quiet || is_dumb || !io::stderr().is_terminal() {
            return Self { told: None, teller: None };
        }
        Self::with(io::stderr(), PATIENCE)
    }

    fn with(mut out: impl Write + Send + 'static, patience: Duration) -> Self {
        let (told, hear) = mpsc::channel::<String>();
        let teller = std::thread::Builder::new().name("progress".into()).spawn(move || {
            let began = Instant::now();
            let mut next = began + patience;
            let mut doing = "reading".to_owned();
            let mut is_shown = false;
            loop {
                match hear.recv_timeout(next.saturating_duration_since(Instant::now())) {
                    Ok(what) => {
                        doing = what;
                        continue;
                    }
                    Err(RecvTimeoutError::Disconnected) => break,
                    Err(RecvTimeoutError::Timeout) => {}
                }
                next = Instant::now() + patience;
                // A terminal that went away is no reason to fail.
                let _ = write!(out, "\r\x1b[Kgatelint: {doing} ({} s)", began.elapsed().as_secs());
                let _ = out.flush();
                is_shown = true;
            }
            if is_shown {
                let _ = write!(out, "\r\x1b[K");
                let _ = out.flush();
            }
        });
        Self { told: Some(told), teller: teller.ok() }
    }

    /// What is done now, and where.
    pub(crate) fn at(&self, what: &str, place: &Path) {
        let Some(told) = &self.told else { return };
        let name = place.to_string_lossy();
        let name = clean(&name);
        let skip = name.chars().count().saturating_sub(MAX_NAME);
        let end: String = name.chars().skip(skip).collect();
        let dots = if skip > 0 { "…" } else { "" };
        let blank = if end.is_empty() { "" } else { " " };
        let _ = told.send(format!("{what}{blank}{dots}{end}"));
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        drop(self.told.take());
        if let Some(teller) = self.teller.take() {
            let _ = teller.join();
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test says what it expects by failing")]

    use std::sync::{Arc, Mutex};

    use super::*;

    #[derive(Clone, Default)]
    struct Screen(Arc<Mutex<Vec<u8>>>);

    impl Write for Screen {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn text(screen: &Screen) -> String {
        String::from_utf8(screen.0.lock().unwrap().clone()).unwrap()
    }

    #[test]
    fn a_short_run_says_nothing() {
        let screen = Screen::default();
        let progress = Progress::with(screen.clone(), Duration::from_secs(60));
        progress.at("reading", Path::new("/etc"));
        drop(progress);
        assert_eq!(text(&screen), "");
    }

    #[test]
    fn a_long_run_says_what_it_is_at_and_leaves_nothing() {
        let screen = Screen::default();
        let progress = Progress::with(screen.clone(), Duration::from_millis(20));
        progress.at("judging", Path::new("/srv/a\x1b[31mb"));
        let began = Instant::now();
        while text(&screen).is_empty() && began.elapsed() < Duration::from_secs(20) {
            std::thread::sleep(Duration::from_millis(5));
        }
        drop(progress);
        let text = text(&screen);
        assert!(text.contains("gatelint: judging /srv/a?[31mb ("), "{text:?}");
        assert!(text.ends_with("\r\x1b[K"), "{text:?}");
    }
}
