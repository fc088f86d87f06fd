//! The loader from outside: whole documents, wrong ones, and Kong's schemas leaf by leaf.

#[cfg(test)]
mod documents;
#[cfg(test)]
mod leaves;
#[cfg(test)]
mod wrong;
