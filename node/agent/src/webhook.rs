//! A server of the owner's is told what happens, by webhook: thin, unless the owner wants it whole.

use ai2ai_api::exit::Failure;
use ai2ai_api::views::View as _;
use ai2ai_home::config::WebhookConfig;
use ai2ai_http::client::HttpClient;
use ai2ai_http::retry::Fault;
use ai2ai_http::webhook::WebhookChannel;
use serde_json::Value;

use super::happenings::{Listener, Received};
use super::service::Service;

/// The server that is told, and of how much.
#[derive(Debug)]
pub(crate) struct Teller {
    webhook: WebhookChannel,
    whole: bool,
    work: Service,
}

impl Teller {
    /// Tells the server that the settings name.
    ///
    /// # Errors
    /// When its secret can't be read.
    pub(crate) fn new(config: &WebhookConfig, work: Service) -> Result<Self, Failure> {
        let webhook = WebhookChannel::open(config.url.clone(), &config.secret_file, HttpClient::new()?)?;
        Ok(Self { webhook, whole: config.whole, work })
    }

    /// Tells the server what happens, one thing after the other, until the node stops or the server wants no more.
    pub(crate) async fn run(self, mut listener: Listener) {
        while let Some(heard) = listener.next().await {
            let happened = match heard {
                Received::Happened(happened) => happened,
                Received::Missed(missed) => {
                    tracing::warn!(missed, "events came faster than the webhook was told of them");
                    continue;
                }
            };
            let event = if self.whole { self.work.whole(&happened).await } else { Ok(happened.line()) };
            let told = match event {
                Ok(event) => self.tell(&event).await,
                Err(problem) => {
                    tracing::debug!(code = %problem.code, "the webhook is not told");
                    continue;
                }
            };
            match told {
                Ok(()) => {}
                Err(fault @ Fault::Gone) => return tracing::warn!(%fault, "the webhook is left alone from now on"),
                Err(fault @ (Fault::Later { .. } | Fault::Never(_))) => {
                    tracing::warn!(conversation = %happened.conversation, %fault, "the webhook was not told");
                }
            }
        }
    }

    async fn tell(&self, event: &Value) -> Result<(), Fault> {
        self.webhook.tell(&format!("msg_{:032x}", rand::random::<u128>()), event).await
    }
}
