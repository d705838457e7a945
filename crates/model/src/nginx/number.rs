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
/// to small, and a bare number or `ms` may only end it (`ngx_parse_time()` with `is_sec` off).
pub fn milliseconds(text: &[u8]) -> Option<u64> {
    time(text, true)
}

/// A time in seconds; `ms` is refused (`ngx_parse_time()` with `is_sec` on).
pub fn seconds(text: &[u8]) -> Option<u64> {
    time(text, false).map(|ms| ms / 1000)
}

fn time(text: &[u8], with_ms: bool) -> Option<u64> {
    if text.is_empty() {
        return None;
    }
    // The units in falling order; each may be used once, and only smaller ones after it.
    let units: [(&[u8], u64); 8] = [
        (b"y", 31_536_000_000),
        (b"M", 2_592_000_000),
        (b"w", 604_800_000),
        (b"d", 86_400_000),
        (b"h", 3_600_000),
        (b"m", 60_000),
        (b"s", 1_000),
        (b"ms", 1),
    ];
    let (mut rest, mut total, mut smallest) = (text, 0u64, None);
    while !rest.is_empty() {
        let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let number = integer(rest.get(..digits)?)?;
        let tail = rest.get(digits..)?;
        let (unit, after) = match tail {
            [] => (6, tail),
            [b'm', b's', after @ ..] if with_ms => (7, after),
            [b' ', after @ ..] => (6, after),
            [letter, after @ ..] => (units.iter().position(|(name, _)| *name == [*letter])?, after),
        };
        // A time in milliseconds knows no unit above the week.
        if with_ms && unit < 2 || smallest.is_some_and(|before| unit <= before) {
            return None;
        }
        smallest = Some(unit);
        total = total.checked_add(number.checked_mul(units.get(unit)?.1)?)?;
        let spaces = after.iter().take_while(|&&byte| byte == b' ').count();
        rest = after.get(spaces..)?;
    }
    i64::try_from(total).is_ok().then_some(total)
}

#[cfg(test)]
mod tests {
    use super::{milliseconds, offset, seconds, size};

    #[test]
    fn as_nginx_reads_them() {
        for (text, ms) in
            [("60", 60_000), ("60s", 60_000), ("500ms", 500), ("1h30m", 5_400_000), ("1m 30", 90_000)]
        {
            assert_eq!(milliseconds(text.as_bytes()), Some(ms), "{text}");
        }
        for text in ["", "s", "1.5s", "-1", "30m1h", "60 s s", "1x", "60sec", "99999999999999999999"] {
            assert_eq!(milliseconds(text.as_bytes()), None, "{text}");
        }
        assert_eq!((seconds(b"1d"), seconds(b"5ms")), (Some(86_400), None));
        assert_eq!(
            (size(b"8k"), size(b"1g"), offset(b"1g"), size(b"k")),
            (Some(8192), None, Some(1 << 30), None)
        );
    }
}
