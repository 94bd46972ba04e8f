//! Notifier: one task looks at what waits, and hands what is to be told to each channel's own task.

use std::sync::Arc;
use std::time::Duration;

use ai2ai_api::clock::now;
use ai2ai_api::error_code::ErrorCode;
use ai2ai_api::exit::{Exit, Failure};
use ai2ai_home::config::notify::{Notify, Show};
use ai2ai_protocol::id::ItemId;
use ai2ai_protocol::time::Timestamp;
use data_encoding::HEXLOWER;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval};

use crate::channels::Channel;
use crate::node::{NodeClient, Waiting};
use crate::rules::{Order, Rules, Timing};
use crate::text::{NAMED, NoticeItem, OwnerNotice, ended};

/// How often what waits is looked at.
const LOOK: Duration = Duration::from_secs(1);
/// Jobs that wait for a channel; when there are more, the newest is not told there.
const JOBS: usize = 64;
/// Under which name is kept what was told.
const KEPT: &str = "notify_told";

/// What a channel is to do.
#[derive(Debug, Clone)]
enum ChannelJob {
    Tell(Arc<OwnerNotice>),
    Settle(ItemId, String),
}

/// How telling the first channels went.
#[derive(Debug)]
struct TellReport {
    items: Vec<Waiting>,
    ok: bool,
}

/// The tasks that tell the owner. They end with it.
#[derive(Debug, Default)]
pub struct Notifier {
    tasks: JoinSet<()>,
}

/// A channel's inlet, and whether it is told only what stayed unanswered.
type Inlet = (mpsc::Sender<ChannelJob>, bool);

impl Notifier {
    /// Starts telling the owner, by these channels.
    ///
    /// # Errors
    /// When the node fails, or there is no such time zone.
    pub async fn start(settings: &Notify, channels: Vec<Channel>, node: &NodeClient) -> Result<Self, Failure> {
        let mut tasks = JoinSet::new();
        if channels.is_empty() {
            return Ok(Self { tasks });
        }
        let zone = settings.zone().map_err(|why| Failure::new(Exit::Failed, ErrorCode::BadConfig, why))?;
        let after = Duration::from_secs(60 * u64::from(settings.second_after_minutes));
        let second_after = (!settings.second.is_empty()).then_some(after);
        let (reports, reported) = mpsc::channel(JOBS);
        let mut inlets = Vec::new();
        for channel in channels.into_iter().map(Arc::new) {
            let (inlet, jobs) = mpsc::channel(JOBS);
            let is_second = settings.second.contains(&channel.name());
            if let Some(telegram) = channel.telegram() {
                telegram.attach(node.clone()).await?;
                let channel = Arc::clone(&channel);
                let node = node.clone();
                tasks.spawn(async move {
                    if let Some(telegram) = channel.telegram() {
                        telegram.listen(&node).await;
                    }
                });
            }
            let reports = (!is_second).then(|| reports.clone());
            tasks.spawn(serve(channel, jobs, reports, node.clone()));
            inlets.push((inlet, is_second));
        }
        let kept = node.kept(KEPT).await?;
        let rules = kept.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
        let timing = Timing { second_after, quiet: settings.quiet, zone };
        tasks.spawn(WaitingWatch { node: node.clone(), rules, timing, show: settings.show, inlets }.run(reported));
        Ok(Self { tasks })
    }

    /// Ends all of it, so that nothing holds the store any more.
    pub async fn close(mut self) {
        self.tasks.shutdown().await;
    }
}

/// One channel: what it is told, one after the other.
async fn serve(
    channel: Arc<Channel>,
    mut jobs: mpsc::Receiver<ChannelJob>,
    to: Option<mpsc::Sender<TellReport>>,
    node: NodeClient,
) {
    let name = channel.name().as_str();
    while let Some(job) = jobs.recv().await {
        let done = match &job {
            ChannelJob::Tell(notice) => channel.tell(notice).await,
            ChannelJob::Settle(item, how) => channel.settle(item, how).await,
        };
        if let Err(fault) = &done {
            node.say(format!("you could not be told by {name}: {fault}")).await;
        }
        if let (ChannelJob::Tell(notice), Some(to)) = (job, &to) {
            drop(to.send(TellReport { items: notice.waiting(), ok: done.is_ok() }).await);
        }
    }
}

/// The watch over what waits.
struct WaitingWatch {
    node: NodeClient,
    rules: Rules,
    timing: Timing,
    show: Show,
    inlets: Vec<Inlet>,
}

impl WaitingWatch {
    async fn run(mut self, mut reports: mpsc::Receiver<TellReport>) {
        let mut ticks = interval(LOOK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let looked = tokio::select! {
                Some(report) = reports.recv() => {
                    self.rules.heard(&report.items, report.ok, now());
                    self.keep().await
                }
                _ = ticks.tick() => self.look().await,
            };
            if let Err(failure) = looked {
                tracing::error!(%failure, "what waits could not be looked at");
            }
        }
    }

    async fn look(&mut self) -> Result<(), Failure> {
        let now = now();
        let waiting = self.node.waiting().await?;
        let first = self.inlets.iter().filter(|(_, is_second)| !is_second).count();
        let orders = self.rules.look(&waiting, first, &self.timing, now);
        if orders.is_empty() {
            return Ok(());
        }
        for order in orders {
            self.carry_out(order, now).await?;
        }
        self.keep().await
    }

    async fn carry_out(&mut self, order: Order, now: Timestamp) -> Result<(), Failure> {
        match order {
            Order::First(ids) => self.tell(&ids, false, now).await,
            Order::Second(ids) => self.tell(&ids, true, now).await,
            Order::Changed(id) => {
                self.hand_out(&ChannelJob::Settle(id, "It has changed since: see the newer message.".to_owned()), None);
                Ok(())
            }
            Order::Ended(id) => {
                let how = ended(self.node.outcome(id).await?, self.show, &self.timing.zone);
                self.hand_out(&ChannelJob::Settle(id, how), None);
                Ok(())
            }
        }
    }

    /// Puts a notice together and hands it to the first or the second channels. What is beyond its bound is heard of with it.
    async fn tell(&mut self, ids: &[ItemId], is_second: bool, now: Timestamp) -> Result<(), Failure> {
        let about = self.rules.in_form(ids);
        let (named, more) = about.split_at(about.len().min(NAMED));
        let items = self.entries(named).await.inspect_err(|_| self.rules.not_tried(ids))?;
        if items.is_empty() && more.is_empty() {
            // All of it was decided just now.
            return Ok(());
        }
        let id = format!("ai2ai_{}", HEXLOWER.encode(&rand::random::<[u8; 12]>()));
        let notice = OwnerNotice { id, at: now, is_second, items, more: more.to_vec(), show: self.show };
        self.hand_out(&ChannelJob::Tell(Arc::new(notice)), Some(is_second));
        Ok(())
    }

    /// What is told of those that are still there.
    async fn entries(&self, named: &[Waiting]) -> Result<Vec<NoticeItem>, Failure> {
        let items = self.node.items(named.iter().map(|item| item.id).collect()).await?;
        Ok(items.iter().map(|item| NoticeItem::of(item, self.show, &self.timing.zone)).collect())
    }

    /// To the first channels, the second ones, or all.
    fn hand_out(&mut self, job: &ChannelJob, to_second: Option<bool>) {
        for (inlet, is_second) in &self.inlets {
            if to_second.is_none_or(|to_second| to_second == *is_second)
                && let Err(error) = inlet.try_send(job.clone())
            {
                tracing::warn!(%error, "a channel has too much to tell");
                if let (ChannelJob::Tell(notice), false) = (job, is_second) {
                    // Nobody else says that it was not told.
                    self.rules.heard(&notice.waiting(), false, now());
                }
            }
        }
    }

    async fn keep(&self) -> Result<(), Failure> {
        let text = serde_json::to_string(&self.rules).map_err(Failure::internal)?;
        self.node.keep(KEPT, move || text).await
    }
}
