//! A port that SELinux keeps nginx from connecting to.

use gatelint_lint::{Confidence, Finding, Findings, Level, Prediction, Rule};
use gatelint_model::host::{Selinux, SelinuxSource};
use gatelint_model::nginx::{Pass, Target};
use gatelint_model::{Address, Stack};

use crate::by_place::ByPlace;
use crate::say::{connect_log, passed_requests};

pub(crate) const RULE: Rule = Rule {
    name: "denied-selinux-port",
    summary: "SELinux is enforced, and nginx may not connect to the port",
    level: Level::Warning,
    covers: &["N1"],
    since: "0.1.0",
    page: include_str!("denied_selinux_port.md"),
    check,
};

fn check(stack: &Stack, out: &mut Findings) {
    let Some(selinux) = stack.host.selinux.as_ref().filter(|selinux| selinux.is_enforcing) else { return };
    if !stack.world.is_one_machine() || stack.host.is_unconfined_nginx() {
        return;
    }
    let mut found = ByPlace::default();
    for pass in stack.passes() {
        for target in pass.targets() {
            let Address::Tcp(_, port) = *target.address else { continue };
            if !selinux.lets_connect_to(port) {
                found.add(target.span, (pass, target.clone(), port));
            }
        }
    }
    out.extend(found.iter().map(|((pass, target, port), _)| finding(*pass, target, *port, selinux)));
}

fn finding(pass: Pass<'_>, target: &Target<'_>, port: u16, selinux: &Selinux) -> Finding {
    let message = format!("port {port} is none that SELinux lets web servers connect to");
    let scheme = match pass.family().prefix() {
        "proxy" if target.tls => "https",
        "proxy" => "http",
        prefix => prefix,
    };
    let peer = target.address.to_string();
    // Of a TCP address nginx names the peer behind the function.
    let log = connect_log(target.written, scheme, "13: Permission denied").replacen(
        "connect()",
        &format!("connect() to {peer}"),
        1,
    );
    let finding = Finding::new(&RULE, target.span, message)
        .confidence(Confidence::Medium)
        .label(format!("{} end as 502 where nginx runs in `httpd_t`", passed_requests(pass)))
        .help("setsebool -P httpd_can_network_connect 1")
        .predict(Prediction::answers(502, log));
    match (selinux.source, selinux.boolean("httpd_can_network_connect")) {
        (SelinuxSource::Kernel, Some(false)) => {
            let finding = finding.note("the machine enforces it, and `httpd_can_network_connect` is off");
            match selinux.http_ports {
                Some(_) => finding.confidence(Confidence::High),
                None => finding
                    .note("which ports were added to `http_port_t` is not known: only root may read them"),
            }
        }
        (SelinuxSource::Kernel, _) => {
            finding.note("the machine enforces it; the state of the boolean is not known")
        }
        (SelinuxSource::Config, Some(_)) => {
            finding.note("`etc/selinux/config` says enforcing, and the tree sets the boolean off")
        }
        (SelinuxSource::Config, None) => {
            finding.note("`etc/selinux/config` says enforcing; whether the boolean is set is not in the tree")
        }
        (SelinuxSource::Distribution, _) => finding
            .level(Level::Info)
            .confidence(Confidence::Low)
            .note("assumed from the distribution, which enforces SELinux unless it is told otherwise"),
    }
}
