//! What the programs' messages mean: the dictionary that predictions are worded after, read backwards.

mod fpm;
mod nginx;
mod php;
mod request;
mod upstream;

use crate::log::Program;

/// One message, whatever stands in it of paths, names and numbers.
#[derive(Debug)]
pub(crate) struct Meaning {
    /// A name for it.
    pub(crate) name: &'static str,
    /// Texts that the message holds, in this order.
    pub(crate) needles: &'static [&'static str],
    /// The status that the visitor gets, where one does.
    pub(crate) status: Option<u16>,
    /// What it means, in plain words.
    pub(crate) text: &'static str,
    /// Where the cause is looked for; what comes first counts most.
    pub(crate) asks: &'static [Ask],
    /// What to change; `{family}` stands for `fastcgi`, `proxy`, ...
    pub(crate) change: &'static str,
}

/// A way to the directive that decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ask {
    /// Settings of the pass, without what tells the families apart.
    Family(&'static [&'static str]),
    /// What holds where the request ends up.
    Here(&'static [&'static str]),
    /// The least that holds in any block that the request passes.
    Least(&'static str),
    /// Where the address that nginx connects to is written.
    Address,
    /// The `listen` of the pool behind that address.
    Listener,
    /// Keys of the pool.
    Pool(&'static [&'static str]),
    /// Those of these keys that the pool sets.
    Set(&'static [&'static str]),
    /// A setting of PHP as the pool meets it.
    Php(&'static str),
    /// Directives outside of http.
    Main(&'static [&'static str]),
    /// The servers of the group.
    Group,
    /// What sends the request round and round.
    Cycle,
    /// The zone that the message names.
    Zone(&'static str),
    /// The `listen` of the address that the message names.
    Bound,
    /// The place that the message names.
    Place,
    /// What keeps PHP-FPM from starting.
    Refusal,
    /// The server that answers.
    Server,
}

impl Meaning {
    /// Whether a message says it.
    fn fits(&self, message: &str) -> bool {
        let mut rest = message;
        self.needles.iter().all(|needle| match rest.split_once(needle) {
            Some((_, after)) => {
                rest = after;
                true
            }
            None => false,
        })
    }
}

/// What a message of a program means; of several the first in the book.
pub(crate) fn meaning(program: Program, message: &str) -> Option<&'static Meaning> {
    let books: &[&[Meaning]] = match program {
        Program::Nginx => &[php::MEANINGS, upstream::MEANINGS, request::MEANINGS, nginx::MEANINGS],
        // What PHP says goes through PHP-FPM's log too.
        Program::PhpFpm => &[php::MEANINGS, fpm::MEANINGS],
        Program::Php => &[php::MEANINGS],
    };
    books.iter().flat_map(|book| book.iter()).find(|meaning| meaning.fits(message))
}

#[cfg(test)]
mod tests {
    use super::{fpm, meaning, nginx, php, request, upstream};
    use crate::log::Program;

    #[test]
    fn every_entry_can_be_found_and_has_a_name_of_its_own() {
        let books = [
            (Program::Nginx, php::MEANINGS),
            (Program::Nginx, upstream::MEANINGS),
            (Program::Nginx, request::MEANINGS),
            (Program::Nginx, nginx::MEANINGS),
            (Program::PhpFpm, fpm::MEANINGS),
        ];
        let mut names = Vec::new();
        for (program, book) in books {
            for entry in book {
                let message = entry.needles.join(" ... ");
                let found = meaning(program, &message).map(|entry| entry.name);
                assert_eq!(found, Some(entry.name), "{message} is hidden by an earlier entry");
                assert!(!names.contains(&entry.name), "{} stands there twice", entry.name);
                assert!(!entry.text.ends_with('.') && !entry.text.is_empty(), "{}", entry.name);
                names.push(entry.name);
            }
        }
    }

    /// Lines as the servers wrote them.
    #[test]
    fn lines_of_the_servers_are_known() {
        let nginx = [
            ("connect() failed (111: Connection refused) while connecting to upstream", "connection-refused"),
            ("pwrite() \"/a\" failed (28: No space left on device) while reading upstream", "disk-full"),
            (
                "connect() to unix:/a failed (2: No such file or directory) while connecting to upstream",
                "socket-missing",
            ),
            (
                "connect() to unix:/a failed (13: Permission denied) while connecting to upstream",
                "socket-denied",
            ),
            (
                "connect() to 127.0.0.1:9000 failed (13: Permission denied) while connecting to upstream",
                "connect-denied",
            ),
            ("connect() to unix:/a failed (11: Resource temporarily unavailable)", "backlog-full"),
            ("connect() to unix:/a/ failed (20: Not a directory)", "socket-path-through-a-file"),
            (
                "upstream timed out (110: Connection timed out) while connecting to upstream",
                "connect-timed-out",
            ),
            ("upstream timed out (110: Connection timed out) while reading upstream", "read-timed-out-later"),
            (
                "recv() failed (104: Connection reset by peer) while reading response header from upstream",
                "reset",
            ),
            (
                "upstream prematurely closed connection while reading response header from upstream",
                "closed-early",
            ),
            (
                "upstream sent unsupported FastCGI protocol version: 72 while reading response header",
                "fastcgi-to-http",
            ),
            (
                "SSL_do_handshake() failed (SSL: error:0A00010B:SSL routines::wrong version number) while SSL \
              handshaking to upstream",
                "tls-to-plain",
            ),
            (
                "upstream SSL certificate does not match \"a\" while SSL handshaking to upstream",
                "certificate-of-another",
            ),
            ("no live upstreams while connecting to upstream", "no-live-upstreams"),
            ("app could not be resolved (3: Host not found)", "name-not-found"),
            ("no port in upstream \"app\"", "pass-without-port"),
            ("invalid URL prefix in \"\"", "pass-without-scheme"),
            ("768 worker_connections are not enough while connecting to upstream", "connections-used-up"),
            ("client intended to send too large chunked body: 5+6 bytes", "body-too-large"),
            ("limiting requests, excess: 1.000 by zone \"z\"", "request-rate"),
            ("directory index of \"/srv/\" is forbidden", "index-forbidden"),
            (
                "FastCGI sent in stderr: \"Primary script unknown\" while reading response header",
                "script-unknown",
            ),
            (
                "FastCGI sent in stderr: \"Unable to open primary script: /a (Permission denied)\"",
                "script-denied",
            ),
            (
                "FastCGI sent in stderr: \"PHP message: PHP Warning:  PHP Request Startup: POST Content-Length of 9 bytes \
              exceeds the limit of 8 bytes in Unknown on line 0\"",
                "post-size",
            ),
            ("open() \"/var/lib/nginx/body/0000000001\" failed (13: Permission denied)", "body-not-written"),
            ("bind() to 0.0.0.0:80 failed (98: Address already in use)", "address-in-use"),
            ("host not found in upstream \"php\" in /etc/nginx/conf.d/a.conf:5", "upstream-name-unknown"),
        ];
        for (line, name) in nginx {
            assert_eq!(meaning(Program::Nginx, line).map(|found| found.name), Some(name), "{line}");
        }
        let fpm = [
            ("[pool w] server reached pm.max_children setting (5), consider raising it", "max-children"),
            (
                "[pool w] child 7, script '/a' (request: \"GET /\") execution timed out (2.2 sec), terminating",
                "terminated",
            ),
            ("[pool w] child 7 exited on signal 9 (SIGKILL) after 2.1 seconds from start", "killed"),
            ("[pool w] child 7 exited on signal 11 (SIGSEGV) after 2.1 seconds from start", "crashed"),
            (
                "[pool w] child 7 said into stderr: \"PHP message: PHP Fatal error:  Maximum execution time of 1 second \
              exceeded\"",
                "execution-time",
            ),
            ("Connection disallowed: IP address '10.0.0.1' has been dropped.", "client-refused"),
        ];
        for (line, name) in fpm {
            assert_eq!(meaning(Program::PhpFpm, line).map(|found| found.name), Some(name), "{line}");
        }
    }
}
