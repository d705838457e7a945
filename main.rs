//! The binary. Everything it does is in `crates/cli`.

fn main() -> std::process::ExitCode {
    gatelint_cli::main()
}
