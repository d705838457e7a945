//! What packages ship beside the program, made from the one definition of the command line.

use clap::CommandFactory;

use crate::args::{Cli, Generate};
use crate::print;

pub(crate) fn generate(what: &Generate) -> Result<(), String> {
    match what {
        Generate::Completions { shell } => {
            let mut out = Vec::new();
            clap_complete::generate(*shell, &mut Cli::command(), "gatelint", &mut out);
            print(&out)
        }
        Generate::Schema => {
            let schema = gatelint_lint::settings::schema(gatelint_rules::RULES);
            let text = serde_json::to_string_pretty(&schema).map_err(|error| error.to_string())?;
            print((text + "\n").as_bytes())
        }
        Generate::Man { dir } => clap_mangen::generate_to(Cli::command(), dir)
            .map_err(|error| format!("{}: {error}", dir.display())),
    }
}
