-- What organizers do to a phase while it runs: limits, pauses, changed times, each with a public record.

ALTER TABLE phases
    -- Submissions of a team that may wait or be judged at once; NULL: no limit.
    ADD COLUMN max_running           integer CONSTRAINT phases_max_running CHECK (max_running > 0),
    -- NULL: not paused.
    ADD COLUMN hand_ins_paused_at    timestamptz,
    ADD COLUMN hand_ins_pause_reason text,
    ADD COLUMN judging_paused_at     timestamptz,
    ADD COLUMN judging_pause_reason  text;

-- The claim of a job asks for the paused phases each time; they are few or none.
CREATE INDEX phases_judging_paused_idx ON phases (id) WHERE judging_paused_at IS NOT NULL;

-- So that a claim can pass over the jobs of a paused phase. NULL: enqueued by an older server. No reference:
-- a job goes with its evaluation, and the submission behind it keeps the phase.
ALTER TABLE jobs ADD COLUMN phase_id uuid;
UPDATE jobs j SET phase_id = s.phase_id
FROM evaluations e JOIN submissions s ON s.id = e.submission_id WHERE e.id = j.evaluation_id;

-- Everybody may read it: what organizers changed, when and why.
CREATE TABLE phase_changes (
    id       uuid PRIMARY KEY,
    phase_id uuid NOT NULL REFERENCES phases ON DELETE CASCADE,
    kind     text NOT NULL CHECK (kind IN ('settings', 'import', 'pause', 'resume', 'advancement')),
    -- [{"field": …, "old": …, "new": …}]
    fields   jsonb NOT NULL,
    reason   text NOT NULL,
    made_at  timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX phase_changes_phase_idx ON phase_changes (phase_id, made_at DESC, id DESC);

-- The first instant of the day after the one that an instant falls on in a zone. Where clocks change at
-- midnight the day begins an hour sooner or later than its midnight reads.
CREATE FUNCTION next_day_in_zone(at timestamptz, zone text) RETURNS timestamptz LANGUAGE sql STABLE AS $$
    WITH day AS (SELECT (at AT TIME ZONE zone)::date + 1 AS next)
    SELECT min(begins)
    FROM day, LATERAL (VALUES (interval '-1 hour'), ('-30 minutes'), ('0'), ('30 minutes'), ('1 hour')) o (shift),
         LATERAL (SELECT (next::timestamp AT TIME ZONE zone) + o.shift AS begins) b
    WHERE (begins AT TIME ZONE zone)::date >= next AND begins > at
$$;
