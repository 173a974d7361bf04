-- Competitions, their divisions, tracks, phases and tasks. Texts for people are {"vi": …, "en": …}.

CREATE TABLE competitions (
    id               uuid PRIMARY KEY,
    slug             text NOT NULL CONSTRAINT competitions_slug_key UNIQUE,
    title            jsonb NOT NULL,
    summary          jsonb NOT NULL,
    timezone         text NOT NULL,
    source           text NOT NULL DEFAULT '',
    licence          text NOT NULL DEFAULT '',
    max_team_members integer NOT NULL CHECK (max_team_members > 0),
    -- SHA-256 of the definition that was imported last, to tell "nothing changed".
    definition_hash  bytea NOT NULL,
    created_at       timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- Who may change a competition besides administrators.
CREATE TABLE competition_organizers (
    competition_id uuid NOT NULL REFERENCES competitions ON DELETE CASCADE,
    user_id        uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    PRIMARY KEY (competition_id, user_id)
);

CREATE TABLE competition_pages (
    competition_id uuid NOT NULL REFERENCES competitions ON DELETE CASCADE,
    slug           text NOT NULL,
    position       integer NOT NULL,
    title          jsonb NOT NULL,
    body           jsonb NOT NULL,
    PRIMARY KEY (competition_id, slug)
);

-- What contestants may download.
CREATE TABLE competition_files (
    competition_id uuid NOT NULL REFERENCES competitions ON DELETE CASCADE,
    path           text NOT NULL,
    position       integer NOT NULL,
    title          jsonb NOT NULL,
    blob_id        uuid NOT NULL REFERENCES blobs,
    PRIMARY KEY (competition_id, path)
);

CREATE TABLE divisions (
    id             uuid PRIMARY KEY,
    competition_id uuid NOT NULL REFERENCES competitions ON DELETE CASCADE,
    slug           text NOT NULL,
    position       integer NOT NULL,
    title          jsonb NOT NULL,
    CONSTRAINT divisions_slug_key UNIQUE (competition_id, slug)
);

CREATE TABLE tracks (
    id               uuid PRIMARY KEY,
    competition_id   uuid NOT NULL REFERENCES competitions ON DELETE CASCADE,
    slug             text NOT NULL,
    position         integer NOT NULL,
    kind             text NOT NULL CHECK (kind IN ('result', 'code')),
    title            jsonb NOT NULL,
    upload_max_bytes bigint NOT NULL CHECK (upload_max_bytes > 0),
    CONSTRAINT tracks_slug_key UNIQUE (competition_id, slug)
);

-- Sandbox images: archives as `docker save` writes them.
CREATE TABLE images (
    name       text PRIMARY KEY,
    -- The engine's id: sha256 of the image's configuration.
    image_id   text NOT NULL,
    blob_id    uuid NOT NULL REFERENCES blobs,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE TABLE tasks (
    id       uuid PRIMARY KEY,
    track_id uuid NOT NULL REFERENCES tracks ON DELETE CASCADE,
    slug     text NOT NULL,
    title    jsonb NOT NULL,
    CONSTRAINT tasks_slug_key UNIQUE (track_id, slug)
);

-- Immutable: a change makes a new version, and every evaluation names the one that it used.
CREATE TABLE task_versions (
    id                uuid PRIMARY KEY,
    task_id           uuid NOT NULL REFERENCES tasks ON DELETE CASCADE,
    number            integer NOT NULL CHECK (number > 0),
    -- How the task is judged: competitions::model::Judging as JSON.
    judging           jsonb NOT NULL,
    input_blob_id     uuid REFERENCES blobs,
    truth_blob_id     uuid NOT NULL REFERENCES blobs,
    scorer_blob_id    uuid REFERENCES blobs,
    ingestion_blob_id uuid REFERENCES blobs,
    content_hash      bytea NOT NULL,
    created_at        timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT task_versions_number_key UNIQUE (task_id, number)
);

CREATE TABLE phases (
    id             uuid PRIMARY KEY,
    track_id       uuid NOT NULL REFERENCES tracks ON DELETE CASCADE,
    slug           text NOT NULL,
    position       integer NOT NULL,
    title          jsonb NOT NULL,
    starts_at      timestamptz NOT NULL,
    ends_at        timestamptz NOT NULL,
    attempts_daily integer CHECK (attempts_daily > 0),
    attempts_total integer CHECK (attempts_total > 0),
    -- leaderboard::model::BoardRules as JSON: columns, what counts, tie-breakers, visibility.
    board          jsonb NOT NULL,
    freeze_at      timestamptz,
    CONSTRAINT phases_slug_key UNIQUE (track_id, slug),
    CONSTRAINT phases_window CHECK (starts_at < ends_at)
);

CREATE TABLE phase_tasks (
    phase_id uuid NOT NULL REFERENCES phases ON DELETE CASCADE,
    task_id  uuid NOT NULL REFERENCES tasks ON DELETE CASCADE,
    position integer NOT NULL,
    PRIMARY KEY (phase_id, task_id)
);

ALTER TABLE uploads ADD CONSTRAINT uploads_phase_fkey FOREIGN KEY (phase_id) REFERENCES phases;
