-- What teams hand in, how it is judged, and where it stands.

-- Attempts of a team in a phase. Written in the statement that inserts the submission.
-- Invariant: used_total = number of the team's submissions in the phase with charged = true.
CREATE TABLE attempts (
    phase_id   uuid NOT NULL REFERENCES phases ON DELETE CASCADE,
    team_id    uuid NOT NULL REFERENCES teams ON DELETE CASCADE,
    -- The day in the competition's zone that used_today speaks of.
    day        date NOT NULL,
    used_today integer NOT NULL CHECK (used_today >= 0),
    used_total integer NOT NULL CHECK (used_total >= 0),
    PRIMARY KEY (phase_id, team_id)
);

CREATE TABLE submissions (
    id          uuid PRIMARY KEY,
    phase_id    uuid NOT NULL REFERENCES phases,
    team_id     uuid NOT NULL REFERENCES teams,
    user_id     uuid REFERENCES users ON DELETE SET NULL,
    blob_id     uuid NOT NULL REFERENCES blobs,
    -- One upload makes one submission, however often the call is repeated.
    upload_id   uuid NOT NULL CONSTRAINT submissions_upload_key UNIQUE REFERENCES uploads,
    filename    text NOT NULL,
    accepted_at timestamptz NOT NULL,
    -- The day, in the competition's zone, that the attempt counts for.
    charged_day date NOT NULL,
    charged     boolean NOT NULL DEFAULT true
);
CREATE INDEX submissions_team_idx ON submissions (phase_id, team_id, accepted_at DESC, id DESC);
CREATE INDEX submissions_phase_idx ON submissions (phase_id, accepted_at DESC, id DESC);

CREATE TABLE evaluations (
    id              uuid PRIMARY KEY,
    submission_id   uuid NOT NULL REFERENCES submissions ON DELETE CASCADE,
    task_version_id uuid NOT NULL REFERENCES task_versions,
    state           text NOT NULL CHECK (state IN ('queued', 'predicting', 'scoring', 'done')),
    verdict         text CHECK (verdict IN ('scored', 'wrong_format', 'runtime_error', 'time_limit', 'memory_limit',
                        'output_limit', 'invalid_scores', 'scorer_failed', 'platform_fault')),
    faults          jsonb NOT NULL DEFAULT '[]',
    -- What the prediction step left for the scoring step.
    artifact_id     uuid REFERENCES blobs,
    created_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
    finished_at     timestamptz,
    CONSTRAINT evaluations_task_key UNIQUE (submission_id, task_version_id),
    CONSTRAINT evaluations_done CHECK ((state = 'done') = (verdict IS NOT NULL AND finished_at IS NOT NULL))
);

CREATE TABLE evaluation_scores (
    evaluation_id uuid NOT NULL REFERENCES evaluations ON DELETE CASCADE,
    split         text NOT NULL CHECK (split IN ('public', 'private')),
    metric        text NOT NULL,
    value         double precision NOT NULL
        -- NaN and infinity never reach a ranking.
        CHECK (value > '-Infinity' AND value < 'Infinity'),
    PRIMARY KEY (evaluation_id, split, metric)
);

-- One worker is one credential; a process of it is a boot.
CREATE TABLE workers (
    id           uuid PRIMARY KEY,
    name         text NOT NULL,
    secret_hash  bytea NOT NULL CONSTRAINT workers_secret_key UNIQUE,
    enrolled_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    revoked_at   timestamptz,
    boot         uuid,
    last_seen_at timestamptz,
    slots        integer NOT NULL DEFAULT 0,
    tags         text[] NOT NULL DEFAULT '{}',
    version      text NOT NULL DEFAULT '',
    sandbox      text NOT NULL DEFAULT '',
    probe        jsonb NOT NULL DEFAULT '{}'
);

CREATE TABLE worker_invitations (
    id          uuid PRIMARY KEY,
    secret_hash bytea NOT NULL CONSTRAINT worker_invitations_secret_key UNIQUE,
    created_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    expires_at  timestamptz NOT NULL,
    used_at     timestamptz
);

-- The queue. One row for each step of an evaluation.
CREATE TABLE jobs (
    id            uuid PRIMARY KEY,
    evaluation_id uuid NOT NULL REFERENCES evaluations ON DELETE CASCADE,
    step          text NOT NULL CHECK (step IN ('predict', 'score')),
    team_id       uuid NOT NULL REFERENCES teams,
    state         text NOT NULL CHECK (state IN ('ready', 'leased', 'done', 'quarantined')),
    priority      smallint NOT NULL,
    -- Virtual start time of the fair queue: see judging/rules.rs.
    turn          bigint NOT NULL,
    queued_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
    -- Grows with every claim; what a worker says under an older fence is refused.
    fence         bigint NOT NULL DEFAULT 0,
    worker_id     uuid REFERENCES workers,
    boot          uuid,
    lease_until   timestamptz,
    started_at    timestamptz,
    finished_at   timestamptz,
    deaths        smallint NOT NULL DEFAULT 0,
    -- The report's outcome and usage, as the worker sent them; tells a repeated report from a different one.
    report        jsonb,
    CONSTRAINT jobs_step_key UNIQUE (evaluation_id, step),
    CONSTRAINT jobs_lease CHECK ((state = 'leased') = (lease_until IS NOT NULL))
);
CREATE INDEX jobs_ready_idx ON jobs (priority DESC, turn, queued_at, id) WHERE state = 'ready';
CREATE INDEX jobs_leased_idx ON jobs (lease_until) WHERE state = 'leased';
CREATE INDEX jobs_team_idx ON jobs (team_id, turn) WHERE state IN ('ready', 'leased');
CREATE INDEX jobs_worker_idx ON jobs (worker_id) WHERE state = 'leased';

-- What containers printed, by claim and chunk.
CREATE TABLE job_logs (
    id     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    job_id uuid NOT NULL REFERENCES jobs ON DELETE CASCADE,
    fence  bigint NOT NULL,
    seq    integer NOT NULL,
    text   text NOT NULL,
    CONSTRAINT job_logs_chunk_key UNIQUE (job_id, fence, seq)
);

-- What organizers must look at.
CREATE TABLE alerts (
    id             uuid PRIMARY KEY,
    competition_id uuid NOT NULL REFERENCES competitions ON DELETE CASCADE,
    evaluation_id  uuid NOT NULL REFERENCES evaluations ON DELETE CASCADE,
    kind           text NOT NULL CHECK (kind IN ('scorer_failed', 'platform_fault', 'quarantined')),
    detail         text NOT NULL,
    created_at     timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX alerts_competition_idx ON alerts (competition_id, created_at DESC, id DESC);

-- Standings: one row for each team, split and view of a phase's leaderboard, recomputed in the transaction that commits a result.
CREATE TABLE standings (
    phase_id      uuid NOT NULL REFERENCES phases ON DELETE CASCADE,
    team_id       uuid NOT NULL REFERENCES teams ON DELETE CASCADE,
    split         text NOT NULL CHECK (split IN ('public', 'private')),
    -- live: everything; frozen: only what was handed in before the freeze.
    view          text NOT NULL CHECK (view IN ('live', 'frozen')),
    division_id   uuid NOT NULL REFERENCES divisions,
    submission_id uuid NOT NULL REFERENCES submissions ON DELETE CASCADE,
    -- Each element: larger is better. Equal keys share a rank.
    ranking_key   double precision[] NOT NULL,
    -- Shown values: metric → value over the phase's tasks.
    shown         jsonb NOT NULL,
    entries       integer NOT NULL,
    last_at       timestamptz NOT NULL,
    PRIMARY KEY (phase_id, team_id, split, view)
);
CREATE INDEX standings_ranking_idx ON standings (phase_id, split, view, ranking_key DESC);
