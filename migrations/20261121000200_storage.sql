-- Bytes live in the object storage; rows here say which and how large.

CREATE TABLE blobs (
    id         uuid PRIMARY KEY,
    sha256     bytea NOT NULL CHECK (length(sha256) = 32),
    size       bigint NOT NULL CHECK (size >= 0),
    created_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- tus uploads. `received` counts bytes that are durable in the storage.
CREATE TABLE uploads (
    id         uuid PRIMARY KEY,
    user_id    uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    -- The phase that set the size limit; NULL for what organizers upload. (References phases; see competitions.)
    phase_id   uuid,
    filename   text NOT NULL,
    length     bigint NOT NULL CHECK (length >= 0),
    received   bigint NOT NULL DEFAULT 0 CHECK (received >= 0 AND received <= length),
    -- Set once, when the last byte is durable and hashed.
    blob_id    uuid REFERENCES blobs,
    -- Set once, when a submission, an image or an import took the upload.
    used_at    timestamptz,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    expires_at timestamptz NOT NULL
);
CREATE INDEX blobs_sha256_idx ON blobs (sha256);
CREATE INDEX uploads_user_idx ON uploads (user_id);
CREATE INDEX uploads_expiry_idx ON uploads (expires_at) WHERE blob_id IS NULL;

-- The durable pieces of an upload that is not complete yet, in order.
CREATE TABLE upload_parts (
    upload_id uuid NOT NULL REFERENCES uploads ON DELETE CASCADE,
    start     bigint NOT NULL,
    size      bigint NOT NULL CHECK (size > 0),
    part_key  text NOT NULL,
    PRIMARY KEY (upload_id, start)
);

-- Values that the server makes once for itself, such as the key that signs workers' links.
CREATE TABLE server_secrets (
    name  text PRIMARY KEY,
    value bytea NOT NULL
);
