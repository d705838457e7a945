//! Both ends of nginx: a client, the peers behind it, and a DNS server.

use std::fs;
use std::io::{self, Read, Write};
use std::net::{IpAddr, TcpListener, TcpStream, UdpSocket};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixListener;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use crate::fence::{Peer, Request};

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// Where the DNS server listens: what systemd-resolved, a local server and Docker use.
const RESOLVERS: [&str; 3] = ["127.0.0.53:53", "127.0.0.1:53", "127.0.0.11:53"];

/// Sends one request and reads to the end; the status is 0 where no HTTP answer came.
pub(crate) fn ask(request: &Request) -> (u16, String) {
    let mut got = Vec::new();
    // What was read before an error counts: nginx may close before it has read the body.
    let _ = exchange(request, &mut got);
    let text = String::from_utf8_lossy(&got).into_owned();
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
    let status = head.strip_prefix("HTTP/1.1 ").and_then(|rest| rest.get(..3)?.parse().ok());
    (status.unwrap_or(0), body.to_owned())
}

fn exchange(request: &Request, got: &mut Vec<u8>) -> io::Result<()> {
    let mut stream = TcpStream::connect(("127.0.0.1", request.port))?;
    stream.set_read_timeout(Some(PATIENCE))?;
    let mut head = format!("{} {} HTTP/1.1\r\nConnection: close\r\n", request.method, request.path);
    if !request.headers.iter().any(|header| header.starts_with("Host:")) {
        head += "Host: localhost\r\n";
    }
    for header in &request.headers {
        head += &format!("{header}\r\n");
    }
    if request.body > 0 {
        head += &format!("Content-Length: {}\r\n", request.body);
    }
    head += "\r\n";
    stream.write_all(head.as_bytes())?;
    let mut writer = stream.try_clone()?;
    let body = vec![b'a'; request.body];
    thread::spawn(move || writer.write_all(&body));
    stream.read_to_end(got).map(|_| ())
}

/// Starts a peer; it ends with the process.
pub(crate) fn listen(at: &str, peer: Peer, certificate: &str) -> io::Result<()> {
    if peer == Peer::Tls {
        let mut server = Command::new("openssl");
        server.args(["s_server", "-quiet", "-www", "-accept", at, "-cert", certificate, "-key", certificate]);
        server.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
        while TcpStream::connect(at).is_err() {
            thread::sleep(Duration::from_millis(10));
        }
    } else if let Some(path) = at.strip_prefix("unix:") {
        let listener = UnixListener::bind(path)?;
        fs::set_permissions(path, fs::Permissions::from_mode(0o666))?;
        let at = at.to_owned();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let at = at.clone();
                thread::spawn(move || serve(stream, &at, peer));
            }
        });
    } else {
        let listener = TcpListener::bind(at)?;
        let at = at.to_owned();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let at = at.clone();
                thread::spawn(move || serve(stream, &at, peer));
            }
        });
    }
    Ok(())
}

fn serve(mut stream: impl Read + Write, at: &str, peer: Peer) -> io::Result<()> {
    let mut got = Vec::new();
    let mut buffer = [0; 65536];
    let head = loop {
        let read = stream.read(&mut buffer)?;
        got.extend(&buffer[..read]);
        if peer == Peer::Closes || read == 0 {
            return Ok(());
        }
        if !got.first().is_some_and(u8::is_ascii_uppercase) {
            return stream.write_all(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
        }
        if let Some(end) = got.windows(4).position(|window| window == b"\r\n\r\n") {
            break String::from_utf8_lossy(&got[..end]).into_owned();
        }
    };
    let field = |name: &str| {
        let fields = head.lines().filter_map(|line| line.split_once(": "));
        fields.filter(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.to_owned()).next()
    };
    let length = field("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    let mut rest = (head.len() + 4 + length).saturating_sub(got.len());
    while rest > 0 {
        let read = stream.read(&mut buffer)?;
        rest = if read == 0 { 0 } else { rest.saturating_sub(read) };
    }
    let mut header = String::new();
    match peer {
        Peer::Slow(time) => thread::sleep(time),
        Peer::Header(bytes) => header = format!("X-Large: {}\r\n", "x".repeat(bytes)),
        _ => {}
    }
    let asked = head.lines().next().unwrap_or_default();
    let body = format!("peer {at}: {asked}, Host {}\n", field("host").unwrap_or_default());
    let length = body.len();
    write!(stream, "HTTP/1.1 200 OK\r\n{header}Content-Length: {length}\r\nConnection: close\r\n\r\n{body}")
}

/// Starts a DNS server that knows these names; of all others it says that they do not exist.
pub(crate) fn resolve(names: &[(String, IpAddr)]) -> io::Result<()> {
    for at in RESOLVERS {
        let socket = UdpSocket::bind(at)?;
        let names = names.to_vec();
        thread::spawn(move || {
            let mut query = [0; 512];
            while let Ok((read, from)) = socket.recv_from(&mut query) {
                if let Some(answer) = answer(&query[..read], &names) {
                    let _ = socket.send_to(&answer, from);
                }
            }
        });
    }
    Ok(())
}

/// The answer to one question (RFC 1035, section 4.1).
fn answer(query: &[u8], names: &[(String, IpAddr)]) -> Option<Vec<u8>> {
    let mut at = 12;
    let mut labels = Vec::new();
    while let Some(length @ 1..) = query.get(at).map(|length| usize::from(*length)) {
        labels.push(String::from_utf8_lossy(query.get(at + 1..=at + length)?).to_lowercase());
        at += length + 1;
    }
    let question = query.get(12..at + 5)?;
    let kind = u16::from_be_bytes([*query.get(at + 1)?, *query.get(at + 2)?]);
    let known: Vec<IpAddr> =
        names.iter().filter(|(name, _)| *name == labels.join(".")).map(|(_, to)| *to).collect();
    let records: Vec<Vec<u8>> = known
        .iter()
        .filter_map(|to| match to {
            IpAddr::V4(to) if kind == 1 => Some(to.octets().to_vec()),
            IpAddr::V6(to) if kind == 28 => Some(to.octets().to_vec()),
            _ => None,
        })
        .collect();
    let mut answer = query.get(..2)?.to_vec();
    answer.extend([
        0x81,
        if known.is_empty() { 0x83 } else { 0x80 },
        0,
        1,
        0,
        u8::try_from(records.len()).ok()?,
    ]);
    answer.extend([0; 4]);
    answer.extend(question);
    for record in records {
        answer.extend([0xc0, 12]);
        answer.extend(kind.to_be_bytes());
        answer.extend([0, 1, 0, 0, 0, 1, 0, u8::try_from(record.len()).ok()?]);
        answer.extend(record);
    }
    Some(answer)
}
