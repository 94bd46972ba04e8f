//! The doors of a node: opened together, and closed together.

use ai2ai_agent::calendar::Sources;
use ai2ai_agent::happenings::Happenings;
use ai2ai_agent::service::Service;
use ai2ai_api::command::Role;
use ai2ai_api::door::{DoorEvent, QUEUE};
use ai2ai_api::exit::Failure;
use ai2ai_api::token::Tokens;
use ai2ai_doors::http::{Bound, HttpDoor};
use ai2ai_doors::{SocketDoor, api, web};
use ai2ai_home::client;
use ai2ai_home::config::Config;
use ai2ai_home::lock::HomeLock;
use ai2ai_home::paths::Paths;
use futures::future::{join, join_all};
use tokio::sync::mpsc;

use ai2ai_doors::gateway;
use ai2ai_doors::web::Sessions;
use ai2ai_engine::context::Context;

/// The doors of a node.
pub(super) struct Doors {
    socket: SocketDoor,
    pages: Option<HttpDoor>,
    face: Option<HttpDoor>,
    api: Option<HttpDoor>,
}

impl Doors {
    /// Opens those that the settings name, and gives what comes through them.
    pub(super) async fn open(
        paths: &Paths,
        config: &Config,
        lock: &HomeLock,
        tokens: Tokens,
        context: &Context,
        pages: Option<(Bound, Sessions)>,
        happenings: &Happenings,
    ) -> Result<(Self, mpsc::Receiver<DoorEvent>), Failure> {
        let (node, inlet) = mpsc::channel(QUEUE);
        let pages =
            pages.map(|(bound, keys)| web::open(bound, keys, tokens.clone(), node.clone(), context.watchers.clone()));
        let face = gateway::open(&config.http, context, &node).await?;
        let socket = SocketDoor::open(lock, tokens.clone(), node.clone())?;
        let api = open_api(paths, config, tokens, happenings, node).await?;
        Ok((Self { socket, pages, face, api }, inlet))
    }

    /// Closes them all at once: nobody new comes in, and whoever is in is answered.
    pub(super) async fn close(self) {
        let http = [self.face, self.api, self.pages].into_iter().flatten().map(HttpDoor::close);
        join(join_all(http), self.socket.close()).await;
    }
}

/// The HTTP API, where the settings have one.
async fn open_api(
    paths: &Paths,
    config: &Config,
    tokens: Tokens,
    happenings: &Happenings,
    node: mpsc::Sender<DoorEvent>,
) -> Result<Option<HttpDoor>, Failure> {
    let Some(of_api) = &config.api else { return Ok(None) };
    let work = Service::new(client::open(paths, Role::Agent)?, Sources::of(&config.calendar, paths));
    api::open(of_api, tokens, work, happenings.clone(), node).await.map(Some)
}
