//! What nginx logs of an upstream, in its words, after level and connection.

/// The backend took the request and did not answer in time: 504.
pub(crate) const READ: &str =
    "upstream timed out (110: Connection timed out) while reading response header from upstream";
/// The connection did not come about in time: 504.
pub(crate) const CONNECT: &str =
    "upstream timed out (110: Connection timed out) while connecting to upstream";
/// The backend did not take the request in time: 504.
pub(crate) const SEND: &str =
    "upstream timed out (110: Connection timed out) while sending request to upstream";
/// The answer's header did not fit: 502.
pub(crate) const HEADER: &str = "upstream sent too big header while reading response header from upstream";
/// The process that took the request was ended, or it closed the connection unasked: 502.
pub(crate) const RESET: &str =
    "recv() failed (104: Connection reset by peer) while reading response header from upstream";
/// PHP finds no script under the name that it got: 404.
pub(crate) const NO_SCRIPT: &str =
    "FastCGI sent in stderr: \"Primary script unknown\" while reading response header from upstream";
