//! Rules as `nft(8)` reads them: base chains of the type `filter`.

use super::{Action, Ask, Chain, Hook, MAX_RULES, Rule, Verdict, network, placed_lines, ports};

/// Where distributions load them from.
pub(super) const PLACES: [&str; 2] = ["/etc/nftables.conf", "/etc/sysconfig/nftables.conf"];

/// The base chains that a connection of nginx passes.
pub(super) fn read(text: &str) -> Vec<Chain> {
    let mut chains: Vec<Chain> = Vec::new();
    let mut family = None;
    let mut is_chain = false;
    let mut is_base = false;
    let mut depth = 0_i64;
    for (line, range) in placed_lines(text).take(MAX_RULES) {
        let words: Vec<&str> = line.split([' ', '\t', ';']).filter(|word| !word.is_empty()).collect();
        match words.as_slice() {
            ["table", "ip", ..] => family = Some(true),
            ["table", "ip6", ..] => family = Some(false),
            ["table", ..] => family = None,
            ["chain", ..] if depth == 1 => (is_chain, is_base) = (true, false),
            ["type", "filter", "hook", hook @ ("input" | "output"), rest @ ..] if is_chain && depth == 2 => {
                is_base = true;
                let is_closed = rest.windows(2).any(|pair| pair == ["policy", "drop"]);
                chains.push(Chain {
                    hook: if *hook == "input" { Hook::Input } else { Hook::Output },
                    is_ipv4: family,
                    rules: Vec::new(),
                    policy: is_closed.then_some((Verdict::Drop, range)),
                    file: 0,
                });
            }
            ["policy", "drop"] if is_base => {
                if let Some(chain) = chains.last_mut() {
                    chain.policy = Some((Verdict::Drop, range));
                }
            }
            ["}"] | ["type" | "policy", ..] => {}
            words if is_chain && is_base && depth == 2 => {
                if let Some(chain) = chains.last_mut() {
                    chain.rules.push(rule(line, words, range));
                }
            }
            // A rule over several lines.
            _ if is_base => {
                if let Some(chain) = chains.last_mut() {
                    chain.rules.push(Rule { asks: Vec::new(), action: Action::Leave, range });
                }
            }
            _ => {}
        }
        for byte in line.bytes() {
            depth += i64::from(byte == b'{') - i64::from(byte == b'}');
        }
        (is_chain, is_base) = (is_chain && depth >= 2, is_base && depth >= 2);
    }
    // What the file takes in from elsewhere may accept what this one drops.
    if placed_lines(text).any(|(line, _)| line.starts_with("include ") || line.starts_with("add ")) {
        return Vec::new();
    }
    chains
}

fn rule(line: &str, words: &[&str], range: (usize, usize)) -> Rule {
    let is_odd = line.matches('{').count() != line.matches('}').count() || line.contains("map");
    if is_odd || words.iter().any(|word| matches!(*word, "jump" | "goto" | "return" | "queue" | "continue")) {
        return Rule { asks: Vec::new(), action: Action::Leave, range };
    }
    let mut asks = Vec::new();
    let mut action = Action::Nothing;
    if matches!(words.first(), Some(&("udp" | "icmp" | "icmpv6" | "sctp"))) {
        asks.push(Ask::Tcp(false));
    }
    let mut rest = words.iter().copied().peekable();
    while let Some(word) = rest.next() {
        match word {
            "tcp" if rest.next_if_eq(&"dport").is_some() => asks.push(match values(&mut rest, ports) {
                Some(all) => Ask::Ports(all),
                None => Ask::Other,
            }),
            "ip" | "ip6" if rest.next_if_eq(&"daddr").is_some() => {
                asks.push(match values(&mut rest, network) {
                    Some(all) => Ask::To(all),
                    None => Ask::Other,
                })
            }
            "iif" | "iifname" | "oif" | "oifname" => asks.push(match rest.next() {
                Some("lo" | "\"lo\"") => Ask::Loopback(true),
                _ => Ask::Other,
            }),
            "ct" if rest.next_if_eq(&"state").is_some() => {
                let states = values(&mut rest, |state| {
                    matches!(state, "new" | "established" | "related" | "invalid" | "untracked")
                        .then_some(state == "new")
                });
                asks.push(states.map_or(Ask::Other, |all| Ask::New(all.contains(&true))));
            }
            "counter" => {}
            "log" | "comment" => {
                // Their text may be anything.
                if action == Action::Nothing && word == "log" {
                    asks.push(Ask::Other);
                } else {
                    break;
                }
            }
            "accept" => action = Action::Accept,
            "drop" => action = Action::Stop(Verdict::Drop),
            "reject" => {
                let how: Vec<&str> = rest.by_ref().collect();
                let refuses = how.is_empty()
                    || how.contains(&"tcp")
                    || how.iter().any(|word| word.contains("port-unreachable"));
                action = Action::Stop(if refuses { Verdict::Refuse } else { Verdict::Unreachable });
            }
            _ => asks.push(Ask::Other),
        }
    }
    if words.contains(&"!=") {
        asks = vec![Ask::Other];
    } else if asks.contains(&Ask::Other) {
        asks.retain(|ask| matches!(ask, Ask::Other | Ask::Tcp(_) | Ask::New(false)));
    }
    Rule { asks, action, range }
}

/// One value, several with commas, or a set in braces; `None` where one of them is not understood.
fn values<'t, T>(
    rest: &mut std::iter::Peekable<impl Iterator<Item = &'t str>>,
    read: impl Fn(&'t str) -> Option<T>,
) -> Option<Vec<T>> {
    let mut out = Vec::new();
    let first = rest.next()?;
    let mut pending = first;
    loop {
        let is_set = first.starts_with('{');
        let is_over = pending.contains('}');
        for part in pending.trim_matches(['{', '}']).split(',').filter(|part| !part.is_empty()) {
            out.push(read(part)?);
        }
        if is_over || !is_set && !pending.ends_with(',') {
            return (!out.is_empty()).then_some(out);
        }
        pending = rest.next()?;
    }
}
