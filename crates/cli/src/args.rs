//! What can be said on the command line.

use std::path::PathBuf;
use std::sync::Arc;

use clap::{Parser, Subcommand, ValueEnum};
use gatelint_lint::Level;
use gatelint_model::host::Facts;
use gatelint_rules::RULES;
use gatelint_run::settings;

use crate::show::Asked;

/// Reads nginx and PHP-FPM configuration as one system and says which requests will fail, where, and why.
///
/// Exit status: 0 clean, 1 findings at or above the fail level, 2 not usable.
#[derive(Debug, Parser)]
#[command(name = "gatelint", version, max_term_width = 100)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
    #[command(flatten)]
    pub(crate) options: Options,
    /// Main configurations, directories that hold them, or single vhosts and pools
    #[arg(value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Check configuration (what gatelint does when no command is named)
    Check {
        /// Main configurations, directories that hold them, or single vhosts and pools
        #[arg(value_name = "PATH")]
        paths: Vec<PathBuf>,
    },
    /// Check this machine, after a deploy and before `systemctl reload`
    ///
    /// All rules, with the facts of the machine: who listens, sockets with owner and mode, users and groups. Changes
    /// nothing and needs no root: what this user may not read is said. Exit status: 0 ready, 1 not ready, 2 not
    /// decided.
    Preflight,
    /// Print the facts of this machine, for `--facts`
    ///
    /// What `preflight` would look at: no environment, no secrets, no contents of files beyond users, groups, host
    /// names and settings of the units of nginx and PHP-FPM.
    Facts,
    /// Show what the configuration comes to
    ///
    /// Of a URL: which server, which location by which steps, which pass, which pool, and the value of each directive
    /// that matters with the line that set it; what only run time knows is taken both ways. Of a line: what stands
    /// there, in which blocks, and what holds there. With --effective: every key of every section of one PHP-FPM, as
    /// `php-fpm -tt` prints them; what the environment decides is shown as `?`. Exit status: 0 shown, 1 php-fpm
    /// refuses it, 2 not usable.
    Show {
        /// The values that hold in one PHP-FPM, defaults included
        #[arg(long)]
        effective: bool,
        #[command(flatten)]
        asked: Asked,
        /// A URL, FILE:LINE or FILE:LINE:COLUMN; with --effective a php-fpm.conf, or a pool that one includes
        #[arg(value_name = "WHAT")]
        what: String,
        /// Main configurations, directories that hold them, or single vhosts and pools
        #[arg(value_name = "PATH")]
        paths: Vec<PathBuf>,
    },
    /// Explain the error logs of nginx and PHP-FPM by their configuration
    ///
    /// Says for each distinct line what it means, how often it came, which directive at which line is the cause, and
    /// what to change. Reads a log of any length once, compressed by gzip or not, with what journald, syslog and
    /// containers put before its lines; also what `nginx -t` prints. Exit status: 0 read, 2 not usable.
    Diagnose {
        /// The log, or - for standard input [default: standard input]
        #[arg(value_name = "LOG")]
        log: Option<PathBuf>,
        /// Main configurations, directories that hold them, or single vhosts and pools
        #[arg(value_name = "PATH")]
        paths: Vec<PathBuf>,
    },
    /// Print the settings that hold, and where each comes from
    ///
    /// With the paths that are to be checked: each has the nearest gatelint.toml upwards.
    Config {
        /// What `gatelint check` would be given
        #[arg(value_name = "PATH")]
        paths: Vec<PathBuf>,
    },
    /// Draw the paths of requests: server, location, upstream, address, who answers
    ///
    /// Broken ones, by the findings of the same run, come first and stand out. Exit status: 0 drawn, 2 not usable.
    Graph {
        /// The language of the picture
        #[arg(long, value_name = "FORMAT", default_value = "mermaid")]
        format: Drawing,
        /// Main configurations, directories that hold them, or single vhosts and pools
        #[arg(value_name = "PATH")]
        paths: Vec<PathBuf>,
    },
    /// Serve an editor: the language server protocol over standard input and output
    Server,
    /// List the rules, or explain one
    Rule {
        /// The rule to explain
        name: Option<String>,
    },
    /// Write what packages ship beside the program
    #[command(subcommand)]
    Generate(Generate),
}

#[derive(Debug, Subcommand)]
pub(crate) enum Generate {
    /// Print the completions of a shell
    Completions {
        /// Whose
        shell: clap_complete::Shell,
    },
    /// Print the JSON schema of gatelint.toml
    Schema,
    /// Write the manual pages, one for each command
    Man {
        /// An existing directory
        #[arg(value_name = "DIR")]
        dir: PathBuf,
    },
}

#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Options {
    /// The file that standard input is the text of, where PATH is `-`: it is checked in its tree, as an editor has it
    #[arg(long, value_name = "PATH", global = true)]
    pub(crate) stdin_filename: Option<PathBuf>,
    /// The directory that plays `/`: absolute paths and links start there, and nothing outside is read
    #[arg(long, value_name = "DIR", global = true)]
    pub(crate) root: Option<PathBuf>,
    /// The lowest level to show [default: warning; json holds every level]
    #[arg(long, value_name = "LEVEL", global = true)]
    pub(crate) min_severity: Option<Severity>,
    /// The lowest level that makes the exit status 1
    #[arg(long, value_name = "LEVEL", global = true, default_value = "warning")]
    pub(crate) fail_on: Severity,
    /// Run only these rules
    #[arg(long, value_name = "RULE", global = true, value_delimiter = ',')]
    pub(crate) select: Vec<String>,
    /// Leave these rules out
    #[arg(long, value_name = "RULE", global = true, value_delimiter = ',')]
    pub(crate) ignore: Vec<String>,
    /// The settings, in place of the nearest gatelint.toml; its paths start from the working directory
    #[arg(long, value_name = "FILE", global = true, conflicts_with = "no_config")]
    pub(crate) config: Option<PathBuf>,
    /// Look for no gatelint.toml
    #[arg(long, global = true)]
    pub(crate) no_config: bool,
    /// Report also what `gatelint: ignore[...]` comments take back
    #[arg(long, global = true)]
    pub(crate) no_ignores: bool,
    /// Report only what is not in this file
    #[arg(long, value_name = "FILE", global = true)]
    pub(crate) baseline: Option<PathBuf>,
    /// Write what is found to this file, for `--baseline`; with `--baseline`, only what is still found of that
    #[arg(long, value_name = "FILE", global = true)]
    pub(crate) write_baseline: Option<PathBuf>,
    /// How findings are written
    #[arg(long, value_name = "FORMAT", global = true, default_value = "full")]
    pub(crate) output_format: Format,
    /// Make the safe fixes, then check again
    ///
    /// A fix is made when the tree with it reads well and has nothing new to report. Files are replaced whole, with
    /// their mode and owner; one that changed meanwhile is left alone.
    #[arg(long, global = true)]
    pub(crate) fix: bool,
    /// With --fix and --diff: also fixes that change what requests get, to be looked at
    #[arg(long, global = true)]
    pub(crate) unsafe_fixes: bool,
    /// Show what --fix would change and write nothing; exit status 1 when there is something
    #[arg(long, global = true)]
    pub(crate) diff: bool,
    /// Write the findings to this file instead of standard output
    #[arg(long, value_name = "FILE", global = true)]
    pub(crate) output_file: Option<PathBuf>,
    /// Whether to use colours
    #[arg(long, value_name = "WHEN", global = true, default_value = "auto")]
    pub(crate) color: Color,
    /// Say nothing but findings and errors
    #[arg(short, long, global = true)]
    pub(crate) quiet: bool,
    /// Say what was read
    #[arg(short, long, global = true, conflicts_with = "quiet")]
    pub(crate) verbose: bool,
    /// The facts of the machine that the configuration is for, as `gatelint facts` recorded them there
    #[arg(long, value_name = "FILE", global = true)]
    pub(crate) facts: Option<PathBuf>,
    /// The PHP version of the target, where the tree does not tell
    #[arg(long, value_name = "X.Y", global = true, value_parser = php_version)]
    pub(crate) php_version: Option<(u8, u8)>,
    /// The nginx version of the target
    #[arg(long, value_name = "X.Y.Z", global = true, value_parser = nginx_version)]
    pub(crate) nginx_version: Option<(u16, u16, u16)>,
    /// Whose nginx the target is
    #[arg(long, value_name = "FLAVOUR", global = true)]
    pub(crate) nginx_flavour: Option<Flavour>,
}

impl Options {
    /// What the command line says beside the settings.
    pub(crate) fn settings(&self, facts: Option<Arc<Facts>>) -> settings::Asked {
        let (config, no_config) = (self.config.clone(), self.no_config);
        settings::Asked { config, no_config, model: self.model(), facts, rules: RULES }
    }

    /// What the user says about the target.
    pub(crate) fn model(&self) -> gatelint_model::Options {
        gatelint_model::Options {
            php_version: self.php_version,
            nginx_version: self.nginx_version,
            nginx_flavour: self.nginx_flavour.map(Into::into),
            ..gatelint_model::Options::default()
        }
    }
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Severity {
    Info,
    Warning,
    Error,
}

impl From<Severity> for Level {
    fn from(severity: Severity) -> Self {
        match severity {
            Severity::Info => Self::Info,
            Severity::Warning => Self::Warning,
            Severity::Error => Self::Error,
        }
    }
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Flavour {
    /// nginx as nginx.org and the distributions ship it
    Oss,
    /// NGINX Plus
    Plus,
    /// OpenResty
    Openresty,
    /// A fork with directives of its own: Angie, Tengine, freenginx
    Fork,
}

impl From<Flavour> for gatelint_model::Flavour {
    fn from(flavour: Flavour) -> Self {
        match flavour {
            Flavour::Oss => Self::Oss,
            Flavour::Plus => Self::Plus,
            Flavour::Openresty => Self::Openresty,
            Flavour::Fork => Self::Fork,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// With the lines that findings speak of
    Full,
    /// One line for each finding
    Concise,
    /// For programs
    Json,
    /// SARIF 2.1.0
    Sarif,
    /// Annotations of GitHub workflows
    Github,
    /// GitLab's code quality report
    Gitlab,
    /// JUnit's XML
    Junit,
    /// Checkstyle's XML
    Checkstyle,
    /// reviewdog's JSON
    Rdjson,
    /// One page for people, with a picture of the request paths
    Html,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Drawing {
    /// A flowchart, as Markdown on GitHub and GitLab shows it
    Mermaid,
    /// Graphviz
    Dot,
    /// A picture for a browser
    Svg,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Color {
    Auto,
    Always,
    Never,
}

fn php_version(text: &str) -> Result<(u8, u8), String> {
    match numbers(text).as_deref() {
        Some(&[major, minor] | &[major, minor, _]) => {
            Ok((u8::try_from(major).map_err(|_| "too large")?, u8::try_from(minor).map_err(|_| "too large")?))
        }
        _ => Err("expected a version such as 8.2".into()),
    }
}

fn nginx_version(text: &str) -> Result<(u16, u16, u16), String> {
    match numbers(text).as_deref() {
        Some(&[major, minor, patch]) => Ok((major, minor, patch)),
        _ => Err("expected a version such as 1.22.1".into()),
    }
}

fn numbers(text: &str) -> Option<Vec<u16>> {
    text.split('.').map(|part| part.parse().ok()).collect()
}
