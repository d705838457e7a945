//! A name for a finding that stays when lines move.

/// Equal for the same finding after lines were added above it: of the rule, the file, the message and the text of the
/// primary place. Several findings may have one.
pub fn fingerprint(rule: &str, file: &str, message: &str, text: &[u8]) -> u64 {
    fnv(&[rule, file, message, &String::from_utf8_lossy(text)].join("\n"))
}

/// FNV-1a: the same on every machine and in every release.
fn fnv(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}
