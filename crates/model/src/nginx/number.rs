//! nginx's numbers: `ngx_parse_size()`, `ngx_parse_time()` of `src/core/ngx_parse.c`.

/// A size in bytes: digits and `k`, `K`, `m`, `M` (`g`, `G` where `offset` allows it); `None` where nginx refuses.
fn scaled(text: &[u8], giga: bool) -> Option<u64> {
    let (digits, scale) = match text {
        [digits @ .., b'k' | b'K'] => (digits, 1 << 10),
        [digits @ .., b'm' | b'M'] => (digits, 1 << 20),
        [digits @ .., b'g' | b'G'] if giga => (digits, 1 << 30),
        _ => (text, 1),
    };
    integer(digits)?.checked_mul(scale).filter(|&bytes| i64::try_from(bytes).is_ok())
}

/// An integer: digits only, at most what nginx's `ngx_int_t` holds.
pub fn integer(digits: &[u8]) -> Option<u64> {
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let number: u64 = std::str::from_utf8(digits).ok()?.parse().ok()?;
    i64::try_from(number).is_ok().then_some(number)
}

/// A size in bytes, with `k` or `m` (`ngx_parse_size()`).
pub fn size(text: &[u8]) -> Option<u64> {
    scaled(text, false)
}

/// An offset in bytes, with `k`, `m` or `g` (`ngx_parse_offset()`).
pub fn offset(text: &[u8]) -> Option<u64> {
    scaled(text, true)
}

/// A time in milliseconds: `1h 30m`, `90s`, `500ms`, a bare number counts seconds. Units must fall from large
/// to small; months and years are not read (`ngx_parse_time()` with `is_sec` off).
pub fn milliseconds(text: &[u8]) -> Option<u64> {
    time(text, 1000)
}

/// A time in seconds; `ms` is refused (`ngx_parse_time()` with `is_sec` on).
pub fn seconds(text: &[u8]) -> Option<u64> {
    time(text, 1)
}

/// The rank of months.
const MONTHS: u8 = 2;

fn time(text: &[u8], per_second: u64) -> Option<u64> {
    let in_bounds = |number: &u64| i64::try_from(*number).is_ok();
    let with_ms = per_second > 1;
    // Ranks grow as units fall: one of the same rank or below cannot follow.
    let mut rank = if with_ms { MONTHS } else { 0 };
    let (mut total, mut value, mut has_digit, mut rest) = (0_u64, 0_u64, false, text);
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        if byte.is_ascii_digit() {
            value = value.checked_mul(10)?.checked_add(u64::from(byte - b'0')).filter(in_bounds)?;
            has_digit = true;
            continue;
        }
        let (unit, next, scale) = match byte {
            b'y' => (1, 1, 31_536_000 * per_second),
            b'M' => (MONTHS, MONTHS, 2_592_000 * per_second),
            b'w' => (3, 3, 604_800 * per_second),
            b'd' => (4, 4, 86_400 * per_second),
            b'h' => (5, 5, 3_600 * per_second),
            b'm' if rest.first() == Some(&b's') && with_ms => {
                rest = rest.get(1..)?;
                (8, 8, 1)
            }
            b'm' if rest.first() != Some(&b's') => (6, 6, 60 * per_second),
            b's' => (7, 7, per_second),
            // After a bare number nothing but another one follows.
            b' ' => (7, 9, per_second),
            _ => return None,
        };
        if rank >= unit {
            return None;
        }
        rank = next;
        total = total.checked_add(value.checked_mul(scale).filter(in_bounds)?).filter(in_bounds)?;
        value = 0;
        let spaces = rest.iter().take_while(|&&byte| byte == b' ').count();
        rest = rest.get(spaces..)?;
    }
    let last = value.checked_mul(per_second).filter(in_bounds)?;
    total.checked_add(last).filter(in_bounds).filter(|_| has_digit)
}

#[cfg(test)]
mod tests {
    use super::{milliseconds, offset, seconds, size};

    #[test]
    fn as_nginx_reads_them() {
        for (text, ms) in [
            ("60", 60_000),
            ("60s", 60_000),
            ("500ms", 500),
            ("1h30m", 5_400_000),
            ("1m 30", 90_000),
            ("1s5", 6_000),
        ] {
            assert_eq!(milliseconds(text.as_bytes()), Some(ms), "{text}");
        }
        for text in
            ["", "s", "1.5s", "-1", "30m1h", "60 s s", "1x", "60sec", "2M", "1y", "99999999999999999999"]
        {
            assert_eq!(milliseconds(text.as_bytes()), None, "{text}");
        }
        assert_eq!((seconds(b"1d"), seconds(b"1y"), seconds(b"5ms")), (Some(86_400), Some(31_536_000), None));
        assert_eq!(
            (size(b"8k"), size(b"1g"), offset(b"1g"), size(b"k")),
            (Some(8192), None, Some(1 << 30), None)
        );
    }
}
