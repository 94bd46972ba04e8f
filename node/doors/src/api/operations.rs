//! What the API can be asked: a table, in which each line names the types that it reads and answers with.

use ai2ai_agent::problem::Problem;
use ai2ai_agent::requests::Nothing;
use ai2ai_agent::service::Service;
use ai2ai_api::door::REQUEST_BYTES;
use ai2ai_api::error_code::ErrorCode;
use ai2ai_protocol::canonical::read_object;
use axum::http::Method;
use futures::future::BoxFuture;
use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, SchemaGenerator};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::OperationArguments;

type Run = Box<dyn Fn(Service, OperationArguments) -> BoxFuture<'static, Result<Value, Problem>> + Send + Sync>;
type SchemaOf = fn(&mut SchemaGenerator) -> schemars::Schema;

/// One thing that can be asked.
pub(crate) struct Operation {
    pub(crate) method: Method,
    pub(crate) path: &'static str,
    pub(crate) name: &'static str,
    pub(crate) says: &'static str,
    pub(crate) ask: SchemaOf,
    pub(crate) answer: SchemaOf,
    pub(crate) run: Run,
}

fn operation<A, R, F>(
    method: Method,
    path: &'static str,
    (name, says): (&'static str, &'static str),
    run: fn(Service, A) -> F,
) -> Operation
where
    A: DeserializeOwned + JsonSchema + 'static,
    R: Serialize + JsonSchema + 'static,
    F: Future<Output = Result<R, Problem>> + Send + 'static,
{
    let run =
        Box::new(move |work: Service, members: OperationArguments| -> BoxFuture<'static, Result<Value, Problem>> {
            Box::pin(async move {
                let ask = serde_json::from_value(members.into());
                let ask = ask.map_err(|error| Problem::new(ErrorCode::Malformed, error.to_string()))?;
                let answer = run(work, ask).await?;
                serde_json::to_value(answer).map_err(|error| Problem::new(ErrorCode::Internal, error.to_string()))
            })
        });
    Operation { method, path, name, says, ask: of::<A>, answer: of::<R>, run }
}

fn of<T: JsonSchema>(generator: &mut SchemaGenerator) -> schemars::Schema {
    generator.subschema_for::<T>()
}

/// All of them. None decides, adds, trusts, or looks at what waits for the owner.
#[rustfmt::skip]
pub(crate) fn operations() -> Vec<Operation> {
    const GET: Method = Method::GET;
    const POST: Method = Method::POST;
    vec![
        operation(GET, "/v1/whoami", ("whoami", "Who you speak for, and how much waits for your human"),
            |work: Service, _: Nothing| async move { work.whoami().await }),
        operation(GET, "/v1/contacts", ("contacts", "The people whom your human knows"),
            |work: Service, _: Nothing| async move { work.contacts().await }),
        operation(GET, "/v1/conversations", ("inbox", "The conversations, latest first"),
            |work: Service, ask| async move { work.inbox(ask).await }),
        operation(GET, "/v1/conversations/{conversation}", ("conversation", "One conversation, fit to be shown to a model: what was said is fenced"),
            |work: Service, ask| async move { work.conversation(ask).await }),
        operation(GET, "/v1/conversations/{conversation}/payloads", ("payloads", "What was said in one conversation, as it was said: for programs, and never for a model"),
            |work: Service, ask| async move { work.payloads(ask).await }),
        operation(POST, "/v1/conversations/{conversation}/replies", ("reply", "Draft an answer; it takes the place of a draft that waits there"),
            |work: Service, ask| async move { work.draft_reply(ask).await }),
        operation(POST, "/v1/conversations/{conversation}/cancel", ("cancel", "Draft that what was agreed is called off; only your human can do that"),
            |work: Service, ask| async move { work.draft_cancel(ask).await }),
        operation(POST, "/v1/meetings", ("meet", "Draft a proposal to meet"),
            |work: Service, ask| async move { work.propose_meeting(ask).await }),
        operation(POST, "/v1/messages", ("send", "Draft a message"),
            |work: Service, ask| async move { work.send_message(ask).await }),
        operation(POST, "/v1/questions", ("ask", "Draft a question"),
            |work: Service, ask| async move { work.ask(ask).await }),
        operation(POST, "/v1/proposals", ("propose", "Draft a proposal of any other intent"),
            |work: Service, ask| async move { work.propose(ask).await }),
        operation(GET, "/v1/drafts", ("draft", "What became of a draft; it may wait up to 25 seconds for a change"),
            |work: Service, ask| async move { work.request_status(ask).await }),
        operation(Method::DELETE, "/v1/drafts/{item}", ("withdraw", "Take back a draft that your human has not decided on"),
            |work: Service, ask| async move { work.withdraw(ask).await }),
        operation(GET, "/v1/busy", ("busy", "When your human is busy, by their calendar"),
            |work: Service, ask| async move { work.free_busy(ask).await }),
    ]
}

/// A generator of schemas for the document.
pub(crate) fn generator() -> SchemaGenerator {
    let settings = SchemaSettings::draft2020_12().with(|settings| {
        settings.definitions_path = "/components/schemas".into();
        settings.meta_schema = None;
    });
    SchemaGenerator::new(settings)
}

/// The members of an object's schema, wherever that stands.
pub(crate) fn members(generator: &SchemaGenerator, schema: &schemars::Schema) -> OperationArguments {
    whole(generator, schema).get("properties").and_then(Value::as_object).cloned().unwrap_or_default()
}

/// The names of the members that have to be there.
pub(crate) fn required(generator: &SchemaGenerator, schema: &schemars::Schema) -> Vec<String> {
    let names = whole(generator, schema).get("required").and_then(Value::as_array);
    names.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

fn whole<'s>(generator: &'s SchemaGenerator, schema: &'s schemars::Schema) -> &'s Value {
    let schema = schema.as_value();
    let named = schema.get("$ref").and_then(Value::as_str).and_then(|reference| reference.rsplit('/').next());
    named.and_then(|name| generator.definitions().get(name)).unwrap_or(schema)
}

/// The names in a path.
pub(crate) fn names_in(path: &str) -> Vec<&str> {
    path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}')).collect()
}

impl Operation {
    /// What it is asked with: no member may come from two places.
    pub(crate) fn asked(
        &self,
        path: Vec<(String, String)>,
        query: Vec<(String, String)>,
        body: &[u8],
    ) -> Result<OperationArguments, Problem> {
        let bad = |why: String| Problem::new(ErrorCode::Malformed, why);
        let mut asked = match body.is_empty() {
            true => OperationArguments::new(),
            false => read_object(body, REQUEST_BYTES).map_err(|error| bad(error.to_string()))?,
        };
        let mut generator = generator();
        let schema = (self.ask)(&mut generator);
        let known = members(&generator, &schema);
        let typed = query.into_iter().map(|(name, text)| {
            let value = typed(known.get(&name), &text);
            (name, value)
        });
        let path = path.into_iter().map(|(name, text)| (name, Value::from(text)));
        for (name, value) in path.chain(typed) {
            if asked.insert(name, value).is_some() {
                return Err(bad("a member comes twice".to_owned()));
            }
        }
        Ok(asked)
    }
}

/// The text of a query as what its schema wants; what does not fit stays a text, and is refused as one.
fn typed(schema: Option<&Value>, text: &str) -> Value {
    let wants = schema.map(|schema| schema["type"].to_string()).unwrap_or_default();
    let value = if wants.contains("string") { None } else { serde_json::from_str::<Value>(text).ok() };
    value.filter(|value| value.is_number() || value.is_boolean()).unwrap_or_else(|| json!(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(name: &str) -> Operation {
        operations().into_iter().find(|operation| operation.name == name).expect("an operation")
    }

    fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|&(name, text)| (name.to_owned(), text.to_owned())).collect()
    }

    #[test]
    fn what_is_asked_comes_together_and_from_one_place_only() {
        let asked = named("inbox").asked(Vec::new(), pairs(&[("open_only", "false"), ("limit", "7")]), b"");
        assert_eq!(asked, Ok(json!({ "open_only": false, "limit": 7 }).as_object().cloned().expect("an object")));
        let draft = named("draft").asked(Vec::new(), pairs(&[("item", "1234"), ("wait_seconds", "5")]), b"");
        assert_eq!(draft, Ok(json!({ "item": "1234", "wait_seconds": 5 }).as_object().cloned().expect("an object")));
        let reply = named("reply");
        let path = pairs(&[("conversation", "018f")]);
        assert!(reply.asked(path.clone(), Vec::new(), b"{\"choose\":1}").is_ok());
        for (query, body) in [
            (pairs(&[]), &b"{\"conversation\":\"other\"}"[..]),
            (pairs(&[("choose", "1")]), b"{\"choose\":2}"),
            (pairs(&[]), b"{\"choose\":1,\"choose\":2}"),
            (pairs(&[]), b"[]"),
            (pairs(&[]), b"{\"choose\":1}x"),
        ] {
            assert_eq!(reply.asked(path.clone(), query, body).expect_err("refused").code, ErrorCode::Malformed);
        }
    }

    #[test]
    fn nothing_here_decides() {
        let names: Vec<&str> = operations().iter().map(|operation| operation.name).collect();
        for word in ["approve", "reject", "add", "trust", "block", "pending", "pin", "export", "backup", "forget"] {
            assert!(!names.contains(&word), "{word}");
        }
    }
}
