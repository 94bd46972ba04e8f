//! The commands that erase: one conversation, a contact, or everything that was said with them.

use ai2ai_api::requests;
use ai2ai_api::views::View as _;
use ai2ai_core::forget::{self, Erased, Manner};
use ai2ai_core::lookup::contact::find;
use ai2ai_core::view::rows;
use ai2ai_store::wire::Wire;

use crate::call::{Call, Handler, Lines};

/// Erases a conversation.
impl Handler for requests::ForgetConversation {
    async fn handle(self, call: &Call) -> Lines {
        let Self { id, ask_them, unresolved } = self;
        let manner = Manner { ask_them, unresolved };
        let view = call.context.transact(move |txn| forget::conversation(txn, &id, manner)).await?;
        Ok(vec![view.line()])
    }
}

/// Forgets a contact, and with `all` everything that was said with them; an agent of the original always with everything.
impl Handler for requests::Forget {
    async fn handle(self, call: &Call) -> Lines {
        let Self { who, everything: all, ask_them, unresolved } = self;
        let manner = Manner { ask_them, unresolved };
        let of_look = who.clone();
        match call.context.storage.look(move |tx| find(tx, &of_look)).await? {
            Wire::Native(_) if all => everything(call, who, manner).await,
            Wire::Native(_) => contact_only(call, who).await,
            Wire::Legacy(row) => {
                let view = call.context.transact(move |txn| ai2ai_legacy::contacts::forget(txn, &row)).await?;
                Ok(vec![view.line()])
            }
        }
    }
}

/// Drops a contact, and nothing that was said.
async fn contact_only(call: &Call, who: String) -> Lines {
    let row = call.context.transact(move |txn| forget::contact(txn, &who)).await?;
    Ok(vec![rows::contact_view(row, None).line()])
}

/// Erases everything of a contact, some conversations at a time, the contact last: interrupted, it can
/// be typed again.
async fn everything(call: &Call, who: String, manner: Manner) -> Lines {
    let context = &call.context;
    let (row, request, request_in) = context.transact(move |txn| forget::begin(txn, &who, manner)).await?;
    let did = row.did;
    let mut erased = Erased::default();
    loop {
        let some = context.transact(move |txn| forget::erase_some(txn, &did, Some(&request_in))).await?;
        erased.add(some);
        if some == Erased::default() {
            break;
        }
    }
    context.transact(move |txn| forget::drop_contact(txn, &did, request.is_some())).await?;
    Ok(vec![erased.view(did, row.name, None, request).line()])
}
