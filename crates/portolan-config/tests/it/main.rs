//! The loader from outside: whole documents, wrong ones, and Kong's schemas leaf by leaf.

#[cfg(test)]
mod any_text;
#[cfg(test)]
mod documents;
#[cfg(test)]
mod leaves;
#[cfg(test)]
mod secrets;
#[cfg(test)]
mod wrong;
