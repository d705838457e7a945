//! `--shard I/N`: which of many worlds a run takes.

use std::fmt;
use std::str::FromStr;

/// The most parts of one run.
const MAX_COUNT: u32 = 10_000;

/// One of several parts that together are everything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Shard {
    /// From 1.
    index: u32,
    count: u32,
}

impl Shard {
    /// Whether it takes what stands at `position` of the whole, from 0.
    pub(crate) fn takes(self, position: usize) -> bool {
        position % self.count as usize + 1 == self.index as usize
    }

    /// Whether it says what belongs to no world.
    pub(crate) fn is_first(self) -> bool {
        self.index == 1
    }

    /// The part, from 1, and of how many.
    pub(crate) fn parts(self) -> (u32, u32) {
        (self.index, self.count)
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.index, self.count)
    }
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let number =
            |text: &str| text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())?;
        let both = text.split_once('/').and_then(|(index, count)| Some((number(index)?, number(count)?)));
        match both {
            Some((index, count)) if (1..=count).contains(&index) && count <= MAX_COUNT => {
                Ok(Self { index, count })
            }
            _ => Err(format!("expected I/N such as 3/16, from 1/N to N/N, N up to {MAX_COUNT}")),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test says what it expects by failing")]

    use super::*;

    #[test]
    fn parts_are_told_apart() {
        assert_eq!("3/16".parse::<Shard>().unwrap().parts(), (3, 16));
        assert_eq!("10000/10000".parse::<Shard>().unwrap().to_string(), "10000/10000");
        for wrong in
            ["", "1", "0/3", "4/3", "1/0", "-1/2", "+1/2", "1/10001", "1/2/3", "1/ 2", "1/99999999999"]
        {
            assert!(wrong.parse::<Shard>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn everything_is_in_one_part() {
        for count in [1, 2, 3, 16, 200] {
            let parts: Vec<Shard> = (1..=count).map(|index| Shard { index, count }).collect();
            for position in 0..100 {
                assert_eq!(
                    parts.iter().filter(|part| part.takes(position)).count(),
                    1,
                    "{position} of {count}"
                );
            }
        }
    }
}
