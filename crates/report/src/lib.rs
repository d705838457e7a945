//! Findings to text. Renders, never decides.
