//! Values: strings glued together, and numbers combined with operators.

use crate::TextRange;

/// A value, an index or a section name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    /// Where it is written, quotes included and white space around it not; empty where nothing is written.
    pub range: TextRange,
    /// What it comes to; `None` where the environment (`${NAME}`) or a constant that differs between
    /// installations decides.
    pub bytes: Option<Vec<u8>>,
}

impl Text {
    pub(super) fn new(at: u32, bytes: &[u8]) -> Self {
        Self { range: TextRange::empty(at), bytes: Some(bytes.to_vec()) }
    }

    /// Appends what is written at `range`.
    pub(super) fn push(&mut self, range: TextRange, bytes: Option<&[u8]>) {
        self.range = self.range.to(range);
        match (&mut self.bytes, bytes) {
            (Some(own), Some(more)) => own.extend_from_slice(more),
            (own, _) => *own = None,
        }
    }

    /// The number that C's `atoi()` reads off it.
    fn number(&self) -> Option<i32> {
        self.bytes.as_deref().map(atoi)
    }

    /// The result of `left operator right`.
    pub(super) fn binary(operator: u8, left: &Self, right: &Self) -> Self {
        let result = left.number().zip(right.number()).map(|(a, b)| match operator {
            b'|' => a | b,
            b'&' => a & b,
            _ => a ^ b,
        });
        Self { range: left.range.to(right.range), bytes: result.map(|number| number.to_string().into()) }
    }

    /// The result of `~` or `!`, written at `at`.
    pub(super) fn unary(operator: u8, at: TextRange, operand: &Self) -> Self {
        let result = operand.number().map(|a| if operator == b'~' { !a } else { i32::from(a == 0) });
        Self { range: at.to(operand.range), bytes: result.map(|number| number.to_string().into()) }
    }
}

/// C's `atoi()` with glibc's overflow: `strtol()` saturates at 64 bits, the cast keeps the low 32.
pub fn atoi(bytes: &[u8]) -> i32 {
    let rest = bytes.trim_ascii_start();
    let (negative, digits) = match rest {
        [b'-', digits @ ..] => (true, digits),
        [b'+', digits @ ..] => (false, digits),
        digits => (false, digits),
    };
    let mut number: i64 = 0;
    for digit in digits.iter().take_while(|byte| byte.is_ascii_digit()) {
        let digit = i64::from(digit - b'0');
        number = number.saturating_mul(10);
        number = if negative { number.saturating_sub(digit) } else { number.saturating_add(digit) };
    }
    number as i32
}
