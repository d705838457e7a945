//! What nginx adds to a message of a request: `ngx_http_log_error_handler()` of `src/http/ngx_http_request.c`.

use memchr::memmem;

/// The parts; empty where they are not said.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Context<'a> {
    /// The first name of the server.
    pub server: &'a [u8],
    /// The request line.
    pub request: &'a [u8],
    /// Where nginx connected to: `fastcgi://unix:/run/php.sock:`, `http://127.0.0.1:3000/path`.
    pub upstream: &'a [u8],
    /// The `Host` header.
    pub host: &'a [u8],
}

impl<'a> Context<'a> {
    /// Takes apart what begins with `client: `.
    pub fn parse(text: &'a [u8]) -> Self {
        let Some(at) = memmem::find(text, b", server: ") else { return Self::default() };
        let rest = text.get(at + 10..).unwrap_or_default();
        let end = memmem::find(rest, b", request: \"");
        let name_end = end.or_else(|| memchr::memchr(b',', rest)).unwrap_or(rest.len());
        let server = rest.get(..name_end).unwrap_or_default();
        let rest = rest.get(name_end..).unwrap_or_default();
        let request = quoted(rest, b", request: \"");
        let after = rest.get(12 + request.len()..).unwrap_or_default();
        Self {
            server,
            request,
            upstream: quoted(after, b", upstream: \""),
            host: quoted(after, b", host: \""),
        }
    }

    /// The method of the request line.
    pub fn method(&self) -> &'a [u8] {
        self.request.split(|byte| *byte == b' ').next().unwrap_or_default()
    }

    /// What the request line asks for, arguments included.
    pub fn target(&self) -> &'a [u8] {
        self.request.split(|byte| *byte == b' ').nth(1).unwrap_or_default()
    }

    /// The path of the request line, as sent.
    pub fn path(&self) -> &'a [u8] {
        let target = self.target();
        // `GET http://host/path HTTP/1.1`
        let target = match memmem::find(target.get(..target.len().min(8)).unwrap_or_default(), b"://") {
            Some(at) => {
                let rest = target.get(at + 3..).unwrap_or_default();
                memchr::memchr(b'/', rest).and_then(|slash| rest.get(slash..)).unwrap_or(b"/")
            }
            None => target,
        };
        let end = memchr::memchr(b'?', target).unwrap_or(target.len());
        target.get(..end).unwrap_or_default()
    }

    /// The scheme and the address of the upstream, without a path.
    pub fn authority(&self) -> &'a [u8] {
        let text = self.upstream;
        let start = memmem::find(text, b"://").map_or(0, |at| at + 3);
        let rest = text.get(start..).unwrap_or_default();
        let end = match rest.strip_prefix(b"unix:") {
            Some(path) => 5 + memchr::memchr(b':', path).unwrap_or(path.len()),
            None => memchr::memchr(b'/', rest).unwrap_or(rest.len()),
        };
        text.get(..start + end).unwrap_or(text)
    }
}

/// What stands between a start and the `"` that ends it: one that a `,` or nothing follows.
fn quoted<'a>(text: &'a [u8], start: &[u8]) -> &'a [u8] {
    let Some(at) = memmem::find(text, start) else { return b"" };
    let rest = text.get(at + start.len()..).unwrap_or_default();
    let ends = |end: &usize| matches!(rest.get(end + 1), None | Some(b','));
    let end = memchr::memchr_iter(b'"', rest).find(ends).unwrap_or(rest.len());
    rest.get(..end).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::Context;

    #[test]
    fn the_parts_of_a_request_are_found() {
        let text = b"client: 1.2.3.4, server: shop.example, request: \"GET /a\"b?x=1 HTTP/1.1\", upstream: \
                     \"fastcgi://unix:/run/a.sock:\", host: \"shop.example:80\", referrer: \"http://x/\"";
        let context = Context::parse(text);
        assert_eq!(context.server, b"shop.example");
        assert_eq!(context.method(), b"GET");
        assert_eq!(context.path(), b"/a\"b");
        assert_eq!(context.authority(), b"fastcgi://unix:/run/a.sock");
        assert_eq!(context.host, b"shop.example:80");
        let bare = Context::parse(b"client: 1.2.3.4, server: 0.0.0.0:443");
        assert_eq!((bare.server, bare.request), (&b"0.0.0.0:443"[..], &b""[..]));
        let http = Context { upstream: b"http://app/x", ..Context::default() };
        assert_eq!(http.authority(), b"http://app");
    }
}
