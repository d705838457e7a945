//! The binary. Everything it does is in `crates/cli`.

/// Reading makes many small pieces of memory; libc's allocator is slower at them.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    gatelint_cli::main()
}
