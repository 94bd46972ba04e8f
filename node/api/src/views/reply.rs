//! Replies of verbs: one view, a list of views, or one of several kinds; and their lines as they came.

use std::marker::PhantomData;

use serde_json::Value;

use super::{CarriedInView, CarriedOutView, ContactView, ForgottenView, MandateView, View};
use crate::exit::Failure;

/// An answer to a request, made of its lines.
pub trait Reply: Sized {
    /// Reads the lines.
    ///
    /// # Errors
    /// When a line is of another schema or form, or there are too many or too few: the node is of another version.
    fn of_lines(lines: Vec<Value>) -> Result<Self, String>;
}

/// A reply whose lines are all of one kind.
pub trait Listed: Reply {
    /// The kind.
    type View: View;
}

impl<V: View> Reply for V {
    fn of_lines(mut lines: Vec<Value>) -> Result<Self, String> {
        match (lines.pop(), lines.len()) {
            (Some(line), 0) => V::of_line(line),
            (_, more) => Err(format!("the node answered with {more} objects beside {}", V::SCHEMA)),
        }
    }
}

impl<V: View> Listed for V {
    type View = V;
}

impl<V: View> Reply for Vec<V> {
    fn of_lines(lines: Vec<Value>) -> Result<Self, String> {
        lines.into_iter().map(V::of_line).collect()
    }
}

impl<V: View> Listed for Vec<V> {
    type View = V;
}

/// The contact whose trust was set, and the mandate that was granted, if one was.
#[derive(Debug, Clone)]
pub struct TrustReply {
    /// The contact.
    pub contact: ContactView,
    /// The mandate.
    pub mandate: Option<MandateView>,
}

impl Reply for TrustReply {
    fn of_lines(lines: Vec<Value>) -> Result<Self, String> {
        let mut lines = lines.into_iter();
        let contact = ContactView::of_lines(lines.next().into_iter().collect())?;
        let mandate = lines.next().map(MandateView::of_line).transpose()?;
        Ok(Self { contact, mandate })
    }
}

/// Makes a reply that is one view of several kinds, told apart by its schema.
macro_rules! one_of {
    ($(#[$doc:meta])* $name:ident { $($(#[$kind_doc:meta])* $kind:ident($view:ident),)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone)]
        pub enum $name { $($(#[$kind_doc])* $kind($view),)* }

        impl Reply for $name {
            fn of_lines(lines: Vec<Value>) -> Result<Self, String> {
                match lines.first().and_then(|line| line.get("schema")?.as_str()) {
                    $(Some(schema) if schema == $view::SCHEMA => $view::of_lines(lines).map(Self::$kind),)*
                    other => Err(format!("the node answered with {other:?}")),
                }
            }
        }
    };
}

one_of! {
    /// What was forgotten.
    ForgottenReply {
        /// A contact, and nothing that was said.
        Contact(ContactView),
        /// Conversations.
        Erased(ForgottenView),
    }
}

one_of! {
    /// What became of a part of an exchange by hand.
    CarriedReply {
        /// A file for somebody.
        Out(CarriedOutView),
        /// A file that was taken in.
        In(CarriedInView),
        /// A contact, by their card.
        Contact(ContactView),
    }
}

/// The lines of a reply as they came, which `--json` prints as they stand, and what they are to be read as.
#[derive(Debug)]
pub struct Answered<T> {
    lines: Vec<Value>,
    reply: PhantomData<fn() -> T>,
}

impl<T: Reply> Answered<T> {
    /// Lines that came.
    #[must_use]
    pub fn new(lines: Vec<Value>) -> Self {
        Self { lines, reply: PhantomData }
    }

    /// The reply.
    ///
    /// # Errors
    /// When the node is of another version, and answers something else.
    pub fn read(self) -> Result<T, Failure> {
        T::of_lines(self.lines).map_err(Failure::internal)
    }

    /// The same lines as one kind of reply, where the request leaves no other.
    #[must_use]
    pub fn narrow<U: Reply>(self) -> Answered<U> {
        Answered::new(self.lines)
    }

    /// The lines, as they came.
    #[must_use]
    pub fn lines(&self) -> &[Value] {
        &self.lines
    }
}

impl<T> Answered<T> {
    /// The lines, as they came.
    #[must_use]
    pub fn into_lines(self) -> Vec<Value> {
        self.lines
    }
}

impl<V: View> From<&V> for Answered<V> {
    fn from(view: &V) -> Self {
        Self::new(vec![view.line()])
    }
}
