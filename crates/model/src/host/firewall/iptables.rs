//! Rules as `iptables-save(8)` writes them.

use super::{Action, Ask, Chain, Hook, MAX_RULES, Rule, Verdict, network, placed_lines, ports};

/// Where distributions load them from, and for which family.
pub(super) const PLACES: [(&str, bool); 6] = [
    ("/etc/iptables/rules.v4", true),
    ("/etc/sysconfig/iptables", true),
    ("/etc/iptables/iptables.rules", true),
    ("/etc/iptables/rules.v6", false),
    ("/etc/sysconfig/ip6tables", false),
    ("/etc/iptables/ip6tables.rules", false),
];

/// The chains of the table `filter` that a connection of nginx passes.
pub(super) fn read(text: &str, is_ipv4: bool) -> Vec<Chain> {
    let chain = |hook| Chain { hook, is_ipv4: Some(is_ipv4), rules: Vec::new(), policy: None, file: 0 };
    let (mut input, mut output) = (chain(Hook::Input), chain(Hook::Output));
    let mut is_filter = false;
    for (line, range) in placed_lines(text).take(MAX_RULES) {
        if let Some(table) = line.strip_prefix('*') {
            is_filter = table == "filter";
        }
        let mut words = line.split_whitespace();
        let first = words.next().unwrap_or_default();
        let named = first.strip_prefix(':').or_else(|| words.next()).unwrap_or_default();
        let chain = match named {
            "INPUT" if is_filter => &mut input,
            "OUTPUT" if is_filter => &mut output,
            _ => continue,
        };
        match first {
            "-A" => chain.rules.push(rule(words, range)),
            // What is put first, replaced or deleted makes another order than the text has.
            _ if first.starts_with('-') => {
                chain.rules.insert(0, Rule { asks: vec![Ask::Other], action: Action::Leave, range });
            }
            _ => chain.policy = (words.next() == Some("DROP")).then_some((Verdict::Drop, range)),
        }
    }
    vec![output, input]
}

fn rule<'t>(mut words: impl Iterator<Item = &'t str>, range: (usize, usize)) -> Rule {
    let mut asks = Vec::new();
    let mut action = Action::Nothing;
    let mut is_negated = false;
    while let Some(word) = words.next() {
        let mut next = || words.next().unwrap_or_default();
        match word {
            "-p" | "--protocol" => asks.push(match next() {
                "tcp" | "6" => Ask::Tcp(true),
                "udp" | "icmp" | "icmpv6" | "sctp" | "esp" | "ah" | "igmp" => Ask::Tcp(false),
                _ => Ask::Other,
            }),
            // What a match asks follows it.
            "-m" | "--match" => drop(next()),
            "--comment" => {
                let text = next();
                let is_open = |text: &str| text.len() == 1 || !text.ends_with('"');
                if text.starts_with('"') && is_open(text) {
                    let _ = words.by_ref().find(|word| word.ends_with('"'));
                }
            }
            "--dport" | "--dports" | "--destination-port" | "--destination-ports" => {
                let all: Option<Vec<(u16, u16)>> = next().split(',').map(ports).collect();
                asks.push(all.map_or(Ask::Other, Ask::Ports));
            }
            "-d" | "--destination" => {
                let all: Option<Vec<_>> = next().split(',').map(network).collect();
                asks.push(all.map_or(Ask::Other, Ask::To));
            }
            "-i" | "-o" | "--in-interface" | "--out-interface" => asks.push(match next() {
                "lo" => Ask::Loopback(true),
                name if name.ends_with('+') || name == "!" || name.is_empty() => Ask::Other,
                _ => Ask::Loopback(false),
            }),
            "--ctstate" | "--state" => asks.push(Ask::New(next().split(',').any(|state| state == "NEW"))),
            "-j" | "--jump" => {
                action = match next() {
                    "ACCEPT" => Action::Accept,
                    "DROP" => Action::Stop(Verdict::Drop),
                    "REJECT" => Action::Stop(Verdict::Refuse),
                    "LOG" | "NFLOG" | "MARK" | "CONNMARK" => Action::Nothing,
                    _ => Action::Leave,
                }
            }
            "--reject-with" => {
                if !matches!(next(), "icmp-port-unreachable" | "icmp6-port-unreachable" | "tcp-reset") {
                    action = Action::Stop(Verdict::Unreachable);
                }
            }
            "-g" | "--goto" => action = Action::Leave,
            "!" => is_negated = true,
            _ => asks.push(Ask::Other),
        }
    }
    // What else is asked counts for nothing beside an ask that is not understood, but for what keeps a packet out.
    if is_negated {
        asks = vec![Ask::Other];
    } else if asks.contains(&Ask::Other) {
        asks.retain(|ask| matches!(ask, Ask::Other | Ask::Tcp(_) | Ask::New(false)));
    }
    Rule { asks, action, range }
}
