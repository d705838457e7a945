//! What only a start shows: users (`fpm_unix_init_main()`), then sockets (`fpm_sockets_init_main()`).

use std::collections::HashMap;
use std::net::Ipv4Addr;

use gatelint_syntax::Span;

use super::{Bind, Explanation, Listener, Master, Place, Pool, Refusal, Stage};

/// A socket that is bound already.
struct Bound {
    bind: Bind,
    address: String,
    pool: String,
    place: Span,
    master: usize,
    /// Whether its master is one of a whole machine, and starts.
    is_real: bool,
}

/// Checks every master, one started after the other.
pub(super) fn check(masters: &mut [Master]) {
    let mut bound: HashMap<String, Vec<Bound>> = HashMap::new();
    for (index, master) in masters.iter_mut().enumerate() {
        let mut found: Vec<Refusal> = master.pools.iter().filter_map(root).collect();
        // Only masters at installed places surely share a machine: a repository may hold those of many images.
        let is_real = master.is_main && master.layout.is_installed && master.refusals.is_empty();
        for pool in &master.pools {
            match &pool.listener {
                Some(_) if !master.is_main => {}
                Some(_) => found.extend(socket(pool, index, is_real, &mut bound)),
                None => found.extend(unusable(pool)),
            }
        }
        master.refusals.append(&mut found);
    }
}

/// A pool that would run as root.
fn root(pool: &Pool) -> Option<Refusal> {
    let is_root =
        |setting: &&super::Setting| setting.text().is_some_and(|text| matches!(text.as_ref(), "root" | "0"));
    let setting = pool.get("user").filter(is_root).or_else(|| pool.get("group").filter(is_root))?;
    Some(Refusal {
        stage: Stage::Start,
        at: None,
        primary: setting.at(),
        log: format!("[pool {}] please specify user and group other than root", pool.name),
        explanation: Explanation::Root { pool: pool.name.clone() },
        places: Vec::new(),
        is_likely: false,
    })
}

/// A `listen` that no socket can be made for.
fn unusable(pool: &Pool) -> Option<Refusal> {
    let setting = pool.settings.filled("listen").flatten()?;
    let text = setting.text()?;
    let log = Bind::new(&text, &|_| None).err()?;
    let explanation = Explanation::BadAddress { address: text.into_owned() };
    Some(Refusal {
        stage: Stage::Start,
        at: None,
        primary: setting.at(),
        log,
        explanation,
        places: Vec::new(),
        is_likely: false,
    })
}

fn socket(
    pool: &Pool,
    master: usize,
    is_real: bool,
    bound: &mut HashMap<String, Vec<Bound>>,
) -> Option<Refusal> {
    let listener = pool.listener.as_ref()?;
    let group = match &listener.bind {
        Bind::Unix(path) => path.clone(),
        Bind::Ip(_, port) | Bind::Any(port) | Bind::Name(_, port) => port.to_string(),
    };
    let others = bound.entry(group).or_default();
    let taken = others.iter().find(|other| {
        if other.master == master {
            clashes(listener, other)
        } else {
            is_real && other.is_real && clashes_between(listener, other)
        }
    });
    let Some(other) = taken else {
        others.push(Bound {
            bind: effective(listener, others),
            address: listener.address.clone(),
            pool: pool.name.clone(),
            place: listener.span,
            master,
            is_real,
        });
        return None;
    };
    let address = listener.address.clone();
    let log = match listener.bind {
        Bind::Unix(_) => format!("Another FPM instance seems to already listen on {address}"),
        _ => format!("unable to bind listening socket for address '{address}': Address already in use (98)"),
    };
    let other_master = other.master != master;
    let whose = if other_master { ", in another master" } else { "" };
    let places =
        vec![Place { span: other.place, text: format!("pool `{}` listens here{whose}", other.pool) }];
    let (pool, other) = (pool.name.clone(), other.pool.clone());
    let explanation = Explanation::DuplicateListen { address, pool, other, other_master };
    Some(Refusal {
        stage: Stage::Start,
        at: None,
        primary: listener.span,
        log,
        explanation,
        places,
        is_likely: false,
    })
}

/// A bare port: `::` is tried first, and 0.0.0.0 where that is taken.
fn is_bare(listener: &Listener) -> bool {
    !listener.address.contains(':') && matches!(listener.bind, Bind::Any(_))
}

/// Whether a pool of the same master has the address. A socket whose address is equal is shared; equal strings
/// are refused by the test.
fn clashes(listener: &Listener, other: &Bound) -> bool {
    if listener.address == other.address {
        return false;
    }
    match &other.bind {
        Bind::Ip(ip, _) if is_bare(listener) => ip.is_ipv4() && !ip.is_unspecified(),
        bind => listener.bind.clashes(bind) == Some(true),
    }
}

/// Whether a pool of another master has the address.
fn clashes_between(listener: &Listener, other: &Bound) -> bool {
    match (&listener.bind, &other.bind) {
        (Bind::Name(..), _) | (_, Bind::Name(..)) => false,
        (Bind::Any(_), Bind::Ip(ip, _)) if is_bare(listener) => ip.is_ipv4(),
        (own, bind) => own == bind || own.clashes(bind) == Some(true),
    }
}

/// What is really bound: a bare port beside an address of IPv6, or 0.0.0.0, is left with those of IPv4.
fn effective(listener: &Listener, others: &[Bound]) -> Bind {
    let taken = |other: &Bound| match other.bind {
        Bind::Ip(ip, _) => ip.is_ipv6() || ip.is_unspecified(),
        _ => false,
    };
    match listener.bind {
        Bind::Any(port) if is_bare(listener) && others.iter().any(taken) => {
            Bind::Ip(Ipv4Addr::UNSPECIFIED.into(), port)
        }
        _ => listener.bind.clone(),
    }
}
