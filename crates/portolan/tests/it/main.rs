//! The built binary, as a user starts it.

#[cfg(test)]
mod check;
#[cfg(test)]
mod demo;
#[cfg(test)]
mod process;
#[cfg(test)]
mod reload;
#[cfg(test)]
mod start;
#[cfg(test)]
mod stop;
