-- The hash chain over the acts: a seal's hash covers its act and the seal before it. The order is that of sealing, not of
-- the acts' ids, for a transaction that began earlier may commit later.

CREATE TABLE audit_seals (
    number    bigint PRIMARY KEY CHECK (number > 0),
    act_id    bigint NOT NULL CONSTRAINT audit_seals_act_key UNIQUE REFERENCES audit_acts,
    hash      bytea NOT NULL CHECK (length(hash) = 32),
    sealed_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE TRIGGER audit_seals_append_only BEFORE UPDATE OR DELETE ON audit_seals
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER audit_seals_no_truncate BEFORE TRUNCATE ON audit_seals
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Acts that wait for their seal: what the sealing task looks at, instead of the whole log.
CREATE TABLE audit_unsealed (
    act_id bigint PRIMARY KEY REFERENCES audit_acts
);
INSERT INTO audit_unsealed SELECT id FROM audit_acts;

CREATE FUNCTION await_seal() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO audit_unsealed (act_id) VALUES (NEW.id);
    RETURN NULL;
END $$;
CREATE TRIGGER audit_acts_await_seal AFTER INSERT ON audit_acts
    FOR EACH ROW EXECUTE FUNCTION await_seal();
