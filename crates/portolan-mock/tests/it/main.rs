//! The mock over real sockets.

#[cfg(test)]
mod attempts;
#[cfg(test)]
mod chat;
#[cfg(test)]
mod client;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod tls;
