//! Who somebody is: keys, the identity that an owner's key is, the delegation to an agent's key, and words to compare.

pub mod delegation;
pub mod did;
pub mod key;
pub mod safety_words;
