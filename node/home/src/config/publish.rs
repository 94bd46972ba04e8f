//! Places where the owner lets this node be found.

use serde::Deserialize;

use super::Config;

/// A place where others can find out where this node is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Publish {
    /// The local network.
    Mdns,
    /// The DNS: `dns-record` prints what to publish.
    Dns,
    /// The table of cards, which everybody who knows the `did` can read.
    Dht,
    /// The directories of volunteers, in which everybody can search by name.
    Directory,
}

impl Config {
    /// Tells whether this node lets itself be found there.
    ///
    /// Where the owner says nothing, it is found on the local network and by the DNS; and in the table of cards, if they named somebody
    /// to start from or serve others themselves: who does wants to be reached from outside. In a directory it is only where they ask for it.
    #[must_use]
    pub fn publishes(&self, place: Publish) -> bool {
        match (&self.publish, place) {
            (Some(places), _) => places.contains(&place),
            (None, Publish::Mdns | Publish::Dns) => true,
            (None, Publish::Directory) => false,
            (None, Publish::Dht) => self.volunteer || !self.bootstrap.is_empty(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_names_nobody_to_start_from_is_in_no_table_and_who_says_where_is_found_only_there() {
        let config = |text: &str| toml::from_str::<Config>(text).expect("a configuration");
        let all = [Publish::Mdns, Publish::Dns, Publish::Dht, Publish::Directory];
        for (text, expected) in [
            ("", [true, true, false, false]),
            ("volunteer = true", [true, true, true, false]),
            ("bootstrap = [\"_ai2ai.relay.example\"]", [true, true, true, false]),
            ("bootstrap = [\"_ai2ai.relay.example\"]\npublish = [\"mdns\"]", [true, false, false, false]),
            ("publish = [\"dht\", \"dns\", \"directory\"]", [false, true, true, true]),
            ("volunteer = true\npublish = []", [false, false, false, false]),
        ] {
            assert_eq!(all.map(|place| config(text).publishes(place)), expected, "{text}");
        }
        assert!(toml::from_str::<Config>("publish = [\"facebook\"]").is_err());
    }
}
