-- Who people are, what they agreed to, and what proves their status.

CREATE TABLE profiles (
    user_id    uuid PRIMARY KEY REFERENCES users ON DELETE CASCADE,
    unit_kind  text NOT NULL DEFAULT 'none' CHECK (unit_kind IN ('school', 'university', 'company', 'none')),
    unit_name  text NOT NULL DEFAULT '',
    birth_year integer CHECK (birth_year BETWEEN 1900 AND 2200),
    phone      text NOT NULL DEFAULT '',
    updated_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- A photo or scan that shows that somebody is a student or a pupil. One of each person: a new one replaces it.
CREATE TABLE status_evidence (
    id         uuid PRIMARY KEY,
    user_id    uuid NOT NULL CONSTRAINT status_evidence_user_key UNIQUE REFERENCES users ON DELETE CASCADE,
    claim      text NOT NULL CHECK (claim IN ('student', 'pupil')),
    media_type text NOT NULL,
    blob_id    uuid NOT NULL REFERENCES blobs,
    state      text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'accepted', 'refused')),
    reason     text NOT NULL DEFAULT '',
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    decided_at timestamptz
);
CREATE INDEX status_evidence_waiting_idx ON status_evidence (created_at, id) WHERE state = 'waiting';

CREATE TABLE consents (
    id           uuid PRIMARY KEY,
    user_id      uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    document     text NOT NULL CHECK (document IN ('privacy', 'terms')),
    version      text NOT NULL,
    -- SHA-256 of the text that was agreed to, in both languages.
    text_hash    bytea NOT NULL,
    given_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
    withdrawn_at timestamptz
);
CREATE UNIQUE INDEX consents_live_key ON consents (user_id, document, version) WHERE withdrawn_at IS NULL;

-- Whom a pupil under age named, and whether they agreed.
CREATE TABLE guardians (
    user_id      uuid PRIMARY KEY REFERENCES users ON DELETE CASCADE,
    address      text NOT NULL,
    secret_hash  bytea NOT NULL CONSTRAINT guardians_secret_key UNIQUE,
    asked_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
    -- Until when the link can agree; it can withdraw later too.
    expires_at   timestamptz NOT NULL,
    name         text NOT NULL DEFAULT '',
    -- Version of the privacy notice that was agreed to.
    version      text NOT NULL DEFAULT '',
    consented_at timestamptz,
    withdrawn_at timestamptz
);
