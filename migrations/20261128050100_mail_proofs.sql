-- What proves that a person reads the mailbox of their address.

ALTER TABLE users ADD COLUMN email_confirmed_at timestamptz;

-- Links in letters. A person has one of each purpose that works: a new one replaces the old one.
CREATE TABLE mail_links (
    id          uuid PRIMARY KEY,
    user_id     uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    purpose     text NOT NULL CHECK (purpose IN ('confirm', 'reset')),
    -- SHA-256 of a random 256-bit value.
    secret_hash bytea NOT NULL CONSTRAINT mail_links_secret_key UNIQUE,
    -- Where the letter went; a confirmation makes it the person's address.
    address     text NOT NULL,
    created_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    expires_at  timestamptz NOT NULL,
    CONSTRAINT mail_links_purpose_key UNIQUE (user_id, purpose)
);

-- Six digits that stand for the password once. One code of a person works at a time.
CREATE TABLE log_in_codes (
    user_id    uuid PRIMARY KEY REFERENCES users ON DELETE CASCADE,
    -- argon2id: six digits are soon guessed from a plain hash.
    code_hash  text NOT NULL,
    tries      integer NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    expires_at timestamptz NOT NULL
);
