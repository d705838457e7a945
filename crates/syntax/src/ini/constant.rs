//! PHP's constants: a bare word that names one is replaced by its value.

use std::borrow::Cow;

/// What a bare word comes to: `None` where PHP knows the constant and its value is the installation's.
pub(super) fn resolve(word: &[u8]) -> Option<Cow<'_, [u8]>> {
    if let Ok(at) = CONSTANTS.binary_search_by(|(name, _)| name.as_bytes().cmp(word)) {
        return CONSTANTS.get(at).map(|(_, value)| Cow::Borrowed(value.as_bytes()));
    }
    // `PHP_VERSION`, `PHP_OS`, `DIRECTORY_SEPARATOR`, ...
    let installed = word.starts_with(b"PHP_") || word.starts_with(b"ZEND_");
    (!installed).then_some(Cow::Borrowed(word))
}

/// Constants of every PHP 7 and 8, by name. `E_ALL` lost `E_STRICT` in PHP 8.4.
const CONSTANTS: &[(&str, &str)] = &[
    ("DIRECTORY_SEPARATOR", "/"),
    ("E_ALL", "32767"),
    ("E_COMPILE_ERROR", "64"),
    ("E_COMPILE_WARNING", "128"),
    ("E_CORE_ERROR", "16"),
    ("E_CORE_WARNING", "32"),
    ("E_DEPRECATED", "8192"),
    ("E_ERROR", "1"),
    ("E_NOTICE", "8"),
    ("E_PARSE", "4"),
    ("E_RECOVERABLE_ERROR", "4096"),
    ("E_STRICT", "2048"),
    ("E_USER_DEPRECATED", "16384"),
    ("E_USER_ERROR", "256"),
    ("E_USER_NOTICE", "1024"),
    ("E_USER_WARNING", "512"),
    ("E_WARNING", "2"),
    ("INF", "INF"),
    ("NAN", "NAN"),
    ("PATH_SEPARATOR", ":"),
];
