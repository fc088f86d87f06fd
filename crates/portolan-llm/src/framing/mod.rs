//! Bytes to frames: incremental, whatever the split.

pub mod sse;
