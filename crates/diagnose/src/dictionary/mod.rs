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
}
