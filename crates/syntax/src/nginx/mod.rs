//! nginx's grammar, as `ngx_conf_read_token()` and `ngx_conf_parse()` of `src/core/ngx_conf_file.c` read it.

mod error;
mod lua;
mod parse;
mod token;
mod tree;

pub use error::{SyntaxError, SyntaxErrorKind};
pub use lua::{is_lua_block, lua_length};
pub use parse::parse;
pub use tree::{Ending, Node, NodeId, Tree, Word};
