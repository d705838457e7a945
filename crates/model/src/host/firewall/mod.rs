//! Packet filters of the tree: what they plainly do to a connection that nginx opens.
//!
//! A new connection passes the chains of the hook `output`, and where it leads to this machine those of `input`. Whatever
//! a rule asks that is not known may be so or not: then nothing is said of what follows an acceptance.

mod iptables;
mod nft;

use std::net::IpAddr;
use std::path::PathBuf;

use gatelint_syntax::{Span, TextRange};

use crate::{Files, Origin, Sources};

/// The most rules that are read.
const MAX_RULES: usize = 10_000;

/// What becomes of a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Nobody hears of it: the connection times out.
    Drop,
    /// `ECONNREFUSED` (111).
    Refuse,
    /// `EHOSTUNREACH` (113).
    Unreachable,
}

/// A packet that opens a connection.
#[derive(Clone, Copy, Debug)]
struct Packet {
    to: IpAddr,
    port: u16,
    /// Whether it stays on this machine.
    is_local: bool,
}

/// Whether something fits a packet; `None`: it may.
type Fits = Option<bool>;

/// What one rule asks of a packet.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Ask {
    /// The protocol is TCP, or is not.
    Tcp(bool),
    /// The port is one of these.
    Ports(Vec<(u16, u16)>),
    /// The destination is in one of these networks.
    To(Vec<(IpAddr, u8)>),
    /// It goes by loopback, or by another interface.
    Loopback(bool),
    /// It belongs to a connection in one of these states: whether a new one is among them.
    New(bool),
    /// Anything else.
    Other,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Action {
    Accept,
    Stop(Verdict),
    /// To another chain, or out of this one.
    Leave,
    Nothing,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Rule {
    asks: Vec<Ask>,
    action: Action,
    /// Its bytes in its file.
    range: (usize, usize),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Hook {
    Input,
    Output,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Chain {
    hook: Hook,
    /// Which family it sees; `None`: both.
    is_ipv4: Option<bool>,
    rules: Vec<Rule>,
    /// What becomes of the rest, and where that is said.
    policy: Option<(Verdict, (usize, usize))>,
    file: usize,
}

/// All filters of the tree.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Firewall {
    chains: Vec<Chain>,
    files: Vec<(PathBuf, Option<gatelint_syntax::FileId>)>,
}

impl Firewall {
    pub(super) fn load(files: &dyn Files) -> Self {
        let mut own = Self::default();
        for (path, is_ipv4) in iptables::PLACES {
            if let Some(text) = super::kernel::read(files, path) {
                own.take(path, iptables::read(&text, is_ipv4));
            }
        }
        for path in nft::PLACES {
            if let Some(text) = super::kernel::read(files, path) {
                own.take(path, nft::read(&text));
            }
        }
        own
    }

    fn take(&mut self, path: &str, chains: Vec<Chain>) {
        let file = self.files.len();
        self.files.push((PathBuf::from(path), None));
        self.chains.extend(chains.into_iter().map(|chain| Chain { file, ..chain }));
    }

    pub(super) fn place(&mut self, files: &dyn Files, sources: &mut Sources) {
        for (path, file) in &mut self.files {
            if let Ok(bytes) = files.read(path) {
                *file = Some(sources.add(path.clone(), bytes, Origin::Unreached));
            }
        }
    }

    /// What surely becomes of a connection from this machine to `to`, and the line that says so. `None`: it may pass.
    pub fn stops(&self, to: IpAddr, port: u16, is_local: bool) -> Option<(Verdict, Span)> {
        let packet = Packet { to, port, is_local };
        let sees = |chain: &&Chain| {
            (chain.hook == Hook::Output || is_local) && chain.is_ipv4.is_none_or(|four| four == to.is_ipv4())
        };
        self.chains.iter().filter(sees).find_map(|chain| {
            let (verdict, (start, end)) = chain.stops(packet)?;
            let file = self.files.get(chain.file)?.1?;
            let range = TextRange::new(u32::try_from(start).ok()?, u32::try_from(end).ok()?);
            Some((verdict, range.in_file(file)))
        })
    }
}

impl Chain {
    fn stops(&self, packet: Packet) -> Option<(Verdict, (usize, usize))> {
        for rule in &self.rules {
            match (rule.fits(packet), rule.action) {
                (Some(false), _) | (_, Action::Nothing) | (None, Action::Stop(_)) => {}
                (Some(true), Action::Stop(verdict)) => return Some((verdict, rule.range)),
                (_, Action::Accept | Action::Leave) => return None,
            }
        }
        self.policy
    }
}

impl Rule {
    fn fits(&self, packet: Packet) -> Fits {
        // One that does not fit decides, whatever is not known.
        let each: Vec<Fits> = self.asks.iter().map(|ask| ask.fits(packet)).collect();
        match each.contains(&Some(false)) {
            true => Some(false),
            false => (!each.contains(&None)).then_some(true),
        }
    }
}

impl Ask {
    fn fits(&self, packet: Packet) -> Fits {
        match self {
            Self::Tcp(is_tcp) => Some(*is_tcp),
            Self::Ports(ports) => {
                Some(ports.iter().any(|(first, last)| (*first..=*last).contains(&packet.port)))
            }
            Self::To(networks) => {
                Some(networks.iter().any(|(network, bits)| contains(*network, *bits, packet.to)))
            }
            Self::Loopback(true) => Some(packet.is_local),
            Self::Loopback(false) if packet.is_local => Some(false),
            Self::New(is_new) => Some(*is_new),
            Self::Loopback(false) | Self::Other => None,
        }
    }
}

fn contains(network: IpAddr, bits: u8, ip: IpAddr) -> bool {
    match (network, ip) {
        (IpAddr::V4(network), IpAddr::V4(ip)) => {
            let shift = 32_u32.saturating_sub(bits.into());
            network.to_bits().checked_shr(shift).unwrap_or(0) == ip.to_bits().checked_shr(shift).unwrap_or(0)
        }
        (IpAddr::V6(network), IpAddr::V6(ip)) => {
            let shift = 128_u32.saturating_sub(bits.into());
            network.to_bits().checked_shr(shift).unwrap_or(0) == ip.to_bits().checked_shr(shift).unwrap_or(0)
        }
        _ => false,
    }
}

/// `10.0.0.0/8`, `127.0.0.1`.
fn network(text: &str) -> Option<(IpAddr, u8)> {
    let (ip, bits) = text.split_once('/').unwrap_or((text, ""));
    let ip: IpAddr = ip.parse().ok()?;
    let all = if ip.is_ipv4() { 32 } else { 128 };
    let bits = if bits.is_empty() { all } else { bits.parse().ok().filter(|bits| *bits <= all)? };
    Some((ip, bits))
}

/// `80`, `8000:8010` or `8000-8010`.
fn ports(text: &str) -> Option<(u16, u16)> {
    let (first, last) = text.split_once([':', '-']).unwrap_or((text, text));
    Some((first.parse().ok()?, last.parse().ok()?))
}

/// Each line with its range, blanks and what `#` starts cut off.
fn placed_lines(text: &str) -> impl Iterator<Item = (&str, (usize, usize))> {
    let mut at = 0;
    text.split('\n').filter_map(move |whole| {
        let start = at;
        at += whole.len() + 1;
        let line = whole.split('#').next().unwrap_or_default();
        let start = start + (line.len() - line.trim_start().len());
        let line = line.trim();
        (!line.is_empty()).then_some((line, (start, start + line.len())))
    })
}

#[cfg(test)]
mod tests {
    use super::{Firewall, Verdict};
    use crate::Sources;
    use crate::files::Memory;

    fn check(path: &str, text: &str, to: &str, expected: Option<(Verdict, &str)>) {
        let files = Memory::new([(path, text)]);
        let mut firewall = Firewall::load(&files);
        let mut sources = Sources::default();
        firewall.place(&files, &mut sources);
        let (ip, port) = to.rsplit_once(':').unwrap();
        let ip: std::net::IpAddr = ip.parse().unwrap();
        let found = firewall.stops(ip, port.parse().unwrap(), ip.is_loopback());
        let found = found.map(|(verdict, span)| (verdict, String::from_utf8_lossy(sources.text(span))));
        assert_eq!(found.as_ref().map(|(verdict, line)| (*verdict, line.as_ref())), expected, "{to}: {text}");
    }

    #[test]
    fn rules_of_iptables() {
        let check = |rules: &str, to: &str, expected| {
            let text = format!("*filter\n:INPUT ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n{rules}COMMIT\n");
            check("/etc/iptables/rules.v4", &text, to, expected);
        };
        let drop = "-A OUTPUT -p tcp -m tcp --dport 9000 -j DROP";
        check(&format!("{drop}\n"), "10.0.0.5:9000", Some((Verdict::Drop, drop)));
        check(&format!("{drop}\n"), "10.0.0.5:9001", None);
        check(&format!("-A OUTPUT -o lo -j ACCEPT\n{drop}\n"), "127.0.0.1:9000", None);
        check(&format!("-A OUTPUT -o lo -j ACCEPT\n{drop}\n"), "10.0.0.5:9000", Some((Verdict::Drop, drop)));
        // What may accept it ends what is known.
        check(&format!("-A OUTPUT -m owner --uid-owner 33 -j ACCEPT\n{drop}\n"), "10.0.0.5:9000", None);
        check(&format!("-A OUTPUT -j mine\n{drop}\n"), "10.0.0.5:9000", None);
        let established = "-A OUTPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT\n";
        check(&format!("{established}{drop}\n"), "10.0.0.5:9000", Some((Verdict::Drop, drop)));
        let reject = "-A INPUT -p tcp -m multiport --dports 3000,9000:9010 -j REJECT --reject-with icmp-host-prohibited";
        check(&format!("{reject}\n"), "127.0.0.1:9005", Some((Verdict::Unreachable, reject)));
        check(&format!("{reject}\n"), "10.0.0.5:9005", None);
        check("-A OUTPUT ! -d 10.0.0.0/8 -p tcp -j REJECT\n", "10.0.0.5:80", None);
        let near = "-A OUTPUT -d 10.0.0.0/8 -p tcp -j REJECT --reject-with tcp-reset";
        check(&format!("{near}\n"), "10.0.0.5:80", Some((Verdict::Refuse, near)));
        check(&format!("{near}\n"), "192.0.2.1:80", None);
        let policy =
            "*nat\n:OUTPUT DROP [0:0]\nCOMMIT\n*filter\n:INPUT DROP [0:0]\n:OUTPUT ACCEPT [0:0]\nCOMMIT\n";
        super::tests::check(
            "/etc/iptables/rules.v4",
            policy,
            "127.0.0.1:9000",
            Some((Verdict::Drop, ":INPUT DROP [0:0]")),
        );
        super::tests::check("/etc/iptables/rules.v4", policy, "10.0.0.5:9000", None);
    }

    #[test]
    fn rules_of_nftables() {
        let stock = "#!/usr/sbin/nft -f\nflush ruleset\ntable inet filter {\n\tchain input {\n\t\ttype filter hook input priority filter;\n\t}\n\tchain output {\n\t\ttype filter hook output priority filter;\n\t}\n}\n";
        check("/etc/nftables.conf", stock, "127.0.0.1:9000", None);
        let text = |rules: &str, policy: &str| {
            format!(
                "table inet filter {{\n  set ports {{\n    type inet_service\n  }}\n  chain input {{\n    type filter hook input priority 0; policy {policy};\n    {rules}\n  }}\n}}\n"
            )
        };
        let at = |rules: &str, policy: &str, expected| {
            check("/etc/nftables.conf", &text(rules, policy), "127.0.0.1:9000", expected);
        };
        let drop = Some((Verdict::Drop, "tcp dport { 3000, 9000 } drop"));
        at("ct state established,related accept\n    tcp dport { 3000, 9000 } drop", "accept", drop);
        at("iifname \"lo\" accept\n    tcp dport 9000 drop", "accept", None);
        at("iif lo accept", "drop", None);
        at("tcp dport @ports accept\n    tcp dport 9000 drop", "accept", None);
        at("ct state vmap { established : accept, invalid : drop }\n    tcp dport 9000 drop", "accept", None);
        at("ip saddr != 10.0.0.0/8 drop", "accept", None);
        at(
            "tcp dport 9000 counter reject with tcp reset",
            "accept",
            Some((Verdict::Refuse, "tcp dport 9000 counter reject with tcp reset")),
        );
        at(
            "tcp dport 22 accept",
            "drop",
            Some((Verdict::Drop, "type filter hook input priority 0; policy drop;")),
        );
    }
}
