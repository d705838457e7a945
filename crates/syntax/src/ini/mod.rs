//! PHP INI dialect.
