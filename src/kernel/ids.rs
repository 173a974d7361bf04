//! Every id is a type of its own. Values are `UUIDv7`, so that they sort by time of making.

/// Declares id newtypes.
macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {$(
        $(#[$doc])*
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
            sqlx::Type, utoipa::ToSchema,
        )]
        #[serde(transparent)]
        #[sqlx(transparent)]
        pub struct $name(pub uuid::Uuid);

        impl $name {
            /// Makes a new id.
            #[expect(clippy::new_without_default, reason = "an id is made on purpose, never by default")]
            pub fn new() -> Self {
                Self(new_uuid())
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }

        impl std::str::FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }
    )*};
}

#[expect(clippy::disallowed_methods, reason = "the one place that makes ids")]
fn new_uuid() -> uuid::Uuid {
    uuid::Uuid::now_v7()
}

ids! {
    UserId,
    SessionId,
    ApiTokenId,
    BlobId,
    UploadId,
    CompetitionId,
    DataSetId,
    DataVersionId,
    DivisionId,
    TrackId,
    TaskId,
    TaskVersionId,
    PhaseId,
    TeamId,
    InvitationId,
    MergeId,
    SubmissionId,
    EvaluationId,
    RejudgingId,
    JobId,
    WorkerId,
    WorkerInvitationId,
    AlertId,
    MailId,
    MailLinkId,
    ConsentId,
    EvidenceId,
    NotificationId,
    AnnouncementId,
    QuestionId,
    PhaseChangeId,
}
