//! PHP's constants: a bare word that names one is replaced by its value.

use std::borrow::Cow;

/// What a bare word comes to: `None` where PHP knows the constant and its value is the installation's.
pub(super) fn resolve(word: &[u8]) -> Option<Cow<'_, [u8]>> {
    if let Ok(at) = CONSTANTS.binary_search_by(|(name, _)| name.as_bytes().cmp(word)) {
        return CONSTANTS.get(at).map(|(_, value)| Cow::Borrowed(value.as_bytes()));
    }
    // These three in any case of letters.
    if word.eq_ignore_ascii_case(b"true") {
        return Some(Cow::Borrowed(b"1"));
    }
    if word.eq_ignore_ascii_case(b"false") || word.eq_ignore_ascii_case(b"null") {
        return Some(Cow::Borrowed(b""));
    }
    // `PHP_VERSION`, `ZEND_THREAD_SAFE`, `M_PI`, ...
    let installed = [&b"PHP_"[..], b"ZEND_", b"M_"].iter().any(|prefix| word.starts_with(prefix));
    (!installed).then_some(Cow::Borrowed(word))
}

/// Constants of every PHP 7 and 8 on a 64-bit Linux, by name. `E_ALL` lost `E_STRICT` in PHP 8.4.
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
    ("LOG_ALERT", "1"),
    ("LOG_CRIT", "2"),
    ("LOG_DEBUG", "7"),
    ("LOG_EMERG", "0"),
    ("LOG_ERR", "3"),
    ("LOG_INFO", "6"),
    ("LOG_NOTICE", "5"),
    ("LOG_WARNING", "4"),
    ("NAN", "NAN"),
    ("PATH_SEPARATOR", ":"),
    ("PHP_INT_MAX", "9223372036854775807"),
    ("PHP_INT_SIZE", "8"),
    ("PHP_OS", "Linux"),
    ("PHP_OS_FAMILY", "Linux"),
];
