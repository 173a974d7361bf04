-- People and how they prove who they are.

CREATE TABLE users (
    id            uuid PRIMARY KEY,
    email         text NOT NULL,
    name          text NOT NULL,
    password_hash text NOT NULL,
    lang          text NOT NULL DEFAULT 'vi' CHECK (lang IN ('vi', 'en')),
    created_at    timestamptz NOT NULL DEFAULT clock_timestamp()
);
-- Addresses differ by more than case in theory only; two accounts for one mailbox would be a loophole.
CREATE UNIQUE INDEX users_email_key ON users (lower(email));

-- Everybody is a contestant; further roles are rows.
CREATE TABLE user_roles (
    user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    role    text NOT NULL CHECK (role IN ('admin', 'organizer', 'juror')),
    PRIMARY KEY (user_id, role)
);

-- Secrets are random 256-bit values; only their SHA-256 is kept.
CREATE TABLE sessions (
    id           uuid PRIMARY KEY,
    user_id      uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    secret_hash  bytea NOT NULL CONSTRAINT sessions_secret_key UNIQUE,
    user_agent   text NOT NULL DEFAULT '',
    created_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    last_seen_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    expires_at   timestamptz NOT NULL
);
CREATE INDEX sessions_user_idx ON sessions (user_id);

CREATE TABLE api_tokens (
    id           uuid PRIMARY KEY,
    user_id      uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    name         text NOT NULL,
    secret_hash  bytea NOT NULL CONSTRAINT api_tokens_secret_key UNIQUE,
    created_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    last_used_at timestamptz,
    revoked_at   timestamptz
);
CREATE INDEX api_tokens_user_idx ON api_tokens (user_id);
