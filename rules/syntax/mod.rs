//! Text that cannot be read as it was meant.

pub(crate) mod missing_brace;
pub(crate) mod missing_semicolon;
mod mistake;
pub(crate) mod nginx_syntax_error;
pub(crate) mod stray_brace;
pub(crate) mod unquoted_brace;
pub(crate) mod unterminated_quote;
