use std::io;

#[derive(Debug, thiserror::Error)]
pub enum StorageError {
    #[error("the storage folder failed")]
    Io(#[from] io::Error),
    #[error("the S3 bucket failed")]
    Bucket(#[from] object_store::Error),
    #[error("the S3 bucket did not answer in time")]
    Silent,
    #[error("more than {limit} bytes arrived")]
    TooLarge { limit: u64 },
    /// The sender went away; what came before was not kept.
    #[error("the sender's stream broke off")]
    Source(#[source] anyhow::Error),
    #[error(transparent)]
    Database(#[from] sqlx::Error),
    #[error("the stored bytes are not those that were stored")]
    Changed,
}
