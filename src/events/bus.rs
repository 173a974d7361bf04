//! The bus: a ring of recent events and a channel for new ones.

use std::{
    collections::{HashMap, VecDeque},
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

use serde_json::Value;
use tokio::sync::{Notify, broadcast};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::kernel::ids::{PhaseId, SubmissionId, TeamId};

/// How many events a reader who was away can catch up on.
const RING: usize = 4096;

/// What an event is about; a reader is allowed or refused by topic.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Topic {
    /// The leaderboard of a phase moved.
    Board(PhaseId),
    /// Organizers changed, paused or resumed a phase.
    Phase(PhaseId),
    /// A submission's state changed or its program printed something.
    Submission(SubmissionId),
    /// A team handed something in.
    Team(TeamId),
    /// Queue, workers, alerts: for organizers.
    Operations,
}

impl fmt::Display for Topic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Topic::Board(id) => write!(f, "board:{id}"),
            Topic::Phase(id) => write!(f, "phase:{id}"),
            Topic::Submission(id) => write!(f, "submission:{id}"),
            Topic::Team(id) => write!(f, "team:{id}"),
            Topic::Operations => f.write_str("operations"),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no topic is called {0:?}")]
pub struct UnknownTopic(String);

impl std::str::FromStr for Topic {
    type Err = UnknownTopic;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let unknown = || UnknownTopic(text.to_owned());
        if text == "operations" {
            return Ok(Topic::Operations);
        }
        let (kind, id) = text.split_once(':').ok_or_else(unknown)?;
        match kind {
            "board" => id.parse().map(Topic::Board).map_err(|_| unknown()),
            "phase" => id.parse().map(Topic::Phase).map_err(|_| unknown()),
            "submission" => id.parse().map(Topic::Submission).map_err(|_| unknown()),
            "team" => id.parse().map(Topic::Team).map_err(|_| unknown()),
            _ => Err(unknown()),
        }
    }
}

/// Place of an event in this process's stream. Another process has another epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EventId {
    pub epoch: Uuid,
    pub seq: u64,
}

impl fmt::Display for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.epoch.simple(), self.seq)
    }
}

impl EventId {
    pub fn parse(text: &str) -> Option<Self> {
        let (epoch, seq) = text.split_once('-')?;
        Some(Self { epoch: epoch.parse().ok()?, seq: seq.parse().ok()? })
    }
}

#[derive(Debug, Clone)]
pub struct Event {
    pub id: EventId,
    pub topic: Topic,
    /// The event's name in the stream: `board`, `submission`, `log`, …
    pub name: &'static str,
    pub data: Arc<Value>,
}

/// What a reader who comes back has missed.
#[derive(Debug)]
pub enum Replay {
    Events(Vec<Event>),
    /// Too much, or from another process: load everything anew.
    Lost,
}

#[derive(Clone)]
pub struct Bus {
    inner: Arc<Inner>,
}

impl fmt::Debug for Bus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bus").field("epoch", &self.inner.epoch).finish_non_exhaustive()
    }
}

struct Inner {
    epoch: Uuid,
    ring: Mutex<Ring>,
    /// How many streams of this process follow a topic.
    followed: Mutex<HashMap<Topic, usize>>,
    channel: broadcast::Sender<Event>,
    jobs: Notify,
    stopping: CancellationToken,
}

/// Somebody who follows topics.
#[derive(Debug)]
pub struct Following {
    bus: Bus,
    topics: Vec<Topic>,
}

impl Drop for Following {
    fn drop(&mut self) {
        let mut followed = self.bus.inner.followed.lock().unwrap_or_else(PoisonError::into_inner);
        for topic in &self.topics {
            if let Some(count) = followed.get_mut(topic) {
                *count -= 1;
                if *count == 0 {
                    followed.remove(topic);
                }
            }
        }
    }
}

struct Ring {
    next: u64,
    events: VecDeque<Event>,
}

impl Bus {
    /// `epoch` tells this process's events from another's; whoever waits on the bus stops waiting at `stopping`.
    pub fn new(epoch: Uuid, stopping: CancellationToken) -> Self {
        let (channel, _) = broadcast::channel(RING);
        let ring = Mutex::new(Ring { next: 0, events: VecDeque::with_capacity(RING) });
        let followed = Mutex::default();
        Self { inner: Arc::new(Inner { epoch, ring, followed, channel, jobs: Notify::new(), stopping }) }
    }

    /// Says that somebody follows these topics, as long as the answer lives.
    pub fn follow(&self, topics: &[Topic]) -> Following {
        let mut followed = self.inner.followed.lock().unwrap_or_else(PoisonError::into_inner);
        for topic in topics {
            *followed.entry(*topic).or_default() += 1;
        }
        Following { bus: self.clone(), topics: topics.to_vec() }
    }

    /// The topics that somebody follows.
    pub fn followed(&self) -> Vec<Topic> {
        let followed = self.inner.followed.lock().unwrap_or_else(PoisonError::into_inner);
        followed.keys().copied().collect()
    }

    /// Tells all readers of the topic. Call it after the transaction committed.
    pub fn publish(&self, topic: Topic, name: &'static str, data: Value) {
        let mut ring = self.inner.ring.lock().unwrap_or_else(PoisonError::into_inner);
        let id = EventId { epoch: self.inner.epoch, seq: ring.next };
        ring.next += 1;
        let event = Event { id, topic, name, data: Arc::new(data) };
        if ring.events.len() == RING {
            ring.events.pop_front();
        }
        ring.events.push_back(event.clone());
        // Sent under the lock, so that the channel's order is the ring's. Nobody listening is no error.
        let _ = self.inner.channel.send(event);
    }

    /// New events from now on, and what was missed since `last`.
    pub fn subscribe(&self, last: Option<EventId>) -> (broadcast::Receiver<Event>, Replay) {
        let ring = self.inner.ring.lock().unwrap_or_else(PoisonError::into_inner);
        let receiver = self.inner.channel.subscribe();
        let Some(last) = last else { return (receiver, Replay::Events(Vec::new())) };
        let oldest = ring.events.front().map_or(ring.next, |event| event.id.seq);
        if last.epoch != self.inner.epoch || last.seq >= ring.next || last.seq + 1 < oldest {
            return (receiver, Replay::Lost);
        }
        let missed = ring.events.iter().filter(|event| event.id.seq > last.seq).cloned().collect();
        (receiver, Replay::Events(missed))
    }

    /// Resolves when the server shuts down: streams end and waiting workers are sent away.
    pub fn stopping(&self) -> &CancellationToken {
        &self.inner.stopping
    }

    /// Wakes workers that wait for a job.
    pub fn wake_workers(&self) {
        self.inner.jobs.notify_waiters();
    }

    /// Resolves at the next wake-up. Create it before looking into the queue, or a job slips between.
    pub fn job_waiting(&self) -> tokio::sync::futures::Notified<'_> {
        self.inner.jobs.notified()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn bus() -> Bus {
        Bus::new(Uuid::new_v4(), CancellationToken::new())
    }

    #[test]
    fn a_reader_who_was_away_gets_exactly_what_it_missed() {
        let bus = bus();
        for n in 0..3 {
            bus.publish(Topic::Operations, "n", json!(n));
        }
        let (_receiver, replay) = bus.subscribe(Some(EventId { epoch: bus.inner.epoch, seq: 0 }));
        let Replay::Events(events) = replay else { panic!("nothing is lost yet") };
        assert_eq!(events.iter().map(|e| e.data.as_u64().unwrap()).collect::<Vec<_>>(), [1, 2]);
    }

    #[test]
    fn a_reader_from_another_process_or_from_too_long_ago_loads_anew() {
        let bus = bus();
        for n in 0..=RING {
            bus.publish(Topic::Operations, "n", json!(n));
        }
        let epoch = bus.inner.epoch;
        let lost = |id| matches!(bus.subscribe(Some(id)).1, Replay::Lost);
        assert!(lost(EventId { epoch: Uuid::new_v4(), seq: 5 }));
        assert!(!lost(EventId { epoch, seq: 0 }), "event 1 is still in the ring");
        bus.publish(Topic::Operations, "n", json!(0));
        assert!(lost(EventId { epoch, seq: 0 }));
        assert!(lost(EventId { epoch, seq: 1_000_000 }));
    }

    #[test]
    fn a_topic_is_followed_as_long_as_anybody_does() {
        let bus = bus();
        let topic = Topic::Submission(SubmissionId::new());
        let (first, second) = (bus.follow(&[topic, topic]), bus.follow(&[topic]));
        drop(first);
        assert_eq!(bus.followed(), [topic]);
        drop(second);
        assert_eq!(bus.followed(), []);
    }

    #[test]
    fn topics_and_event_ids_read_back() {
        for topic in [
            Topic::Board(PhaseId::new()),
            Topic::Phase(PhaseId::new()),
            Topic::Submission(SubmissionId::new()),
            Topic::Operations,
        ] {
            assert_eq!(topic.to_string().parse(), Ok(topic));
        }
        assert!("board:x".parse::<Topic>().is_err());
        let id = EventId { epoch: Uuid::new_v4(), seq: 7 };
        assert_eq!(EventId::parse(&id.to_string()), Some(id));
    }
}
