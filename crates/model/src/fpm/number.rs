//! Numbers as PHP-FPM and PHP read them.

pub(super) use gatelint_syntax::ini::atoi;

/// What `fpm_conf_set_integer()` makes of a value; `None` where it refuses it.
pub fn integer(value: &[u8]) -> Option<i32> {
    let digits = value.strip_prefix(b"-").unwrap_or(value);
    digits.iter().all(u8::is_ascii_digit).then(|| atoi(value))
}

/// Why `fpm_conf_set_time()` refuses a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimeError {
    /// Nothing there.
    Empty,
    /// It ends in a letter that is no unit.
    Unit,
}

/// What `fpm_conf_set_time()` makes of a value, in seconds: the last byte is the unit, what stands before it
/// goes through `atoi()`, and the product wraps at 32 bits.
///
/// # Errors
/// Where php-fpm refuses it.
pub fn seconds(value: &[u8]) -> Result<i32, TimeError> {
    let (last, number) = value.split_last().ok_or(TimeError::Empty)?;
    let unit = match last {
        b's' => 1,
        b'm' => 60,
        b'h' => 3600,
        b'd' => 86_400,
        byte if byte.is_ascii_digit() => return Ok(atoi(value)),
        _ => return Err(TimeError::Unit),
    };
    Ok(atoi(number).wrapping_mul(unit))
}

/// What `fpm_conf_set_boolean()` makes of a value, in which bare words have become `1` or empty already; `None`
/// where it refuses it.
pub(super) fn boolean(value: &[u8]) -> Option<bool> {
    match value {
        b"1" | b"yes" | b"true" | b"on" => Some(true),
        b"" | b"0" | b"no" | b"none" | b"false" | b"off" => Some(false),
        _ => None,
    }
}

/// What `zend_ini_parse_quantity()` (before PHP 8.2 `zend_atol()`) makes of a size: a number, and `K`, `M` or
/// `G` only as the very last byte, so that `128MB` is 128.
pub fn quantity(value: &[u8]) -> i64 {
    let value = value.trim_ascii();
    let (negative, rest) = match value {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        rest => (false, rest),
    };
    let (radix, digits) = match rest {
        [b'0', b'x' | b'X', digits @ ..] => (16, digits),
        [b'0', b'o' | b'O', digits @ ..] => (8, digits),
        [b'0', b'b' | b'B', digits @ ..] => (2, digits),
        [b'0', digits @ ..] => (8, digits),
        digits => (10, digits),
    };
    let digits = digits.iter().map_while(|byte| char::from(*byte).to_digit(radix));
    let number =
        digits.fold(0_i64, |sum, digit| sum.saturating_mul(radix.into()).saturating_add(digit.into()));
    let factor = match value.last() {
        Some(b'k' | b'K') => 1 << 10,
        Some(b'm' | b'M') => 1 << 20,
        Some(b'g' | b'G') => 1 << 30,
        _ => 1,
    };
    let size = number.saturating_mul(factor);
    if negative { -size } else { size }
}
