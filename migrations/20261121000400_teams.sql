CREATE TABLE teams (
    id             uuid PRIMARY KEY,
    competition_id uuid NOT NULL REFERENCES competitions ON DELETE CASCADE,
    division_id    uuid NOT NULL REFERENCES divisions,
    name           text NOT NULL,
    created_at     timestamptz NOT NULL DEFAULT clock_timestamp()
);
-- ICU folds Vietnamese letters; the C locale folds ASCII only.
CREATE UNIQUE INDEX teams_name_key ON teams (competition_id, lower(name COLLATE "und-x-icu"));

CREATE TABLE team_members (
    team_id        uuid NOT NULL REFERENCES teams ON DELETE CASCADE,
    user_id        uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    competition_id uuid NOT NULL REFERENCES competitions ON DELETE CASCADE,
    is_leader      boolean NOT NULL DEFAULT false,
    joined_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (team_id, user_id),
    -- One team per person and competition.
    CONSTRAINT team_members_one_team_key UNIQUE (competition_id, user_id)
);
CREATE UNIQUE INDEX team_members_leader_key ON team_members (team_id) WHERE is_leader;

-- A link that lets whoever holds it join, until it expires or is revoked.
CREATE TABLE team_invitations (
    id          uuid PRIMARY KEY,
    team_id     uuid NOT NULL REFERENCES teams ON DELETE CASCADE,
    secret_hash bytea NOT NULL CONSTRAINT team_invitations_secret_key UNIQUE,
    created_by  uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    created_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    expires_at  timestamptz NOT NULL,
    revoked_at  timestamptz
);
CREATE INDEX team_invitations_team_idx ON team_invitations (team_id);
