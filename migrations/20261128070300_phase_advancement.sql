-- Which teams may hand in to a phase that requires another one.

ALTER TABLE phases
    -- Checked at the commit: a definition may drop a phase and what requires it in any order.
    ADD COLUMN requires_phase uuid CONSTRAINT phases_requires_fkey REFERENCES phases DEFERRABLE INITIALLY DEFERRED,
    ADD COLUMN requires_top   integer CONSTRAINT phases_requires_top CHECK (requires_top > 0),
    -- When organizers decided who advances to this phase.
    ADD COLUMN advanced_at    timestamptz;

CREATE TABLE advanced_teams (
    phase_id    uuid NOT NULL REFERENCES phases ON DELETE CASCADE,
    team_id     uuid NOT NULL REFERENCES teams ON DELETE CASCADE,
    -- In its division in the phase before; NULL: an organizer let it in.
    rank        bigint,
    reason      text NOT NULL DEFAULT '',
    admitted_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (phase_id, team_id)
);
CREATE INDEX advanced_teams_team_idx ON advanced_teams (team_id);

-- A decision asks what of a phase is still to be judged.
CREATE INDEX jobs_phase_idx ON jobs (phase_id) WHERE state IN ('ready', 'leased');
