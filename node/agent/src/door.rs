//! The node, as an agent asks it; and who is meant by a name.

use ai2ai_api::client::Client;
use ai2ai_api::command::Request;
use ai2ai_api::error_code::ErrorCode;
use ai2ai_api::requests;
use ai2ai_api::views::ContactView;

use super::problem::Problem;
use super::quoting::name;

/// Candidates that are named when a name is not exact.
const CANDIDATES: usize = 10;

/// The agent's door of the running node.
#[derive(Debug, Clone)]
pub(crate) struct AgentDoor(Client);

impl AgentDoor {
    pub(crate) fn new(client: Client) -> Self {
        Self(client)
    }

    /// What the node answers.
    pub(crate) async fn ask<R: Request>(&self, request: R) -> Result<R::Reply, Problem> {
        Ok(self.0.ask(request).await?)
    }

    /// The contact who is called exactly so: by `did`, by the owner's name for them, or by their agent's name.
    pub(crate) async fn contact(&self, who: &str) -> Result<ContactView, Problem> {
        let all = self.ask(requests::Contacts {}).await?;
        exactly(all, who)
    }
}

/// Who is meant. A name that is not exact, or that several have, is nobody's: whoever asked has to choose.
fn exactly(all: Vec<ContactView>, who: &str) -> Result<ContactView, Problem> {
    let wanted = who.trim().to_lowercase();
    let by =
        |given: &dyn Fn(&ContactView) -> bool| -> Vec<&ContactView> { all.iter().filter(|one| given(one)).collect() };
    // As the owner wrote it, or as the agent was shown it.
    let is = |theirs: &str| theirs.to_lowercase() == wanted || name(theirs).trim().to_lowercase() == wanted;
    let named = by(&|one| one.did.to_string() == who.trim() || is(&one.name));
    let meant = if named.is_empty() { by(&|one| is(&one.agent)) } else { named };
    match meant.as_slice() {
        [one] => Ok((*one).clone()),
        [] => {
            let near =
                by(&|one| is_near(&one.name, &wanted) || is_near(&one.human, &wanted) || is_near(&one.agent, &wanted));
            let near = if near.is_empty() { all.iter().collect() } else { near };
            let problem =
                Problem::new(ErrorCode::UnknownContact, format!("no contact is called exactly \"{}\"", name(who)));
            Err(Problem { candidates: listed(&near), ..problem }
                .hint("Ask your human which one is meant, or to add them."))
        }
        many => {
            let problem = Problem::new(
                ErrorCode::AmbiguousContact,
                format!("{} contacts are called \"{}\"", many.len(), name(who)),
            );
            Err(Problem { candidates: listed(many), ..problem }
                .hint("Ask your human which one is meant, and use the did."))
        }
    }
}

fn is_near(theirs: &str, wanted: &str) -> bool {
    let theirs = theirs.to_lowercase();
    !wanted.is_empty() && (theirs.contains(wanted) || wanted.contains(&theirs))
}

fn listed(of: &[&ContactView]) -> Vec<String> {
    of.iter().take(CANDIDATES).map(|one| format!("{} ({})", name(&one.name), one.did)).collect()
}

#[cfg(test)]
mod tests {
    use ai2ai_protocol::did::Did;
    use ai2ai_protocol::trust::Trust;

    use super::*;

    fn contact(n: u8, name: &str, agent: &str) -> ContactView {
        ContactView {
            did: Did::from_bytes([n; 32]),
            name: name.to_owned(),
            agent: agent.to_owned(),
            human: name.to_owned(),
            trust: Trust::Known,
            blocked: false,
            last_seen: None,
            path: None,
            met: "mdns".to_owned(),
            clock_ahead_s: None,
            compared_at: None,
            dnssec: None,
            endpoint: None,
            fingerprint: None,
        }
    }

    #[test]
    fn only_a_whole_name_means_somebody() {
        let all =
            || vec![contact(1, "Alex", "alex-assistant"), contact(2, "Alexandra", "zoe"), contact(3, "Sam", "zoe")];
        assert_eq!(exactly(all(), " aLEX ").map(|one| one.did), Ok(Did::from_bytes([1; 32])));
        assert_eq!(exactly(all(), &Did::from_bytes([3; 32]).to_string()).map(|one| one.name), Ok("Sam".to_owned()));
        let near = exactly(all(), "Ale").expect_err("nobody");
        assert_eq!((near.code.as_str(), near.candidates.len()), ("unknown_contact", 2));
        let two = exactly(all(), "zoe").expect_err("two");
        assert_eq!((two.code.as_str(), two.candidates.len()), ("ambiguous_contact", 2));
        assert_eq!(
            exactly(all(), "Robin").expect_err("nobody").candidates.len(),
            3,
            "there are so few that all are named"
        );
        let odd =
            || vec![contact(1, "O`Brien \"Bob\"", "bob"), contact(2, &"x".repeat(100), "x"), contact(3, "Ｓam", "s")];
        for (place, one) in odd().into_iter().enumerate() {
            let shown = name(&one.name);
            assert_eq!(exactly(odd(), &shown).map(|one| one.did), Ok(odd()[place].did), "as it was shown: {shown}");
        }
        let alike = || vec![contact(1, "Sam", "a"), contact(2, "Ｓam", "b")];
        assert_eq!(
            exactly(alike(), "Sam").expect_err("two").code,
            ErrorCode::AmbiguousContact,
            "who look alike are not guessed"
        );
        assert_eq!(exactly(Vec::new(), "").expect_err("nobody").candidates.len(), 0);
    }
}
