-- How teams register: when, with whom, under which conditions, and what they are asked.

ALTER TABLE competitions
    ADD COLUMN min_team_members integer NOT NULL DEFAULT 1 CHECK (min_team_members > 0),
    -- NULL: no such end. The opening belongs to the window, the closing does not.
    ADD COLUMN registration_opens_at timestamptz,
    ADD COLUMN registration_closes_at timestamptz,
    ADD COLUMN team_approval text NOT NULL DEFAULT 'none' CHECK (team_approval IN ('none', 'required')),
    -- NULL: teams do not merge.
    ADD COLUMN merge_until timestamptz,
    -- The form, teams::form::Field as JSON.
    ADD COLUMN registration_fields jsonb NOT NULL DEFAULT '[]';

ALTER TABLE divisions
    -- The status that every member of a team must have proved.
    ADD COLUMN requires text CHECK (requires IN ('student', 'pupil')),
    -- NULL: as the competition says.
    ADD COLUMN min_members integer CHECK (min_members > 0),
    ADD COLUMN max_members integer CHECK (max_members > 0);

ALTER TABLE teams
    ADD COLUMN state text NOT NULL DEFAULT 'approved' CHECK (state IN ('waiting', 'approved', 'refused', 'merged')),
    -- Why it was refused, in the organizer's words.
    ADD COLUMN state_reason text NOT NULL DEFAULT '',
    -- What the organizers wrote to the team last.
    ADD COLUMN note text NOT NULL DEFAULT '',
    -- The team that took this one in. What is left of a merged team is its row: others may still name its id.
    ADD COLUMN merged_into uuid REFERENCES teams ON DELETE CASCADE,
    -- Answers to the form's questions about the team: key → value.
    ADD COLUMN answers jsonb NOT NULL DEFAULT '{}',
    ADD CONSTRAINT teams_merged CHECK ((state = 'merged') = (merged_into IS NOT NULL));
CREATE INDEX teams_listed_idx ON teams (competition_id, created_at DESC, id DESC);

ALTER TABLE team_members ADD COLUMN answers jsonb NOT NULL DEFAULT '{}';

-- The address that a link was mailed to.
ALTER TABLE team_invitations ADD COLUMN email text;

-- Who left a team that had handed something in: no other team of the competition takes them before an organizer
-- releases them, or else every new team would bring new attempts.
CREATE TABLE team_departures (
    competition_id uuid NOT NULL REFERENCES competitions ON DELETE CASCADE,
    user_id        uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    team_id        uuid NOT NULL REFERENCES teams ON DELETE CASCADE,
    left_at        timestamptz NOT NULL DEFAULT clock_timestamp(),
    released_at    timestamptz,
    PRIMARY KEY (competition_id, user_id, team_id)
);
CREATE INDEX team_departures_team_idx ON team_departures (team_id);

-- One team asks another to take it in.
CREATE TABLE team_merges (
    id         uuid PRIMARY KEY,
    from_team  uuid NOT NULL REFERENCES teams ON DELETE CASCADE,
    into_team  uuid NOT NULL REFERENCES teams ON DELETE CASCADE,
    asked_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    state      text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'accepted', 'declined', 'withdrawn')),
    settled_at timestamptz,
    CONSTRAINT team_merges_two_teams CHECK (from_team <> into_team),
    CONSTRAINT team_merges_settled CHECK ((state = 'open') = (settled_at IS NULL))
);
CREATE UNIQUE INDEX team_merges_open_key ON team_merges (from_team, into_team) WHERE state = 'open';
CREATE INDEX team_merges_into_idx ON team_merges (into_team) WHERE state = 'open';
