-- What must be remembered, and what people must be told.

-- Every act of an organizer or an administrator. Append-only: sealing writes rows of its own.
-- No reference to users or competitions: ids are opaque, so that erasing a person changes no row.
CREATE TABLE audit_acts (
    id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at             timestamptz NOT NULL DEFAULT clock_timestamp(),
    -- NULL: the platform itself, or its operator by the command line.
    actor_id       uuid,
    -- What was done, as `<thing>.<verb>`: `team.approved`.
    verb           text NOT NULL,
    competition_id uuid,
    -- What it was done to: a kind and its id.
    subject_kind   text NOT NULL,
    subject_id     text NOT NULL,
    reason         text NOT NULL DEFAULT '',
    facts          jsonb NOT NULL DEFAULT '{}'
);
CREATE INDEX audit_acts_competition_idx ON audit_acts (competition_id, id DESC);

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'rows of % are never changed', TG_TABLE_NAME;
END $$;
CREATE TRIGGER audit_acts_append_only BEFORE UPDATE OR DELETE ON audit_acts
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER audit_acts_no_truncate BEFORE TRUNCATE ON audit_acts
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Letters that wait to be sent, written in the transaction that causes them.
CREATE TABLE mails (
    id         uuid PRIMARY KEY,
    -- NULL where the address has no account.
    user_id    uuid REFERENCES users ON DELETE CASCADE,
    address    text NOT NULL,
    subject    text NOT NULL,
    body       text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    -- Not to be tried before; moved into the future by each failure.
    due_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
    tries      integer NOT NULL DEFAULT 0,
    sent_at    timestamptz,
    -- Why the last try failed, for operators.
    failure    text
);
CREATE INDEX mails_due_idx ON mails (due_at) WHERE sent_at IS NULL;

-- What a person is told in the app. The sentence is made when somebody reads it: notifications::model::Notice.
CREATE TABLE notifications (
    id         uuid PRIMARY KEY,
    user_id    uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    notice     jsonb NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    read_at    timestamptz
);
CREATE INDEX notifications_user_idx ON notifications (user_id, created_at DESC, id DESC);

-- Kinds of notices that a person wants otherwise than by default.
CREATE TABLE notification_preferences (
    user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    kind    text NOT NULL,
    by_mail boolean NOT NULL,
    PRIMARY KEY (user_id, kind)
);
