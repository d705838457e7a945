//! The shell's door: the only place with environment, exit codes and writes.

mod args;
mod baseline;
mod check;
mod config;
mod diagnose;
mod facts;
mod fix;
mod generate;
mod graph;
mod here;
mod preflight;
mod progress;
mod rules;
mod save;
mod server;
mod show;
mod stdin;

use std::io::{self, Write};
use std::panic::{self, AssertUnwindSafe};
use std::path::Path;
use std::process::ExitCode;

use clap::Parser;

use args::{Cli, Command};
use gatelint_run::{root, settings, world};

/// How a run ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Exit {
    /// Nothing at or above the fail level.
    Clean = 0,
    /// Findings at or above it.
    Findings = 1,
    /// Usage, input or gatelint itself.
    Unusable = 2,
}

/// Runs the program.
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // A reader that went away is no reason to fail.
            let _ = error.print();
            return ExitCode::from(error.exit_code() as u8);
        }
    };
    panic::set_hook(Box::new(|info| {
        let place = info.location().map(ToString::to_string).unwrap_or_default();
        let what = payload(info.payload());
        say(&format!("internal error at {place}: {}; please report it", gatelint_report::clean(what)));
    }));
    let exit = match panic::catch_unwind(AssertUnwindSafe(|| run(&cli))) {
        Ok(Ok(exit)) => exit,
        Ok(Err(message)) => {
            say(&gatelint_report::clean(&message));
            Exit::Unusable
        }
        Err(_) => Exit::Unusable,
    };
    ExitCode::from(exit as u8)
}

fn run(cli: &Cli) -> Result<Exit, String> {
    let is_check = matches!(cli.command, None | Some(Command::Check { .. }));
    if !is_check && (cli.options.fix || cli.options.diff) {
        return Err("--fix and --diff are for `gatelint check`".to_owned());
    }
    match &cli.command {
        Some(Command::Rule { name: Some(name) }) => print(rules::find(name)?.page.as_bytes())?,
        Some(Command::Rule { name: None }) => {
            let mut out = Vec::new();
            rules::list(&mut out).map_err(|error| error.to_string())?;
            print(&out)?;
        }
        Some(Command::Generate(what)) => generate::generate(what)?,
        Some(Command::Server) => return server::server(&cli.options),
        Some(Command::Preflight) => return preflight::preflight(&cli.options),
        Some(Command::Facts) => print(&facts::record(&cli.options)?)?,
        Some(Command::Show { what, effective: true, .. }) => {
            return show::values(Path::new(what), &cli.options);
        }
        Some(Command::Show { what, asked, paths, .. }) => {
            return show::show(what, paths, asked, &cli.options);
        }
        Some(Command::Diagnose { log, paths }) => {
            return diagnose::diagnose(log.as_deref(), paths, &cli.options);
        }
        Some(Command::Config { paths }) => return config::config(paths, &cli.options),
        Some(Command::Graph { format, paths }) => return graph::graph(paths, *format, &cli.options),
        Some(Command::Check { paths }) => return check::check(paths, &cli.options),
        None => return check::check(&cli.paths, &cli.options),
    }
    Ok(Exit::Clean)
}

fn payload(payload: &dyn std::any::Any) -> &str {
    let text = payload.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| payload.downcast_ref::<&str>().copied()).unwrap_or("unknown")
}

/// Writes findings. A reader that went away has seen enough.
fn print(bytes: &[u8]) -> Result<(), String> {
    let mut out = io::stdout().lock();
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(format!("standard output: {error}")),
        _ => Ok(()),
    }
}

/// Writes one line that is no finding. Where nobody listens, there is nothing left to do.
fn say(line: &str) {
    let _ = writeln!(io::stderr().lock(), "gatelint: {line}");
}
