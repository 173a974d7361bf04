-- Submissions that a team chose for the final ranking, where the phase lets teams choose.

CREATE TABLE final_picks (
    phase_id      uuid NOT NULL REFERENCES phases ON DELETE CASCADE,
    team_id       uuid NOT NULL REFERENCES teams ON DELETE CASCADE,
    submission_id uuid NOT NULL REFERENCES submissions ON DELETE CASCADE,
    picked_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (phase_id, team_id, submission_id)
);
CREATE INDEX final_picks_submission_idx ON final_picks (submission_id);
