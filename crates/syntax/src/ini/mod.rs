//! PHP's INI dialect, as `zend_ini_scanner.l` (normal mode) and `zend_ini_parser.y` of PHP 8 read it.
//!
//! Two programs use it in two ways ([`Reader`]): PHP reads a whole php.ini, php-fpm hands its configuration
//! over one line at a time, so that nothing there spans lines.

mod constant;
mod document;
mod lexeme;
mod parse;
mod scan;
mod token;
mod value;

pub use document::{Document, Entry, Reader, Section, Statement, SyntaxError};
pub use parse::parse;
pub use value::{Text, atoi};
