-- A chosen set of submissions that is judged once more, beside the results that count, until it is applied or dropped.

CREATE TABLE rejudgings (
    id         uuid PRIMARY KEY,
    phase_id   uuid NOT NULL REFERENCES phases ON DELETE CASCADE,
    reason     text NOT NULL,
    -- Under the newest task versions, rather than those of the results that count.
    newest     boolean NOT NULL,
    created_by uuid REFERENCES users ON DELETE SET NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    -- How far the judging of an open one is, its evaluations tell.
    state      text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'applied', 'dropped')),
    decided_at timestamptz,
    -- What changed, as it was when it was decided.
    difference jsonb,
    CONSTRAINT rejudgings_decided CHECK ((state = 'open') = (decided_at IS NULL))
);
CREATE INDEX rejudgings_phase_idx ON rejudgings (phase_id, created_at DESC, id DESC);

CREATE TABLE rejudging_submissions (
    rejudging_id  uuid NOT NULL REFERENCES rejudgings ON DELETE CASCADE,
    submission_id uuid NOT NULL REFERENCES submissions ON DELETE CASCADE,
    open          boolean NOT NULL DEFAULT true,
    PRIMARY KEY (rejudging_id, submission_id)
);
-- A submission is in one open rejudging at the most: two differences could not both hold.
CREATE UNIQUE INDEX rejudging_submissions_open_key ON rejudging_submissions (submission_id) WHERE open;

ALTER TABLE evaluations
    -- NULL: the judging that followed the hand-in.
    ADD COLUMN rejudging_id uuid REFERENCES rejudgings,
    -- The evaluation that counted when this one was made.
    ADD COLUMN replaces_id  uuid REFERENCES evaluations,
    DROP CONSTRAINT evaluations_task_key;
CREATE UNIQUE INDEX evaluations_task_key ON evaluations (submission_id, task_version_id) WHERE rejudging_id IS NULL;
CREATE UNIQUE INDEX evaluations_rejudging_key ON evaluations (rejudging_id, submission_id, task_version_id)
    WHERE rejudging_id IS NOT NULL;
CREATE INDEX evaluations_submission_idx ON evaluations (submission_id);
