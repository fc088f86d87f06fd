//! Wire formats and the translation between them, the provider table and the operation table.
//! Sans-IO: no async, no sockets, no clock. A format knows the hub (`chat`) and no other format.

pub mod chat;
pub mod edit;
pub mod format;
pub mod framing;
pub mod json;
pub mod operation;
pub mod patch;
pub mod provider;
pub mod usage;
