//! Several jobs that need the same thing at the same time wait for one piece of work.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use futures::{
    FutureExt,
    future::{BoxFuture, Shared},
};

type Flight<V> = Shared<BoxFuture<'static, V>>;

/// Work under way, by key. It goes on when the job that began it is dropped: others may wait for it.
pub struct SingleFlight<V>(Arc<Mutex<HashMap<String, Flight<V>>>>);

impl<V> std::fmt::Debug for SingleFlight<V> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SingleFlight")
    }
}

impl<V: Clone + Send + Sync + 'static> SingleFlight<V> {
    pub fn new() -> Self {
        Self(Arc::default())
    }

    /// Joins the work on `key`, or begins it.
    pub async fn join(&self, key: &str, work: BoxFuture<'static, V>) -> V {
        let flight = {
            let mut flights = self.0.lock().expect("no holder of this lock panics");
            flights.entry(key.to_owned()).or_insert_with(|| self.begin(key, work)).clone()
        };
        flight.await
    }

    fn begin(&self, key: &str, work: BoxFuture<'static, V>) -> Flight<V> {
        let (flights, key) = (Arc::clone(&self.0), key.to_owned());
        let task = tokio::spawn(async move {
            let value = work.await;
            flights.lock().expect("no holder of this lock panics").remove(&key);
            value
        });
        async move { task.await.expect("the work neither panics nor is aborted") }.boxed().shared()
    }
}

#[cfg(test)]
mod tests {
    use std::{
        sync::atomic::{AtomicU32, Ordering},
        time::Duration,
    };

    use super::*;

    #[tokio::test]
    async fn the_same_key_is_worked_on_once_at_a_time() {
        let flights = SingleFlight::new();
        let runs = Arc::new(AtomicU32::new(0));
        let work = || {
            let runs = Arc::clone(&runs);
            async move {
                tokio::time::sleep(Duration::from_millis(20)).await;
                runs.fetch_add(1, Ordering::SeqCst)
            }
            .boxed()
        };
        let (a, b) = tokio::join!(flights.join("k", work()), flights.join("k", work()));
        assert_eq!((a, b), (0, 0));
        assert_eq!(flights.join("k", work()).await, 1);
    }
}
