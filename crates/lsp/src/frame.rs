//! Messages on the wire: a header with a length, an empty line, JSON. What is no message is answered and passed over.

use std::io::{self, BufRead, Read, Write};

use lsp_server::Message;
use serde_json::json;

/// The largest message that is read, in bytes: the largest file, escaped.
const MAX_MESSAGE: u64 = 256 << 20;

/// The longest line of a header.
const MAX_LINE: u64 = 4096;

/// What was read.
pub(crate) enum Frame {
    Message(Message),
    /// Not a message of JSON-RPC; why.
    Malformed(String),
}

/// Reads the next message; `None` at the end of the input.
///
/// # Errors
/// When the input cannot be read.
pub(crate) fn read(input: &mut impl BufRead) -> io::Result<Option<Frame>> {
    let mut length: Option<u64> = None;
    loop {
        let mut line = Vec::new();
        if input.by_ref().take(MAX_LINE).read_until(b'\n', &mut line)? == 0 {
            return Ok(None);
        }
        let line = line.trim_ascii();
        if line.is_empty() {
            match length {
                Some(_) => break,
                None => continue,
            }
        }
        let mut parts = line.splitn(2, |byte| *byte == b':');
        let is_length = parts.next().is_some_and(|name| name.eq_ignore_ascii_case(b"content-length"));
        if let Some(value) = parts.next().filter(|_| is_length) {
            length = std::str::from_utf8(value.trim_ascii()).ok().and_then(|digits| digits.parse().ok());
        }
    }
    let length = length.unwrap_or(0);
    let mut body = input.by_ref().take(length);
    if length > MAX_MESSAGE {
        io::copy(&mut body, &mut io::sink())?;
        return Ok(Some(Frame::Malformed("the message is too large".to_owned())));
    }
    let mut bytes = Vec::new();
    if (body.read_to_end(&mut bytes)? as u64) < length {
        return Ok(None);
    }
    Ok(Some(match serde_json::from_slice(&bytes) {
        Ok(message) => Frame::Message(message),
        Err(error) => Frame::Malformed(error.to_string()),
    }))
}

/// Answers what is no message.
///
/// # Errors
/// When the output cannot be written.
pub(crate) fn refuse(why: &str, output: &mut impl Write) -> io::Result<()> {
    let code = lsp_server::ErrorCode::ParseError as i32;
    let answer = json!({"jsonrpc": "2.0", "id": null, "error": {"code": code, "message": why}}).to_string();
    write!(output, "Content-Length: {}\r\n\r\n{answer}", answer.len())?;
    output.flush()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test says what it expects by failing")]
mod tests {
    use super::*;

    fn frames(mut input: &[u8]) -> Vec<String> {
        let mut all = Vec::new();
        while let Some(frame) = read(&mut input).unwrap() {
            all.push(match frame {
                Frame::Message(Message::Request(request)) => request.method,
                Frame::Message(Message::Notification(notification)) => notification.method,
                Frame::Message(Message::Response(_)) => "response".to_owned(),
                Frame::Malformed(_) => "malformed".to_owned(),
            });
        }
        all
    }

    #[test]
    fn what_is_no_message_is_passed_over() {
        let good = r#"{"jsonrpc":"2.0","id":1,"method":"a","params":{}}"#;
        let note = r#"{"jsonrpc":"2.0","method":"b"}"#;
        let frame = |body: &str| format!("Content-Length: {}\r\n\r\n{body}", body.len());
        let text = [frame(good), frame("{"), frame("[1]"), frame("\u{fffd}"), frame(note)].concat();
        assert_eq!(frames(text.as_bytes()), ["a", "malformed", "malformed", "malformed", "b"]);
        let text = format!("noise\r\n\r\nX: y\r\n{}{}", frame(good), "Content-Length: 99\r\n\r\n{}");
        assert_eq!(frames(text.as_bytes()), ["a"]);
        let huge = format!("Content-Length: 18446744073709551615\r\n\r\n{}", frame(good));
        assert_eq!(frames(huge.as_bytes()), ["malformed"]);
    }
}
