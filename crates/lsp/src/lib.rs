//! The editor's door: a language server over two streams.
//!
//! One thread reads messages, one does the work. Work on a text that has been edited since is given up. Nothing that
//! comes in ends the server: what is no message is refused, and a handler that panics answers with an error.

mod actions;
mod client;
mod completion;
mod diagnostics;
mod document;
mod frame;
mod goto;
mod here;
mod hover;
mod hover_fpm;
mod outline;
mod position;
mod requests;
mod room;
mod serve;
mod state;
mod symbol;
mod uri;

pub use serve::serve;
