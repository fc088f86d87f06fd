//! The gateway over real sockets, between stand-in providers and a client that shows every byte.

#[cfg(test)]
mod admin;
#[cfg(test)]
mod balance;
#[cfg(test)]
mod budget;
#[cfg(test)]
mod campaign;
#[cfg(test)]
mod client;
#[cfg(test)]
mod connections;
#[cfg(test)]
mod drain;
#[cfg(test)]
mod errors;
#[cfg(test)]
mod fault_cases;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod forward;
#[cfg(test)]
mod gone;
#[cfg(test)]
mod harness;
#[cfg(test)]
mod headers;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod hosts;
#[cfg(test)]
mod late_faults;
#[cfg(test)]
mod log;
#[cfg(test)]
mod plugins;
#[cfg(test)]
mod provider;
#[cfg(test)]
mod proxy_protocol;
#[cfg(test)]
mod reload;
#[cfg(test)]
mod requests;
#[cfg(test)]
mod same_bytes;
#[cfg(test)]
mod streams;
#[cfg(test)]
mod tls;
#[cfg(test)]
mod two_workers;
#[cfg(test)]
mod whole;
