//! The crate's promises over whole documents and streams: laws, properties, recorded answers, translations.

#[cfg(test)]
mod cohere_to_openai;
#[cfg(test)]
mod edits;
#[cfg(test)]
mod framing;
#[cfg(test)]
mod generate;
#[cfg(test)]
mod laws;
#[cfg(test)]
mod openai_to_cohere;
#[cfg(test)]
mod provider;
#[cfg(test)]
mod recordings;
#[cfg(test)]
mod splice;
#[cfg(test)]
mod streams;
#[cfg(test)]
mod support;
