//! What all slots of one worker share.

use std::sync::Arc;

use crate::{
    child::Caller,
    client::Client,
    config::WorkerConfig,
    data_dir::DataDir,
    images::Images,
    sandbox::Engine,
    stage::{TreeCache, Unpacker},
};

#[derive(Debug)]
pub struct Worker {
    pub config: WorkerConfig,
    pub data: DataDir,
    /// With the worker's credential.
    pub client: Client,
    /// `None` for a stub, which runs nothing.
    pub engine: Option<Arc<Engine>>,
    pub images: Images,
    pub cache: TreeCache,
    pub caller: Caller,
}

impl Worker {
    pub fn unpacker(&self, slot: u16) -> Unpacker {
        Unpacker { caller: self.caller.clone(), uid: self.config.uids(slot).child }
    }
}
