//! Who may write to a socket.

pub(crate) mod attempt;
pub(crate) mod untraversable_socket_directory;
pub(crate) mod unwritable_fastcgi_socket;
pub(crate) mod volatile_socket_directory;
pub(crate) mod world_writable_socket;
