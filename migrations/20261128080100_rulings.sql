-- What teams and organizers decide about submissions and teams, who is judged first, and by what a score was made.

ALTER TABLE teams
    ADD COLUMN disqualified_at     timestamptz,
    ADD COLUMN disqualified_reason text,
    ADD CONSTRAINT teams_disqualified CHECK ((disqualified_at IS NULL) = (disqualified_reason IS NULL));

ALTER TABLE submissions
    -- Withdrawn by the team before it was begun, or cancelled by an organizer before it was judged.
    ADD COLUMN ended        text CHECK (ended IN ('withdrawn', 'cancelled')),
    ADD COLUMN ended_at     timestamptz,
    ADD COLUMN ended_reason text,
    -- Why the attempt was given back.
    ADD COLUMN refund        text CHECK (refund IN ('fault', 'withdrawn', 'organizer')),
    ADD COLUMN refund_reason text,
    ADD COLUMN disqualified_at     timestamptz,
    ADD COLUMN disqualified_reason text,
    ADD CONSTRAINT submissions_ended CHECK ((ended IS NULL) = (ended_at IS NULL)),
    ADD CONSTRAINT submissions_disqualified CHECK ((disqualified_at IS NULL) = (disqualified_reason IS NULL));
UPDATE submissions SET refund = 'fault' WHERE NOT charged;

-- A cancelled evaluation has no verdict; a cancelled job keeps worker and fence, so that its worker can be told.
ALTER TABLE evaluations
    DROP CONSTRAINT evaluations_state_check,
    ADD CONSTRAINT evaluations_state_check CHECK (state IN ('queued', 'predicting', 'scoring', 'done', 'cancelled'));
ALTER TABLE jobs
    DROP CONSTRAINT jobs_state_check,
    ADD CONSTRAINT jobs_state_check CHECK (state IN ('ready', 'leased', 'done', 'quarantined', 'cancelled'));
-- How long jobs took lately: what a waiting time is estimated from.
CREATE INDEX jobs_finished_idx ON jobs (finished_at DESC) WHERE state = 'done';

-- Which phase's submissions are judged first.
ALTER TABLE phases ADD COLUMN priority text NOT NULL DEFAULT 'normal' CHECK (priority IN ('low', 'normal', 'high'));
-- Two numbers for each level, the higher one for scoring: see judging/rules.rs. What waits or runs is of the level `normal`.
UPDATE jobs SET priority = CASE step WHEN 'score' THEN 5 ELSE 4 END WHERE state IN ('ready', 'leased');

-- The images that a task version was imported with. Storing another archive under a name changes no version.
CREATE TABLE task_version_images (
    task_version_id uuid NOT NULL REFERENCES task_versions ON DELETE CASCADE,
    name            text NOT NULL,
    image_id        text NOT NULL,
    blob_id         uuid NOT NULL REFERENCES blobs,
    PRIMARY KEY (task_version_id, name)
);
INSERT INTO task_version_images (task_version_id, name, image_id, blob_id)
SELECT v.id, i.name, i.image_id, i.blob_id FROM task_versions v JOIN images i
    ON i.name IN (v.judging #>> '{program,image}', v.judging #>> '{program,ingestion,image}',
                  v.judging #>> '{scorer,program,image}');

-- By which version of each task a standing's score was made: slug of the task → number.
ALTER TABLE standings ADD COLUMN versions jsonb NOT NULL DEFAULT '{}';
UPDATE standings s SET versions = coalesce(
    (SELECT jsonb_object_agg(n.slug, n.number)
     FROM (SELECT k.slug, max(v.number) AS number
           FROM evaluations e JOIN task_versions v ON v.id = e.task_version_id JOIN tasks k ON k.id = v.task_id
           JOIN phase_tasks pt ON pt.task_id = k.id AND pt.phase_id = s.phase_id
           WHERE e.submission_id = s.submission_id GROUP BY k.slug) n), '{}');
