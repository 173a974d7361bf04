-- A person can be erased: the row of users goes, and what teams handed in stays.

ALTER TABLE uploads ALTER COLUMN user_id DROP NOT NULL;
ALTER TABLE uploads DROP CONSTRAINT uploads_user_id_fkey;
ALTER TABLE uploads ADD CONSTRAINT uploads_user_id_fkey
    FOREIGN KEY (user_id) REFERENCES users ON DELETE SET NULL;
-- Whoever is erased is looked up in all that refers to them.
CREATE INDEX submissions_user_idx ON submissions (user_id);
CREATE INDEX team_members_user_idx ON team_members (user_id);
CREATE INDEX mails_user_idx ON mails (user_id);
CREATE INDEX mails_address_idx ON mails (lower(address));
CREATE INDEX audit_acts_actor_idx ON audit_acts (actor_id);
