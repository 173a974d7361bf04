-- tus, its extensions: what a client said about its upload, and uploads that ended without being used.

-- `Upload-Metadata` as the client wrote it; HEAD gives it back.
ALTER TABLE uploads ADD COLUMN metadata text NOT NULL DEFAULT '';

-- Uploads that were ended by their owner or by time, for as long as somebody may still ask for them.
CREATE TABLE ended_uploads (
    id       uuid PRIMARY KEY,
    user_id  uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    ended_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX ended_uploads_user_idx ON ended_uploads (user_id);
CREATE INDEX ended_uploads_time_idx ON ended_uploads (ended_at);
