-- Data sets of a competition in immutable, numbered versions; who accepted which rules.

CREATE TABLE data_sets (
    id             uuid PRIMARY KEY,
    competition_id uuid NOT NULL REFERENCES competitions ON DELETE CASCADE,
    slug           text NOT NULL,
    position       integer NOT NULL,
    title          jsonb NOT NULL,
    access         text NOT NULL CHECK (access IN ('public', 'logged_in', 'rules', 'team')),
    -- When contestants see it. A phase's start or end counts instead where one is named.
    visible_from   timestamptz,
    visible_until  timestamptz,
    from_phase_id  uuid REFERENCES phases,
    until_phase_id uuid REFERENCES phases,
    -- The definition has it no longer: organizers alone still read it.
    dropped        boolean NOT NULL DEFAULT false,
    CONSTRAINT data_sets_slug_key UNIQUE (competition_id, slug)
);

CREATE TABLE data_versions (
    id           uuid PRIMARY KEY,
    set_id       uuid NOT NULL REFERENCES data_sets ON DELETE CASCADE,
    number       integer NOT NULL CHECK (number > 0),
    -- SHA-256 of the version's SHA256SUMS, its lines ordered by path.
    content_hash bytea NOT NULL,
    -- Organizers alone still read it.
    withdrawn    boolean NOT NULL DEFAULT false,
    created_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT data_versions_number_key UNIQUE (set_id, number)
);

CREATE TABLE data_files (
    version_id uuid NOT NULL REFERENCES data_versions ON DELETE CASCADE,
    path       text NOT NULL,
    position   integer NOT NULL,
    title      jsonb,
    size       bigint NOT NULL CHECK (size >= 0),
    sha256     bytea NOT NULL CHECK (length(sha256) = 32),
    -- NULL: only its mirrors have it.
    blob_id    uuid REFERENCES blobs,
    -- Addresses, which the server shows and never asks.
    mirrors    jsonb NOT NULL DEFAULT '[]',
    PRIMARY KEY (version_id, path),
    CONSTRAINT data_files_somewhere CHECK (blob_id IS NOT NULL OR mirrors <> '[]')
);
CREATE INDEX data_files_blob_idx ON data_files (blob_id);

-- What stood under `files` is the set of that name from now on, open to all. The table competition_files is read and
-- written no more.
INSERT INTO data_sets (id, competition_id, slug, position, title, access)
SELECT gen_random_uuid(), id, 'files', 0, '{"vi": "Tệp của cuộc thi", "en": "Files of the competition"}', 'public'
FROM competitions c WHERE EXISTS (SELECT 1 FROM competition_files f WHERE f.competition_id = c.id);

INSERT INTO data_versions (id, set_id, number, content_hash)
SELECT gen_random_uuid(), s.id, 1,
       sha256(convert_to((SELECT string_agg(encode(b.sha256, 'hex') || '  ' || f.path || E'\n', ''
                                            ORDER BY f.path COLLATE "C")
                          FROM competition_files f JOIN blobs b ON b.id = f.blob_id
                          WHERE f.competition_id = s.competition_id), 'UTF8'))
FROM data_sets s;

INSERT INTO data_files (version_id, path, position, title, size, sha256, blob_id)
SELECT v.id, f.path, f.position, f.title, b.size, b.sha256, f.blob_id
FROM data_versions v JOIN data_sets s ON s.id = v.set_id
     JOIN competition_files f ON f.competition_id = s.competition_id JOIN blobs b ON b.id = f.blob_id;

-- The page whose text is the rules, and whether handing in needs their acceptance.
ALTER TABLE competitions
    ADD COLUMN rules_page text NOT NULL DEFAULT 'rules',
    ADD COLUMN rules_required boolean NOT NULL DEFAULT false;

-- A person accepts one text; a changed text asks again.
CREATE TABLE rules_acceptances (
    competition_id uuid NOT NULL REFERENCES competitions ON DELETE CASCADE,
    user_id        uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    rules_hash     bytea NOT NULL CHECK (length(rules_hash) = 32),
    accepted_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (competition_id, user_id, rules_hash)
);
CREATE INDEX rules_acceptances_user_idx ON rules_acceptances (user_id);
